import type { Instant } from '../../domain/instant.ts'
import { parseInstant } from '../../domain/instant.ts'
import type { TaskRecord, TaskStatus } from '../../domain/task.ts'
import type { TaskId } from '../../domain/task-id.ts'
import { parseTaskId } from '../../domain/task-id.ts'
import { SpanTable } from './span-table.ts'

/** The line has another form. */
export const OTHER_FORM = 0
/** The line has this form, and names or attributes that have not been learned. */
export const NOT_LEARNED = -1

/** What stands where a form leaves room. */
type Hole =
  | 'id-number'
  | 'id-text'
  | 'account'
  | 'described'
  | 'labels'
  | 'solved-number'
  | 'solved-text'
  | 'issued-number'
  | 'issued-text'
  | 'ignored-number'
  | 'ignored-text'

const HOLES: Readonly<
  Record<string, { readonly text?: Hole; readonly number?: Hole; readonly object?: Hole }>
> = {
  taskId: { text: 'id-text', number: 'id-number' },
  account: { text: 'account' },
  type: { text: 'described' },
  site: { text: 'described' },
  solver: { text: 'described' },
  region: { text: 'described' },
  labels: { object: 'labels' },
  solvedAt: { text: 'solved-text', number: 'solved-number' },
  issuedAt: { text: 'issued-text', number: 'issued-number' },
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const NEWLINE = 0x0a
const ZERO = 0x30
const NINE = 0x39
const SPACE = 0x20

const FNV_START = 0x811c9dc5
const FNV_PRIME = 0x01000193
const SECOND_MS = 1_000
// A million combinations of attributes, and then some.
const LEARNED_BYTES_MAX = 96 * 2 ** 20

/**
 * A form that lines of task records have: the same keys in the same order with the same white space, the same status, each value of the
 * same kind. What differs between lines of a form is read off its bytes. Attributes and accounts are not looked into: the same bytes were
 * decoded once, the long way, and what that came to is remembered (`learn`).
 *
 * Whatever is not quite plain (an escape, a number of more than 15 digits, a date that may not exist) is another form.
 */
export class LineTemplate {
  /** The bytes before each hole, and behind the last one. */
  readonly #literals: readonly Uint8Array[]
  readonly #holes: readonly Hole[]
  readonly #accounts = new SpanTable(LEARNED_BYTES_MAX)
  readonly #described = new SpanTable(LEARNED_BYTES_MAX)
  readonly #times = new DayCache()
  // Of the line read last: where the account and the attributes lie, and their hashes.
  readonly #accountSpan = new Int32Array(2)
  readonly #spans = new Int32Array(16)
  #spanCount = 0
  #accountHash = 0
  #describedHash = 0

  readonly status: TaskStatus
  taskId: TaskId = 0
  account = 0
  wording = 0
  solvedAt: Instant | null = null
  issuedAt: Instant | null = null

  private constructor(literals: readonly Uint8Array[], holes: readonly Hole[], status: TaskStatus) {
    this.#literals = literals
    this.#holes = holes
    this.status = status
  }

  /**
   * The form of a line.
   * @param line without its newline
   * @param record what the line says
   * @returns null where the line is not plain enough to have one
   */
  static of(line: Uint8Array, record: TaskRecord): LineTemplate | null {
    const parts = partsOf(line)
    if (parts === null) return null
    const template = new LineTemplate(parts.literals, parts.holes, record.status)
    return template.read(line, 0) === OTHER_FORM ? null : template
  }

  /**
   * Reads the line that begins at `start`. What it says is in the fields, if the answer is above 0.
   * @returns where the next line begins, or OTHER_FORM, or NOT_LEARNED
   */
  read(bytes: Uint8Array, start: number): number {
    const end = this.#match(bytes, start)
    if (end === OTHER_FORM) return OTHER_FORM
    const account = this.#accounts.get(bytes, this.#accountSpan, 2, this.#accountHash)
    const wording = this.#described.get(bytes, this.#spans, this.#spanCount, this.#describedHash)
    if (account < 0 || wording < 0) return NOT_LEARNED
    this.account = account
    this.wording = wording
    return end
  }

  /** Remembers what the line read last comes to, after `read` said NOT_LEARNED of it. */
  learn(bytes: Uint8Array, account: number, wording: number): void {
    if (this.#accounts.get(bytes, this.#accountSpan, 2, this.#accountHash) < 0)
      this.#accounts.set(bytes, this.#accountSpan, 2, this.#accountHash, account)
    if (this.#described.get(bytes, this.#spans, this.#spanCount, this.#describedHash) < 0)
      this.#described.set(bytes, this.#spans, this.#spanCount, this.#describedHash, wording)
  }

  #match(bytes: Uint8Array, start: number): number {
    const holes = this.#holes
    const literals = this.#literals
    let at = start
    this.#spanCount = 0
    this.#describedHash = FNV_START
    for (let i = 0; i < holes.length; i++) {
      const literal = literals[i] as Uint8Array
      for (let j = 0; j < literal.length; j++) if (bytes[at + j] !== literal[j]) return OTHER_FORM
      at = this.#fill(holes[i] as Hole, bytes, at + literal.length)
      if (at === OTHER_FORM) return OTHER_FORM
    }
    const literal = literals[holes.length] as Uint8Array
    for (let j = 0; j < literal.length; j++) if (bytes[at + j] !== literal[j]) return OTHER_FORM
    at += literal.length
    if (at < bytes.length && bytes[at] !== NEWLINE) return OTHER_FORM
    return at + 1
  }

  /** @returns the place behind the value, or OTHER_FORM */
  #fill(hole: Hole, bytes: Uint8Array, at: number): number {
    switch (hole) {
      case 'id-number': {
        const end = digitsEnd(bytes, at)
        if (end !== OTHER_FORM) this.taskId = numberOf(bytes, at, end)
        return end
      }
      case 'id-text': {
        const end = textEnd(bytes, at)
        if (end === OTHER_FORM) return OTHER_FORM
        let text = ''
        for (let i = at; i < end; i++) {
          const byte = bytes[i] as number
          if (byte > 0x7e) return OTHER_FORM
          text += String.fromCharCode(byte)
        }
        const id = parseTaskId(text)
        if (id === null) return OTHER_FORM
        this.taskId = id
        return end + 1
      }
      case 'account': {
        let hash = FNV_START
        let end = at
        for (; ; end++) {
          const byte = bytes[end]
          if (byte === QUOTE) break
          if (byte === undefined || byte < SPACE || byte === BACKSLASH) return OTHER_FORM
          hash = Math.imul(hash ^ byte, FNV_PRIME)
        }
        this.#accountSpan[0] = at
        this.#accountSpan[1] = end
        this.#accountHash = hash ^ (hash >>> 15)
        return end + 1
      }
      case 'described': {
        let hash = this.#describedHash
        let end = at
        for (; ; end++) {
          const byte = bytes[end]
          if (byte === QUOTE) break
          if (byte === undefined || byte < SPACE || byte === BACKSLASH) return OTHER_FORM
          hash = Math.imul(hash ^ byte, FNV_PRIME)
        }
        this.#describes(at, end, hash)
        return end + 1
      }
      case 'labels': {
        const end = objectEnd(bytes, at)
        if (end === OTHER_FORM) return OTHER_FORM
        let hash = this.#describedHash
        for (let i = at; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), FNV_PRIME)
        this.#describes(at, end, hash)
        return end
      }
      case 'solved-number': {
        const end = digitsEnd(bytes, at)
        if (end !== OTHER_FORM) this.solvedAt = numberOf(bytes, at, end)
        return end
      }
      case 'issued-number': {
        const end = digitsEnd(bytes, at)
        if (end !== OTHER_FORM) this.issuedAt = numberOf(bytes, at, end)
        return end
      }
      case 'solved-text': {
        const end = this.#times.read(bytes, at)
        if (end !== OTHER_FORM) this.solvedAt = this.#times.instant
        return end
      }
      case 'issued-text': {
        const end = this.#times.read(bytes, at)
        if (end !== OTHER_FORM) this.issuedAt = this.#times.instant
        return end
      }
      case 'ignored-number':
        return digitsEnd(bytes, at)
      case 'ignored-text': {
        const end = textEnd(bytes, at)
        return end === OTHER_FORM ? OTHER_FORM : end + 1
      }
    }
  }

  #describes(from: number, to: number, hash: number): void {
    this.#spans[this.#spanCount++] = from
    this.#spans[this.#spanCount++] = to
    this.#describedHash = Math.imul(hash ^ (hash >>> 15), FNV_PRIME)
  }
}

