import { createReadStream, statSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { startProgress } from './progress.ts'

/**
 * Reads a file line by line, unpacked if its name ends in .gz, with progress by bytes read. Memory is flat: while `take` works,
 * nothing more is read.
 * @throws Error that names the file, when it cannot be read or unpacked
 */
export async function eachLine(
  file: string,
  verb: string,
  take: (line: string) => void | Promise<void>,
): Promise<void> {
  const progress = startProgress(`${verb} ${file}`, sizeOf(file))
  const raw = createReadStream(file, { highWaterMark: 1024 * 1024 })
  raw.on('data', (chunk) => progress.advance(chunk.length))
  const input = file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw
  raw.on('error', (error) => input.destroy(error))
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      const taking = take(line)
      if (taking !== undefined) await taking
    }
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error })
  } finally {
    progress.end()
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size
  } catch (error) {
    throw new Error(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code})`, { cause: error })
  }
}
