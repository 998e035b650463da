import type { TaskId } from '../../domain/task-id.ts'
import { hashTaskId } from '../../domain/task-id.ts'
import type { Column } from './columns.ts'
import type { IdTable } from './ids.ts'

/**
 * Which row first speaks of a task: open addressing over row numbers, 4 bytes a slot, at most two thirds full. A `Map` holds no more
 * than 16.7 million entries.
 */
export class RowIndex {
  readonly #ids: IdTable
  readonly #idOfRow: Column
  /** 1 + a row; 0 where there is none. */
  readonly #slots: Uint32Array
  readonly #mask: number

  /** @param rows how many rows there will be at most */
  constructor(ids: IdTable, idOfRow: Column, rows: number) {
    this.#ids = ids
    this.#idOfRow = idOfRow
    let slots = 16
    while (slots < rows * 1.5) slots *= 2
    this.#slots = new Uint32Array(slots)
    this.#mask = slots - 1
  }

  /** @returns the row of this id; -1 if there is none */
  find(id: TaskId): number {
    let slot = hashTaskId(id) & this.#mask
    for (;;) {
      const row = (this.#slots[slot] as number) - 1
      if (row < 0 || this.#ids.is(this.#idOfRow.get(row), id)) return row
      slot = (slot + 1) & this.#mask
    }
  }

  /**
   * Makes `row` the row of its id, unless there is one already.
   * @returns the row of its id
   */
  add(row: number): number {
    const slot = this.#slotOf(this.#idOfRow.get(row))
    const found = (this.#slots[slot] as number) - 1
    if (found >= 0) return found
    this.#slots[slot] = row + 1
    return row
  }

  /** Where the id of this code is, or where it would be. */
  #slotOf(id: number): number {
    let slot = this.#ids.hash(id) & this.#mask
    for (;;) {
      const row = (this.#slots[slot] as number) - 1
      if (row < 0 || this.#ids.compare(this.#idOfRow.get(row), id) === 0) return slot
      slot = (slot + 1) & this.#mask
    }
  }
}