/** Instants as text in UTC: the day is looked up (neighbouring lines have the same), the rest is digits. */
class DayCache {
  readonly #day = new Uint8Array(10)
  #startsAt = 0
  instant: Instant = 0

  /**
   * @param at behind the opening quote
   * @returns the place behind the closing quote, or OTHER_FORM
   */
  read(bytes: Uint8Array, at: number): number {
    const day = this.#day
    for (let i = 0; i < 10; i++) if (bytes[at + i] !== day[i]) return this.#readNewDay(bytes, at)
    return this.#readTime(bytes, at)
  }

  #readNewDay(bytes: Uint8Array, at: number): number {
    if (at + 10 > bytes.length) return OTHER_FORM
    const text = String.fromCharCode(...bytes.subarray(at, at + 10))
    const startsAt = parseInstant(`${text}T00:00:00Z`)
    if (startsAt === null) return OTHER_FORM
    this.#day.set(bytes.subarray(at, at + 10))
    this.#startsAt = startsAt
    return this.#readTime(bytes, at)
  }

  #readTime(bytes: Uint8Array, day: number): number {
    const at = day + 10
    const hours = twoDigits(bytes, at + 1)
    const minutes = twoDigits(bytes, at + 4)
    const seconds = twoDigits(bytes, at + 7)
    if (bytes[at] !== 0x54 || bytes[at + 3] !== 0x3a || bytes[at + 6] !== 0x3a) return OTHER_FORM
    if (!(hours <= 23 && minutes <= 59 && seconds <= 59)) return OTHER_FORM
    let end = at + 9
    let ms = 0
    if (bytes[end] === 0x2e) {
      const first = ++end
      let unit = 100
      while (isDigit(bytes[end]) && end - first < 9) {
        ms += unit * ((bytes[end++] as number) - ZERO)
        unit = unit > 1 ? unit / 10 : 0
      }
      if (end === first) return OTHER_FORM
    }
    if (bytes[end] === 0x5a) end += 1
    else if (bytes[end] === 0x2b && isZeroOffset(bytes, end + 1)) end += 6
    else return OTHER_FORM
    if (bytes[end] !== QUOTE) return OTHER_FORM
    this.instant = this.#startsAt + ((hours * 60 + minutes) * 60 + seconds) * SECOND_MS + ms
    return end + 1
  }
}

