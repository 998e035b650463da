/**
 * Finds rows of a table by what stands in them: open addressing over row numbers alone, some 10 bytes a row. A `Map` keyed by what is in
 * the row already would hold it a second time, and take ten times as much.
 */
export interface RowKeys {
  /** Whether these keys are the row's. */
  isAt(row: number, a: number, b: number, c: number): boolean
  /** keyHash of the row's keys. */
  hashAt(row: number): number
}

const FIRST_SLOTS = 64
// 0: nothing here; else the row plus one.
const EMPTY = 0

export class RowIndex {
  readonly #keys: RowKeys
  #slots = new Int32Array(FIRST_SLOTS)
  #count = 0

  constructor(keys: RowKeys) {
    this.#keys = keys
  }

  /** The row with these keys; -1 if there is none. */
  find(a: number, b: number, c: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    for (let at = keyHash(a, b, c) & mask; slots[at] !== EMPTY; at = (at + 1) & mask) {
      const row = (slots[at] as number) - 1
      if (this.#keys.isAt(row, a, b, c)) return row
    }
    return -1
  }

  /** Enters a row that is in the table and not yet in here. */
  add(row: number): void {
    this.#count += 1
    if (this.#count * 3 > this.#slots.length * 2) {
      const former = this.#slots
      this.#slots = new Int32Array(former.length * 2)
      for (const entry of former) if (entry !== EMPTY) this.#enter(entry - 1)
    }
    this.#enter(row)
  }

  #enter(row: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let at = this.#keys.hashAt(row) & mask
    while (slots[at] !== EMPTY) at = (at + 1) & mask
    slots[at] = row + 1
  }
}

/** 32 bits of three whole numbers, of each its lower 32. */
export function keyHash(a: number, b: number, c: number): number {
  let hash = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15) ^ b, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 13) ^ c, 0x27d4eb2f)
  return hash ^ (hash >>> 16)
}

/** Rows to make room for where a table is full: a quarter more, for what is doubled stands half empty. */
export function roomAfter(rows: number): number {
  return Math.ceil(rows * 1.25) + 1
}
