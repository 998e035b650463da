import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Instant } from '../../domain/instant.ts'
import type { Claim, PathClass } from '../../domain/report.ts'
import type { TaskId } from '../../domain/task-id.ts'
import type { StoreSettings } from '../contract.ts'
import { PATH_CLASSES } from './report-row.ts'
import { readId, spellId } from './task-row.ts'

/** A report that waits for its task. */
export interface ParkedReport {
  readonly taskId: TaskId
  readonly claim: Claim
  readonly pathClass: PathClass
  readonly receivedAt: Instant
  readonly softId: number | null
}

interface Row {
  account: number
  task_id: number | string | Uint8Array
  claim: number
  ord: number
  path_class: number
  received_at: number
  soft_id: number | null
}

/** One account's, by task, in the order they came. */
interface Lot {
  readonly byTask: Map<TaskId, ParkedReport[]>
  count: number
}

/**
 * Reports that came before their task, for a while and up to a bound per account. Held in memory too, so that the tasks
 * nobody waits for (almost all) cost no look-up. Foreign ids are parked like unknown ones and never match.
 */
export class Parking {
  readonly #maxPerAccount: number
  readonly #forMs: number
  readonly #lots = new Map<number, Lot>()
  #size = 0
  #lastOrd = 0
  // No report expires before; -Infinity makes the first sweep look.
  #nextExpiry = Number.NEGATIVE_INFINITY
  readonly #select: StatementSync
  readonly #insert: StatementSync
  readonly #delete: StatementSync

  constructor(db: DatabaseSync, settings: Pick<StoreSettings, 'parkedPerAccountMax' | 'parkedForMs'>) {
    this.#maxPerAccount = settings.parkedPerAccountMax
    this.#forMs = settings.parkedForMs
    this.#select = db.prepare('SELECT * FROM parked ORDER BY ord')
    this.#insert = db.prepare('INSERT INTO parked VALUES (?, ?, ?, ?, ?, ?, ?)')
    this.#delete = db.prepare('DELETE FROM parked WHERE account = ? AND task_id = ? AND claim = ?')
    this.reload()
  }

  get size(): number {
    return this.#size
  }

  /** Reads everything anew, after a transaction that failed. */
  reload(): void {
    this.#lots.clear()
    this.#size = 0
    this.#lastOrd = 0
    this.#nextExpiry = Number.NEGATIVE_INFINITY
    for (const row of this.#select.all() as unknown as Row[]) {
      this.#remember(row.account, {
        taskId: readId(row.task_id),
        claim: row.claim === 1 ? 'good' : 'bad',
        pathClass: PATH_CLASSES[row.path_class] as PathClass,
        receivedAt: row.received_at,
        softId: row.soft_id,
      })
      this.#lastOrd = row.ord
    }
  }

  /**
   * Parks a report, unless the same claim waits already.
   * @returns whether it waits now; false when the account has as many waiting as it may
   */
  park(account: number, report: ParkedReport): boolean {
    const waiting = this.#lots.get(account)?.byTask.get(report.taskId)
    const same = waiting?.find(({ claim }) => claim === report.claim)
    if (same !== undefined) {
      if (!this.#isExpired(same, report.receivedAt)) return true
      this.#remove(account, same)
    }
    this.#expireOldest(account, report.receivedAt)
    if ((this.#lots.get(account)?.count ?? 0) >= this.#maxPerAccount) return false
    const { taskId, claim, pathClass, receivedAt, softId } = report
    this.#insert.run(
      account,
      spellId(taskId),
      claim === 'good' ? 1 : 0,
      ++this.#lastOrd,
      PATH_CLASSES.indexOf(pathClass),
      receivedAt,
      softId,
    )
    this.#remember(account, report)
    return true
  }

  /** Takes out what waits for a task of this account, oldest first; what waited too long is left out. */
  take(account: number, taskId: TaskId, now: Instant): readonly ParkedReport[] {
    const waiting = this.#lots.get(account)?.byTask.get(taskId)
    if (waiting === undefined) return []
    const reports = [...waiting]
    for (const report of reports) this.#remove(account, report)
    return reports.filter((report) => !this.#isExpired(report, now))
  }

  /** Removes what has waited too long; looks only when something may have. */
  sweep(now: Instant): void {
    if (this.#size === 0 || now <= this.#nextExpiry) return
    let next = Number.POSITIVE_INFINITY
    for (const account of this.#lots.keys()) {
      this.#expireOldest(account, now)
      const oldest = this.#oldest(account)
      if (oldest !== undefined) next = Math.min(next, oldest.receivedAt + this.#forMs)
    }
    this.#nextExpiry = next
  }

  /**
   * Removes reports received before `instant`, at most `limit`.
   * @returns how many
   */
  removeBefore(instant: Instant, limit: number): number {
    const old = [...this.#lots].flatMap(([account, { byTask }]) =>
      [...byTask.values()]
        .flat()
        .flatMap((report) => (report.receivedAt < instant ? [{ account, report }] : [])),
    )
    const removed = old.slice(0, limit)
    for (const { account, report } of removed) this.#remove(account, report)
    return removed.length
  }

  #isExpired(report: ParkedReport, now: Instant): boolean {
    return report.receivedAt + this.#forMs < now
  }

  #oldest(account: number): ParkedReport | undefined {
    return this.#lots.get(account)?.byTask.values().next().value?.[0]
  }

  #expireOldest(account: number, now: Instant): void {
    for (;;) {
      const oldest = this.#oldest(account)
      if (oldest === undefined || !this.#isExpired(oldest, now)) return
      this.#remove(account, oldest)
    }
  }

  #remember(account: number, report: ParkedReport): void {
    let lot = this.#lots.get(account)
    if (lot === undefined) {
      lot = { byTask: new Map(), count: 0 }
      this.#lots.set(account, lot)
    }
    const waiting = lot.byTask.get(report.taskId)
    if (waiting === undefined) lot.byTask.set(report.taskId, [report])
    else waiting.push(report)
    lot.count++
    this.#size++
    this.#nextExpiry = Math.min(this.#nextExpiry, report.receivedAt + this.#forMs)
  }

  #remove(account: number, report: ParkedReport): void {
    this.#delete.run(account, spellId(report.taskId), report.claim === 'good' ? 1 : 0)
    const lot = this.#lots.get(account) as Lot
    const left = (lot.byTask.get(report.taskId) ?? []).filter((other) => other !== report)
    if (left.length === 0) lot.byTask.delete(report.taskId)
    else lot.byTask.set(report.taskId, left)
    lot.count--
    this.#size--
    if (lot.count === 0) this.#lots.delete(account)
  }
}
