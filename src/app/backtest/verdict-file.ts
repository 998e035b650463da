import { accessSync, closeSync, constants, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ReportVerdict } from '../../analysis/backtest/backtest.ts'

const BLOCK_CHARS = 2 ** 20

/** One line a verdict, in a file that is there only once it is whole. */
export class VerdictFile {
  readonly #path: string
  #fd: number | null = null
  #lines: string[] = []
  #chars = 0

  /**
   * Nothing is made yet: verdicts come at the end of a long run, and an interruption before that leaves nothing behind.
   * @throws Error that names the file, when it cannot be written there
   */
  constructor(path: string) {
    this.#path = path
    try {
      accessSync(dirname(path), constants.W_OK)
    } catch (error) {
      throw this.#problem(error)
    }
  }

  add({ taskId, verdict, because, incidentId }: ReportVerdict): void {
    const line = JSON.stringify({ taskId, verdict, because, incidentId })
    this.#lines.push(line)
    this.#chars += line.length
    if (this.#chars >= BLOCK_CHARS) this.#flush()
  }

  /** The file is whole: it gets its name. */
  finish(): void {
    this.#flush()
    const fd = this.#fd ?? this.#open()
    this.#fd = null
    closeSync(fd)
    renameSync(partialOf(this.#path), this.#path)
  }

  /** Removes what is not whole. */
  close(): void {
    if (this.#fd === null) return
    closeSync(this.#fd)
    this.#fd = null
    rmSync(partialOf(this.#path), { force: true })
  }

  #open(): number {
    try {
      return openSync(partialOf(this.#path), 'w')
    } catch (error) {
      throw this.#problem(error)
    }
  }

  #problem(error: unknown): Error {
    const { code } = error as NodeJS.ErrnoException
    return new Error(`${this.#path}: cannot be written (${code})`, { cause: error })
  }

  #flush(): void {
    if (this.#lines.length === 0) return
    const fd = (this.#fd ??= this.#open())
    const bytes = Buffer.from(`${this.#lines.join('\n')}\n`)
    for (let written = 0; written < bytes.length;)
      written += writeSync(fd, bytes, written, bytes.length - written)
    this.#lines = []
    this.#chars = 0
  }
}

function partialOf(path: string): string {
  return `${path}.partial`
}
