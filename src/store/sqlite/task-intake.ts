import { dayOf, MINUTE_MS, toIso } from '../../domain/instant.ts'
import type { Day, Instant } from '../../domain/instant.ts'
import { dayOfRecord, mergeTask } from '../../domain/task.ts'
import type { TaskFate, TaskRecord } from '../../domain/task.ts'
import type { KnownAttributes } from './attribute-book.ts'
import { TASKS_BY_DAY } from './day-ranges.ts'
import type { Ledger } from './ledger.ts'
import { adoptParked } from './report-intake.ts'
import { partOf, timesOf } from './task-row.ts'
import type { TaskRow, TaskTimes } from './task-row.ts'
import { storedTask } from './task-table.ts'

/** How far ahead of the store's caller a task's clock may be. */
const AHEAD_MS_MAX = 5 * MINUTE_MS

const RECORDED: TaskFate = Object.freeze({ fate: 'recorded' })
const UPDATED: TaskFate = Object.freeze({ fate: 'updated' })
const UNCHANGED: TaskFate = Object.freeze({ fate: 'unchanged' })

/** Decides the fate of fed records and writes them, one after the other, inside the ledger's transaction. */
export class TaskIntake {
  readonly #ledger: Ledger

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  record(records: readonly TaskRecord[], now: Instant): TaskFate[] {
    this.#ledger.parking.sweep(now)
    const oldestDay = dayOf(now) - this.#ledger.settings.retentionDays
    this.#ledger.tasks.expect(records)
    return records.map((record) => this.#recordOne(record, now, oldestDay))
  }

  // Refusals in this order: what the record says of itself, then what it says against the store.
  #recordOne(record: TaskRecord, now: Instant, oldestDay: Day): TaskFate {
    const { accounts, tasks, attributes } = this.#ledger
    const account = accounts.numOf(record.account)
    if (account === undefined)
      return rejected('unknown-account', `account ${JSON.stringify(record.account)} is not known`)
    const untimely = this.#untimely(record, now, oldestDay)
    if (untimely !== null) return untimely

    const row = tasks.find(record.taskId)
    if (row === null) {
      const { status, solvedAt, issuedAt } = record
      const times = { status, solvedAt, issuedAt, day: dayOfRecord(record) }
      this.#append(record, account, attributes.intern(record), times, now)
      return RECORDED
    }
    return this.#merge(row, record, account, now)
  }

  #merge(row: TaskRow, record: TaskRecord, account: number, now: Instant): TaskFate {
    const { tasks, names, attributes, tally } = this.#ledger
    const merged = mergeTask(storedTask(row, names, attributes), record)
    if (merged.kind === 'unchanged') return UNCHANGED
    if (merged.kind === 'conflict') return rejected('conflict', merged.detail)
    const { issuedAt, day } = timesOf(row)
    tasks.delete(row[0], record.taskId)
    tally.count('tasks', -1)
    const times = { status: merged.status, solvedAt: merged.solvedAt, issuedAt, day }
    this.#append(record, account, attributes.get(row[4]), times, now)
    return UPDATED
  }

  #append(record: TaskRecord, account: number, known: KnownAttributes, times: TaskTimes, now: Instant): void {
    const ledger = this.#ledger
    const { taskId } = record
    const { status, solvedAt, day } = times
    const seq = ledger.seq.next()
    const exposed =
      status === 'ready' && solvedAt !== null && now <= solvedAt + ledger.settings.reportWindowMs
    ledger.tasks.insert(seq, taskId, account, known.id, times, exposed)
    ledger.tally.count('tasks', 1)
    ledger.ranges.note(TASKS_BY_DAY, day, seq)
    if (status === 'processing' || ledger.parking.size === 0) return
    const waiting = ledger.parking.take(account, taskId, now)
    if (status === 'ready' && solvedAt !== null && waiting.length > 0) {
      const task = { seq, part: partOf(taskId, day), day, status, solvedAt, type: known.attributes.type }
      adoptParked(ledger, task, waiting)
    }
  }

  #untimely(record: TaskRecord, now: Instant, oldestDay: Day): TaskFate | null {
    const { solvedAt, issuedAt } = record
    if (solvedAt !== null && solvedAt > now + AHEAD_MS_MAX) return future('solvedAt', solvedAt, now)
    if (issuedAt !== null && issuedAt > now + AHEAD_MS_MAX) return future('issuedAt', issuedAt, now)
    if (dayOfRecord(record) >= oldestDay) return null
    const { retentionDays } = this.#ledger.settings
    return rejected(
      'too-old',
      `${solvedAt === null ? 'issuedAt' : 'solvedAt'} ${toIso((solvedAt ?? issuedAt) as Instant)} is before the ${retentionDays} days that are kept`,
    )
  }
}

function future(field: string, at: Instant, now: Instant): TaskFate {
  return rejected('future', `${field} ${toIso(at)} is more than 5 minutes after ${toIso(now)}`)
}

function rejected(reason: Extract<TaskFate, { fate: 'rejected' }>['reason'], detail: string): TaskFate {
  return { fate: 'rejected', reason, detail }
}
