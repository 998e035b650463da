import { Worker } from 'node:worker_threads'
import type { Instant } from '../domain/instant.ts'
import type { FeedChunk, FeedTally, TaskFeed } from '../registry/task-feed.ts'
import type { ReportFate, Store, StoreSettings } from '../store/contract.ts'
import { StoreUnavailable } from '../store/contract.ts'
import { decodeFates, encodeReports } from './report-batch.ts'
import { createCaller } from './rpc.ts'
import { THREAD_LIMITS } from './thread-limits.ts'

/** A store whose work happens in the ledger thread, and the task feed that runs beside it there. */
export interface ThreadedStore {
  readonly store: Store
  readonly feed: TaskFeed
}

/** What the ledger thread needs to start. */
export interface LedgerOptions {
  readonly path: string
  readonly settings: StoreSettings
}

/**
 * Starts the ledger thread and opens the store in it.
 * @param now the clock of the service: the thread has none of its own
 * @param onCommit called after each answer that may have added to the change log
 * @param onGone called once if the thread ends unasked; every later call rejects with StoreUnavailable
 * @throws StoreRefused if the data is a newer Assay's, or damaged
 */
export async function startThreadedStore(
  options: LedgerOptions,
  now: () => Instant,
  onCommit: () => void,
  onGone: (error: Error) => void,
): Promise<ThreadedStore> {
  const worker = new Worker(new URL('./ledger-thread.ts', import.meta.url), {
    workerData: options,
    resourceLimits: THREAD_LIMITS,
  })
  const caller = createCaller(worker)
  let closing = false
  worker.on('error', (error) => {
    caller.fail(new StoreUnavailable(`the ledger thread failed: ${error.message}`))
    onGone(error)
  })
  worker.on('exit', (code) => {
    caller.fail(new StoreUnavailable(`the ledger thread ended with code ${code}`))
    if (!closing) onGone(new Error(`the ledger thread ended with code ${code}`))
  })
  const { engine } = await caller.call<{ engine: string }>('open').catch(async (error: unknown) => {
    closing = true
    await worker.terminate()
    throw error
  })

  const committed = <T>(result: T): T => {
    onCommit()
    return result
  }
  const plain =
    (method: string) =>
    (...args: unknown[]): Promise<never> =>
      caller.call<never>(method, args)
  const writing =
    (method: string) =>
    (...args: unknown[]): Promise<never> =>
      caller.call<never>(method, args).then(committed)

  const store: Store = {
    engine,
    recordReports: (reports): Promise<ReportFate[]> =>
      caller.call<Uint8Array>('recordReports', encodeReports(reports)).then((codes) => {
        onCommit()
        return decodeFates(codes)
      }),
    recordTasks: writing('recordTasks'),
    findTask: plain('findTask'),
    countOutcomes: plain('countOutcomes'),
    outcomes: plain('outcomes'),
    findReport: plain('findReport'),
    listReports: plain('listReports'),
    changesSince: plain('changesSince'),
    head: plain('head'),
    addAccount: plain('addAccount'),
    listAccounts: plain('listAccounts'),
    addKey: plain('addKey'),
    revokeKey: plain('revokeKey'),
    listKeys: plain('listKeys'),
    appendIncidentEvents: writing('appendIncidentEvents'),
    incidentEvents: plain('incidentEvents'),
    addAction: writing('addAction'),
    findAction: plain('findAction'),
    listActions: plain('listActions'),
    retire: plain('retire'),
    stats: plain('stats'),
    async close() {
      if (closing) return
      closing = true
      await caller.call('close')
      await worker.terminate()
    },
  }
  const feed: TaskFeed = {
    accept: (chunk: FeedChunk): Promise<FeedTally> =>
      caller
        .call<FeedTally>('feed', { chunk, now: now() }, [chunk.bytes.buffer as ArrayBuffer])
        .then(committed),
  }
  return { store, feed }
}
