import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DAY_MS } from '../src/domain/instant.ts'
import type { TaskRecord } from '../src/domain/task.ts'
import type { TaskId } from '../src/domain/task-id.ts'
import type { ReportRequest, StoreSettings } from '../src/store/contract.ts'
import { openChangeReader, openSqliteStore } from '../src/store/sqlite/open.ts'
import type { SqliteStore, SyncStore } from '../src/store/sqlite/open.ts'
import { ACCOUNTS, accountId, accountOf, reportOrder, taskIds, taskLines } from './world.ts'
import type { World } from './world.ts'

/**
 * The embedded store by itself, in one thread: what feeding, reporting, opening, memory and disk cost.
 *
 *     node --expose-gc bench/store.ts --millions 10 --ids integer
 *
 * Times are of the store's calls alone; the making of records is not in them.
 */
const { values } = parseArgs({
  options: {
    millions: { type: 'string', default: '1' },
    ids: { type: 'string', default: 'integer' },
    folder: { type: 'string', default: tmpdir() },
    checkpoint: { type: 'string', default: '' },
  },
})
const NEWEST_AT = Date.UTC(2026, 10, 23, 10)
const world: World = {
  tasks: Math.round(Number(values.millions) * 1e6),
  ids: values.ids === 'uuid' ? 'uuid' : 'integer',
  seed: 7,
  newestAt: NEWEST_AT,
}
const settings: StoreSettings = {
  reportWindowMs: DAY_MS,
  retentionDays: 90,
  strictClass: false,
  taskTypes: new Map(),
  parkedPerAccountMax: 10_000,
  parkedForMs: DAY_MS,
}
const FEED_BATCH = 1000
const REPORT_BATCHES = [1, 16, 64, 256, 1000]

const folder = mkdtempSync(join(values.folder, 'assay-bench-'))
const folders = [folder]
const path = join(folder, 'ledger.sqlite')
const connection = values.checkpoint === '' ? {} : { checkpointPages: Number(values.checkpoint) }

function open(at = path, synchronous: 'FULL' | 'NORMAL' = 'FULL'): SqliteStore {
  return openSqliteStore(at, settings, { connection: { ...connection, synchronous } })
}

function say(what: string, figure: string): void {
  console.log(`${what.padEnd(58)} ${figure}`)
}

function rate(count: number, ms: number): string {
  return `${Math.round(count / ms)} k/s (${((ms * 1000) / count).toFixed(2)} us)`
}

function rss(): number {
  globalThis.gc?.()
  return process.memoryUsage.rss() / 1e6
}

function sizeOf(pattern: RegExp): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

interface Timing {
  readonly count: number
  readonly ms: number
  readonly slowest: number
}

function timed(batches: Iterable<() => number>): Timing {
  let count = 0
  let ms = 0
  let slowest = 0
  for (const batch of batches) {
    const from = performance.now()
    count += batch()
    const took = performance.now() - from
    ms += took
    slowest = Math.max(slowest, took)
  }
  return { count, ms, slowest }
}

function* feeding(store: SyncStore, from: number, to: number): Generator<() => number> {
  for (let start = from; start < to; start += FEED_BATCH) {
    const lines = taskLines(world, start, Math.min(to, start + FEED_BATCH))
    const records = lines
      .trimEnd()
      .split('\n')
      .map((line): TaskRecord => {
        const record = JSON.parse(line) as TaskRecord & { solvedAt: string }
        return { ...record, solvedAt: Date.parse(record.solvedAt), issuedAt: null }
      })
    yield () => store.recordTasks(records, NEWEST_AT).length
  }
}

const idText = taskIds(world)
const orderOf = reportOrder(world)
let reported = 0

function nextReports(size: number): ReportRequest[] {
  return Array.from({ length: size }, () => {
    const index = orderOf(reported++)
    return {
      taskId: JSON.parse(idText(index)) as TaskId,
      account: accountId(accountOf(index)),
      claim: 'bad',
      pathClass: 'token',
      receivedAt: NEWEST_AT + 60_000,
    }
  })
}

function* reporting(store: SyncStore, total: number, size: number): Generator<() => number> {
  for (let done = 0; done < total; done += size) {
    const reports = nextReports(size)
    yield () => store.recordReports(reports).filter(({ outcome }) => outcome === 'recorded').length
  }
}

