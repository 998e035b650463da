import type { Change, ReportChange, TaskChange } from '../domain/change.ts'
import type { DurationMs, Instant } from '../domain/instant.ts'
import { DAY_MS, WEEK_MS } from '../domain/instant.ts'
import type { Claim, StandingClaim } from '../domain/report.ts'
import { decideReport } from '../domain/report.ts'
import type { TaskRecord } from '../domain/task.ts'
import { mergeTask } from '../domain/task.ts'
import { eventsFromFinding } from '../incidents/from-findings.ts'
import { createIncidentBook } from '../incidents/incident-book.ts'
import type { IncidentWire } from '../incidents/to-wire.ts'
import { toWire } from '../incidents/to-wire.ts'
import { RowIndex } from './backtest-index.ts'
import { IdTable } from './backtest-ids.ts'
import { NameTable } from './backtest-names.ts'
import { orderByInstant } from './backtest-order.ts'
import type { WaitingReport } from './backtest-parking.ts'
import { Parking } from './backtest-parking.ts'
import type { HistoryReport } from './backtest-reports.ts'
import { ReportRows } from './backtest-reports.ts'
import { TaskRows } from './backtest-tasks.ts'
import type { Model } from './model.ts'
import { createModel } from './model.ts'

export type { HistoryReport } from './backtest-reports.ts'

export interface BacktestSettings {
  /** The knob of the analysis. */
  readonly falseIncidentsPerWeek: number
  /** How long after `solvedAt` a claim is accepted. */
  readonly reportWindowMs: DurationMs
  /** Reports that wait for their task, per account; the service's own bound unless given. */
  readonly parkedPerAccountMax?: number
  /** How long they wait; a day unless given. */
  readonly parkedForMs?: DurationMs
}

/** A history to be lived through: first all of it is added, in any order; then it runs, once. */
export interface Backtest {
  addTask(record: TaskRecord): void
  addReport(report: HistoryReport): void
  /** @throws Error when run twice */
  run(watch?: BacktestWatch): BacktestResult
}

export interface BacktestWatch {
  /** Told now and then how much of the history is done, in [0, 1]. */
  readonly onProgress?: (share: number) => void
}

/** An incident in its final state, as the API would give it. */
export type BacktestIncident = IncidentWire

export interface BacktestResult {
  /** By `openedAt`, then by id. */
  readonly incidents: readonly BacktestIncident[]
  readonly summary: BacktestSummary
}

export interface BacktestSummary {
  /** Tasks that were issued. */
  readonly tasks: number
  /** Claims that counted, a changed one once more. */
  readonly reports: number
  /** From the first thing that counted to the last. */
  readonly weeks: number
  readonly incidents: number
}

const PARKED_PER_ACCOUNT_MAX = 1_000
const PROGRESS_EVERY = 2 ** 16

/** What stands for a task, as one byte. */
const STANDING: readonly StandingClaim[] = ['none', 'bad', 'good', 'changed']

/**
 * The same fold that the service lives, over a history: a task is known from its `solvedAt` on, a report is heard at its
 * `reportedAt`, and the rules of intake decide what counts. Nothing but the history is looked at, and of the history only what it
 * says: the same records in another order, in other files or told twice give the same bytes.
 *
 * Ties are decided by contents, tasks before reports (backtest-tasks.ts, backtest-reports.ts). Records of one task are merged in the
 * order in which they became true; of two that contradict each other the earlier stands, as it would have in the feed.
 */
export function createBacktest(settings: BacktestSettings): Backtest {
  const ids = new IdTable()
  const accounts = new NameTable()
  const tasks = new TaskRows(ids, accounts)
  const reports = new ReportRows(ids, accounts)
  let hasRun = false
  return {
    addTask: (record) => tasks.add(record),
    addReport: (report) => reports.add(report),
    run(watch = {}) {
      if (hasRun) throw new Error('a backtest runs once; create another')
      hasRun = true
      return new Replay(settings, ids, tasks, reports).run(watch)
    },
  }
}

