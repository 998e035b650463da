import type { Instant } from '../../domain/instant.ts'
import type { TaskStatus } from '../../domain/task.ts'
import type { TaskId } from '../../domain/task-id.ts'
import { SPELLING_BYTES_MAX, spellingBytes, writeSpelling } from './spelling.ts'
import type { Strand } from './spool.ts'

/**
 * A task record as a row of a strand: id (0 where it is spelled behind), when the record became true, `issuedAt` beside a `solvedAt`
 * (NaN where there is none), account, wording and code.
 */
export const TOLD_ROW_BYTES = 32
const ROW_BYTES_MAX = TOLD_ROW_BYTES + SPELLING_BYTES_MAX

const STATUSES: readonly TaskStatus[] = ['processing', 'ready', 'failed']
// Beside the status in a row's code: the instant is `solvedAt`, else `issuedAt`.
const SOLVED = 4
/** Codes are below this, so a wording and a code are one number. */
export const CODES = 8

/** @returns what is told of status and instant, in 0..7 */
export function codeOf(status: TaskStatus, solvedAt: Instant | null): number {
  return STATUSES.indexOf(status) | (solvedAt === null ? 0 : SOLVED)
}

export function statusOf(code: number): TaskStatus {
  return STATUSES[code & 3] as TaskStatus
}

export function isSolved(code: number): boolean {
  return (code & SOLVED) !== 0
}

/** @param wordingAndCode wording * CODES + code */
export function writeToldRow(
  strand: Strand,
  id: TaskId,
  knownAt: Instant,
  issuedBeside: number,
  account: number,
  wordingAndCode: number,
): void {
  const place = strand.begin(ROW_BYTES_MAX)
  const isNumber = typeof id === 'number'
  writeHead(strand.view, place, isNumber ? id : 0, knownAt, issuedBeside, account, wordingAndCode)
  const end = place + TOLD_ROW_BYTES
  strand.end(isNumber ? end : writeSpelling(strand.bytes, end, id))
}

/** The same for an id that is spelled in `from` at `at`. */
export function writeSpelledToldRow(
  strand: Strand,
  from: Uint8Array,
  at: number,
  knownAt: Instant,
  issuedBeside: number,
  account: number,
  wordingAndCode: number,
): void {
  const place = strand.begin(ROW_BYTES_MAX)
  writeHead(strand.view, place, 0, knownAt, issuedBeside, account, wordingAndCode)
  strand.end(copySpelling(from, at, strand.bytes, place + TOLD_ROW_BYTES))
}

function writeHead(
  view: DataView,
  place: number,
  id: number,
  knownAt: Instant,
  issuedBeside: number,
  account: number,
  wordingAndCode: number,
): void {
  view.setFloat64(place, id, true)
  view.setFloat64(place + 8, knownAt, true)
  view.setFloat64(place + 16, issuedBeside, true)
  view.setUint32(place + 24, account, true)
  view.setUint32(place + 28, wordingAndCode, true)
}

/** @returns where the next byte goes */
export function copySpelling(from: Uint8Array, at: number, to: Uint8Array, place: number): number {
  const end = at + spellingBytes(from, at)
  while (at < end) to[place++] = from[at++] as number
  return place
}
