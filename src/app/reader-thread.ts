import { parentPort, workerData } from 'node:worker_threads'
import type { ReportQuery } from '../store/contract.ts'
import { openChangeReader } from '../store/sqlite/open.ts'
import { answerCalls } from './rpc.ts'

/** Long look-ups, over a read-only connection of their own: neither intake nor analysis waits for them. */
if (parentPort === null) throw new Error('reader-thread.ts is started by lazy-reader.ts')

const reader = openChangeReader(workerData as string)

answerCalls(parentPort, {
  listReports: (query: ReportQuery) => reader.listReports(query),
  close: () => reader.close(),
})
