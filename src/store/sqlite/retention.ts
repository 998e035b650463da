import { DAY_MS } from '../../domain/instant.ts'
import type { Day } from '../../domain/instant.ts'
import { SLOTS } from '../../domain/task-id.ts'
import { REPORTS_BY_DAY, TASKS_BY_DAY } from './day-ranges.ts'
import type { SeqRange } from './day-ranges.ts'
import type { Ledger } from './ledger.ts'

/**
 * Deletes at most `limit` rows of days before `oldestDay`, in one transaction. Reports go before the tasks they speak
 * of, so that the change log never names a task that is gone.
 * @returns rows deleted; fewer than `limit` means none are left
 */
export function retireRows(ledger: Ledger, oldestDay: Day, limit: number): number {
  if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError(`limit is ${limit}, not at least 1`)
  // Ranges are narrowed once it is certain that their rows are gone.
  const after: (() => void)[] = []
  const removed = ledger.write(() => {
    let left = limit
    for (const kind of [REPORTS_BY_DAY, TASKS_BY_DAY] as const) {
      for (const range of ledger.ranges.before(kind, oldestDay)) {
        if (left === 0) break
        const seqs = deleteRows(ledger, kind, range, oldestDay, left)
        const last = seqs.at(-1)
        if (seqs.length < left) after.push(() => ledger.ranges.remove(kind, range.day))
        else if (last !== undefined) after.push(() => (range.min = last + 1))
        left -= seqs.length
      }
    }
    if (left > 0) left -= ledger.parking.removeBefore(oldestDay * DAY_MS, left)
    // The rows that would tell how far the log had come may be gone now.
    ledger.saveHead()
    return limit - left
  })
  for (const narrow of after) narrow()
  return removed
}

function deleteRows(
  { db, tally }: Ledger,
  kind: typeof REPORTS_BY_DAY | typeof TASKS_BY_DAY,
  range: SeqRange,
  oldestDay: Day,
  limit: number,
): readonly number[] {
  const [table, counted] =
    kind === TASKS_BY_DAY ? (['task', 'tasks'] as const) : (['report', 'reports'] as const)
  const select = db.prepare(
    `SELECT seq FROM ${table} WHERE seq BETWEEN ? AND ? AND part < ? ORDER BY seq LIMIT ?`,
  )
  select.setReturnArrays(true)
  const seqs = (select.all(range.min, range.max, oldestDay * SLOTS, limit) as unknown as [number][]).flat()
  const removals = [db.prepare(`DELETE FROM ${table} WHERE seq = ?`)]
  if (table === 'report') removals.push(db.prepare('DELETE FROM report_extra WHERE seq = ?'))
  for (const removal of removals) for (const seq of seqs) removal.run(seq)
  tally.count(counted, -seqs.length)
  return seqs
}
