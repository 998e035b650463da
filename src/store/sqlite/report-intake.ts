import { dayOf } from '../../domain/instant.ts'
import type { Day, Instant } from '../../domain/instant.ts'
import { decideReport } from '../../domain/report.ts'
import type { Claim, PathClass, ReportDecision, StandingClaim } from '../../domain/report.ts'
import type { TaskStatus } from '../../domain/task.ts'
import type { ReportFate, ReportRequest } from '../contract.ts'
import { REPORTS_BY_DAY, REPORTS_BY_RECEIPT } from './day-ranges.ts'
import type { Ledger } from './ledger.ts'
import type { ParkedReport } from './parking.ts'
import { CLAIM_CHANGED, CLASS_MISMATCH, EARLY, GOOD, STANDING } from './report-row.ts'
import { dayOfPart, timesOf } from './task-row.ts'

/** What deciding about a report needs to know of its task. */
export interface ReportedTask {
  readonly seq: number
  readonly part: number
  readonly day: Day
  readonly status: TaskStatus
  readonly solvedAt: Instant | null
  readonly type: string
}

// One frozen object for each fate: answers are many and alike.
const fate = (outcome: ReportFate['outcome'], parked = false, classRefused = false): ReportFate =>
  Object.freeze({ outcome, parked, classRefused })
const FATE: Readonly<Record<ReportDecision, ReportFate>> = {
  recorded: fate('recorded'),
  repeated: fate('repeated'),
  changed: fate('changed'),
  'not-ready': fate('not-ready'),
  failed: fate('failed'),
  late: fate('late'),
  // Said of a known task of the reporter's own, this can only be the class.
  'unknown-task': fate('unknown-task', false, true),
}
const PARKED = fate('unknown-task', true)
const UNKNOWN = fate('unknown-task')

/** Decides reports and writes those that count, one after the other, inside the ledger's transaction. */
export class ReportIntake {
  readonly #ledger: Ledger

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  record(reports: readonly ReportRequest[]): ReportFate[] {
    this.#ledger.tasks.expect(reports)
    return reports.map((report) => {
      const decided = this.#recordOne(report)
      this.#ledger.tally.count(decided.outcome, 1)
      return decided
    })
  }

  #recordOne(report: ReportRequest): ReportFate {
    const { accounts, attributes, parking, tasks } = this.#ledger
    const { taskId, claim, pathClass, receivedAt } = report
    const softId = Number.isSafeInteger(report.softId) ? (report.softId as number) : null
    const account = accounts.numOf(report.account)
    // Accounts are never removed, and intake took this one from its key: only another installation's could be unknown.
    if (account === undefined) return UNKNOWN
    const row = tasks.find(taskId)
    if (row === null || row[3] !== account) {
      return parking.park(account, { taskId, claim, pathClass, receivedAt, softId }) ? PARKED : UNKNOWN
    }
    const { status, solvedAt } = timesOf(row)
    const part = row[1]
    const { type } = attributes.get(row[4]).attributes
    const task = { seq: row[0], part, day: dayOfPart(part), status, solvedAt, type }
    return FATE[decideAndAppend(this.#ledger, task, claim, pathClass, receivedAt, softId, 0)]
  }
}

/** Lets the reports that waited for a task count, as if they came now, in the order they came. */
export function adoptParked(ledger: Ledger, task: ReportedTask, waiting: readonly ParkedReport[]): void {
  for (const { claim, pathClass, receivedAt, softId } of waiting) {
    const decision = decideAndAppend(ledger, task, claim, pathClass, receivedAt, softId, EARLY)
    if (decision === 'recorded' || decision === 'changed') ledger.tally.count('adopted', 1)
  }
}

function decideAndAppend(
  ledger: Ledger,
  task: ReportedTask,
  claim: Claim,
  pathClass: PathClass,
  receivedAt: Instant,
  softId: number | null,
  early: 0 | typeof EARLY,
): ReportDecision {
  const { index, ranges, reports, seq: sequence, settings, tally } = ledger
  const taskClass = ledger.classOf(task.type)
  const standing = STANDING[index.claimAt(task.seq)] as StandingClaim
  const decision = decideReport(
    { status: task.status, solvedAt: task.solvedAt, taskClass },
    standing,
    claim,
    pathClass,
    receivedAt,
    settings.reportWindowMs,
    settings.strictClass,
  )
  if (decision !== 'recorded' && decision !== 'changed') return decision
  const bits =
    (claim === 'good' ? GOOD : 0) |
    (pathClass !== null && pathClass !== taskClass ? CLASS_MISMATCH : 0) |
    (decision === 'changed' ? CLAIM_CHANGED : 0) |
    early
  const seq = sequence.next()
  reports.insert(seq, task.part, task.seq, receivedAt - (task.solvedAt as Instant), bits, softId)
  tally.count('reports', 1)
  ranges.note(REPORTS_BY_DAY, task.day, seq)
  ranges.note(REPORTS_BY_RECEIPT, dayOf(receivedAt), seq)
  return decision
}
