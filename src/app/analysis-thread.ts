import { existsSync, readFileSync, readlinkSync, renameSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { CHANGES_PER_STEP, createCycle } from '../analysis/cycle.ts'
import type { ModelSettings, ModelStats } from '../analysis/model.ts'
import type { ActionEffect } from '../domain/action.ts'
import type { Instant } from '../domain/instant.ts'
import type { StoredReport } from '../domain/report.ts'
import type { Judgement } from '../domain/verdict.ts'
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

/** The lowest there is: a busy intake leaves the analysis what it does not need. */
const NICENESS = 19

/**
 * In a flood (far more than an installation's usual, since the analysis takes in some 25,000 reports a second) it works a seventh of the time. An
 * incident needs a handful of reports, so it is found all the same; the rest is judged when the flood is over. Measured on 2
 * cores with the load generator beside it, 64 connections: intake took 18-23 k reports/s while the analysis kept up, 30 k when it worked a quarter of the time, 31 k without it.
 */
const STAND_BACK = 6
const PAUSE_MS_MAX = 500

/** How far the analysis has come. */
export interface AnalysisStatus extends ModelStats {
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
  // News for those who listen: if the main thread cannot take them, anybody can still ask.
  onVerdicts: (changes) => void main.call('verdicts', changes).catch(() => undefined),
})

const housekeeping = setInterval(() => {
  cycle.saveSnapshot()
  counters.flush()
}, HOUSEKEEPING_EVERY_MS)

let running: Promise<void> | null = null
let stopping = false

/** Questions that wait for the log's end: as long as there are any, the thread does not stand back. */
let hurried = 0

/** How often a question looks whether the log has been read as far as it needs. */
const LOOK_EVERY_MS = 10

/**
 * Waits until the model has read up to a position or the log ends before it, at most for `waitMs`. It does not hurry: those who ask may
 * be customers, and a flood of questions must not take from intake what a flood of reports may not.
 */
async function waitFor(position: number, waitMs: number): Promise<void> {
  const until = performance.now() + waitMs
  // Positions after the last change belong to rows that are no change. Twice, since the run that is under way may have
  // looked before what is asked about was committed.
  let ends = 0
  while (cycle.thoughts.cursor < position && ends < 2 && !stopping && performance.now() < until) {
    const ended = advance().then(
      () => true,
      // Told to whoever called for the step; here it only means to go on waiting.
      () => false,
    )
    const pause = new Promise<null>((resolve) => setTimeout(() => resolve(null), LOOK_EVERY_MS))
    const first = await Promise.race([ended, pause])
    if (first === true) ends++
    else if (first === false) await pause
  }
}

/** Steps until the log ends, giving calls their turn between steps. */
function advance(): Promise<void> {
  running ??= stepToTheEnd().finally(() => {
    running = null
  })
  return running
}

async function stepToTheEnd(): Promise<void> {
  let head = reader.head()
  while (!stopping) {
    const startedAt = performance.now()
    const handled = await cycle.step()
    if (handled === 0) return
    const headNow = reader.head()
    // More was committed during the step than it took in: a flood, in which keeping up would only slow the intake.
    const isFlood = handled === CHANGES_PER_STEP && headNow - head > handled
    head = headNow
    const pauseMs =
      isFlood && hurried === 0 ? Math.min(PAUSE_MS_MAX, STAND_BACK * (performance.now() - startedAt)) : 0
    await new Promise((resolve) => (pauseMs > 0 ? setTimeout(resolve, pauseMs) : setImmediate(resolve)))
  }
}

answerCalls(port, {
  advance,
  /** Counts as of position `atLeast` of the log or later, so that what was just accepted is in. */
  quality: async ({
    query,
    atLeast,
    now,
  }: {
    query: CounterQuery
    atLeast: number
    now: Instant
  }): Promise<CounterRow[]> => {
    hurried++
    try {
      while (cycle.cursor() < atLeast && !stopping) {
        const before = cycle.cursor()
        await advance()
        // Positions above the last change belong to rows that are no change (tasks in process).
        if (cycle.cursor() === before) break
      }
    } finally {
      hurried--
    }
    counters.flush()
    return counters.query(query, {
      now,
      maturity: (type, ageMs) => cycle.thoughts.maturity(type, ageMs),
    })
  },
  /** What is thought of each report; null for one that was not read in time. */
  judge: async ({
    reports,
    waitMs,
  }: {
    reports: readonly StoredReport[]
    waitMs: number
  }): Promise<(Judgement | null)[]> => {
    await waitFor(Math.max(0, ...reports.map(({ seq }) => seq)), waitMs)
    const { cursor } = cycle.thoughts
    return reports.map((report) => (report.seq <= cursor ? cycle.thoughts.judge(report) : null))
  },
  effects: async ({
    atLeast,
    waitMs,
  }: {
    atLeast: number
    waitMs: number
  }): Promise<ReadonlyMap<string, ActionEffect>> => {
    await waitFor(atLeast, waitMs)
    return cycle.thoughts.effects()
  },
  status: (): AnalysisStatus => ({ cursor: cycle.cursor(), ...cycle.thoughts.stats() }),
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
