import type { TaskRecord } from '../../domain/task.ts'
import type { TaskId } from '../../domain/task-id.ts'
import { hashTaskId } from '../../domain/task-id.ts'
import { MergedRuns } from './merge.ts'
import type { NameTable } from './names.ts'
import type { ScratchSpace } from './scratch.ts'
import type { SettledTasks } from './settled-run.ts'
import { copySettled, SettledRun } from './settled-run.ts'
import { Settling } from './settle.ts'
import { hashSpelling, spellingBytes } from './spelling.ts'
import type { Strand, StrandReader } from './spool.ts'
import { Spool } from './spool.ts'
import { CODES, codeOf, TOLD_ROW_BYTES, writeSpelledToldRow, writeToldRow } from './told-row.ts'
import type { WordingTable } from './wordings.ts'

/** What bounds the memory of sorting, whatever the number of tasks. */
export interface SorterLimits {
  /** Bytes of rows kept in memory before they go to scratch, in each of the two stages. */
  readonly heldBytesMax: number
  /** Rows whose tasks are settled at once: about 40 bytes each. */
  readonly rowsAtOnceMax: number
  /** Runs merged at once: 64 KiB each. */
  readonly runsAtOnceMax: number
}

export const SORTER_LIMITS: SorterLimits = {
  heldBytesMax: 48 * 2 ** 20,
  rowsAtOnceMax: 2 ** 20,
  runsAtOnceMax: 128,
}

/** Rows are parted 64 ways by the first bits of their ids' hash, and where that is not enough by the next ones. */
const PART_BITS = 6
const PARTS = 2 ** PART_BITS
const DEPTH_MAX = Math.floor(32 / PART_BITS) - 1

/**
 * Puts the records of a history in order: any number of them in any order in, the tasks that settled out, by when they did.
 *
 *   records -> parted by id -> each part settled (settle.ts) and sorted by instant -> a run -> all runs merged
 *
 * Rows and runs that do not fit into memory lie in scratch: 32 bytes a record, then 24 bytes a task, both for a while, and the id's
 * spelling where it is no integer.
 */
export class TaskSorter {
  readonly #space: ScratchSpace
  readonly #limits: SorterLimits
  readonly #accounts: NameTable
  readonly #wordings: WordingTable
  readonly #rows: Spool
  readonly #runs: Spool
  readonly #parts: Strand[]
  #records = 0
  #splitBytes = 0

  constructor(space: ScratchSpace, limits: SorterLimits, accounts: NameTable, wordings: WordingTable) {
    this.#space = space
    this.#limits = limits
    this.#accounts = accounts
    this.#wordings = wordings
    this.#rows = new Spool(space, limits.heldBytesMax)
    this.#runs = new Spool(space, limits.heldBytesMax)
    this.#parts = partsOf(this.#rows)
  }

  /** Records added so far. */
  get records(): number {
    return this.#records
  }

  /** Bytes that went to scratch so far. */
  get scratchBytes(): number {
    return this.#rows.written + this.#runs.written + this.#splitBytes
  }

  add(record: TaskRecord): void {
    const { taskId, solvedAt, issuedAt } = record
    const knownAt = solvedAt ?? issuedAt
    if (knownAt === null) throw new RangeError('a task record carries solvedAt or issuedAt')
    const issuedBeside = solvedAt !== null && issuedAt !== null ? issuedAt : Number.NaN
    const account = this.#accounts.encode(record.account)
    const wordingAndCode = this.#wordings.encode(record) * CODES + codeOf(record.status, solvedAt)
    this.addCoded(taskId, knownAt, issuedBeside, account, wordingAndCode)
  }

  /** A record whose names are codes already. */
  addCoded(id: TaskId, knownAt: number, issuedBeside: number, account: number, wordingAndCode: number): void {
    this.#records++
    const part = this.#parts[partOf(hashTaskId(id), 0)] as Strand
    writeToldRow(part, id, knownAt, issuedBeside, account, wordingAndCode)
  }

  /** The same where the id is spelled in `bytes` at `at`. */
  addSpelled(
    bytes: Uint8Array,
    at: number,
    knownAt: number,
    issuedBeside: number,
    account: number,
    wordingAndCode: number,
  ): void {
    this.#records++
    const part = this.#parts[partOf(hashSpelling(bytes, at), 0)] as Strand
    writeSpelledToldRow(part, bytes, at, knownAt, issuedBeside, account, wordingAndCode)
  }

  /**
   * Ends the adding. What is returned can be read until `close`.
   * @param onProgress told now and then how much is done, in [0, 1]
   */
  settled(onProgress?: (share: number) => void): SettledTasks {
    const settling = new Settling(this.#accounts, this.#wordings)
    const runs: Strand[] = []
    let done = 0
    const settle = (part: Strand, depth: number): void => {
      if (part.count === 0) return
      if (part.count > this.#limits.rowsAtOnceMax && depth < DEPTH_MAX) {
        const split = new Spool(this.#space, this.#limits.heldBytesMax)
        for (const smaller of splitPart(part.reader(), split, depth + 1)) settle(smaller, depth + 1)
        this.#splitBytes += split.written
        split.close()
        return
      }
      const run = this.#runs.strand()
      settling.settle(part.reader(), part.count, run)
      runs.push(run)
      done += part.count
      onProgress?.(done / this.#records)
    }
    for (const part of this.#parts) settle(part, 0)
    this.#rows.close()
    return this.#merged(runs)
  }

  /** Gives back what lies in scratch. */
  close(): void {
    this.#rows.close()
    this.#runs.close()
  }

  #merged(runs: readonly Strand[]): SettledTasks {
    const { runsAtOnceMax } = this.#limits
    let left = [...runs]
    while (left.length > runsAtOnceMax) {
      const longer: Strand[] = []
      for (let i = 0; i < left.length; i += runsAtOnceMax) {
        const merged = new MergedRuns(left.slice(i, i + runsAtOnceMax).map((run) => new SettledRun(run)))
        const run = this.#runs.strand()
        while (merged.next()) copySettled(run, merged)
        longer.push(run)
      }
      left = longer
    }
    return new MergedRuns(left.map((run) => new SettledRun(run)))
  }
}

function partsOf(spool: Spool): Strand[] {
  return Array.from({ length: PARTS }, () => spool.strand())
}

function partOf(hash: number, depth: number): number {
  return (hash >>> (32 - PART_BITS * (depth + 1))) & (PARTS - 1)
}

/** Parts a part further, by the next bits. */
function splitPart(rows: StrandReader, spool: Spool, depth: number): Strand[] {
  const parts = partsOf(spool)
  while (rows.more()) {
    const { view, bytes, place } = rows
    const id = view.getFloat64(place, true)
    const knownAt = view.getFloat64(place + 8, true)
    const issuedBeside = view.getFloat64(place + 16, true)
    const account = view.getUint32(place + 24, true)
    const wordingAndCode = view.getUint32(place + 28, true)
    const end = place + TOLD_ROW_BYTES
    if (id > 0) {
      const part = parts[partOf(hashTaskId(id), depth)] as Strand
      writeToldRow(part, id, knownAt, issuedBeside, account, wordingAndCode)
      rows.place = end
    } else {
      const part = parts[partOf(hashSpelling(bytes, end), depth)] as Strand
      writeSpelledToldRow(part, bytes, end, knownAt, issuedBeside, account, wordingAndCode)
      rows.place = end + spellingBytes(bytes, end)
    }
  }
  return parts
}
