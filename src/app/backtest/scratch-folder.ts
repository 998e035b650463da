import {
  closeSync,
  mkdtempSync,
  openSync,
  readSync,
  rmdirSync,
  statfsSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ScratchFile, ScratchSpace } from '../../analysis/backtest/scratch.ts'

/**
 * Scratch as files that have no name: each is unlinked as soon as it is open, so that its room is given back when the process ends,
 * however it ends. Nobody has to clean up after a kill.
 */
export class ScratchFolder implements ScratchSpace {
  readonly #parent: string
  readonly #onOpen: (folder: string) => void

  /**
   * @param parent a folder that exists; null: the system's own for such things
   * @param onOpen told, before each file is opened, where it will lie
   */
  constructor(parent: string | null, onOpen: (folder: string) => void = () => undefined) {
    this.#parent = parent ?? tmpdir()
    this.#onOpen = onOpen
  }

  /** @throws Error that names the folder */
  open(): ScratchFile {
    this.#onOpen(this.#parent)
    try {
      return new NamelessFile(openNameless(this.#parent), this.#parent)
    } catch (error) {
      throw new Error(
        `scratch: cannot write in ${this.#parent} (${codeOf(error)}); name another folder with --scratch`,
        {
          cause: error,
        },
      )
    }
  }
}

/** @returns bytes that can still be written in a folder; null where the system does not say */
export function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    // Only a forecast depends on it: what does not fit is found out, and said, when it is written.
    return null
  }
}

class NamelessFile implements ScratchFile {
  readonly #fd: number
  readonly #parent: string
  #end = 0

  constructor(fd: number, parent: string) {
    this.#fd = fd
    this.#parent = parent
  }

  append(bytes: Uint8Array): number {
    const position = this.#end
    let written = 0
    try {
      while (written < bytes.length)
        written += writeSync(this.#fd, bytes, written, bytes.length - written, position + written)
    } catch (error) {
      const reason = codeOf(error) === 'ENOSPC' ? 'no room is left' : `writing failed (${codeOf(error)})`
      throw new Error(
        `scratch: ${reason} in ${this.#parent} after ${(position / 1e9).toFixed(1)} GB; name a folder with more room with --scratch`,
        { cause: error },
      )
    }
    this.#end += bytes.length
    return position
  }

  read(position: number, into: Uint8Array): void {
    let filled = 0
    while (filled < into.length) {
      const count = readSync(this.#fd, into, filled, into.length - filled, position + filled)
      if (count === 0)
        throw new Error(`scratch: the file in ${this.#parent} ends early, at ${position + filled}`)
      filled += count
    }
  }

  close(): void {
    closeSync(this.#fd)
  }
}

/** @returns a descriptor of a new file that has no name any more */
function openNameless(parent: string): number {
  const folder = mkdtempSync(join(parent, 'assay-scratch-'))
  const path = join(folder, 'rows')
  try {
    const fd = openSync(path, 'wx+', 0o600)
    unlinkSync(path)
    return fd
  } finally {
    rmdirSync(folder)
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error)
}
