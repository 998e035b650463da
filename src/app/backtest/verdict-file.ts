import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import type { ReportVerdict } from '../../analysis/backtest/backtest.ts'

const BLOCK_CHARS = 2 ** 20

/** One line a verdict, in a file that is there only once it is whole. */
export class VerdictFile {
  readonly #path: string
  readonly #fd: number
  #lines: string[] = []
  #chars = 0
  #isOpen = true

  private constructor(path: string, fd: number) {
    this.#path = path
    this.#fd = fd
  }

  /** @throws Error that names the file, when it cannot be written */
  static create(path: string): VerdictFile {
    try {
      return new VerdictFile(path, openSync(partialOf(path), 'w'))
    } catch (error) {
      throw new Error(`${path}: cannot be written (${(error as NodeJS.ErrnoException).code})`, {
        cause: error,
      })
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
    this.#isOpen = false
    closeSync(this.#fd)
    renameSync(partialOf(this.#path), this.#path)
  }

  /** Removes what is not whole. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    closeSync(this.#fd)
    rmSync(partialOf(this.#path), { force: true })
  }

  #flush(): void {
    if (this.#lines.length === 0) return
    const bytes = Buffer.from(`${this.#lines.join('\n')}\n`)
    for (let written = 0; written < bytes.length;)
      written += writeSync(this.#fd, bytes, written, bytes.length - written)
    this.#lines = []
    this.#chars = 0
  }
}

function partialOf(path: string): string {
  return `${path}.partial`
}