class Replay {
  readonly #settings: BacktestSettings
  readonly #ids: IdTable
  readonly #tasks: TaskRows
  readonly #reports: ReportRows
  readonly #model: Model
  readonly #book = createIncidentBook()
  readonly #parking: Parking
  readonly #rowOf: RowIndex
  /** By the row that is its task: an index into STANDING. */
  readonly #standing: Uint8Array
  #seq = 0
  #settled = 0
  #heard = 0
  #firstAt = Infinity
  #lastAt = -Infinity

  constructor(settings: BacktestSettings, ids: IdTable, tasks: TaskRows, reports: ReportRows) {
    this.#settings = settings
    this.#ids = ids
    this.#tasks = tasks
    this.#reports = reports
    const { falseIncidentsPerWeek, reportWindowMs, parkedPerAccountMax, parkedForMs } = settings
    this.#model = createModel({ falseIncidentsPerWeek, reportWindowMs })
    this.#parking = new Parking(parkedPerAccountMax ?? PARKED_PER_ACCOUNT_MAX, parkedForMs ?? DAY_MS)
    this.#rowOf = new RowIndex(ids, tasks.id, tasks.length)
    this.#standing = new Uint8Array(tasks.length)
  }

  run({ onProgress }: BacktestWatch): BacktestResult {
    const tasks = this.#tasks
    const reports = this.#reports
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
    return this.#result()
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

  /** If the task is ready it counts from now on, and what waited for it too. */
  #settle(row: number): void {
    const tasks = this.#tasks
    if (tasks.status(row) === 'processing') return
    const taskId = this.#ids.decode(tasks.id.get(row))
    const account = tasks.account(row)
    const waiting = this.#parking.take(account, taskId, tasks.knownAt.get(row))
    const solvedAt = tasks.solvedAt(row)
    if (tasks.status(row) !== 'ready' || solvedAt === null) return
    this.#settled++
    this.#tell({
      kind: 'task',
      seq: ++this.#seq,
      taskId,
      account,
      group: account,
      attributes: tasks.attributes(row),
      solvedAt,
      exposed: true,
    } satisfies TaskChange)
    this.#lived(solvedAt)
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

  #decide(row: number, { claim, reportedAt }: WaitingReport, early: boolean): void {
    const tasks = this.#tasks
    const standing = STANDING[this.#standing[row] as number] as StandingClaim
    const solvedAt = tasks.solvedAt(row)
    const decision = decideReport(
      // Which class a path speaks of is not part of a history: reports count whatever path they came by.
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
    this.#heard++
    const account = tasks.account(row)
    this.#tell({
      kind: 'report',
      seq: ++this.#seq,
      taskId: this.#ids.decode(tasks.id.get(row)),
      account,
      group: account,
      attributes: tasks.attributes(row),
      solvedAt,
      claim,
      replaces: isChange ? (standing as Claim) : null,
      receivedAt: reportedAt,
      flags: [...(isChange ? (['claim-changed'] as const) : []), ...(early ? (['early'] as const) : [])],
    } satisfies ReportChange)
    this.#lived(reportedAt)
  }

  #tell(change: Change): void {
    for (const finding of this.#model.apply(change))
      for (const event of eventsFromFinding(finding, this.#book)) this.#book.apply(event)
  }

  #lived(at: Instant): void {
    if (at < this.#firstAt) this.#firstAt = at
    if (at > this.#lastAt) this.#lastAt = at
  }

  #result(): BacktestResult {
    const incidents = this.#book
      .list()
      .toSorted((a, b) => a.openedAt - b.openedAt || (a.id < b.id ? -1 : 1))
      .map(toWire)
    const weeks = this.#settled === 0 ? 0 : (this.#lastAt - this.#firstAt) / WEEK_MS
    return {
      incidents,
      summary: {
        tasks: this.#settled,
        reports: this.#heard,
        weeks: Math.round(weeks * 1_000) / 1_000,
        incidents: incidents.length,
      },
    }
  }
}
