import type { Change, ReportChange, TaskChange } from '../../domain/change.ts'
import type { DurationMs, Instant } from '../../domain/instant.ts'
import type { Claim, StandingClaim } from '../../domain/report.ts'
import { decideReport } from '../../domain/report.ts'
import type { TaskRecord } from '../../domain/task.ts'
import { mergeTask } from '../../domain/task.ts'
import { IdTable } from './ids.ts'
import { RowIndex } from './index.ts'
import { NameTable } from './names.ts'
import { orderByInstant } from './order.ts'
import type { WaitingReport } from './parking.ts'
import { Parking } from './parking.ts'
import type { HistoryReport } from './reports.ts'
import { ReportRows } from './reports.ts'
import { TaskRows } from './tasks.ts'

/** The rules of intake that are settings. */
export interface ReplaySettings {
  readonly reportWindowMs: DurationMs
  readonly parkedPerAccountMax: number
  readonly parkedForMs: DurationMs
}

/** What a replay came to. */
export interface ReplayTotals {
  /** Tasks that were issued. */
  readonly tasks: number
  /** Claims that counted, a changed one once more. */
  readonly reports: number
  /** The first and the last instant of anything that counted; null if nothing did. */
  readonly span: { readonly from: Instant; readonly to: Instant } | null
}

const PROGRESS_EVERY = 2 ** 16

/** What stands for a task, as one byte. */
const STANDING: readonly StandingClaim[] = ['none', 'bad', 'good', 'changed']

/**
 * Turns a history into the change log that the service would have written: a task is known from its `solvedAt` on, a report is heard at
 * its `reportedAt`, and the rules of intake decide what counts.
 *
 * Nothing but what the records say decides their order: instants, at one instant tasks before reports, then contents. So the same
 * records in any order, told any number of times, give the same log. Records of one task are merged in the order in which they became
 * true; of two that contradict each other the earlier stands, as it would have in the feed.
 */
export class Replay {
  readonly #settings: ReplaySettings
  readonly #ids = new IdTable()
  readonly #tasks: TaskRows
  readonly #reports: ReportRows
  readonly #parking: Parking
  #rowOf: RowIndex
  /** By the row that is its task: an index into STANDING. */
  #standing = new Uint8Array(0)
  #tell: (change: Change) => void = () => undefined
  #hasRun = false
  #seq = 0
  #settled = 0
  #counted = 0
  #from = Infinity
  #to = -Infinity

  constructor(settings: ReplaySettings) {
    this.#settings = settings
    const accounts = new NameTable()
    this.#tasks = new TaskRows(this.#ids, accounts)
    this.#reports = new ReportRows(this.#ids, accounts)
    this.#rowOf = new RowIndex(this.#ids, this.#tasks.id, 0)
    this.#parking = new Parking(settings.parkedPerAccountMax, settings.parkedForMs)
  }

  addTask(record: TaskRecord): void {
    this.#tasks.add(record)
  }

  addReport(report: HistoryReport): void {
    this.#reports.add(report)
  }

