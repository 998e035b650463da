import { RecordProblem } from '../../registry/decode.ts'
import { lineBlocks } from './line-blocks.ts'
import type { LineProblems } from './line-problems.ts'

const NEWLINE = 0x0a

/**
 * Reads a file of records, one JSON value a line, .gz too. Blank lines are no records and no problems.
 * @param decode from a line's value to a record, or what is wrong with it
 * @throws Error that names the file, when it cannot be read
 */
export async function readRecords<T extends object>(
  file: string,
  decode: (value: unknown) => T | RecordProblem,
  take: (record: T) => void,
  problems: LineProblems,
  onProgress: (bytesRead: number) => void,
): Promise<void> {
  const decoder = new TextDecoder()
  let number = 0
  for await (const { bytes, bytesRead, release } of lineBlocks(file)) {
    for (let start = 0; start < bytes.length;) {
      const newline = bytes.indexOf(NEWLINE, start)
      const end = newline < 0 ? bytes.length : newline
      const line = decoder.decode(bytes.slice(start, end))
      start = end + 1
      number++
      if (line.trim() === '') continue
      let value: unknown
      try {
        value = JSON.parse(line)
      } catch (error) {
        problems.add(file, number, `not JSON: ${(error as Error).message.slice(0, 120)}`)
        continue
      }
      const record = decode(value)
      if (record instanceof RecordProblem) problems.add(file, number, record.detail)
      else take(record)
    }
    release()
    onProgress(bytesRead)
  }
}
