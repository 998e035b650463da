import type { DatabaseSync } from 'node:sqlite'
import { DAY_MS } from '../../domain/instant.ts'
import type { Day, Instant } from '../../domain/instant.ts'
import type { TaskId } from '../../domain/task-id.ts'
import { dayOfPart, readId } from './task-row.ts'

/** Who is told of the rows. */
export interface RowVisitor {
  task(seq: number, day: Day, taskId: TaskId): void
  report(seq: number, day: Day, taskSeq: number, claim: number, receivedAt: Instant): void
}

/**
 * Reads the rows of the seqs `first`..`last` as far as memory is made from them: tasks, then the reports that speak of
 * these or of earlier ones. About 1 us a row.
 */
export function scanRows(db: DatabaseSync, first: number, last: number, visitor: RowVisitor): void {
  const tasks = db.prepare('SELECT seq, part, task_id FROM task WHERE seq BETWEEN ? AND ?')
  tasks.setReturnArrays(true)
  for (const row of tasks.iterate(first, last)) {
    const [seq, part, id] = row as unknown as [number, number, number | string | Uint8Array]
    visitor.task(seq, dayOfPart(part), readId(id))
  }
  const reports = db.prepare(
    `SELECT report.seq, report.part, task_seq, claim, (task.part >> 6) * ${DAY_MS} + at + delay
     FROM report CROSS JOIN task ON task.seq = task_seq WHERE report.seq BETWEEN ? AND ?`,
  )
  reports.setReturnArrays(true)
  for (const row of reports.iterate(first, last)) {
    const [seq, part, taskSeq, claim, receivedAt] = row as unknown as [number, number, number, number, number]
    visitor.report(seq, dayOfPart(part), taskSeq, claim, receivedAt)
  }
}