  /**
   * @param tell told of each change, in order; `seq` counts from 1
   * @param onProgress told now and then how much is done, in [0, 1]
   * @throws Error when run twice: records are merged where they lie
   */
  run(tell: (change: Change) => void, onProgress?: (share: number) => void): ReplayTotals {
    if (this.#hasRun) throw new Error('a history runs once; create another backtest')
    this.#hasRun = true
    this.#tell = tell
    const tasks = this.#tasks
    const reports = this.#reports
    this.#rowOf = new RowIndex(this.#ids, tasks.id, tasks.length)
    this.#standing = new Uint8Array(tasks.length)
    const taskOrder = orderByInstant(tasks.knownAt, (a, b) => tasks.compare(a, b))
    const reportOrder = orderByInstant(reports.reportedAt, (a, b) => reports.compare(a, b))
    const total = taskOrder.length + reportOrder.length
    let task = 0
    let report = 0
    while (task + report < total) {
      if ((task + report) % PROGRESS_EVERY === 0) onProgress?.((task + report) / total)
      const taskRow = taskOrder[task]
      const reportRow = reportOrder[report]
      const isTaskNext =
        taskRow !== undefined &&
        (reportRow === undefined || tasks.knownAt.get(taskRow) <= reports.reportedAt.get(reportRow))
      if (isTaskNext) {
        this.#learn(taskRow)
        task++
      } else {
        this.#hear(reportRow as number)
        report++
      }
    }
    onProgress?.(1)
    const span = this.#settled === 0 ? null : { from: this.#from, to: this.#to }
    return { tasks: this.#settled, reports: this.#counted, span }
  }

  /** A record becomes true: the first of its task, or one that says more of it. */
  #learn(row: number): void {
    const tasks = this.#tasks
    const first = this.#rowOf.add(row)
    if (first < 0) {
      this.#settle(row)
      return
    }
    const merged = mergeTask(tasks.stored(first), tasks.record(row))
    if (merged.kind !== 'updated') return
    tasks.update(first, merged.status, merged.solvedAt)
    this.#settle(first)
  }

  /** If the task is ready it counts from now on, and what waited for it too; if it failed nothing waits any longer. */
  #settle(row: number): void {
    const tasks = this.#tasks
    const status = tasks.status(row)
    if (status === 'processing') return
    const taskId = this.#ids.decode(tasks.id.get(row))
    const account = tasks.account(row)
    const waiting = this.#parking.take(account, taskId, tasks.knownAt.get(row))
    const solvedAt = tasks.solvedAt(row)
    if (status !== 'ready' || solvedAt === null) return
    this.#settled++
    this.#spans(solvedAt)
    this.#tell({
      kind: 'task',
      seq: ++this.#seq,
      taskId,
      account,
      group: account,
      attributes: tasks.attributes(row),
      solvedAt,
      // By history's own times every task was known in time to be reported.
      exposed: true,
    } satisfies TaskChange)
    for (const report of waiting) this.#decide(row, report, true)
  }

  #hear(reportRow: number): void {
    const reports = this.#reports
    const id = reports.id.get(reportRow)
    const report: WaitingReport = {
      taskId: this.#ids.decode(id),
      account: reports.account(reportRow),
      claim: reports.claim(reportRow),
      reportedAt: reports.reportedAt.get(reportRow),
    }
    const row = this.#rowOf.find(id)
    // A task in process is not known yet: what is said of it waits, like what is said of another's task.
    const isKnown =
      row >= 0 && this.#tasks.account(row) === report.account && this.#tasks.status(row) !== 'processing'
    if (isKnown) this.#decide(row, report, false)
    else this.#parking.park(report)
  }

  #decide(row: number, { taskId, account, claim, reportedAt }: WaitingReport, early: boolean): void {
    const tasks = this.#tasks
    const standing = STANDING[this.#standing[row] as number] as StandingClaim
    const solvedAt = tasks.solvedAt(row)
    const decision = decideReport(
      // Which path a report came by is not part of a history: any path will do.
      { status: tasks.status(row), solvedAt, taskClass: 'token' },
      standing,
      claim,
      null,
      reportedAt,
      this.#settings.reportWindowMs,
      false,
    )
    if ((decision !== 'recorded' && decision !== 'changed') || solvedAt === null) return
    const isChange = decision === 'changed'
    this.#standing[row] = STANDING.indexOf(isChange ? 'changed' : claim)
    this.#counted++
    this.#spans(reportedAt)
    this.#tell({
      kind: 'report',
      seq: ++this.#seq,
      taskId,
      account,
      group: account,
      attributes: tasks.attributes(row),
      solvedAt,
      claim,
      replaces: isChange ? (standing as Claim) : null,
      receivedAt: reportedAt,
      flags: [...(isChange ? (['claim-changed'] as const) : []), ...(early ? (['early'] as const) : [])],
    } satisfies ReportChange)
  }

  #spans(at: Instant): void {
    if (at < this.#from) this.#from = at
    if (at > this.#to) this.#to = at
  }
}
