import { parentPort } from 'node:worker_threads'
import { TaskBatchWriter } from '../../analysis/backtest/task-batch.ts'
import { answerCalls } from '../rpc.ts'
import type { BlockRead } from './read-tasks.ts'
import { TaskLines } from './task-lines.ts'

/** Reads blocks of lines of task records beside the main thread, which sorts what they come to. */
if (parentPort === null) throw new Error('task-reader-thread.ts is started by read-tasks.ts')

const lines = new TaskLines(new TaskBatchWriter())

answerCalls(parentPort, {
  read: (bytes: Uint8Array): BlockRead => ({ ...lines.read(bytes), batch: lines.take() }),
})
