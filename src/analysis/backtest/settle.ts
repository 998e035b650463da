import type { Instant } from '../../domain/instant.ts'
import type { StoredTask, TaskRecord } from '../../domain/task.ts'
import { dayOfRecord, mergeTask } from '../../domain/task.ts'
import { IdTable } from './ids.ts'
import type { NameTable } from './names.ts'
import { orderByInstant } from './order.ts'
import { writeSettled } from './settled-run.ts'
import { spellingBytes } from './spelling.ts'
import type { Strand, StrandReader } from './spool.ts'
import { CODES, isSolved, statusOf, TOLD_ROW_BYTES } from './told-row.ts'
import type { WordingTable } from './wordings.ts'

/**
 * Makes of all records of some tasks what became of each task: solved or failed, when, and as whose. Records of one task are merged in
 * the order in which they became true, at one instant by their contents; of two that contradict each other the earlier stands, as it would
 * have in the feed.
 */
export class Settling {
  readonly #accounts: NameTable
  readonly #wordings: WordingTable
  readonly #ids = new IdTable()
  // By row. Kept from one set of tasks to the next, so that memory is that of the largest.
  #id = new Float64Array(0)
  #knownAt = new Float64Array(0)
  #issuedBeside = new Float64Array(0)
  #account = new Uint32Array(0)
  #wordingAndCode = new Uint32Array(0)
  /** By row: 1 + the row before it that speaks of the same task; 0 for the first. */
  #sameTask = new Uint32Array(0)
  /** By hash of the id: 1 + the last row that speaks of it. */
  #slots = new Uint32Array(0)

  constructor(accounts: NameTable, wordings: WordingTable) {
    this.#accounts = accounts
    this.#wordings = wordings
  }

  /**
   * @param rows told rows, all there are of the tasks that they speak of
   * @param run where those that settled go, by when they did
   */
  settle(rows: StrandReader, count: number, run: Strand): void {
    this.#read(rows, count)
    const settled = this.#merge(count)
    const order = orderByInstant(settled, this.#knownAt, (a, b) =>
      this.#ids.compare(this.#id[a] as number, this.#id[b] as number),
    )
    for (const row of order) {
      const wordingAndCode = this.#wordingAndCode[row] as number
      writeSettled(
        run,
        this.#ids,
        this.#id[row] as number,
        this.#knownAt[row] as number,
        this.#account[row] as number,
        Math.floor(wordingAndCode / CODES),
        statusOf(wordingAndCode % CODES) === 'ready',
      )
    }
  }

  #read(rows: StrandReader, count: number): void {
    if (count > this.#id.length) this.#makeRoom(count)
    this.#ids.clear()
    for (let row = 0; rows.more(); row++) {
      const { view, place } = rows
      let end = place + TOLD_ROW_BYTES
      let id = view.getFloat64(place, true)
      if (id === 0) {
        id = this.#ids.encodeSpelling(rows.bytes, end)
        end += spellingBytes(rows.bytes, end)
      }
      this.#id[row] = id
      this.#knownAt[row] = view.getFloat64(place + 8, true)
      this.#issuedBeside[row] = view.getFloat64(place + 16, true)
      this.#account[row] = view.getUint32(place + 24, true)
      this.#wordingAndCode[row] = view.getUint32(place + 28, true)
      rows.place = end
    }
  }

