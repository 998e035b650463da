import type { Instant } from '../../domain/instant.ts'
import type { TaskId } from '../../domain/task-id.ts'
import type { IdTable } from './ids.ts'
import { placeOf } from './ids.ts'
import { readSpelling, SPELLING_BYTES_MAX, spellingBytes, writeSpelling } from './spelling.ts'
import type { Strand, StrandReader } from './spool.ts'
import { copySpelling } from './told-row.ts'

/**
 * Tasks that settled, one at a time, by when they did, then by id. After `next` said true the fields are those of one task; at most one
 * for each id.
 */
export interface SettledTasks {
  /** How many there are in all. */
  readonly count: number
  readonly at: Instant
  readonly taskId: TaskId
  readonly account: number
  readonly wording: number
  /** Solved at `at`; else it failed. */
  readonly isReady: boolean
  /** @returns false after the last */
  next(): boolean
}

// When, id (0 where it is spelled behind), account, wording and whether it is ready.
const ROW_BYTES = 24
const ROW_BYTES_MAX = ROW_BYTES + SPELLING_BYTES_MAX

/** Adds a task to a run. @param id a code of `ids` */
export function writeSettled(
  run: Strand,
  ids: IdTable,
  id: number,
  at: Instant,
  account: number,
  wording: number,
  isReady: boolean,
): void {
  const place = run.begin(ROW_BYTES_MAX)
  writeHead(run.view, place, Math.max(0, id), at, account, wording, isReady)
  const end = place + ROW_BYTES
  run.end(id > 0 ? end : copySpelling(ids.chunkOf(id), placeOf(id), run.bytes, end))
}

/** Adds the task that a source stands at to a run. */
export function copySettled(run: Strand, { taskId, at, account, wording, isReady }: SettledTasks): void {
  const place = run.begin(ROW_BYTES_MAX)
  const isNumber = typeof taskId === 'number'
  writeHead(run.view, place, isNumber ? taskId : 0, at, account, wording, isReady)
  const end = place + ROW_BYTES
  run.end(isNumber ? end : writeSpelling(run.bytes, end, taskId))
}

function writeHead(
  view: DataView,
  place: number,
  id: number,
  at: Instant,
  account: number,
  wording: number,
  isReady: boolean,
): void {
  view.setFloat64(place, at, true)
  view.setFloat64(place + 8, id, true)
  view.setUint32(place + 16, account, true)
  view.setUint32(place + 20, wording * 2 + (isReady ? 1 : 0), true)
}

/** A run that is read again. */
export class SettledRun implements SettledTasks {
  readonly #rows: StrandReader
  readonly count: number
  at = 0
  taskId: TaskId = 0
  account = 0
  wording = 0
  isReady = false

  constructor(run: Strand) {
    this.count = run.count
    this.#rows = run.reader()
  }

  next(): boolean {
    const rows = this.#rows
    if (!rows.more()) return false
    const { view, place } = rows
    this.at = view.getFloat64(place, true)
    const id = view.getFloat64(place + 8, true)
    this.account = view.getUint32(place + 16, true)
    const wordingAndReady = view.getUint32(place + 20, true)
    this.wording = wordingAndReady >>> 1
    this.isReady = (wordingAndReady & 1) !== 0
    const end = place + ROW_BYTES
    if (id > 0) {
      this.taskId = id
      rows.place = end
    } else {
      this.taskId = readSpelling(rows.bytes, end)
      rows.place = end + spellingBytes(rows.bytes, end)
    }
    return true
  }
}
