import { Worker } from 'node:worker_threads'
import type { StoredReport } from '../domain/report.ts'
import type { Page, ReportQuery } from '../store/contract.ts'
import { StoreUnavailable } from '../store/contract.ts'
import type { Caller } from './rpc.ts'
import { createCaller } from './rpc.ts'

/** Lists reports in a thread that is started when the first list is asked for: many installations never need it. */
export interface LazyReader {
  listReports(query: ReportQuery): Promise<Page<StoredReport>>
  close(): Promise<void>
}

/** @param storePath of the embedded store's file */
export function createLazyReader(storePath: string): LazyReader {
  let running: { worker: Worker; caller: Caller } | null = null

  const start = (): { worker: Worker; caller: Caller } => {
    const worker = new Worker(new URL('./reader-thread.ts', import.meta.url), { workerData: storePath })
    const caller = createCaller(worker)
    const started = { worker, caller }
    // A reader that ended is started anew by the next question; those it owed an answer are told.
    const gone = (reason: string): void => {
      if (running === started) running = null
      caller.fail(new StoreUnavailable(`the reader ended: ${reason}`))
    }
    worker.on('error', (error) => gone(error.message))
    worker.on('exit', (code) => gone(`exit code ${code}`))
    return started
  }

  return {
    listReports(query) {
      running ??= start()
      return running.caller.call<Page<StoredReport>>('listReports', query)
    },
    async close() {
      if (running === null) return
      const { worker, caller } = running
      await caller.call('close')
      await worker.terminate()
    },
  }
}
