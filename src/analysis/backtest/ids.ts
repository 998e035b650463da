import type { TaskId } from '../../domain/task-id.ts'
import { hashTaskId, TASK_ID_LENGTH_MAX } from '../../domain/task-id.ts'

const CHUNK_BYTES = 2 ** 20
// A length byte, and at most two bytes a code unit.
const SPELLING_BYTES_MAX = 1 + 2 * TASK_ID_LENGTH_MAX

/**
 * Task ids as numbers: an integer id is itself, an opaque one is -(1 + where it is spelled). Spellings lie in chunks of bytes,
 * one byte a character where all are Latin-1 and two elsewhere; 50 million UUIDs are 1.9 GB of them, and no object.
 *
 * A spelling is not looked for before it is written: the same id written twice has two codes, and `compare` says 0 of them.
 */
export class IdTable {
  readonly #chunks: Uint8Array[] = []
  #used = CHUNK_BYTES

  encode(id: TaskId): number {
    if (typeof id === 'number') return id
    const { length } = id
    if (length === 0 || length > TASK_ID_LENGTH_MAX)
      throw new RangeError(`an opaque task id has 1 to ${TASK_ID_LENGTH_MAX} characters, not ${length}`)
    if (this.#used + SPELLING_BYTES_MAX > CHUNK_BYTES) {
      this.#chunks.push(new Uint8Array(CHUNK_BYTES))
      this.#used = 0
    }
    const chunk = this.#chunks[this.#chunks.length - 1] as Uint8Array
    const start = this.#used
    let wide = 0
    for (let i = 0; i < length; i++) if (id.charCodeAt(i) > 0xff) wide = 1
    chunk[this.#used++] = ((length - 1) << 1) | wide
    for (let i = 0; i < length; i++) {
      const unit = id.charCodeAt(i)
      if (wide === 1) chunk[this.#used++] = unit >>> 8
      chunk[this.#used++] = unit & 0xff
    }
    return -(1 + (this.#chunks.length - 1) * CHUNK_BYTES + start)
  }

  decode(code: number): TaskId {
    if (code > 0) return code
    const { chunk, start, length, width } = this.#find(code)
    let id = ''
    for (let i = 0; i < length; i++) id += String.fromCharCode(unitAt(chunk, start, width, i))
    return id
  }

  /** @returns 32 well-mixed bits, the same for all codes of one id */
  hash(code: number): number {
    return hashTaskId(this.decode(code))
  }

  /** Orders by what the ids are: integers by value, then opaque ones by their code units. 0 for one and the same id. */
  compare(a: number, b: number): number {
    if (a === b) return 0
    if (a > 0 || b > 0) return a > 0 && b > 0 ? a - b : b - a
    const x = this.#find(a)
    const y = this.#find(b)
    for (let i = 0; i < Math.min(x.length, y.length); i++) {
      const difference = unitAt(x.chunk, x.start, x.width, i) - unitAt(y.chunk, y.start, y.width, i)
      if (difference !== 0) return difference
    }
    return x.length - y.length
  }

  #find(code: number): { chunk: Uint8Array; start: number; length: number; width: number } {
    const at = -code - 1
    const chunk = this.#chunks[Math.floor(at / CHUNK_BYTES)]
    if (chunk === undefined) throw new RangeError(`no task id has code ${code}`)
    const header = chunk[at % CHUNK_BYTES] as number
    return { chunk, start: (at % CHUNK_BYTES) + 1, length: (header >>> 1) + 1, width: (header & 1) + 1 }
  }
}

function unitAt(chunk: Uint8Array, start: number, width: number, i: number): number {
  if (width === 1) return chunk[start + i] as number
  return ((chunk[start + 2 * i] as number) << 8) | (chunk[start + 2 * i + 1] as number)
}
