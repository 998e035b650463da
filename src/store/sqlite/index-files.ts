import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { crc32 } from 'node:zlib'
import type { SeqIndex, Segment } from './seq-index.ts'

/** What the files of a folder gave; whatever they did not has to be read from the tables. */
export interface LoadedIndex {
  /** Tables of segments, by number. */
  readonly tables: ReadonlyMap<number, Uint32Array>
  /** Claims of every segment there was, by number; null when none can be believed. */
  readonly claims: ReadonlyMap<number, Uint32Array> | null
}

/** Seqs that a tail segment must hold to be worth 8 MiB of file: reading fewer from the table takes 30 ms. */
const TAIL_WORTH_SAVING = 2 ** 15

/**
 * Segments and claims as files beside the database, so that opening reads them instead of every row. A file counts only
 * if the database names it with its checksum, and the database does so in one transaction after the files are written:
 * a copy of an older time, a torn write or a file of another store is simply not believed. Nor is it synced: after a
 * power cut a missing file costs seconds at the next opening, a sync would cost every million rows some of them.
 */
export class IndexFiles {
  readonly #db: DatabaseSync
  readonly #folder: string
  // By name, the files the database names now.
  #named = new Map<string, number>()

  constructor(db: DatabaseSync, folder: string) {
    this.#db = db
    this.#folder = folder
    const rows = db.prepare('SELECT name, checksum FROM index_file').all() as {
      name: string
      checksum: number
    }[]
    for (const { name, checksum } of rows) this.#named.set(name, checksum)
  }

  /** Reads what can be believed. A file that is missing or damaged is no error: the tables know it all. */
  load(index: SeqIndex): LoadedIndex {
    const { tableWords, claimWords } = index
    const tables = new Map<number, Uint32Array>()
    let claims: ReadonlyMap<number, Uint32Array> | null = null
    for (const name of this.#named.keys()) {
      const words = this.#read(name)
      const number = /^segment-(\d+)/.exec(name)?.[1]
      if (words === null) continue
      if (number === undefined) claims = unpackClaims(words, claimWords)
      else if (words.length === tableWords) tables.set(Number(number), words)
    }
    return { tables, claims }
  }

  /**
   * Writes the segments that are full and have no file yet, the last one too if `withTail`, and all claims.
   * @param last the newest seq
   * @returns what `name` has to put into the database
   */
  write(index: SeqIndex, last: number, withTail: boolean): ReadonlyMap<string, number> {
    mkdirSync(this.#folder, { recursive: true })
    const names = new Map<string, number>()
    const span = 2 ** index.bits
    for (const { number, table } of index.segments) {
      const isFull = last >= (number + 1) * span - 1
      const isWorthIt = withTail && last - number * span >= Math.min(TAIL_WORTH_SAVING, span / 2)
      if (!isFull && !isWorthIt) continue
      const name = isFull ? `segment-${number}` : `segment-${number}-to-${last}`
      names.set(name, this.#named.get(name) ?? this.#write(name, table))
    }
    if (index.segments.length > 0) {
      const name = `claims-to-${last}`
      names.set(name, this.#write(name, packClaims(index.segments)))
    }
    return names
  }

  /** Makes the database name these files, inside the caller's transaction. */
  name(names: ReadonlyMap<string, number>): void {
    this.#db.exec('DELETE FROM index_file')
    const insert = this.#db.prepare('INSERT INTO index_file VALUES (?, ?)')
    for (const [name, checksum] of names) insert.run(name, checksum)
  }

  /** Removes every file that the database no longer names, after that transaction. */
  sweep(names: ReadonlyMap<string, number>): void {
    this.#named = new Map(names)
    for (const name of readdirSync(this.#folder)) {
      if (!names.has(name)) rmSync(join(this.#folder, name), { force: true })
    }
  }

  // Under another name first: a name the database may hold never stands for half a file.
  #write(name: string, words: Uint32Array): number {
    const path = join(this.#folder, name)
    writeFileSync(`${path}.new`, words)
    renameSync(`${path}.new`, path)
    return crc32(words)
  }

  #read(name: string): Uint32Array | null {
    let bytes: Buffer
    try {
      bytes = readFileSync(join(this.#folder, name))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
    if (bytes.length % 4 !== 0 || crc32(bytes) !== this.#named.get(name)) return null
    // Small files share a buffer with others, at an offset that need not suit 32-bit words.
    const own = bytes.byteOffset % 4 === 0 ? bytes : Buffer.from(Uint8Array.from(bytes).buffer)
    return new Uint32Array(own.buffer, own.byteOffset, own.length / 4)
  }
}

// The number of segments, the number of each, then the claims of each.
function packClaims(segments: readonly Segment[]): Uint32Array {
  const size = segments[0]?.claims.length ?? 0
  const words = new Uint32Array(1 + segments.length * (1 + size))
  words[0] = segments.length
  segments.forEach(({ number, claims }, i) => {
    words[1 + i] = number
    words.set(claims, 1 + segments.length + i * size)
  })
  return words
}

function unpackClaims(words: Uint32Array, size: number): Map<number, Uint32Array> | null {
  const count = words[0] ?? 0
  if (words.length !== 1 + count * (1 + size)) return null
  const claims = new Map<number, Uint32Array>()
  for (let i = 0; i < count; i++) {
    const start = 1 + count + i * size
    claims.set(words[1 + i] as number, words.slice(start, start + size))
  }
  return claims
}
