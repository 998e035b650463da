import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startAssay } from './assay-server.ts'
import type { AssayServer } from './assay-server.ts'
import { buildFeed, feed } from './feeder.ts'
import type { FeedEncoding } from './feeder.ts'
import { cpuTimeUs } from './process-facts.ts'
import { ACCOUNTS, accountId, clientKey } from './world.ts'
import type { World } from './world.ts'

/** A data folder of Assay with a world's accounts and tasks in it, and how far its reports have been used up. */
export interface Prepared {
  readonly world: World
  readonly dataDir: string
  /** Reports 0..reported-1 of the world's order have been sent. */
  reported: number
  /** Bytes on disk after the feed and a clean stop, before any report. */
  readonly bytesAfterFeed: number
  readonly feedSlices: readonly FeedSlice[]
  /** Saves `reported`, for the next benchmark on the same folder. */
  save(): void
}

/** One stretch of feeding: rows in, time taken. */
export interface FeedSlice {
  readonly encoding: FeedEncoding
  readonly rows: number
  readonly ms: number
  /** CPU time of all the server's threads, the analysis that reads along included, in microseconds. */
  readonly cpuUs: number
}

const ROWS_PER_SLICE = 200_000
const SEED = 20_261_123

/** Opens a world that was fed before, or makes it: the feed goes over real HTTP, gzip on and off by turns, and is timed. */
export async function prepare(dir: string, tasks: number, ids: World['ids']): Promise<Prepared> {
  const home = join(dir, ids)
  const file = join(home, 'world.json')
  if (existsSync(file)) {
    const saved = JSON.parse(readFileSync(file, 'utf8')) as Omit<Prepared, 'dataDir' | 'save'>
    if (saved.world.tasks !== tasks)
      throw new Error(`the folder holds a world of ${saved.world.tasks} tasks, not of ${tasks}`)
    return hold(home, saved)
  }
  mkdirSync(home, { recursive: true })
  const world: World = { tasks, ids, seed: SEED, newestAt: Date.now() }
  const server = await startAssay(join(home, 'data'))
  try {
    for (let account = 0; account < ACCOUNTS; account++)
      await server.api('POST', '/accounts', { id: accountId(account), clientKey: clientKey(account) })
    const feedSlices = await feedAll(server, world)
    const code = await server.stop()
    if (code !== 0) throw new Error(`after the feed SIGTERM ended with ${code}\n${server.output()}`)
    const prepared = hold(home, {
      world,
      reported: 0,
      bytesAfterFeed: bytesIn(join(home, 'data')),
      feedSlices,
    })
    prepared.save()
    return prepared
  } finally {
    await server.kill()
  }
}

async function feedAll(server: AssayServer, world: World): Promise<FeedSlice[]> {
  const slices: FeedSlice[] = []
  for (let from = 0; from < world.tasks; from += ROWS_PER_SLICE) {
    const encoding: FeedEncoding = slices.length % 2 === 0 ? 'identity' : 'gzip'
    const bodies = buildFeed(world, from, Math.min(world.tasks, from + ROWS_PER_SLICE), encoding)
    const cpuBefore = cpuTimeUs(server.pid)
    const startedAt = performance.now()
    const rows = await feed(server.port, bodies, encoding)
    const ms = performance.now() - startedAt
    slices.push({ encoding, rows, ms, cpuUs: cpuTimeUs(server.pid) - cpuBefore })
    if (process.stderr.isTTY) process.stderr.write(`\rfed ${from + rows} of ${world.tasks} `)
  }
  if (process.stderr.isTTY) process.stderr.write('\n')
  return slices
}

function hold(home: string, saved: Omit<Prepared, 'dataDir' | 'save'>): Prepared {
  const prepared: Prepared = {
    ...saved,
    dataDir: join(home, 'data'),
    save: () => writeFileSync(join(home, 'world.json'), JSON.stringify(prepared)),
  }
  return prepared
}

/** @returns bytes of all files below a folder */
export function bytesIn(dir: string): number {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

/**
 * Waits until a server has nothing left to do (the analysis may still be reading what was fed): under 5 % of a core over a second.
 * @returns how long it took, in seconds
 * @throws Error after ten minutes
 */
export async function untilQuiet(pid: number): Promise<number> {
  const startedAt = performance.now()
  for (let second = 0; second < 600; second++) {
    const before = cpuTimeUs(pid)
    await sleep(1000)
    if (cpuTimeUs(pid) - before < 50_000) return (performance.now() - startedAt) / 1000 - 1
  }
  throw new Error('the server was still busy after ten minutes without load')
}
