import type { Action } from '../../domain/action.ts'
import type { ActionChange, Change, ReportChange, TaskChange } from '../../domain/change.ts'
import type { DurationMs, Instant } from '../../domain/instant.ts'
import type { Claim, StandingClaim } from '../../domain/report.ts'
import { decideReport } from '../../domain/report.ts'
import type { TaskRecord } from '../../domain/task.ts'
import type { JudgedReport } from '../../domain/verdict.ts'
import { IdTable } from './ids.ts'
import { RowIndex } from './index.ts'
import { NameTable } from './names.ts'
import { orderByInstant } from './order.ts'
import type { WaitingReport } from './parking.ts'
import { Parking } from './parking.ts'
import type { HistoryReport } from './reports.ts'
import { ReportRows } from './reports.ts'
import type { ScratchSpace } from './scratch.ts'
import type { SettledTasks } from './settled-run.ts'
import type { TaskBatch } from './task-batch.ts'
import { TaskBatchReader } from './task-batch.ts'
import type { SorterLimits } from './task-sorter.ts'
import { SORTER_LIMITS, TaskSorter } from './task-sorter.ts'
import { WordingTable } from './wordings.ts'

/** The rules of intake that are settings, and where what does not fit into memory goes. */
export interface ReplaySettings {
  readonly reportWindowMs: DurationMs
  readonly parkedPerAccountMax: number
  readonly parkedForMs: DurationMs
  readonly scratch: ScratchSpace
  readonly limits?: SorterLimits
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

/** The two parts of the work, as progress names them. */
export type ReplayStage = 'sorting' | 'replaying'
export type OnProgress = (stage: ReplayStage, share: number) => void

const PROGRESS_EVERY = 2 ** 14

/** What stands for a task, as one byte. */
const STANDING: readonly StandingClaim[] = ['none', 'bad', 'good', 'changed']

// What is known of a task, as one byte.
const UNKNOWN = 0
const READY = 1
const FAILED = 2

/**
 * Turns a history into the change log that the service would have written: a task is known from its `solvedAt` on, a report is heard at
 * its `reportedAt`, and the rules of intake decide what counts.
 *
 * Nothing but what the records say decides their order: instants, at one instant actions before tasks before reports, then contents. So
 * the same records in any order, told any number of times, give the same log.
 *
 * Memory is that of the reports and of the different names, not of the tasks: those come sorted out of scratch (task-sorter.ts), and only
 * of tasks with a report anything is remembered.
 */
export class Replay {
  readonly #settings: ReplaySettings
  readonly #accounts = new NameTable('accounts')
  readonly #wordings = new WordingTable()
  readonly #ids = new IdTable()
  readonly #sorter: TaskSorter
  readonly #reports: ReportRows
  readonly #actions = new Map<string, Action>()
  readonly #parking: Parking
  #rowOf: RowIndex
  /** By row of the reports: the first row that speaks of the same task. All below is by such first rows. */
  #first = new Uint32Array(0)
  #known = new Uint8Array(0)
  #owner = new Uint32Array(0)
  #wording = new Uint32Array(0)
  #solvedAt = new Float64Array(0)
  /** An index into STANDING. */
  #standing = new Uint8Array(0)
  /** The claim that stands: is it good, and when was it received? */
  #good = new Uint8Array(0)
  #receivedAt = new Float64Array(0)
  #tell: (change: Change) => void = () => undefined
  #hasRun = false
  #seq = 0
  #settled = 0
  #counted = 0
  #from = Infinity
  #to = -Infinity

  constructor(settings: ReplaySettings) {
    this.#settings = settings
    this.#sorter = new TaskSorter(
      settings.scratch,
      settings.limits ?? SORTER_LIMITS,
      this.#accounts,
      this.#wordings,
    )
    this.#reports = new ReportRows(this.#ids, this.#accounts)
    this.#rowOf = new RowIndex(this.#ids, this.#reports.id, 0)
    this.#parking = new Parking(settings.parkedPerAccountMax, settings.parkedForMs)
  }

