import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { TaskBatch } from '../../analysis/backtest/task-batch.ts'
import { TaskBatchWriter } from '../../analysis/backtest/task-batch.ts'
import { createCaller } from '../rpc.ts'
import { THREAD_LIMITS } from '../thread-limits.ts'
import type { LineBlock } from './line-blocks.ts'
import { lineBlocks, sizeOf } from './line-blocks.ts'
import type { LineProblems } from './line-problems.ts'
import type { LinesRead } from './task-lines.ts'
import { TaskLines } from './task-lines.ts'

/** What a block of lines came to. */
export interface BlockRead extends LinesRead {
  readonly batch: TaskBatch
}

/** Who reads blocks: this thread or another one. */
interface BlockReader {
  /** The block's memory must not change before the answer is there. */
  read(block: LineBlock): Promise<BlockRead>
  /** Takes in what came of them, in the order in which they were given. */
  readonly take: (batch: TaskBatch) => void
  close(): Promise<void>
}

/** Below this size starting threads takes longer than it saves. */
const ALONE_BYTES_MAX = 8 * 2 ** 20
const READERS_MAX = 4
/** Blocks under way, per reader: one is read, one waits. */
const BLOCKS_AHEAD = 2

/**
 * Reads a file of task records. Large ones are read by threads; what they find is taken in by this one, block by block in the order of the file.
 * @param taker makes who takes in the batches of one writer
 * @param readers how many threads; 0: read here
 * @throws Error that names the file, when it cannot be read
 */
export async function readTasks(
  file: string,
  taker: () => (batch: TaskBatch) => void,
  problems: LineProblems,
  onProgress: (bytesRead: number) => void,
  readers = readersFor(file),
): Promise<void> {
  const pool =
    readers === 0 ? [readHere(taker())] : Array.from({ length: readers }, () => readBeside(taker()))
  const under: { reader: BlockReader; block: LineBlock; answer: Promise<BlockRead> }[] = []
  let linesBefore = 0
  const takeOldest = async (): Promise<void> => {
    const oldest = under.shift()
    if (oldest === undefined) return
    const { lines, problems: found, problemCount, batch } = await oldest.answer
    for (const { line, detail } of found) problems.add(file, linesBefore + line, detail)
    problems.addUnnamed(problemCount - found.length)
    linesBefore += lines
    oldest.block.release()
    oldest.reader.take(batch)
    onProgress(oldest.block.bytesRead)
  }
  try {
    let next = 0
    for await (const block of lineBlocks(file)) {
      const reader = pool[next++ % pool.length] as BlockReader
      const answer = reader.read(block)
      // It is awaited in its turn; until then a rejection must not count as unhandled.
      answer.catch(() => undefined)
      under.push({ reader, block, answer })
      if (under.length >= BLOCKS_AHEAD * pool.length) await takeOldest()
    }
    while (under.length > 0) await takeOldest()
  } finally {
    await Promise.all(pool.map((reader) => reader.close()))
  }
}

function readersFor(file: string): number {
  const unpacked = sizeOf(file) * (file.endsWith('.gz') ? 8 : 1)
  return unpacked < ALONE_BYTES_MAX ? 0 : Math.min(READERS_MAX, availableParallelism())
}

function readHere(take: (batch: TaskBatch) => void): BlockReader {
  const lines = new TaskLines(new TaskBatchWriter())
  return {
    read: async ({ bytes }) => ({ ...lines.read(bytes), batch: lines.take() }),
    take,
    close: async () => undefined,
  }
}

function readBeside(take: (batch: TaskBatch) => void): BlockReader {
  const worker = new Worker(new URL('./task-reader-thread.ts', import.meta.url), {
    resourceLimits: THREAD_LIMITS,
  })
  const caller = createCaller(worker)
  worker.on('error', (error) => caller.fail(error))
  worker.on('exit', (code) => caller.fail(new Error(`a reading thread ended with ${code}`)))
  return {
    read: ({ bytes }) => caller.call<BlockRead>('read', bytes),
    take,
    async close() {
      await worker.terminate()
    },
  }
}
