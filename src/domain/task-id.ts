/**
 * A task's id, in its one canonical form: an integer 1..2^53-1 as a number, anything else as the opaque,
 * case-sensitive string it is. `7654321` and `"7654321"` are one id; `"007"` is another id than `7`.
 */
export type TaskId = number | string

/** Longest opaque id, in UTF-16 code units. */
export const TASK_ID_LENGTH_MAX = 64

const CANONICAL_DECIMAL = /^[1-9]\d{0,15}$/
// Numbers in a string's clothes that can only be a client's mistake: zero, a sign, a fraction.
const NUMERIC_MISTAKE = /^(?:0+|[+-]\d+(?:\.\d*)?|\d+\.\d*)$/
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/

/**
 * Brings an id from the wire to its canonical form.
 * @returns null if it is no id: zero, signed, fractional or unsafe numbers, empty or over-long strings,
 *   control characters, text
 *   that is not well-formed, any other type. Digit strings beyond 2^53-1 are exact as text, so they stay opaque ids.
 */
export function parseTaskId(value: unknown): TaskId | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 1 ? value : null
  if (typeof value !== 'string') return null
  if (CANONICAL_DECIMAL.test(value)) {
    const id = Number(value)
    return Number.isSafeInteger(id) ? id : value
  }
  if (value.length === 0 || value.length > TASK_ID_LENGTH_MAX) return null
  // Half a surrogate pair has no UTF-8: two such ids could not be told apart on disk.
  if (NUMERIC_MISTAKE.test(value) || CONTROL.test(value) || !value.isWellFormed()) return null
  return value
}

/** Slots an installation is divided into, fixed for ever: the unit of shard, queue and lease (docs/decisions/0003). */
export const SLOTS = 64

/**
 * 32 well-mixed bits of an id. The low bits choose the slot, so the function is part of the stored format:
 * changing it means copying every store.
 * @returns an unsigned 32-bit integer
 */
export function hashTaskId(id: TaskId): number {
  let h: number
  if (typeof id === 'number') {
    h = Math.imul(id | 0, 0x9e3779b1) ^ Math.imul((id / 4294967296) | 0, 0x85ebca6b)
  } else {
    h = 0x811c9dc5 ^ id.length
    for (let i = 0; i < id.length; i++) h = Math.imul(h ^ id.charCodeAt(i), 0x01000193)
  }
  // The finaliser of MurmurHash3 (public domain): every input bit reaches every output bit.
  h ^= h >>> 16
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** @returns the slot of a task, 0..SLOTS-1; the same on every engine. */
export function slotOf(id: TaskId): number {
  return hashTaskId(id) & (SLOTS - 1)
}
