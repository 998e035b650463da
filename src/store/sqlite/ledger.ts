import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Account, AccountKey } from '../../domain/account.ts'
import type { Action } from '../../domain/action.ts'
import type { IncidentEvent } from '../../domain/incident.ts'
import type { Instant } from '../../domain/instant.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { StoredReport } from '../../domain/report.ts'
import { taskClassOf } from '../../domain/task-class.ts'
import type { TaskClass } from '../../domain/task-class.ts'
import type { TaskId } from '../../domain/task-id.ts'
import type { StoredTask, TaskFate, TaskRecord } from '../../domain/task.ts'
import type { ReportFate, ReportRequest, StoreSettings } from '../contract.ts'
import { AccountBook, AccountReader } from './account-book.ts'
import { ActionLog } from './action-log.ts'
import { AttributeBook } from './attribute-book.ts'
import { solvedAtOf } from './change-reader.ts'
import type { DayRanges } from './day-ranges.ts'
import { IncidentLog } from './incident-log.ts'
import { Parking } from './parking.ts'
import { RecentMap } from './recent-map.ts'
import { ReportIntake } from './report-intake.ts'
import { claimOf, flagsOf } from './report-row.ts'
import { ReportTable } from './report-table.ts'
import type { SeqIndex } from './seq-index.ts'
import { Tally } from './tally.ts'
import { TaskIntake } from './task-intake.ts'
import { storedTask, TaskTable } from './task-table.ts'

/** Gives out positions of the change log. Taken back when the transaction that used them fails. */
export class Sequence {
  last: number

  constructor(last: number) {
    this.last = last
  }

  next(): number {
    return ++this.last
  }
}

/**
 * The one writer: tables, and the memory beside them that makes deciding cheap (index, claims, parked reports, numbers
 * of accounts and attributes). Everything that writes goes through `write`, which keeps the two in step: either a
 * transaction is on disk and the memory tells of it, or neither.
 */
export class Ledger {
  readonly db: DatabaseSync
  readonly index: SeqIndex
  readonly ranges: DayRanges
  readonly seq: Sequence
  readonly accounts: AccountBook
  readonly names: AccountReader
  readonly attributes: AttributeBook
  readonly parking: Parking
  readonly tasks: TaskTable
  readonly reports: ReportTable
  readonly tally: Tally
  readonly incidents: IncidentLog
  readonly actions: ActionLog
  readonly settings: StoreSettings
  readonly #taskIntake: TaskIntake
  readonly #reportIntake: ReportIntake
  readonly #classes = new RecentMap<string, TaskClass>(1000)
  readonly #saveMeta: StatementSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync

  constructor(db: DatabaseSync, index: SeqIndex, ranges: DayRanges, head: number, settings: StoreSettings) {
    this.db = db
    this.index = index
    this.ranges = ranges
    this.seq = new Sequence(head)
    this.settings = settings
    this.accounts = new AccountBook(db)
    this.names = new AccountReader(db)
    this.attributes = new AttributeBook(db)
    this.parking = new Parking(db, settings)
    this.tasks = new TaskTable(db, index)
    this.reports = new ReportTable(db, index)
    this.tally = new Tally(db)
    this.incidents = new IncidentLog(db)
    this.actions = new ActionLog(db)
    this.#taskIntake = new TaskIntake(this)
    this.#reportIntake = new ReportIntake(this)
    this.#saveMeta = db.prepare('UPDATE meta SET value = CAST(? AS INTEGER) WHERE name = ?')
    this.#begin = db.prepare('BEGIN IMMEDIATE')
    this.#commit = db.prepare('COMMIT')
  }

  /** Runs `work` in one transaction. When it throws, file and memory are as they were. */
  write<T>(work: () => T): T {
    const before = this.seq.last
    this.#begin.run()
    let result: T
    try {
      result = work()
      this.tally.write()
      this.#commit.run()
    } catch (error) {
      this.#takeBack(before)
      throw error
    }
    this.index.keep()
    return result
  }

  recordTasks(records: readonly TaskRecord[], now: Instant): TaskFate[] {
    return this.write(() => this.#taskIntake.record(records, now))
  }

  recordReports(reports: readonly ReportRequest[]): ReportFate[] {
    return this.write(() => this.#reportIntake.record(reports))
  }

  findTask(taskId: TaskId): StoredTask | null {
    const row = this.tasks.find(taskId)
    return row === null ? null : storedTask(row, this.names, this.attributes)
  }

  findReport(taskId: TaskId): StoredReport | null {
    const task = this.tasks.find(taskId)
    const report = task === null ? null : this.reports.findStanding(task[0])
    if (task === null || report === null) return null
    const [seq, , delay, bits] = report
    const solvedAt = solvedAtOf(task)
    const { id: account, group } = this.names.get(task[3])
    return {
      seq,
      taskId,
      account,
      group,
      attributes: this.attributes.get(task[4]).attributes,
      solvedAt,
      claim: claimOf(bits),
      receivedAt: solvedAt + delay,
      flags: flagsOf(bits),
    }
  }

  /** @throws RangeError naming a count that is no whole number; one below 0 takes back (see the contract) */
  countOutcomes(counts: Partial<Record<Outcome, number>>): void {
    const entries = Object.entries(counts) as [Outcome, number][]
    for (const [name, count] of entries) {
      if (!Number.isSafeInteger(count)) throw new RangeError(`${count} requests of outcome ${name}`)
    }
    this.write(() => entries.forEach(([name, count]) => this.tally.count(name, count)))
  }

  addAccount(account: Account): boolean {
    return this.write(() => this.accounts.add(account))
  }

  addKey(key: AccountKey): boolean {
    return this.write(() => this.accounts.addKey(key))
  }

  revokeKey(account: string, keyId: string, at: Instant): boolean {
    return this.write(() => this.accounts.revokeKey(account, keyId, at))
  }

  appendIncidentEvents(events: readonly IncidentEvent[]): IncidentEvent[] {
    return this.write(() =>
      events.filter((event) => {
        const isNew = this.incidents.append(this.seq.last + 1, event)
        if (isNew) this.seq.next()
        return isNew
      }),
    )
  }

  addAction(action: Action, recordedAt: Instant): boolean {
    return this.write(() => {
      const isNew = this.actions.append(this.seq.last + 1, action, recordedAt)
      if (isNew) this.seq.next()
      return isNew
    })
  }

  /** The class of a task type, remembered: it is asked for at every report. */
  classOf(type: string): TaskClass {
    const known = this.#classes.get(type)
    if (known !== undefined) return known
    const taskClass = taskClassOf(type, this.settings.taskTypes)
    this.#classes.set(type, taskClass)
    return taskClass
  }

  /** Notes in the file how far the log has come, inside the caller's transaction. */
  saveHead(): void {
    this.#saveMeta.run(this.seq.last, 'head')
  }

  /** Notes that index files and day ranges reach as far as the log does, inside the caller's transaction. */
  saveMark(): void {
    this.ranges.save(this.db)
    this.#saveMeta.run(this.seq.last, 'mark')
  }

  #takeBack(seq: number): void {
    // Some errors (a full disk among them) have ended the transaction already; then there is nothing to roll back.
    if (this.db.isTransaction) this.db.exec('ROLLBACK')
    this.index.undo()
    this.seq.last = seq
    this.tally.forget()
    this.attributes.forget()
    this.accounts.reload()
    this.parking.reload()
    // Day ranges may stay too wide; they are only ever a bound.
  }
}
