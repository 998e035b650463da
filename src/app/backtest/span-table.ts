/** Ends a span among the bytes kept: a control character, which no JSON text holds within a value. */
const SPAN_END = 0x0a

const FIRST_SLOTS = 2 ** 8
// A slot is three numbers: 1 + where the spans are kept (0 where there is nothing), their hash, their number.
const SLOT = 3

/**
 * Spans of bytes seen before, and a number for each list of them. Compared byte for byte: never wrong, only sometimes forgetful. All lists
 * of a table have the same number of spans.
 */
export class SpanTable {
  readonly #bytesMax: number
  #slots = new Int32Array(SLOT * FIRST_SLOTS)
  #mask = FIRST_SLOTS - 1
  #size = 0
  #bytes = new Uint8Array(2 ** 12)
  #used = 0

  /** @param bytesMax beyond this many bytes all is forgotten, and learned anew */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /**
   * @param spans places in `bytes`, from and to by turns; the first `count` numbers count
   * @param hash made from the same spans as when they were set, an int32
   * @returns the number of these spans, -1 if there is none
   */
  get(bytes: Uint8Array, spans: Int32Array, count: number, hash: number): number {
    const slots = this.#slots
    const mask = this.#mask
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const start = slots[SLOT * slot] as number
      if (start === 0) return -1
      if (slots[SLOT * slot + 1] === hash && this.#isEqual(start - 1, bytes, spans, count))
        return slots[SLOT * slot + 2] as number
    }
  }

  /** The spans are not there yet. */
  set(bytes: Uint8Array, spans: Int32Array, count: number, hash: number, value: number): void {
    let length = 0
    for (let i = 0; i < count; i += 2) length += 1 + (spans[i + 1] as number) - (spans[i] as number)
    if (this.#used + length > this.#bytesMax) return this.#forget()
    this.#makeRoom(length)
    const start = this.#used
    for (let i = 0; i < count; i += 2) {
      for (let from = spans[i] as number; from < (spans[i + 1] as number); from++)
        this.#bytes[this.#used++] = bytes[from] as number
      this.#bytes[this.#used++] = SPAN_END
    }
    this.#size++
    this.#place(start + 1, hash, value)
  }

  #isEqual(start: number, bytes: Uint8Array, spans: Int32Array, count: number): boolean {
    const own = this.#bytes
    let at = start
    for (let i = 0; i < count; i += 2) {
      const to = spans[i + 1] as number
      for (let from = spans[i] as number; from < to; from++) if (own[at++] !== bytes[from]) return false
      if (own[at++] !== SPAN_END) return false
    }
    return true
  }

  #place(start: number, hash: number, value: number): void {
    let slot = hash & this.#mask
    while (this.#slots[SLOT * slot] !== 0) slot = (slot + 1) & this.#mask
    this.#slots[SLOT * slot] = start
    this.#slots[SLOT * slot + 1] = hash
    this.#slots[SLOT * slot + 2] = value
  }

  #makeRoom(bytes: number): void {
    if (this.#used + bytes > this.#bytes.length) {
      const more = new Uint8Array(2 * (this.#used + bytes))
      more.set(this.#bytes)
      this.#bytes = more
    }
    if (2 * (this.#size + 1) <= this.#mask + 1) return
    const old = this.#slots
    this.#slots = new Int32Array(4 * old.length)
    this.#mask = 4 * (this.#mask + 1) - 1
    for (let slot = 0; slot < old.length; slot += SLOT)
      if (old[slot] !== 0) this.#place(old[slot] as number, old[slot + 1] as number, old[slot + 2] as number)
  }

  #forget(): void {
    this.#slots = new Int32Array(SLOT * FIRST_SLOTS)
    this.#mask = FIRST_SLOTS - 1
    this.#size = 0
    this.#used = 0
  }
}
