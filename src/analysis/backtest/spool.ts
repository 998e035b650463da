import type { ScratchFile, ScratchSpace } from './scratch.ts'

/** Strands are written and read in pieces of at most this many bytes; no record crosses from one piece into the next. */
const PIECE_BYTES = 2 ** 16
const FIRST_PIECE_BYTES = 2 ** 10

/** A piece of a strand: in memory, or where it lies in the file. */
interface Piece {
  bytes: Uint8Array | null
  position: number
  readonly length: number
}

/**
 * Strands of bytes, each written from end to end and then read from end to end. Pieces stay in memory until together they reach a bound;
 * then all of them go to a scratch file, strand by strand, so that what is read together lies together. A small history never touches a file.
 */
export class Spool {
  readonly #space: ScratchSpace
  readonly #heldMax: number
  readonly #strands: Strand[] = []
  #file: ScratchFile | null = null
  #held = 0
  #written = 0

  /** @param heldMax bytes in memory, over all strands; what is being written comes on top, at most 64 KiB a strand */
  constructor(space: ScratchSpace, heldMax: number) {
    this.#space = space
    this.#heldMax = heldMax
  }

  /** Bytes that went to the file. */
  get written(): number {
    return this.#written
  }

  strand(): Strand {
    const strand = new Strand(this)
    this.#strands.push(strand)
    return strand
  }

  /** For strands: a piece is complete. */
  hold(bytes: number): void {
    this.#held += bytes
    if (this.#held > this.#heldMax) this.#spill()
  }

  /** For strands: a piece in memory has been read for the last time. */
  release(bytes: number): void {
    this.#held -= bytes
  }

  read(position: number, into: Uint8Array): void {
    if (this.#file === null) throw new Error('nothing of this spool went to a file')
    this.#file.read(position, into)
  }

  /** Nothing can be read any more. */
  close(): void {
    this.#file?.close()
    this.#file = null
    this.#strands.length = 0
  }

  #spill(): void {
    this.#file ??= this.#space.open()
    for (const strand of this.#strands) this.#written += strand.moveTo(this.#file)
    this.#held = 0
  }
}

/** One strand: first written, then read. */
export class Strand {
  readonly #spool: Spool
  readonly #pieces: Piece[] = []
  #bytes = new Uint8Array(0)
  #view = new DataView(this.#bytes.buffer)
  #used = 0
  #count = 0

  /** For the spool. */
  constructor(spool: Spool) {
    this.#spool = spool
  }

  /** Records begun so far. */
  get count(): number {
    return this.#count
  }

  /** What the next record is written into, from `place` on. */
  get view(): DataView {
    return this.#view
  }

  get bytes(): Uint8Array {
    return this.#bytes
  }

  /**
   * Begins a record.
   * @param bytesMax no record may be longer; at most 1 KiB
   * @returns its place in `view` and `bytes`
   */
  begin(bytesMax: number): number {
    if (this.#used + bytesMax > this.#bytes.length) this.#makeRoom()
    this.#count++
    return this.#used
  }

  /** @param place behind the record's last byte */
  end(place: number): void {
    this.#used = place
  }

  /** Ends the writing. Pieces that lie in memory are let go as they are read. */
  reader(): StrandReader {
    this.#finishPiece()
    this.#bytes = new Uint8Array(0)
    return new StrandReader(this.#spool, this.#pieces)
  }

  /** For the spool: all complete pieces leave memory. @returns bytes moved */
  moveTo(file: ScratchFile): number {
    // What was moved before lies before what was not.
    let first = this.#pieces.length
    while (first > 0 && (this.#pieces[first - 1] as Piece).bytes !== null) first--
    let moved = 0
    for (const piece of this.#pieces.slice(first)) {
      piece.position = file.append((piece.bytes as Uint8Array).subarray(0, piece.length))
      piece.bytes = null
      moved += piece.length
    }
    return moved
  }

  #makeRoom(): void {
    const size = this.#bytes.length === 0 ? FIRST_PIECE_BYTES : Math.min(PIECE_BYTES, 4 * this.#bytes.length)
    this.#finishPiece()
    this.#bytes = new Uint8Array(size)
    this.#view = new DataView(this.#bytes.buffer)
    this.#used = 0
  }

  #finishPiece(): void {
    if (this.#used === 0) return
    this.#pieces.push({ bytes: this.#bytes, position: 0, length: this.#used })
    const held = this.#bytes.length
    this.#used = 0
    this.#spool.hold(held)
  }
}

/** Reads a strand once, from its first byte to its last. */
export class StrandReader {
  readonly #spool: Spool
  readonly #pieces: Piece[]
  #buffer: Uint8Array | null = null
  #next = 0
  #length = 0
  /** The piece that is being read. */
  bytes: Uint8Array = new Uint8Array(0)
  view: DataView = new DataView(this.bytes.buffer)
  /** Where in it the next record begins. */
  place = 0

  /** For strands. */
  constructor(spool: Spool, pieces: Piece[]) {
    this.#spool = spool
    this.#pieces = pieces
  }

  /** @returns whether there is another record, at `place` of `view` and `bytes` */
  more(): boolean {
    return this.place < this.#length || this.#load()
  }

  #load(): boolean {
    const piece = this.#pieces[this.#next]
    if (piece === undefined) return false
    this.#next++
    if (piece.bytes === null) {
      this.#buffer ??= new Uint8Array(PIECE_BYTES)
      this.#spool.read(piece.position, this.#buffer.subarray(0, piece.length))
      this.#show(this.#buffer)
    } else {
      this.#show(piece.bytes)
      this.#spool.release(piece.bytes.length)
      piece.bytes = null
    }
    this.#length = piece.length
    this.place = 0
    return true
  }

  #show(bytes: Uint8Array): void {
    if (bytes === this.bytes) return
    this.bytes = bytes
    this.view = new DataView(bytes.buffer)
  }
}