try {
  say(`${world.tasks / 1e6} M tasks, ids ${world.ids}`, folder)
  const rssBefore = rss()
  let store = open()
  for (let i = 0; i < ACCOUNTS; i++)
    store.sync.addAccount({ id: accountId(i), name: null, group: accountId(i), addresses: [], createdAt: 0 })

  const fed = timed(feeding(store.sync, 0, world.tasks))
  say(
    `feed, batches of ${FEED_BATCH}`,
    `${rate(fed.count, fed.ms)}, slowest commit ${fed.slowest.toFixed(0)} ms`,
  )
  say('RSS added, still open', `${(rss() - rssBefore).toFixed(0)} MB`)
  store.sync.close()
  const taskBytes = sizeOf(/^ledger\.sqlite/)
  const indexBytes = sizeOf(/^(segment|claims)/)
  say(
    'disk per M tasks (and its index files)',
    `${(taskBytes / world.tasks).toFixed(1)} MB (${(indexBytes / world.tasks).toFixed(1)})`,
  )

  const again = timed(
    (function* () {
      store = open()
      yield* feeding(store.sync, 0, Math.min(world.tasks, 100_000))
    })(),
  )
  say('feed the same again', rate(again.count, again.ms))
  store.sync.close()

  for (const synchronous of ['NORMAL', 'FULL'] as const) {
    store = open(path, synchronous)
    for (const size of REPORT_BATCHES) {
      const total = Math.max(size * 20, size < 16 ? 2000 : 60_000)
      const { count, ms, slowest } = timed(reporting(store.sync, total, size))
      if (count < total) throw new Error(`only ${count} of ${total} reports were recorded`)
      say(
        `reports, batches of ${size}, ${synchronous === 'FULL' ? 'each synced' : 'not synced'}`,
        `${rate(count, ms)}, slowest ${slowest.toFixed(1)} ms`,
      )
    }
    store.sync.close()
  }

  const beforeMany = sizeOf(/^ledger\.sqlite/)
  store = open()
  const many = timed(reporting(store.sync, 300_000, 1000))
  say(
    'disk per M reports',
    `${((sizeOf(/^ledger\.sqlite/) - beforeMany) / many.count).toFixed(1)} MB before the checkpoint`,
  )
  const imageFolder = mkdtempSync(join(values.folder, 'assay-bench-image-'))
  folders.push(imageFolder)
  cpSync(folder, imageFolder, { recursive: true })
  store.sync.close()
  say('disk per M reports', `${((sizeOf(/^ledger\.sqlite/) - beforeMany) / many.count).toFixed(1)} MB`)

  const rssClosed = rss()
  let from = performance.now()
  store = open()
  say('open after a clean stop', `${(performance.now() - from).toFixed(0)} ms`)
  say('RSS added by opening', `${(rss() - rssClosed).toFixed(0)} MB`)
  from = performance.now()
  const stats = store.sync.stats()
  say('stats', `${(performance.now() - from).toFixed(1)} ms: ${JSON.stringify(stats)}`)

  const reader = openChangeReader(path)
  from = performance.now()
  let cursor = 0
  let changes = 0
  while (performance.now() - from < 2000) {
    const page = reader.changesSince(cursor, 10_000)
    if (page.length === 0) break
    changes += page.length
    cursor = page.at(-1)?.seq ?? cursor
  }
  say('change log read, pages of 10,000', rate(changes, performance.now() - from))
  from = performance.now()
  const listed = reader.listReports({ limit: 1000, from: NEWEST_AT, account: accountId(3) }).items.length
  say(`list ${listed} reports of one account`, `${(performance.now() - from).toFixed(1)} ms`)
  reader.close()
  store.sync.close()

  from = performance.now()
  store = open(join(imageFolder, 'ledger.sqlite'))
  say('open after a kill', `${(performance.now() - from).toFixed(0)} ms`)
  store.sync.close()
  rmSync(`${path}-index`, { recursive: true })
  from = performance.now()
  store = open()
  say('open without any index file', `${(performance.now() - from).toFixed(0)} ms`)
  store.sync.close()
} finally {
  for (const one of folders) rmSync(one, { recursive: true, force: true })
}
