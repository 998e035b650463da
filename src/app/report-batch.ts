import { OUTCOMES, outcomeCode } from '../domain/outcome.ts'
import type { Claim, PathClass } from '../domain/report.ts'
import type { TaskId } from '../domain/task-id.ts'
import type { ReportFate, ReportRequest } from '../store/contract.ts'

/**
 * Reports as they cross to the ledger thread: columns instead of objects. Cloning 64 objects of six fields costs more
 * than deciding them; columns cost a tenth of it.
 */
export interface ReportBatch {
  readonly taskIds: readonly TaskId[]
  readonly accounts: readonly string[]
  /** Bit 0: claim is good; bits 1-2: the path's class (0 both, 1 image, 2 token). */
  readonly bits: Uint8Array
  readonly receivedAt: Float64Array
  /** null unless some report carried one. */
  readonly softIds: readonly (number | null)[] | null
}

const PATH_CLASSES: readonly PathClass[] = [null, 'image', 'token']

export function encodeReports(reports: readonly ReportRequest[]): ReportBatch {
  const size = reports.length
  const taskIds = Array.from<TaskId>({ length: size })
  const accounts = Array.from<string>({ length: size })
  const bits = new Uint8Array(size)
  const receivedAt = new Float64Array(size)
  let softIds: (number | null)[] | null = null
  for (let i = 0; i < size; i++) {
    const report = reports[i] as ReportRequest
    taskIds[i] = report.taskId
    accounts[i] = report.account
    bits[i] = (report.claim === 'good' ? 1 : 0) | (PATH_CLASSES.indexOf(report.pathClass) << 1)
    receivedAt[i] = report.receivedAt
    if (report.softId !== undefined && report.softId !== null) {
      softIds ??= Array.from<number | null>({ length: size }).fill(null)
      softIds[i] = report.softId
    }
  }
  return { taskIds, accounts, bits, receivedAt, softIds }
}

export function decodeReports(batch: ReportBatch): ReportRequest[] {
  return batch.taskIds.map((taskId, i) => {
    const bits = batch.bits[i] as number
    const claim: Claim = (bits & 1) === 1 ? 'good' : 'bad'
    return {
      taskId,
      account: batch.accounts[i] as string,
      claim,
      pathClass: PATH_CLASSES[bits >> 1] as PathClass,
      receivedAt: batch.receivedAt[i] as number,
      softId: batch.softIds?.[i] ?? null,
    }
  })
}

// One shared object for each fate there is: answers are compared by field and never changed.
const FATES: readonly ReportFate[] = Array.from({ length: 64 }, (_, code) => ({
  outcome: (OUTCOMES[code & 15] ?? 'unknown-task') as ReportFate['outcome'],
  parked: (code & 16) !== 0,
  classRefused: (code & 32) !== 0,
}))

export function encodeFates(fates: readonly ReportFate[]): Uint8Array {
  const codes = new Uint8Array(fates.length)
  fates.forEach((fate, i) => {
    codes[i] = outcomeCode(fate.outcome) | (fate.parked ? 16 : 0) | (fate.classRefused ? 32 : 0)
  })
  return codes
}

export function decodeFates(codes: Uint8Array): ReportFate[] {
  return Array.from(codes, (code) => FATES[code] as ReportFate)
}
