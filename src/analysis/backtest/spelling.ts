import type { TaskId } from '../../domain/task-id.ts'
import { TASK_ID_LENGTH_MAX } from '../../domain/task-id.ts'

/** Most bytes that the spelling of an opaque id takes: one that says its length and width, and two a code unit. */
export const SPELLING_BYTES_MAX = 1 + 2 * TASK_ID_LENGTH_MAX

/**
 * Spells an opaque task id as bytes: its length and width in the first, then one byte a code unit where all are Latin-1 and two elsewhere.
 * An id has one spelling, so equal bytes are equal ids.
 * @returns where the next byte goes
 * @throws RangeError for an id that is no opaque task id by its length
 */
export function writeSpelling(bytes: Uint8Array, at: number, id: string): number {
  const { length } = id
  if (length === 0 || length > TASK_ID_LENGTH_MAX)
    throw new RangeError(`an opaque task id has 1 to ${TASK_ID_LENGTH_MAX} characters, not ${length}`)
  let wide = 0
  for (let i = 0; i < length; i++) if (id.charCodeAt(i) > 0xff) wide = 1
  bytes[at++] = ((length - 1) << 1) | wide
  for (let i = 0; i < length; i++) {
    const unit = id.charCodeAt(i)
    if (wide === 1) bytes[at++] = unit >>> 8
    bytes[at++] = unit & 0xff
  }
  return at
}

export function readSpelling(bytes: Uint8Array, at: number): string {
  const header = bytes[at] as number
  const length = (header >>> 1) + 1
  let id = ''
  if ((header & 1) === 0) for (let i = 1; i <= length; i++) id += String.fromCharCode(bytes[at + i] as number)
  else for (let i = 0; i < length; i++) id += String.fromCharCode(unitOf(bytes, at, i))
  return id
}

/** @returns how many bytes the spelling at this place takes */
export function spellingBytes(bytes: Uint8Array, at: number): number {
  const header = bytes[at] as number
  return 1 + ((header >>> 1) + 1) * ((header & 1) + 1)
}

/** @returns `hashTaskId` of the id that is spelled there */
export function hashSpelling(bytes: Uint8Array, at: number): number {
  const header = bytes[at] as number
  const length = (header >>> 1) + 1
  let h = 0x811c9dc5 ^ length
  if ((header & 1) === 0)
    for (let i = 1; i <= length; i++) h = Math.imul(h ^ (bytes[at + i] as number), 0x01000193)
  else for (let i = 0; i < length; i++) h = Math.imul(h ^ unitOf(bytes, at, i), 0x01000193)
  h ^= h >>> 16
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** Whether it is this id that is spelled there. */
export function spells(bytes: Uint8Array, at: number, id: string): boolean {
  if (((bytes[at] as number) >>> 1) + 1 !== id.length) return false
  for (let i = 0; i < id.length; i++) if (unitOf(bytes, at, i) !== id.charCodeAt(i)) return false
  return true
}

/** By code units, as `<` orders strings; 0 for the same id. */
export function compareSpellings(a: Uint8Array, atA: number, b: Uint8Array, atB: number): number {
  const lengthA = ((a[atA] as number) >>> 1) + 1
  const lengthB = ((b[atB] as number) >>> 1) + 1
  for (let i = 0; i < Math.min(lengthA, lengthB); i++) {
    const difference = unitOf(a, atA, i) - unitOf(b, atB, i)
    if (difference !== 0) return difference
  }
  return lengthA - lengthB
}

/** Integers by value, then opaque ids by their code units: the order of ids wherever instants are equal. */
export function compareTaskIds(a: TaskId, b: TaskId): number {
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1
  if (typeof b === 'number') return 1
  return a < b ? -1 : a > b ? 1 : 0
}

function unitOf(bytes: Uint8Array, at: number, i: number): number {
  if (((bytes[at] as number) & 1) === 0) return bytes[at + 1 + i] as number
  return ((bytes[at + 1 + 2 * i] as number) << 8) | (bytes[at + 2 + 2 * i] as number)
}
