import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { hashTaskId } from '../../domain/task-id.ts'
import type { TaskId } from '../../domain/task-id.ts'
import type { StoredTask } from '../../domain/task.ts'
import type { AccountReader } from './account-book.ts'
import type { AttributeReader } from './attribute-book.ts'
import { taskKey } from './index-key.ts'
import type { SeqIndex } from './seq-index.ts'
import { partOf, readId, spellOpaqueId, spellTimes, TASK_COLUMNS, timesOf } from './task-row.ts'
import type { TaskRow, TaskTimes } from './task-row.ts'

/** Task rows by seq, found by id through the index. */
export class TaskTable {
  readonly #index: SeqIndex
  readonly #select: StatementSync
  readonly #insertNumbered: StatementSync
  readonly #insertOpaque: StatementSync
  readonly #delete: StatementSync
  // Set while `find` runs: an index hands out candidates, this says whether one is the row.
  #wanted: TaskId = 0
  #row: TaskRow | null = null

  constructor(db: DatabaseSync, index: SeqIndex) {
    this.#index = index
    this.#select = db.prepare(`SELECT ${TASK_COLUMNS} FROM task WHERE seq = ?`)
    this.#select.setReturnArrays(true)
    const columns = '(seq, part, task_id, account, attrs, state, at, took)'
    this.#insertNumbered = db.prepare(
      `INSERT INTO task ${columns} VALUES (?, ?, CAST(? AS INTEGER), ?, ?, ?, ?, ?)`,
    )
    this.#insertOpaque = db.prepare(`INSERT INTO task ${columns} VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#delete = db.prepare('DELETE FROM task WHERE seq = ?')
  }

  /** Says which tasks are about to be looked for. */
  expect(coming: readonly { readonly taskId: TaskId }[]): void {
    for (const { taskId } of coming) this.#index.touch(hashTaskId(taskId))
  }

  find(taskId: TaskId): TaskRow | null {
    this.#wanted = taskId
    this.#row = null
    this.#index.find(taskKey(taskId), this.#isWanted)
    return this.#row
  }

  insert(
    seq: number,
    taskId: TaskId,
    account: number,
    attrs: number,
    times: TaskTimes,
    exposed: boolean,
  ): void {
    const [state, at, took] = spellTimes(times, exposed)
    const part = partOf(taskId, times.day)
    if (typeof taskId === 'number') {
      this.#insertNumbered.run(seq, part, taskId, account, attrs, state, at, took)
    } else {
      this.#insertOpaque.run(seq, part, spellOpaqueId(taskId), account, attrs, state, at, took)
    }
    this.#index.insert(taskKey(taskId), seq)
  }

  /** Deletes a row that is about to be appended anew. */
  delete(seq: number, taskId: TaskId): void {
    const { changes } = this.#delete.run(seq)
    if (changes !== 1)
      throw new Error(`the task row ${seq} of ${taskId} was read, but deleting it did nothing`)
    this.#index.remove(taskKey(taskId), seq)
  }

  readonly #isWanted = (seq: number): boolean => {
    const row = this.#select.get(seq) as unknown as TaskRow | undefined
    // A report's entry can look like a task's, and a retired row leaves its entry behind: both end here.
    if (row === undefined || readId(row[2]) !== this.#wanted) return false
    this.#row = row
    return true
  }
}

export function storedTask(row: TaskRow, accounts: AccountReader, attributes: AttributeReader): StoredTask {
  return {
    taskId: readId(row[2]),
    account: accounts.get(row[3]).id,
    attributes: attributes.get(row[4]).attributes,
    ...timesOf(row),
  }
}
