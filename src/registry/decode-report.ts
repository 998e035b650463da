import type { Instant } from '../domain/instant.ts'
import { parseInstant } from '../domain/instant.ts'
import type { Claim } from '../domain/report.ts'
import type { TaskId } from '../domain/task-id.ts'
import { parseTaskId } from '../domain/task-id.ts'
import { RecordProblem } from './decode.ts'

/** One report of a history: who said what of which task, and when it was received. */
export interface ReportRecord {
  readonly taskId: TaskId
  readonly account: string
  readonly claim: Claim
  readonly reportedAt: Instant
}

/** One JSON value of a file of reports. Unknown fields are ignored. */
export function decodeReport(value: unknown): ReportRecord | RecordProblem {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return new RecordProblem('a report record is a JSON object')
  const { taskId: rawId, account, claim, reportedAt: rawTime } = value as Readonly<Record<string, unknown>>
  const taskId = parseTaskId(rawId)
  if (taskId === null)
    return new RecordProblem(
      'taskId: an integer from 1 to 9007199254740991, or an opaque string of at most 64 characters',
    )
  if (typeof account !== 'string' || account.length === 0 || account.length > 128)
    return new RecordProblem('account: 1 to 128 characters')
  if (claim !== 'bad' && claim !== 'good') return new RecordProblem('claim: bad or good')
  const reportedAt = parseInstant(rawTime)
  if (reportedAt === null)
    return new RecordProblem('reportedAt: ISO 8601 with an offset, or integer milliseconds since 1970')
  return { taskId, account, claim, reportedAt }
}