  #makeRoom(count: number): void {
    this.#id = new Float64Array(count)
    this.#knownAt = new Float64Array(count)
    this.#issuedBeside = new Float64Array(count)
    this.#account = new Uint32Array(count)
    this.#wordingAndCode = new Uint32Array(count)
    this.#sameTask = new Uint32Array(count)
    let slots = 16
    while (slots < count * 1.5) slots *= 2
    this.#slots = new Uint32Array(slots)
  }

  /** @returns one row for each task that settled; its columns say how */
  #merge(count: number): Uint32Array {
    this.#slots.fill(0)
    for (let row = 0; row < count; row++) {
      const slot = this.#slotOf(this.#id[row] as number)
      this.#sameTask[row] = this.#slots[slot] as number
      this.#slots[slot] = row + 1
    }
    const settled = new Uint32Array(count)
    let length = 0
    for (const last of this.#slots) {
      if (last === 0) continue
      const row = last - 1
      const isAlone = this.#sameTask[row] === 0
      const code = (this.#wordingAndCode[row] as number) % CODES
      if (isAlone ? statusOf(code) !== 'processing' : this.#mergeInto(row)) settled[length++] = row
    }
    return settled.subarray(0, length)
  }

  #slotOf(id: number): number {
    const mask = this.#slots.length - 1
    let slot = this.#ids.hash(id) & mask
    for (;;) {
      const row = (this.#slots[slot] as number) - 1
      if (row < 0 || this.#ids.compare(this.#id[row] as number, id) === 0) return slot
      slot = (slot + 1) & mask
    }
  }

  /**
   * Merges all records of the task that the row speaks of, and makes the row say what became of it.
   * @returns whether it settled
   */
  #mergeInto(target: number): boolean {
    const rows: number[] = []
    for (let next = target + 1; next !== 0; next = this.#sameTask[next - 1] as number) rows.push(next - 1)
    rows.sort((a, b) => this.#compare(a, b))
    const first = rows[0] as number
    let task = this.#stored(first)
    let settledBy = task.status === 'processing' ? -1 : first
    for (const row of rows) {
      const merged = mergeTask(task, this.#record(row))
      if (merged.kind !== 'updated') continue
      task = { ...task, status: merged.status, solvedAt: merged.solvedAt }
      // A task settles once; what may still come is when a failed one was given up.
      if (settledBy < 0 && task.status !== 'processing') settledBy = row
    }
    if (settledBy < 0) return false
    const code = (this.#wordingAndCode[settledBy] as number) % CODES
    const wording = Math.floor((this.#wordingAndCode[first] as number) / CODES)
    const account = this.#account[first] as number
    // All is read before anything is overwritten: the target is one of the rows.
    this.#knownAt[target] = this.#knownAt[settledBy] as number
    this.#account[target] = account
    this.#wordingAndCode[target] = wording * CODES + code
    return true
  }

  /** Any order that depends on nothing but what the records say. 0 only for the same record twice. */
  #compare(a: number, b: number): number {
    const wordingA = Math.floor((this.#wordingAndCode[a] as number) / CODES)
    const wordingB = Math.floor((this.#wordingAndCode[b] as number) / CODES)
    return (
      (this.#knownAt[a] as number) - (this.#knownAt[b] as number) ||
      this.#accounts.compare(this.#account[a] as number, this.#account[b] as number) ||
      this.#wordings.compare(wordingA, wordingB) ||
      ((this.#wordingAndCode[a] as number) % CODES) - ((this.#wordingAndCode[b] as number) % CODES) ||
      (this.#issuedAtBeside(a) ?? -Infinity) - (this.#issuedAtBeside(b) ?? -Infinity) ||
      0
    )
  }

  /** The record as it was told. */
  #record(row: number): TaskRecord {
    const wordingAndCode = this.#wordingAndCode[row] as number
    const code = wordingAndCode % CODES
    const knownAt = this.#knownAt[row] as number
    return {
      taskId: this.#ids.decode(this.#id[row] as number),
      account: this.#accounts.decode(this.#account[row] as number),
      ...this.#wordings.told(Math.floor(wordingAndCode / CODES)),
      status: statusOf(code),
      solvedAt: isSolved(code) ? knownAt : null,
      issuedAt: isSolved(code) ? this.#issuedAtBeside(row) : knownAt,
    }
  }

  /** The record as the store would have it, were it the first of its task. */
  #stored(row: number): StoredTask {
    const record = this.#record(row)
    const { taskId, account, status, solvedAt, issuedAt } = record
    const wording = Math.floor((this.#wordingAndCode[row] as number) / CODES)
    const attributes = this.#wordings.attributes(wording)
    return { taskId, account, attributes, status, solvedAt, issuedAt, day: dayOfRecord(record) }
  }

  #issuedAtBeside(row: number): Instant | null {
    const issuedAt = this.#issuedBeside[row] as number
    return Number.isNaN(issuedAt) ? null : issuedAt
  }
}
