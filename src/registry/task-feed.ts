import { isUtf8 } from 'node:buffer'
import type { Clock } from '../domain/instant.ts'
import type { TaskFate, TaskRecord, TaskRejection } from '../domain/task.ts'
import type { TaskStore } from '../store/contract.ts'
import { decodeTask, RecordProblem } from './decode.ts'

/**
 * Some items of a feed as bytes, so that they can be handed to another thread without decoding: item i is
 * `bytes[bounds[2i] .. bounds[2i+1])` and was line (or array item) `lines[i]`, counted from 1. An item that the splitter itself
 * found wrong has `bounds[2i] > bounds[2i+1]`, and its words in `problems`.
 */
export interface FeedChunk {
  readonly bytes: Uint8Array
  readonly bounds: Uint32Array
  readonly lines: Uint32Array
  readonly problems: Readonly<Record<number, string>>
}

/** A rejected item: where it stood, which rule it broke, and in which words. */
export interface FeedRejection {
  readonly line: number
  readonly reason: TaskRejection
  readonly detail: string
}

/** What became of the items; the parts add up to `received`, `rejected` by its length. */
export interface FeedTally {
  readonly received: number
  readonly recorded: number
  readonly updated: number
  readonly unchanged: number
  readonly rejected: readonly FeedRejection[]
}

/** Takes a feed in, chunk by chunk. A promise that is fulfilled means: committed. */
export interface TaskFeed {
  /** @throws StoreUnavailable if nothing of the chunk could be stored */
  accept(chunk: FeedChunk): Promise<FeedTally>
}

export function createTaskFeed({
  store,
  clock,
}: {
  store: Pick<TaskStore, 'recordTasks'>
  clock: Clock
}): TaskFeed {
  return {
    async accept(chunk) {
      // By index: an iterator of pairs would cost as much as the checks of a record.
      const { lines } = chunk
      const records: TaskRecord[] = []
      const linesOfRecords: number[] = []
      const rejected: FeedRejection[] = []
      for (let i = 0; i < lines.length; i++) {
        const line = lines[i] as number
        const item = readItem(chunk, i)
        if (item instanceof RecordProblem) rejected.push({ line, reason: 'malformed', detail: item.detail })
        else {
          records.push(item)
          linesOfRecords.push(line)
        }
      }
      let recorded = 0
      let updated = 0
      let unchanged = 0
      const fates = records.length === 0 ? [] : await store.recordTasks(records, clock.now())
      for (let i = 0; i < fates.length; i++) {
        const fate = fates[i] as TaskFate
        if (fate.fate === 'recorded') recorded++
        else if (fate.fate === 'updated') updated++
        else if (fate.fate === 'unchanged') unchanged++
        else if (fate.fate === 'rejected')
          rejected.push({ line: linesOfRecords[i] as number, reason: fate.reason, detail: fate.detail })
      }
      rejected.sort((a, b) => a.line - b.line)
      return { received: chunk.lines.length, recorded, updated, unchanged, rejected }
    },
  }
}

function readItem(chunk: FeedChunk, index: number): TaskRecord | RecordProblem {
  const start = chunk.bounds[2 * index] as number
  const end = chunk.bounds[2 * index + 1] as number
  if (start > end) return new RecordProblem(chunk.problems[index] ?? 'not readable')
  const bytes = Buffer.from(chunk.bytes.buffer, chunk.bytes.byteOffset + start, end - start)
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    return new RecordProblem(`not JSON: ${(error as Error).message.slice(0, 120)}`)
  }
  const record = decodeTask(value)
  // Text that is not UTF-8 would come out as replacement characters: another name than the one that was sent.
  return record instanceof RecordProblem || isUtf8(bytes) ? record : new RecordProblem('not UTF-8')
}
