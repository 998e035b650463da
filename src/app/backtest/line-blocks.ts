import { createReadStream, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'

/** A line that is longer is no record, and most likely the file is no NDJSON at all. */
export const LINE_BYTES_MAX = 2 ** 20
/** Blocks are about this long; there is room behind for the line that crosses the end. */
const BLOCK_BYTES = 2 ** 20
const ROOM_BYTES = BLOCK_BYTES + LINE_BYTES_MAX

const NEWLINE = 0x0a
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]

/** Whole lines of a file, in memory that other threads can read too. */
export interface LineBlock {
  readonly bytes: Uint8Array
  /** Bytes of the file, as it lies on disk, that had been read by then. */
  readonly bytesRead: number
  /** Gives the memory back: it will be overwritten. */
  release(): void
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
 * Reads a file, unpacked if its name ends in .gz, as blocks of about a megabyte that end where a line ends. The same few pieces of memory
 * are used over and over: how many depends on how many blocks are not released yet.
 * @throws Error that names the file, when it cannot be read or unpacked, or has a line of more than a megabyte
 */
export async function* lineBlocks(file: string): AsyncGenerator<LineBlock> {
  const free: Uint8Array[] = []
  const room = (): Uint8Array => free.pop() ?? new Uint8Array(new SharedArrayBuffer(ROOM_BYTES))
  try {
    const source = file.endsWith('.gz') ? unpacked(file) : await plainly(file)
    try {
      let block = room()
      let filled = 0
      let isFirst = true
      for (;;) {
        const count = await source.read(block.subarray(filled, Math.min(ROOM_BYTES, filled + BLOCK_BYTES)))
        filled += count
        if (count > 0 && filled < BLOCK_BYTES) continue
        const end = count === 0 ? filled : block.lastIndexOf(NEWLINE, filled - 1) + 1
        if (end === 0 && filled > LINE_BYTES_MAX)
          throw new Error('a line of more than 1 MiB: records are read one a line (NDJSON), not as one array')
        if (end > 0) {
          const full = block
          block = room()
          block.set(full.subarray(end, filled))
          filled -= end
          const bytes = full.subarray(isFirst ? markLength(full) : 0, end)
          isFirst = false
          yield { bytes, bytesRead: source.bytesRead(), release: () => void free.push(full) }
        }
        if (count === 0) return
      }
    } finally {
      await source.close()
    }
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error })
  }
}

/** Where bytes come from. */
interface Source {
  /** @returns how many bytes were put in, 0 at the end */
  read(into: Uint8Array): Promise<number>
  bytesRead(): number
  close(): Promise<void>
}

async function plainly(file: string): Promise<Source> {
  const handle = await open(file)
  let position = 0
  return {
    async read(into) {
      // From where the file stands, since a pipe has no other place.
      const { bytesRead } = await handle.read(into, 0, into.length, null)
      position += bytesRead
      return bytesRead
    },
    bytesRead: () => position,
    close: () => handle.close(),
  }
}

function unpacked(file: string): Source {
  const raw = createReadStream(file, { highWaterMark: 2 ** 18 })
  const unpacking = raw.pipe(createGunzip({ chunkSize: 2 ** 18 }))
  // A pipe does not pass on that its source broke.
  raw.on('error', (error) => unpacking.destroy(error))
  const pieces = unpacking[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let piece: Uint8Array = new Uint8Array(0)
  return {
    async read(into) {
      if (piece.length === 0) {
        const next = await pieces.next()
        if (next.done === true) return 0
        piece = next.value
      }
      const count = Math.min(into.length, piece.length)
      into.set(piece.subarray(0, count))
      piece = piece.subarray(count)
      return count
    },
    bytesRead: () => raw.bytesRead,
    async close() {
      raw.destroy()
      unpacking.destroy()
    },
  }
}

/** A byte order mark, which some tools put first, is no part of the first record. */
function markLength(bytes: Uint8Array): number {
  return BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte) ? BYTE_ORDER_MARK.length : 0
}
