import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { ActChange, Change, ReportChange, TaskChange } from '../../domain/change.ts'
import { AccountReader } from './account-book.ts'
import { ACTION_COLUMNS, recordedAction } from './action-log.ts'
import type { ActionRow } from './action-log.ts'
import { AttributeReader } from './attribute-book.ts'
import { CLAIM_CHANGED, claimOf, flagsOf } from './report-row.ts'
import { READY, READY_UNEXPOSED, readId, TASK_COLUMNS, timesOf } from './task-row.ts'
import type { TaskRow } from './task-row.ts'

type ReportAndTaskRow = readonly [seq: number, delay: number, claim: number, ...task: TaskRow]
type ResolvedRow = readonly [seq: number, incidentId: string, at: number]

/**
 * Reads the change log out of the tables that are it. Works on the writer's connection and, better, on one of its own
 * in another thread: what it reads in one call is one consistent snapshot.
 */
export class ChangeReader {
  readonly #db: DatabaseSync
  readonly #accounts: AccountReader
  readonly #attributes: AttributeReader
  readonly #tasks: StatementSync
  readonly #reports: StatementSync
  readonly #resolved: StatementSync
  readonly #actions: StatementSync
  readonly #head: StatementSync
  // Known to hold no change: what lies after the first and up to the second. Spares a reader that waits at the end of
  // the log from passing by the same unsettled tasks each time.
  #quiet: readonly [number, number] = [0, 0]

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#accounts = new AccountReader(db)
    this.#attributes = new AttributeReader(db)
    this.#tasks = prepareRows(
      db,
      `SELECT ${TASK_COLUMNS} FROM task WHERE seq > ? AND state <= ${READY_UNEXPOSED} ORDER BY seq LIMIT ?`,
    )
    this.#reports = prepareRows(
      db,
      `SELECT report.seq, delay, claim, task.seq, task.part, task_id, account, attrs, state, at, took
       FROM report CROSS JOIN task ON task.seq = report.task_seq
       WHERE report.seq > ? AND report.seq <= ? ORDER BY report.seq LIMIT ?`,
    )
    this.#resolved = prepareRows(
      db,
      `SELECT seq, incident_id, at FROM incident_event
       WHERE seq > ? AND seq <= ? AND event = 'resolved' AND by IS NOT NULL ORDER BY seq LIMIT ?`,
    )
    this.#actions = prepareRows(
      db,
      `SELECT ${ACTION_COLUMNS} FROM action WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?`,
    )
    this.#head = prepareRows(
      db,
      `SELECT max((SELECT value FROM meta WHERE name = 'head'),
                  coalesce((SELECT max(seq) FROM task), 0),
                  coalesce((SELECT max(seq) FROM report), 0),
                  coalesce((SELECT max(seq) FROM incident_event), 0),
                  coalesce((SELECT max(seq) FROM action), 0))`,
    )
  }

  head(): number {
    return (this.#head.get() as unknown as [number])[0]
  }

  changesSince(cursor: number, limit: number): Change[] {
    if (!Number.isSafeInteger(cursor) || cursor < 0)
      throw new RangeError(`cursor is ${cursor}, not a position`)
    if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError(`limit is ${limit}, not at least 1`)
    this.#db.exec('BEGIN')
    try {
      return this.#read(cursor, limit)
    } finally {
      this.#db.exec('COMMIT')
    }
  }

  #read(cursor: number, limit: number): Change[] {
    const [quietFrom, quietTo] = this.#quiet
    const from = cursor >= quietFrom && cursor < quietTo ? quietTo : cursor
    const head = this.head()
    const tasks = this.#tasks.all(from, limit) as unknown as TaskRow[]
    // Beyond the last task of a full page nothing can be given out, so nothing there is read.
    const end = tasks.length === limit ? (tasks[limit - 1] as TaskRow)[0] : head
    const reports = this.#reports.all(from, end, limit) as unknown as ReportAndTaskRow[]
    const acts = this.#acts(from, end, limit)
    const changes = this.#merge(tasks, reports, acts, limit)
    if (changes.length < limit) this.#quiet = [changes.at(-1)?.seq ?? cursor, head]
    return changes
  }

  // What people did: rare, so two short lists are simply put in order.
  #acts(from: number, end: number, limit: number): ActChange[] {
    const resolved = this.#resolved.all(from, end, limit) as unknown as ResolvedRow[]
    const actions = this.#actions.all(from, end, limit) as unknown as ActionRow[]
    return [
      ...resolved.map(([seq, incidentId, at]): ActChange => ({
        kind: 'act',
        seq,
        act: 'resolved',
        incidentId,
        at,
      })),
      ...actions.map((row): ActChange => {
        const { recordedAt, ...action } = recordedAction(row)
        return { kind: 'act', seq: row[0], act: 'action', action, at: recordedAt }
      }),
    ].sort((a, b) => a.seq - b.seq)
  }

  #merge(
    tasks: readonly TaskRow[],
    reports: readonly ReportAndTaskRow[],
    acts: readonly ActChange[],
    limit: number,
  ): Change[] {
    const changes: Change[] = []
    let t = 0
    let r = 0
    let a = 0
    while (changes.length < limit) {
      const task = tasks[t]
      const report = reports[r]
      const act = acts[a]
      const next = Math.min(task?.[0] ?? Infinity, report?.[0] ?? Infinity, act?.seq ?? Infinity)
      if (task !== undefined && task[0] === next) {
        changes.push(this.#taskChange(task))
        t++
      } else if (report !== undefined && report[0] === next) {
        changes.push(this.#reportChange(report))
        r++
      } else if (act !== undefined) {
        changes.push(act)
        a++
      } else break
    }
    return changes
  }

  #taskChange(row: TaskRow): TaskChange {
    const { id: account, group } = this.#accounts.get(row[3])
    return {
      kind: 'task',
      seq: row[0],
      taskId: readId(row[2]),
      account,
      group,
      attributes: this.#attributes.get(row[4]).attributes,
      solvedAt: solvedAtOf(row),
      exposed: row[5] === READY,
    }
  }

  #reportChange([seq, delay, bits, ...row]: ReportAndTaskRow): ReportChange {
    const { id: account, group } = this.#accounts.get(row[3])
    const solvedAt = solvedAtOf(row)
    const claim = claimOf(bits)
    return {
      kind: 'report',
      seq,
      taskId: readId(row[2]),
      account,
      group,
      attributes: this.#attributes.get(row[4]).attributes,
      solvedAt,
      claim,
      // A claim changes once, and there are two: what it replaces is the other one.
      replaces: (bits & CLAIM_CHANGED) === 0 ? null : claim === 'bad' ? 'good' : 'bad',
      receivedAt: solvedAt + delay,
      flags: flagsOf(bits),
    }
  }
}

/** @throws Error when the row is not a ready task's: nothing else is in the log, and nothing else has reports */
export function solvedAtOf(row: TaskRow): number {
  const { solvedAt } = timesOf(row)
  if (solvedAt === null) throw new Error(`task row ${row[0]} was never solved, yet a change speaks of it`)
  return solvedAt
}

function prepareRows(db: DatabaseSync, sql: string): StatementSync {
  const statement = db.prepare(sql)
  statement.setReturnArrays(true)
  return statement
}
