import { parentPort, workerData } from 'node:worker_threads'
import type { Instant } from '../domain/instant.ts'
import type { FeedChunk, TaskFeed } from '../registry/task-feed.ts'
import { createTaskFeed } from '../registry/task-feed.ts'
import type { Store } from '../store/contract.ts'
import type { SqliteStore } from '../store/sqlite/open.ts'
import { openSqliteStore } from '../store/sqlite/open.ts'
import { answerCalls } from './rpc.ts'
import type { Handlers } from './rpc.ts'
import { decodeReports, encodeFates } from './report-batch.ts'
import type { ReportBatch } from './report-batch.ts'
import type { LedgerOptions } from './threaded-store.ts'

/**
 * The one thread that writes. It opens the store, and answers calls in the order they come, one transaction each: what arrives
 * while one commits is the next one's batch.
 */
if (parentPort === null) throw new Error('ledger-thread.ts is started by threaded-store.ts')

const { path, settings } = workerData as LedgerOptions
let store: SqliteStore
let feed: TaskFeed
// Time comes with each chunk: the thread has no clock of its own.
let now: Instant = 0

const handlers: Record<string, (args: never) => unknown> = {
  // Opened by a call rather than at import, so that a refusal reaches the caller as what it is.
  open: () => {
    store = openSqliteStore(path, settings)
    feed = createTaskFeed({ store, clock: { now: () => now } })
    return { engine: store.engine }
  },
  recordReports: (batch: ReportBatch) => encodeFates(store.sync.recordReports(decodeReports(batch))),
  feed: (call: { chunk: FeedChunk; now: Instant }) => {
    now = call.now
    return feed.accept(call.chunk)
  },
}

// The rest of the contract is called as it stands: rare calls, plain objects.
const RARE = [
  'recordTasks',
  'findTask',
  'countOutcomes',
  'outcomes',
  'findReport',
  'listReports',
  'changesSince',
  'head',
  'addAccount',
  'listAccounts',
  'addKey',
  'revokeKey',
  'listKeys',
  'appendIncidentEvents',
  'incidentEvents',
  'addAction',
  'findAction',
  'listActions',
  'retire',
  'stats',
  'close',
] as const satisfies readonly (keyof Store)[]

for (const method of RARE) {
  handlers[method] = (args: readonly unknown[] | undefined) =>
    (store[method] as (...rest: readonly unknown[]) => Promise<unknown>)(...(args ?? []))
}

answerCalls(parentPort, handlers satisfies Handlers)