/** `00:00` */
function isZeroOffset(bytes: Uint8Array, at: number): boolean {
  return twoDigits(bytes, at) === 0 && bytes[at + 2] === 0x3a && twoDigits(bytes, at + 3) === 0
}

/** @returns NaN where there are none */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]
  const ones = bytes[at + 1]
  return isDigit(tens) && isDigit(ones) ? 10 * (tens - ZERO) + (ones - ZERO) : Number.NaN
}

function isDigit(byte: number | undefined): byte is number {
  return byte !== undefined && byte >= ZERO && byte <= NINE
}

/** @returns the place behind a whole number of at most 15 digits that does not begin with a zero, or OTHER_FORM */
function digitsEnd(bytes: Uint8Array, at: number): number {
  let end = at
  while (isDigit(bytes[end]) && end - at <= 15) end++
  return end === at || end - at > 15 || bytes[at] === ZERO ? OTHER_FORM : end
}

function numberOf(bytes: Uint8Array, at: number, end: number): number {
  let value = 0
  for (let i = at; i < end; i++) value = 10 * value + ((bytes[i] as number) - ZERO)
  return value
}

/** @returns the place of the closing quote, or OTHER_FORM where an escape or a control character comes before it */
function textEnd(bytes: Uint8Array, at: number): number {
  for (let end = at; ; end++) {
    const byte = bytes[end]
    if (byte === QUOTE) return end
    if (byte === undefined || byte < SPACE || byte === BACKSLASH) return OTHER_FORM
  }
}

