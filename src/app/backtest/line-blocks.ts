import { createReadStream, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

const BLOCK_BYTES = 2 ** 20
/** A line that is longer is no record, and most likely the file is no NDJSON at all. */
export const LINE_BYTES_MAX = 2 ** 20

const NEWLINE = 0x0a
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]

/** Whole lines of a file, in memory of their own that can be handed to another thread. */
export interface LineBlock {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Bytes of the file, as it lies on disk, that had been read by then. */
  readonly bytesRead: number
}

/** @throws Error that names the file, when it cannot be read */
export function sizeOf(file: string): number {
  try {
    return statSync(file).size
  } catch (error) {
    throw new Error(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`, { cause: error })
  }
}

/**
 * Reads a file, unpacked if its name ends in .gz, as blocks of about a megabyte that end where a line ends. Nothing is read ahead
 * of who takes the blocks, beyond a block or two.
 * @throws Error that names the file, when it cannot be read or unpacked, or has a line of more than a megabyte
 */
export async function* lineBlocks(file: string): AsyncGenerator<LineBlock> {
  const raw = createReadStream(file, { highWaterMark: BLOCK_BYTES })
  const input: Readable = file.endsWith('.gz') ? raw.pipe(createGunzip({ chunkSize: 2 ** 18 })) : raw
  // A pipe does not pass on that its source broke.
  if (input !== raw) raw.on('error', (error) => input.destroy(error))
  try {
    let pieces: Uint8Array[] = []
    let held = 0
    let isFirst = true
    for await (const piece of input as AsyncIterable<Buffer>) {
      pieces.push(piece)
      held += piece.length
      if (held < BLOCK_BYTES) continue
      const all = joined(pieces, held)
      const end = all.lastIndexOf(NEWLINE) + 1
      if (end === 0 && held > LINE_BYTES_MAX)
        throw new Error('a line of more than 1 MiB: records are read one a line (NDJSON), not as one array')
      // Copied, for the block changes hands.
      const rest = all.slice(end)
      pieces = [rest]
      held = rest.length
      if (end === 0) continue
      yield { bytes: all.subarray(isFirst ? markLength(all) : 0, end), bytesRead: raw.bytesRead }
      isFirst = false
    }
    if (held === 0) return
    const last = joined(pieces, held)
    yield { bytes: last.subarray(isFirst ? markLength(last) : 0), bytesRead: raw.bytesRead }
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error })
  } finally {
    raw.destroy()
  }
}

/** @returns the pieces as one, in memory of its own */
function joined(pieces: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

/** A byte order mark, which some tools put first, is no part of the first record. */
function markLength(bytes: Uint8Array): number {
  return BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte) ? BYTE_ORDER_MARK.length : 0
}
