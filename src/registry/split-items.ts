import type { FeedChunk } from './task-feed.ts'

export interface SplitLimits {
  /** Longest item; a longer one is malformed and skipped, the others are not touched. */
  readonly itemBytesMax: number
  /** A chunk is given out when it has this many items, or this many bytes. */
  readonly chunkItemsMax: number
  readonly chunkBytesMax: number
}

/** 512 lines are some 4 ms of the ledger thread: no report waits longer than that for a feed. */
export const SPLIT_LIMITS: SplitLimits = {
  itemBytesMax: 16 * 1024,
  chunkItemsMax: 512,
  chunkBytesMax: 256 * 1024,
}

const NEWLINE = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const TAB = 0x09
const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

const NOTHING = Buffer.alloc(0)
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** What a stream may be: lines only, so that a first line which is an array is just a bad line; or whichever it begins like. */
export type FeedForm = 'lines' | 'lines-or-array'

/**
 * Cuts a stream of bytes into items without decoding them: the lines of NDJSON, or the items of one JSON array. Unless only lines are
 * expected, the first byte that is no white space decides. Where the stream happens to be cut changes nothing.
 *
 * An array is followed only as far as needed to find its commas: quotes, escapes, depth. What an item says is for the
 * decoder. An array that breaks off or goes on after its end is reported in the place of the item where it broke, and the
 * rest of the stream is not read: no one could say where its items begin.
 */
export class ItemSplitter {
  readonly #limits: SplitLimits
  readonly #emit: (chunk: FeedChunk) => void
  #mode: 'undecided' | 'lines' | 'array'
  /** The first bytes, until it is known whether they are a byte order mark; null from then on. */
  #beginning: Buffer | null = NOTHING
  /** Bytes of the item that has begun, from earlier pieces. */
  #carry: Buffer = NOTHING
  #skipping = false
  #line = 0
  #state: 'value' | 'inside' | 'separator' | 'ended' | 'broken' = 'value'
  #depth = 0
  #inString = false
  #escaped = false
  /** Is a value required here? Not before the first item: `[]` is an array. */
  #afterComma = false
  #pieces: Buffer[] = []
  #bounds: number[] = []
  #lines: number[] = []
  #problems: Record<number, string> = {}
  #bytes = 0

  constructor(
    emit: (chunk: FeedChunk) => void,
    limits: SplitLimits = SPLIT_LIMITS,
    form: FeedForm = 'lines-or-array',
  ) {
    this.#emit = emit
    this.#limits = limits
    this.#mode = form === 'lines' ? 'lines' : 'undecided'
  }

  /** Items seen so far, blank lines included: the number of the last line. */
  get lines(): number {
    return this.#line
  }

  push(piece: Buffer): void {
    if (this.#beginning === null) this.#take(piece)
    else this.#begin(Buffer.concat([this.#beginning, piece]))
  }

  /** A byte order mark, which some tools put first, is no part of the first record. */
  #begin(bytes: Buffer): void {
    if (bytes.length < 3 && BYTE_ORDER_MARK.subarray(0, bytes.length).equals(bytes)) {
      this.#beginning = bytes
      return
    }
    this.#beginning = null
    this.#take(bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? bytes.subarray(3) : bytes)
  }

