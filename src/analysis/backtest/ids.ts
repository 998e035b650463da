import type { TaskId } from '../../domain/task-id.ts'
import { hashTaskId } from '../../domain/task-id.ts'
import {
  compareSpellings,
  hashSpelling,
  readSpelling,
  SPELLING_BYTES_MAX,
  spellingBytes,
  spells,
  writeSpelling,
} from './spelling.ts'

const CHUNK_BYTES = 2 ** 20

/**
 * Task ids as numbers: an integer id is itself, an opaque one is -(1 + where it is spelled). Spellings lie in chunks of bytes; there is
 * no object for any id.
 *
 * A spelling is not looked for before it is written: the same id written twice has two codes, and `compare` says 0 of them.
 */
export class IdTable {
  readonly #chunks: Uint8Array[] = []
  #current = -1
  #used = CHUNK_BYTES

  encode(id: TaskId): number {
    if (typeof id === 'number') return id
    const chunk = this.#chunkWithRoom()
    const start = this.#used
    this.#used = writeSpelling(chunk, start, id)
    return this.#codeOf(start)
  }

  /** The same for an id that is spelled already. */
  encodeSpelling(bytes: Uint8Array, at: number): number {
    const chunk = this.#chunkWithRoom()
    const start = this.#used
    const end = at + spellingBytes(bytes, at)
    for (let from = at; from < end; from++) chunk[this.#used++] = bytes[from] as number
    return this.#codeOf(start)
  }

  decode(code: number): TaskId {
    return code > 0 ? code : readSpelling(this.chunkOf(code), placeOf(code))
  }

  /** Whether the code is one of this id. */
  is(code: number, id: TaskId): boolean {
    if (typeof id === 'number') return code === id
    return code < 0 && spells(this.chunkOf(code), placeOf(code), id)
  }

  /** @returns 32 well-mixed bits, the same for all codes of one id: `hashTaskId` of it */
  hash(code: number): number {
    return code > 0 ? hashTaskId(code) : hashSpelling(this.chunkOf(code), placeOf(code))
  }

  /** Orders by what the ids are: integers by value, then opaque ones by their code units. 0 for one and the same id. */
  compare(a: number, b: number): number {
    if (a === b) return 0
    if (a > 0 || b > 0) return a > 0 && b > 0 ? a - b : b - a
    return compareSpellings(this.chunkOf(a), placeOf(a), this.chunkOf(b), placeOf(b))
  }

  /** The bytes in which the opaque id of this code is spelled, at `placeOf(code)`. */
  chunkOf(code: number): Uint8Array {
    const chunk = this.#chunks[Math.floor((-code - 1) / CHUNK_BYTES)]
    if (chunk === undefined) throw new RangeError(`no task id has code ${code}`)
    return chunk
  }

  /** Forgets all ids and keeps the room for others. */
  clear(): void {
    this.#current = -1
    this.#used = CHUNK_BYTES
  }

  #chunkWithRoom(): Uint8Array {
    if (this.#used + SPELLING_BYTES_MAX > CHUNK_BYTES) {
      this.#current++
      this.#used = 0
    }
    return (this.#chunks[this.#current] ??= new Uint8Array(CHUNK_BYTES))
  }

  #codeOf(start: number): number {
    return -(1 + this.#current * CHUNK_BYTES + start)
  }
}

/** Where in its chunk the opaque id of this code is spelled. */
export function placeOf(code: number): number {
  return (-code - 1) % CHUNK_BYTES
}