  /** Records added so far. */
  get told(): { readonly tasks: number; readonly reports: number } {
    return { tasks: this.#sorter.records, reports: this.#reports.length }
  }

  get scratchBytes(): number {
    return this.#sorter.scratchBytes
  }

  addTask(record: TaskRecord): void {
    this.#sorter.add(record)
  }

  /** @returns takes in the batches of one writer, in the order in which it made them */
  batches(): (batch: TaskBatch) => void {
    const reader = new TaskBatchReader(this.#accounts, this.#wordings, this.#sorter)
    return (batch) => reader.take(batch)
  }

  addReport(report: HistoryReport): void {
    this.#reports.add(report)
  }

  /** An action told twice is one action: its id is made from what it says. */
  addAction(action: Action): void {
    this.#actions.set(action.id, action)
  }

  /** The actions of the history, each once, in the order in which they come to pass. */
  actions(): readonly Action[] {
    return [...this.#actions.values()].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
  }

  /**
   * @param tell told of each change, in order; `seq` counts from 1
   * @param onProgress told now and then how much is done, in [0, 1]
   * @throws Error when run twice: what was added is used up
   */
  run(tell: (change: Change) => void, onProgress?: OnProgress): ReplayTotals {
    if (this.#hasRun) throw new Error('a history runs once; create another backtest')
    this.#hasRun = true
    this.#tell = tell
    try {
      const settled = this.#sorter.settled((share) => onProgress?.('sorting', share))
      this.#prepareReports()
      this.#live(settled, (share) => onProgress?.('replaying', share))
    } finally {
      this.#sorter.close()
    }
    const span = this.#settled === 0 ? null : { from: this.#from, to: this.#to }
    return { tasks: this.#settled, reports: this.#counted, span }
  }

  /** The reports that count as they stand after the run, by when they were received, then by task. */
  *standing(): Generator<JudgedReport> {
    const rows = this.#first.filter((first, row) => first === row && this.#standing[row] !== 0)
    const order = orderByInstant(rows, this.#receivedAt, (a, b) =>
      this.#ids.compare(this.#reports.id.get(a), this.#reports.id.get(b)),
    )
    for (const row of order) {
      const account = this.#accounts.decode(this.#owner[row] as number)
      yield {
        taskId: this.#ids.decode(this.#reports.id.get(row)),
        account,
        group: account,
        attributes: this.#wordings.attributes(this.#wording[row] as number),
        solvedAt: this.#solvedAt[row] as number,
        claim: this.#good[row] === 1 ? 'good' : 'bad',
        receivedAt: this.#receivedAt[row] as number,
      }
    }
  }

  #prepareReports(): void {
    const count = this.#reports.length
    this.#rowOf = new RowIndex(this.#ids, this.#reports.id, count)
    this.#first = new Uint32Array(count)
    for (let row = 0; row < count; row++) this.#first[row] = this.#rowOf.add(row)
    this.#known = new Uint8Array(count)
    this.#owner = new Uint32Array(count)
    this.#wording = new Uint32Array(count)
    this.#solvedAt = new Float64Array(count)
    this.#standing = new Uint8Array(count)
    this.#good = new Uint8Array(count)
    this.#receivedAt = new Float64Array(count)
  }

  #live(tasks: SettledTasks, onProgress: (share: number) => void): void {
    const order = this.#reports.inOrder()
    const actions = this.actions()
    const total = tasks.count + order.length
    let done = 0
    let report = 0
    let action = 0
    let taskAt = tasks.next() ? tasks.at : Infinity
    while (done < total || action < actions.length) {
      if (done % PROGRESS_EVERY === 0) onProgress(total === 0 ? 0 : done / total)
      const reportAt =
        report < order.length ? this.#reports.reportedAt.get(order[report] as number) : Infinity
      const nextAction = actions[action]
      if (nextAction !== undefined && nextAction.at <= taskAt && nextAction.at <= reportAt) {
        this.#act(nextAction)
        action++
        continue
      }
      if (taskAt <= reportAt) {
        this.#learn(tasks)
        taskAt = tasks.next() ? tasks.at : Infinity
      } else {
        this.#hear(order[report] as number)
        report++
      }
      done++
    }
    onProgress(1)
  }

  #act(action: Action): void {
    this.#tell({ kind: 'act', seq: ++this.#seq, act: 'action', action, at: action.at } satisfies ActionChange)
  }

  /** A task settles. If it is ready it counts from now on, and what waited for it too; if it failed nothing waits any longer. */
  #learn({ taskId, at, account: owner, wording, isReady }: SettledTasks): void {
    const row = this.#rowOf.find(taskId)
    if (isReady) this.#issue(taskId, at, owner, wording)
    if (row < 0) return
    this.#known[row] = isReady ? READY : FAILED
    this.#owner[row] = owner
    this.#wording[row] = wording
    this.#solvedAt[row] = at
    const waiting = this.#parking.take(this.#accounts.decode(owner), taskId, at)
    if (isReady) for (const report of waiting) this.#decide(row, report, true)
  }

  #issue(taskId: TaskChange['taskId'], solvedAt: Instant, owner: number, wording: number): void {
    const account = this.#accounts.decode(owner)
    this.#settled++
    this.#spans(solvedAt)
    this.#tell({
      kind: 'task',
      seq: ++this.#seq,
      taskId,
      account,
      group: account,
      attributes: this.#wordings.attributes(wording),
      solvedAt,
      // By history's own times every task was known in time to be reported.
      exposed: true,
    } satisfies TaskChange)
  }

  #hear(row: number): void {
    const reports = this.#reports
    const first = this.#first[row] as number
    const account = reports.account(row)
    const report: WaitingReport = {
      taskId: this.#ids.decode(reports.id.get(row)),
      account: this.#accounts.decode(account),
      claim: reports.claim(row),
      reportedAt: reports.reportedAt.get(row),
    }
    // A task in process is not known yet: what is said of it waits, like what is said of another's task.
    const isKnown = this.#known[first] !== UNKNOWN && this.#owner[first] === account
    if (isKnown) this.#decide(first, report, false)
    else this.#parking.park(report)
  }

  /** @param row the first that speaks of the task, which has settled */
  #decide(row: number, { taskId, account, claim, reportedAt }: WaitingReport, early: boolean): void {
    if (this.#known[row] !== READY) return
    const standing = STANDING[this.#standing[row] as number] as StandingClaim
    const solvedAt = this.#solvedAt[row] as number
    const decision = decideReport(
      // Which path a report came by is not part of a history: any path will do.
      { status: 'ready', solvedAt, taskClass: 'token' },
      standing,
      claim,
      null,
      reportedAt,
      this.#settings.reportWindowMs,
      false,
    )
    if (decision !== 'recorded' && decision !== 'changed') return
    const isChange = decision === 'changed'
    this.#standing[row] = STANDING.indexOf(isChange ? 'changed' : claim)
    this.#good[row] = claim === 'good' ? 1 : 0
    this.#receivedAt[row] = reportedAt
    this.#counted++
    this.#spans(reportedAt)
    this.#tell({
      kind: 'report',
      seq: ++this.#seq,
      taskId,
      account,
      group: account,
      attributes: this.#wordings.attributes(this.#wording[row] as number),
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
