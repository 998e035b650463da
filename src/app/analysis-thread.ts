import { existsSync, readFileSync, readlinkSync, renameSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { createCycle } from '../analysis/cycle.ts'
import type { ModelSettings } from '../analysis/model.ts'
import type { CounterQuery, CounterRow } from '../store/contract.ts'
import { openCounters } from '../store/sqlite/counters.ts'
import { openChangeReader } from '../store/sqlite/open.ts'
import { answerCalls, createCaller } from './rpc.ts'

/** What the analysis thread needs to start. */
export interface AnalysisOptions {
  readonly storePath: string
  readonly countersPath: string
  readonly snapshotPath: string
  readonly settings: ModelSettings
}

/** After a kill, what came since is replayed: at most so much of it, and half a million changes. */
const HOUSEKEEPING_EVERY_MS = 60_000

/** Of 19: a busy intake leaves the analysis about a tenth of a shared core. */
const NICENESS = 10

/** How far the analysis has come. */
export interface AnalysisStatus {
  /** Position in the change log up to which everything is folded in. */
  readonly cursor: number
}

/**
 * The thread that thinks. It reads the committed log over its own read-only connection, so that intake never waits for it, and
 * hands findings to the main thread, which stores them. Between two steps it answers calls.
 */
if (parentPort === null) throw new Error('analysis-thread.ts is started by analysis-client.ts')

const port = parentPort
yieldToIntake()
const options = workerData as AnalysisOptions
const reader = openChangeReader(options.storePath)
const counters = openCounters(options.countersPath)
const main = createCaller(port)

const cycle = createCycle({
  log: { changesSince: async (cursor, limit) => reader.changesSince(cursor, limit) },
  settings: options.settings,
  counters,
  snapshots: {
    load: () => (existsSync(options.snapshotPath) ? readFileSync(options.snapshotPath) : null),
    // Written beside and renamed: a kill in between leaves the former snapshot whole.
    save: (bytes) => {
      writeFileSync(`${options.snapshotPath}.new`, bytes)
      renameSync(`${options.snapshotPath}.new`, options.snapshotPath)
    },
  },
  emit: (findings) => main.call('findings', findings),
})

const housekeeping = setInterval(() => {
  cycle.saveSnapshot()
  counters.flush()
}, HOUSEKEEPING_EVERY_MS)

let running: Promise<void> | null = null
let stopping = false

/** Steps until the log ends, giving calls their turn between steps. */
function advance(): Promise<void> {
  running ??= (async () => {
    while (!stopping && (await cycle.step()) > 0) await new Promise(setImmediate)
  })().finally(() => {
    running = null
  })
  return running
}

answerCalls(port, {
  advance,
  /** Counts as of position `atLeast` of the log or later, so that what was just accepted is in. */
  quality: async ({ query, atLeast }: { query: CounterQuery; atLeast: number }): Promise<CounterRow[]> => {
    while (cycle.cursor() < atLeast && !stopping) {
      const before = cycle.cursor()
      await advance()
      // Positions above the last change belong to rows that are no change (tasks in process).
      if (cycle.cursor() === before) break
    }
    counters.flush()
    return counters.query(query)
  },
  status: (): AnalysisStatus => ({ cursor: cycle.cursor() }),
  stop: async (): Promise<void> => {
    stopping = true
    clearInterval(housekeeping)
    await running
    cycle.saveSnapshot()
    counters.flush()
    counters.close()
    reader.close()
  },
})

/**
 * Linux schedules threads one by one, so this one can stand back: when cores are short, answering and committing go first, and judging
 * catches up a moment later. Elsewhere all threads are equal.
 */
function yieldToIntake(): void {
  if (process.platform !== 'linux') return
  const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
  setPriority(thread, NICENESS)
}
