/** Two independent hashes of a key: `place` chooses where an entry lies, `print` tells entries of one place apart. */
export interface IndexKey {
  /** Unsigned 32 bits. */
  readonly place: number
  /** Any 32 bits; the low 12 are used. */
  readonly print: number
}

/** Rows per segment of a store at work: 2^20 seqs, 8 MiB of table and 256 KiB of claims. */
export const SEGMENT_BITS = 20

const PRINT_BITS = 12
const EMPTY = 0
// A removed entry: its print is 0, which no entry has.
const REMOVED = 1
const CLAIM_BITS = 2
const CLAIMS_PER_WORD = 32 / CLAIM_BITS

/** 2^bits consecutive seqs: where rows with a given key may lie among them, and the claim that stands for each task. */
export interface Segment {
  /** Which segment this is: seqs number * 2^bits up to the next. */
  readonly number: number
  /** Open addressing, twice as many places as seqs. An entry is a 12-bit print above the seq's offset; 0 is empty. */
  readonly table: Uint32Array
  /** 2 bits a seq. */
  readonly claims: Uint32Array
}

/**
 * From a key to the seqs at which its row may be, in memory: 8 bytes a row and no false negative. Which candidate is
 * the row, its reader decides by reading it; one look-up in 4096 or so reads a row for nothing.
 *
 * Keys may be of several kinds (task ids; the task a report speaks of) as long as their hashes differ.
 * Changes are provisional until `keep`; `undo` takes back all since then.
 */
export class SeqIndex {
  readonly bits: number
  #segments: Segment[] = []
  // What was overwritten since `keep`: three columns that are reused, as far as `#undoCount` says.
  #undoArrays: Uint32Array[] = []
  #undoPlaces: number[] = []
  #undoWords: number[] = []
  #undoCount = 0
  // Where `touch` leaves what it read: reading for nothing could be left out by the compiler.
  readonly #seen = new Uint32Array(1)
  #kept = 0

  constructor(bits: number) {
    if (!(bits >= 4 && bits <= SEGMENT_BITS))
      throw new RangeError(`segment bits ${bits} are not within 4..20`)
    this.bits = bits
  }

  /** Oldest first. */
  get segments(): readonly Segment[] {
    return this.#segments
  }