  #take(piece: Buffer): void {
    let rest = piece
    if (this.#mode === 'undecided') {
      // White space before the first item is dropped, whether it comes with that item or before it.
      const found = rest.findIndex((byte) => !isSpace(byte))
      const at = found < 0 ? rest.length : found
      for (const byte of rest.subarray(0, at)) if (byte === NEWLINE) this.#line++
      if (found < 0) return
      this.#mode = rest[at] === OPEN_ARRAY ? 'array' : 'lines'
      rest = rest.subarray(this.#mode === 'array' ? at + 1 : at)
      if (this.#mode === 'array') this.#line = 0
    }
    if (this.#mode === 'lines') this.#pushLines(rest)
    else this.#pushArray(rest)
  }

  /** The stream has ended: what has begun is an item, or a broken array. */
  end(): void {
    if (this.#beginning !== null && this.#beginning.length > 0) this.#take(this.#beginning)
    this.#beginning = null
    if (this.#mode === 'lines') this.#endLine(NOTHING)
    else if (this.#mode === 'array' && this.#state !== 'ended' && this.#state !== 'broken') {
      this.#line++
      this.#add(null, 'the array breaks off here: no closing bracket')
    }
    this.flush()
  }

  /** Gives out what is complete. An item that has begun goes on waiting for its end. */
  flush(): void {
    if (this.#lines.length > 0) this.#giveOut()
  }

  #pushLines(piece: Buffer): void {
    let start = 0
    for (;;) {
      const newline = piece.indexOf(NEWLINE, start)
      if (newline < 0) break
      this.#endLine(piece.subarray(start, newline))
      start = newline + 1
    }
    this.#keep(piece.subarray(start))
  }

  #endLine(tail: Buffer): void {
    const tooLong = this.#skipping || this.#carry.length + tail.length > this.#limits.itemBytesMax
    const item = this.#carry.length === 0 ? tail : Buffer.concat([this.#carry, tail])
    this.#carry = NOTHING
    this.#skipping = false
    this.#line++
    if (tooLong) this.#add(null, this.#tooLong())
    else if (!isBlank(item)) this.#add(item, null)
  }

  #pushArray(piece: Buffer): void {
    let start = 0
    for (let i = 0; i < piece.length; i++) {
      const byte = piece[i] as number
      if (this.#state === 'inside') {
        const end = this.#follow(byte)
        if (end === 'no') continue
        // A number or a word ends where the separator stands; brackets and quotes belong to their item.
        const stop = end === 'before' ? i : i + 1
        this.#endItem(piece.subarray(start, stop))
        this.#state = 'separator'
        if (end === 'with') continue
      }
      if (isSpace(byte)) continue
      if (this.#state === 'separator') {
        if (byte === COMMA) {
          this.#state = 'value'
          this.#afterComma = true
        } else if (byte === CLOSE_ARRAY) this.#state = 'ended'
        else return this.#break('a comma or the closing bracket is missing before this item')
      } else if (this.#state === 'value') {
        if (byte === CLOSE_ARRAY && !this.#afterComma) this.#state = 'ended'
        else if (byte === COMMA || byte === CLOSE_ARRAY) return this.#break('an item is missing here')
        else {
          this.#state = 'inside'
          start = i
          this.#depth = 0
          this.#inString = false
          this.#escaped = false
          const end = this.#follow(byte)
          if (end !== 'no') return this.#break('a bracket closes here that was never opened')
        }
      } else if (this.#state === 'ended') return this.#break('the stream goes on after the closing bracket')
      else return
    }
    if (this.#state === 'inside') this.#keep(piece.subarray(start))
  }

  /** One byte of an item: does the item end with it, before it, or not yet? */
  #follow(byte: number): 'no' | 'with' | 'before' {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false
      else if (byte === BACKSLASH) this.#escaped = true
      else if (byte === QUOTE) {
        this.#inString = false
        return this.#depth === 0 ? 'with' : 'no'
      }
      return 'no'
    }
    if (byte === QUOTE) this.#inString = true
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#depth++
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (this.#depth === 0) return 'before'
      this.#depth--
      return this.#depth === 0 ? 'with' : 'no'
    } else if (this.#depth === 0 && (byte === COMMA || isSpace(byte))) return 'before'
    return 'no'
  }

  #endItem(tail: Buffer): void {
    const tooLong = this.#skipping || this.#carry.length + tail.length > this.#limits.itemBytesMax
    const item = this.#carry.length === 0 ? tail : Buffer.concat([this.#carry, tail])
    this.#carry = NOTHING
    this.#skipping = false
    this.#line++
    if (tooLong) this.#add(null, this.#tooLong())
    else this.#add(item, null)
  }

  #break(problem: string): void {
    this.#state = 'broken'
    this.#line++
    this.#add(null, `${problem}; nothing from here on was read`)
  }

  #tooLong(): string {
    return `longer than ${this.#limits.itemBytesMax} bytes`
  }

  /** Remembers the beginning of an item until the rest of it comes, but no more than an item may have. */
  #keep(tail: Buffer): void {
    if (tail.length === 0 || this.#skipping) return
    if (this.#carry.length + tail.length > this.#limits.itemBytesMax) {
      this.#carry = NOTHING
      this.#skipping = true
    } else this.#carry = this.#carry.length === 0 ? Buffer.from(tail) : Buffer.concat([this.#carry, tail])
  }

  #add(item: Buffer | null, problem: string | null): void {
    if (problem !== null) {
      this.#problems[this.#lines.length] = problem
      this.#bounds.push(1, 0)
    }
    if (item !== null) {
      this.#bounds.push(this.#bytes, this.#bytes + item.length)
      this.#pieces.push(item)
      this.#bytes += item.length
    }
    this.#lines.push(this.#line)
    if (this.#lines.length >= this.#limits.chunkItemsMax || this.#bytes >= this.#limits.chunkBytesMax)
      this.#giveOut()
  }

  #giveOut(): void {
    // A buffer of its own rather than one out of Node's pool, so that it can change threads without being copied.
    const bytes = new Uint8Array(this.#bytes)
    let at = 0
    for (const piece of this.#pieces) {
      bytes.set(piece, at)
      at += piece.length
    }
    const chunk: FeedChunk = {
      bytes,
      bounds: Uint32Array.from(this.#bounds),
      lines: Uint32Array.from(this.#lines),
      problems: this.#problems,
    }
    this.#pieces = []
    this.#bounds = []
    this.#lines = []
    this.#problems = {}
    this.#bytes = 0
    this.#emit(chunk)
  }
}

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === NEWLINE || byte === CARRIAGE_RETURN || byte === TAB
}

function isBlank(item: Buffer): boolean {
  for (const byte of item) if (!isSpace(byte)) return false
  return true
}
