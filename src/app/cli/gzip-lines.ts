import { createWriteStream, openSync, rmSync } from 'node:fs'
import type { WriteStream } from 'node:fs'
import { once } from 'node:events'
import type { Gzip } from 'node:zlib'
import { constants, createGzip } from 'node:zlib'

/** So many characters are packed at once. */
const BATCH = 256 * 1024

/** A new file of lines, packed as they come. */
export class GzipLines {
  readonly #path: string
  readonly #gzip: Gzip
  readonly #file: WriteStream
  readonly #finished: Promise<void>
  #batch = ''
  #lines = 0
  #error: Error | null = null

  /** @throws Error naming the file, if it cannot be made or is there already: a history is never written over another */
  constructor(path: string) {
    this.#path = path
    this.#gzip = createGzip({ level: constants.Z_BEST_SPEED })
    this.#file = createWriteStream(path, { fd: openNew(path) })
    this.#finished = new Promise((resolve) => {
      const fail = (error: Error): void => {
        this.#error ??= error
        resolve()
      }
      this.#gzip.on('error', fail)
      this.#file.on('error', fail).on('close', () => resolve())
    })
    this.#gzip.pipe(this.#file)
  }

  get lines(): number {
    return this.#lines
  }

  /** @returns false if so much is under way that the caller should wait for `drained` */
  add(line: string): boolean {
    this.#lines++
    this.#batch += `${line}\n`
    if (this.#batch.length < BATCH) return true
    const went = this.#gzip.write(this.#batch)
    this.#batch = ''
    return went && this.#error === null
  }

  /** @throws Error naming the file, if it cannot be written */
  async drained(): Promise<void> {
    if (this.#error === null && this.#gzip.writableNeedDrain)
      await Promise.race([once(this.#gzip, 'drain'), this.#finished])
    this.#complain()
  }

  /** Writes what is left. @throws Error naming the file, if it cannot be written */
  async end(): Promise<void> {
    this.#gzip.end(this.#batch)
    await this.#finished
    this.#complain()
  }

  /** Gives up on the file: what was made of it is removed. */
  discard(): void {
    this.#gzip.destroy()
    this.#file.destroy()
    rmSync(this.#path, { force: true })
  }

  #complain(): void {
    if (this.#error === null) return
    const reason = (this.#error as NodeJS.ErrnoException).code ?? this.#error.message
    throw new Error(`${this.#path}: cannot be written (${reason})`, { cause: this.#error })
  }
}

/** @returns the descriptor of a file that was not there */
export function openNew(path: string): number {
  try {
    return openSync(path, 'wx')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason = code === 'EEXIST' ? 'it is there already; name another folder' : code
    throw new Error(`${path}: cannot be made (${reason})`, { cause: error })
  }
}
