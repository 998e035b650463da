import { DAY_MS } from '../../domain/instant.ts'
import type { Day } from '../../domain/instant.ts'
import { SLOTS } from '../../domain/task-id.ts'
import { REPORTS_BY_DAY, TASKS_BY_DAY } from './day-ranges.ts'
import type { RangeKind, SeqRange } from './day-ranges.ts'
import type { Ledger } from './ledger.ts'

/**
 * Deletes at most `limit` rows of days before `oldestDay`, in one transaction. Reports go before the tasks they speak
 * of, so that the change log never names a task that is gone.
 * @returns rows deleted; fewer than `limit` means none are left
 */
export function retireRows(ledger: Ledger, oldestDay: Day, limit: number): number {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError(`limit is ${limit}, not at least 1`)
  const emptied: [RangeKind, SeqRange][] = []
  const removed = ledger.write(() => {
    let left = limit
    for (const kind of [REPORTS_BY_DAY, TASKS_BY_DAY] as const) {
      for (const range of ledger.ranges.before(kind, oldestDay)) {
        if (left === 0) break
        left -= deleteRows(ledger, kind, range, oldestDay, left)
        if (left > 0) emptied.push([kind, range])
      }
    }
    if (left > 0) left -= ledger.parking.removeBefore(oldestDay * DAY_MS, left)
    // The rows that would tell how far the log had come may be gone now.
    ledger.saveHead()
    return limit - left
  })
  for (const [kind, range] of emptied) ledger.ranges.remove(kind, range.day)
  return removed
}

function deleteRows(ledger: Ledger, kind: RangeKind, range: SeqRange, oldestDay: Day, limit: number): number {
  const { db, tally } = ledger
  const table = kind === TASKS_BY_DAY ? 'task' : 'report'
  const select = db.prepare(
    `SELECT seq FROM ${table} WHERE seq BETWEEN ? AND ? AND part < ? ORDER BY seq LIMIT ?`,
  )
  select.setReturnArrays(true)
  const seqs = (select.all(range.min, range.max, oldestDay * SLOTS, limit) as unknown as [number][]).flat()
  const remove = db.prepare(`DELETE FROM ${table} WHERE seq = ?`)
  for (const seq of seqs) remove.run(seq)
  if (table === 'report') {
    const removeExtra = db.prepare('DELETE FROM report_extra WHERE seq = ?')
    for (const seq of seqs) removeExtra.run(seq)
  }
  tally.count(table === 'task' ? 'tasks' : 'reports', -seqs.length)
  return seqs.length
}