/** @returns the place behind a flat object without escapes, or OTHER_FORM */
function objectEnd(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== OPEN_OBJECT) return OTHER_FORM
  for (let end = at + 1; ; end++) {
    const byte = bytes[end]
    if (byte === CLOSE_OBJECT) return end + 1
    if (byte === QUOTE) {
      end = textEnd(bytes, end + 1)
      if (end === OTHER_FORM) return OTHER_FORM
    } else if (byte === undefined || byte < SPACE || byte === BACKSLASH || byte === OPEN_OBJECT)
      return OTHER_FORM
  }
}

/** Cuts a line that is known to be a JSON object into what is fixed and what leaves room. */
function partsOf(line: Uint8Array): { literals: Uint8Array[]; holes: Hole[] } | null {
  const literals: Uint8Array[] = []
  const holes: Hole[] = []
  const keys = new Set<string>()
  const spaceEnd = (from: number): number => {
    let end = from
    while (line[end] === SPACE || line[end] === 0x09) end++
    return end
  }
  let from = 0
  let at = spaceEnd(0) + 1
  for (;;) {
    at = spaceEnd(at)
    if (line[at] !== QUOTE) return null
    const keyEnd = textEnd(line, at + 1)
    if (keyEnd === OTHER_FORM) return null
    const key = Buffer.from(line.subarray(at + 1, keyEnd)).toString()
    // Of a key told twice the last one counts: not for a form.
    if (keys.has(key)) return null
    keys.add(key)
    at = spaceEnd(keyEnd + 1)
    if (line[at] !== 0x3a) return null
    at = spaceEnd(at + 1)
    const value = valueAt(line, at)
    if (value === null) return null
    const known = key === 'status' ? {} : HOLES[key]
    // What is fixed in a form: the status, what is null, and words that nobody asked for.
    const isFixed = key === 'status' || value.kind === 'word'
    const hole: Hole | undefined = isFixed
      ? undefined
      : known === undefined
        ? value.kind === 'text'
          ? 'ignored-text'
          : value.kind === 'number'
            ? 'ignored-number'
            : undefined
        : known[value.kind as 'text' | 'number' | 'object']
    if (!isFixed && hole === undefined) return null
    if (hole !== undefined) {
      literals.push(line.slice(from, value.kind === 'text' ? at + 1 : at))
      holes.push(hole)
      from = value.end
    }
    at = spaceEnd(value.end)
    if (line[at] === CLOSE_OBJECT) break
    if (line[at] !== 0x2c) return null
    at++
  }
  literals.push(line.slice(from))
  return holes.includes('account') ? { literals, holes } : null
}

type ValueKind = 'text' | 'number' | 'object' | 'word'

function valueAt(line: Uint8Array, at: number): { kind: ValueKind; end: number } | null {
  const byte = line[at]
  const found = (kind: ValueKind, end: number) => (end === OTHER_FORM ? null : { kind, end })
  if (byte === QUOTE) {
    const end = textEnd(line, at + 1)
    return end === OTHER_FORM ? null : { kind: 'text', end: end + 1 }
  }
  if (byte === OPEN_OBJECT) return found('object', objectEnd(line, at))
  if (isDigit(byte)) return found('number', digitsEnd(line, at))
  for (const word of ['null', 'true', 'false'])
    if (Buffer.from(line.subarray(at, at + word.length)).toString() === word)
      return { kind: 'word', end: at + word.length }
  return null
}
