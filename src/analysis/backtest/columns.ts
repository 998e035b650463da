// 2^16 numbers a chunk: a column grows without ever being copied, and a small history costs little.
const CHUNK_BITS = 16
const CHUNK_LENGTH = 2 ** CHUNK_BITS
const CHUNK_MASK = CHUNK_LENGTH - 1

type Chunk = Float64Array | Uint32Array | Uint8Array

/**
 * Numbers of one kind in the order in which they were added, outside the heap: a history of 50 million tasks is a handful of columns,
 * about 25 bytes a task, where objects would take ten times that and the collector's time.
 */
export class Column {
  readonly #makeChunk: (length: number) => Chunk
  readonly #chunks: Chunk[] = []
  #length = 0

  private constructor(makeChunk: (length: number) => Chunk) {
    this.#makeChunk = makeChunk
  }

  /** Any double: instants, ids. */
  static ofDoubles(): Column {
    return new Column((length) => new Float64Array(length))
  }

  /** Integers 0..2^32-1: positions in a table. */
  static ofIndices(): Column {
    return new Column((length) => new Uint32Array(length))
  }

  /** Integers 0..255: codes. */
  static ofCodes(): Column {
    return new Column((length) => new Uint8Array(length))
  }

  get length(): number {
    return this.#length
  }

  push(value: number): void {
    const at = this.#length++
    if ((at & CHUNK_MASK) === 0) this.#chunks.push(this.#makeChunk(CHUNK_LENGTH))
    const chunk = this.#chunks[at >>> CHUNK_BITS] as Chunk
    chunk[at & CHUNK_MASK] = value
  }

  /** @param row 0..length-1; not checked, for it is read several times a task */
  get(row: number): number {
    return (this.#chunks[row >>> CHUNK_BITS] as Chunk)[row & CHUNK_MASK] as number
  }

  set(row: number, value: number): void {
    const chunk = this.#chunks[row >>> CHUNK_BITS] as Chunk
    chunk[row & CHUNK_MASK] = value
  }
}
