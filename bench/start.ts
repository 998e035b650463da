import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startAssay } from './assay-server.ts'
import type { AssayServer } from './assay-server.ts'
import { readFlags } from './flags.ts'
import { startLoadGenerator } from './load-generator.ts'
import type { LoadResult } from './load-plan.ts'
import { bytesIn, prepare, untilQuiet } from './prepared.ts'
import type { Prepared } from './prepared.ts'
import { residentMb } from './process-facts.ts'
import { less, medianFigure, publish } from './results.ts'
import type { Figure } from './results.ts'
import { withScratch } from './scratch.ts'
import { expectOnlySuccess } from './slices.ts'
import { spreadOf } from './spread.ts'

/**
 * How soon a server on much data serves again, after a clean stop and after kill -9, and what it takes of memory and disk. "Serves"
 * is measured by doing it: from spawn until a report of a task that was never reported before has been accepted.
 */
const LOAD_MS = 2000
const CONNECTIONS = 64
/** Requests are built beforehand; Assay takes no more than this a second. */
const PER_SECOND_MAX = 120_000
const flags = readFlags(process.argv.slice(2))
const generator = startLoadGenerator()
try {
  await (flags.data === null ? withScratch(run) : run(flags.data))
} finally {
  generator.close()
}

async function run(dir: string): Promise<void> {
  const prepared = await prepare(dir, flags.tasks, 'integer')
  const rounds = Math.max(3, Math.ceil(flags.rounds / 2))
  const clean: Start[] = []
  const killed: Start[] = []
  const afterLoadMb: number[] = []
  const stopMs: number[] = []
  for (let round = 0; round < rounds; round++) {
    const server = await timedStart(prepared, clean)
    expectOnlySuccess('load', await load(prepared, server, LOAD_MS))
    afterLoadMb.push(residentMb(server.pid))
    // In the middle of work, as a power cut would find it.
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
    const during = load(prepared, server, LOAD_MS, begin)
    await begun
    await sleep(LOAD_MS / 2 + 100 * round)
    await server.kill()
    const cut = await during
    if (cut.failed === 0) throw new Error('the kill met no request under way')
    prepared.save()
    const again = await timedStart(prepared, killed)
    stopMs.push(await stop(again))
  }
  publish('start', flags.date, { tasks: flags.tasks, rounds }, [
    ...figuresOf('a clean stop', clean, 1000, 500),
    ...figuresOf('kill -9', killed, 10_000, 2000),
    medianFigure('SIGTERM to exit 0', 'ms', spreadOf(stopMs), less(10_000, null)),
    medianFigure('RSS when serving again', 'MB', spreadOf(clean.map(({ rssMb }) => rssMb)), less(400, 200)),
    medianFigure('RSS after load', 'MB', spreadOf(afterLoadMb), less(400, 200)),
    ...(await diskFigures(prepared)),
  ])
}

interface Start {
  readonly readyMs: number
  readonly acceptedMs: number
  readonly rssMb: number
}

async function timedStart(prepared: Prepared, starts: Start[]): Promise<AssayServer> {
  const spawnedAt = performance.now()
  const server = await startAssay(prepared.dataDir)
  const readyMs = performance.now() - spawnedAt
  await reportOnce(prepared, server)
  starts.push({ readyMs, acceptedMs: performance.now() - spawnedAt, rssMb: residentMb(server.pid) })
  return server
}

function figuresOf(after: string, starts: readonly Start[], atLeastMs: number, hopeMs: number): Figure[] {
  const goal = less(atLeastMs, hopeMs)
  return [
    medianFigure(`ready after ${after}`, 'ms', spreadOf(starts.map(({ readyMs }) => readyMs)), goal),
    medianFigure(
      `first report after ${after}`,
      'ms',
      spreadOf(starts.map(({ acceptedMs }) => acceptedMs)),
      goal,
    ),
  ]
}

async function reportOnce(prepared: Prepared, server: AssayServer): Promise<void> {
  const result = await generator.run({
    port: server.port,
    connections: 1,
    warmupMs: 0,
    durationMs: 1,
    world: prepared.world,
    from: prepared.reported,
    count: 1,
    perSecond: null,
  })
  expectOnlySuccess('the first report', result)
  prepared.reported += result.sent
}

/** A closed loop for a while; what was sent is used up, answered or not. */
async function load(
  prepared: Prepared,
  server: AssayServer,
  durationMs: number,
  onStart?: () => void,
): Promise<LoadResult> {
  const left = prepared.world.tasks - prepared.reported
  if (left < PER_SECOND_MAX) throw new Error(`only ${left} tasks are left to report: feed more (--tasks)`)
  const result = await generator.run(
    {
      port: server.port,
      connections: CONNECTIONS,
      warmupMs: 0,
      durationMs,
      world: prepared.world,
      from: prepared.reported,
      count: Math.min(left, (PER_SECOND_MAX * durationMs) / 1000),
      perSecond: null,
    },
    onStart,
  )
  prepared.reported += result.sent
  return result
}

async function stop(server: AssayServer): Promise<number> {
  const startedAt = performance.now()
  const code = await server.stop()
  if (code !== 0) throw new Error(`SIGTERM ended Assay with ${code}\n${server.output()}`)
  return performance.now() - startedAt
}

/** Disk after clean stops: what the tasks took before any report, and what all reports so far have added. */
async function diskFigures(prepared: Prepared): Promise<Figure[]> {
  const server = await startAssay(prepared.dataDir)
  const { outcomes } = await server.api<{ outcomes: Record<string, number> }>('GET', '/outcomes')
  await untilQuiet(server.pid)
  await stop(server)
  prepared.save()
  const perMillion = (bytes: number, count: number) => bytes / count
  const tasksMb = perMillion(prepared.bytesAfterFeed, prepared.world.tasks)
  const recorded = outcomes.recorded ?? 0
  const reportsMb = perMillion(bytesIn(prepared.dataDir) - prepared.bytesAfterFeed, recorded)
  return [
    { name: 'disk per M tasks', unit: 'MB', value: tasksMb, goal: less(60, 26) },
    { name: `disk per M reports (of ${recorded})`, unit: 'MB', value: reportsMb, goal: less(40, 22) },
    ...bytesByPart(prepared.dataDir).map(([part, bytes]) => ({
      name: `disk: ${part}`,
      unit: 'MB',
      value: bytes / 1e6,
    })),
  ]
}

/** The data folder's entries, the largest first, so that a missed goal says where to look. */
function bytesByPart(dataDir: string): [part: string, bytes: number][] {
  return readdirSync(dataDir, { withFileTypes: true })
    .map((entry): [string, number] => {
      const path = join(dataDir, entry.name)
      return [entry.name, entry.isDirectory() ? bytesIn(path) : statSync(path).size]
    })
    .filter(([, bytes]) => bytes > 1e5)
    .toSorted(([, a], [, b]) => b - a)
}