  /** Puts a segment read from a file, or rebuilt, in its place. */
  adopt(segment: Segment): void {
    this.#segments = [...this.#segments.filter(({ number }) => number !== segment.number), segment].sort(
      (a, b) => a.number - b.number,
    )
    this.#kept = this.#segments.length
  }

  /** Forgets a segment whose rows are all gone. */
  drop(number: number): void {
    this.#segments = this.#segments.filter((segment) => segment.number !== number)
    // Lets go of the segment's arrays.
    this.#undoArrays = []
    this.keep()
  }

  /** 32-bit words of a segment's table. */
  get tableWords(): number {
    return 2 ** (this.bits + 1)
  }

  /** 32-bit words of a segment's claims. */
  get claimWords(): number {
    return 2 ** this.bits / CLAIMS_PER_WORD
  }

  segmentOf(seq: number): number {
    return Math.floor(seq / 2 ** this.bits)
  }

  /** Notes that the row with this key lies at `seq`. Each seq takes one entry at most, so a table never fills up. */
  insert(key: IndexKey, seq: number): void {
    const { table } = this.#segmentFor(seq)
    const mask = table.length - 1
    let at = key.place >>> (31 - this.bits)
    while ((table[at] as number) > REMOVED) at = (at + 1) & mask
    this.#write(table, at, this.#entry(key, seq))
  }

  /** Takes out the entry of a row that is about to go. */
  remove(key: IndexKey, seq: number): void {
    const segment = this.#find(seq)
    if (segment === undefined) return
    const { table } = segment
    const mask = table.length - 1
    const entry = this.#entry(key, seq)
    for (let at = key.place >>> (31 - this.bits); table[at] !== EMPTY; at = (at + 1) & mask) {
      if (table[at] === entry) return this.#write(table, at, REMOVED)
    }
  }

  /**
   * Shows `visit` the seqs at which the key's row may lie, newest segment first, until it answers true.
   * @returns the seq it stopped at; 0 if it did not
   */
  find(key: IndexKey, visit: (seq: number) => boolean): number {
    const { bits } = this
    const print = printOf(key)
    const start = key.place >>> (31 - bits)
    const offsets = 2 ** bits - 1
    for (let i = this.#segments.length - 1; i >= 0; i--) {
      const { table, number } = this.#segments[i] as Segment
      const mask = table.length - 1
      for (let at = start, entry; (entry = table[at] as number) !== EMPTY; at = (at + 1) & mask) {
        if (entry >>> bits !== print) continue
        const seq = number * (offsets + 1) + (entry & offsets)
        if (visit(seq)) return seq
      }
    }
    return 0
  }

  /**
   * Reads the places at which `find` will begin, in every segment. The reads of one look-up wait for each other, since
   * each decides what comes next; these do not, and the memory serves them side by side. For a whole batch ahead of its
   * look-ups: at 10 segments it takes a tenth off the cost of a report.
   */
  touch(place: number): void {
    const at = place >>> (31 - this.bits)
    let seen = 0
    for (const { table } of this.#segments) seen ^= table[at] as number
    this.#seen[0] = seen
  }

  /** The 2-bit claim noted at a task's seq; 0 if none was. */
  claimAt(seq: number): number {
    const segment = this.#find(seq)
    if (segment === undefined) return 0
    const offset = seq - segment.number * 2 ** this.bits
    const word = segment.claims[Math.floor(offset / CLAIMS_PER_WORD)] as number
    return (word >>> ((offset % CLAIMS_PER_WORD) * CLAIM_BITS)) & 3
  }

  setClaim(seq: number, claim: number): void {
    const segment = this.#segmentFor(seq)
    const offset = seq - segment.number * 2 ** this.bits
    const at = Math.floor(offset / CLAIMS_PER_WORD)
    const shift = (offset % CLAIMS_PER_WORD) * CLAIM_BITS
    this.#write(
      segment.claims,
      at,
      (((segment.claims[at] as number) & ~(3 << shift)) | (claim << shift)) >>> 0,
    )
  }

  /** Makes all changes so far final. */
  keep(): void {
    this.#undoCount = 0
    this.#kept = this.#segments.length
  }

  /** Takes back every change since the last `keep`. */
  undo(): void {
    for (let i = this.#undoCount - 1; i >= 0; i--) {
      ;(this.#undoArrays[i] as Uint32Array)[this.#undoPlaces[i] as number] = this.#undoWords[i] as number
    }
    this.#segments.length = this.#kept
    this.keep()
  }

  #write(array: Uint32Array, at: number, word: number): void {
    const count = this.#undoCount++
    this.#undoArrays[count] = array
    this.#undoPlaces[count] = at
    this.#undoWords[count] = array[at] as number
    array[at] = word
  }

  #entry(key: IndexKey, seq: number): number {
    return ((printOf(key) << this.bits) | (seq % 2 ** this.bits)) >>> 0
  }

  #find(seq: number): Segment | undefined {
    const number = this.segmentOf(seq)
    // Usually there are no gaps, and the segment lies as far from the last as its number does.
    const last = this.#segments.length - 1
    const newest = this.#segments[last]
    if (newest === undefined || number > newest.number) return undefined
    const guess = this.#segments[last - (newest.number - number)]
    return guess?.number === number ? guess : this.#segments.find((segment) => segment.number === number)
  }

  #segmentFor(seq: number): Segment {
    const found = this.#find(seq)
    if (found !== undefined) return found
    const number = this.segmentOf(seq)
    const newest = this.#segments.at(-1)
    if (newest !== undefined && number < newest.number) {
      throw new Error(
        `seq ${seq} lies in segment ${number}, which was dropped; the newest is ${newest.number}`,
      )
    }
    const segment = {
      number,
      table: new Uint32Array(this.tableWords),
      claims: new Uint32Array(this.claimWords),
    }
    this.#segments.push(segment)
    return segment
  }
}

// 1..4095: an entry is then never EMPTY nor REMOVED.
function printOf(key: IndexKey): number {
  return key.print & ((1 << PRINT_BITS) - 1) || 1
}
