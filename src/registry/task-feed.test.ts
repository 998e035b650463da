import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { after, describe, test } from 'node:test'
import fc from 'fast-check'
import { DAY_MS, toIso } from '../domain/instant.ts'
import type { Store, StoreSettings } from '../store/contract.ts'
import { openSqliteStore } from '../store/sqlite/open.ts'
import { readFeed } from './read-feed.ts'
import { ItemSplitter, SPLIT_LIMITS } from './split-items.ts'
import type { FeedChunk, FeedTally } from './task-feed.ts'
import { createTaskFeed } from './task-feed.ts'

const NOW = Date.UTC(2026, 10, 23, 12)
const SETTINGS: StoreSettings = {
  reportWindowMs: DAY_MS,
  retentionDays: 90,
  strictClass: false,
  taskTypes: new Map(),
  parkedPerAccountMax: 100,
  parkedForMs: DAY_MS,
}

const stores: Store[] = []
after(() => Promise.all(stores.map((store) => store.close())))

async function openStore(): Promise<Store> {
  const store = openSqliteStore(':memory:', SETTINGS)
  stores.push(store)
  const account = { id: 'acme', name: null, group: 'acme', addresses: [], createdAt: NOW }
  assert.ok(await store.addAccount(account))
  return store
}

const record = (over: object): string =>
  JSON.stringify({
    taskId: 7,
    account: 'acme',
    type: 'TurnstileTask',
    site: 'shop.example',
    solver: '3.8.1',
    status: 'ready',
    solvedAt: toIso(NOW - 1_000),
    ...over,
  })

function take(store: Store, body: Buffer): Promise<FeedTally> {
  return readFeed(Readable.from([body]), 'identity', createTaskFeed({ store, clock: { now: () => NOW } }))
}

function addsUp({ received, recorded, updated, unchanged, rejected }: FeedTally): void {
  assert.equal(recorded + updated + unchanged + rejected.length, received)
}

describe('a fed line', () => {
  test('is answered for under its number, whatever it is', async () => {
    const store = await openStore()
    const lines = [
      record({ taskId: 1, status: 'processing', solvedAt: undefined, issuedAt: NOW - 5_000 }),
      '',
      record({ taskId: 1 }),
      record({ taskId: 1 }),
      record({ taskId: 1, site: 'other.example' }),
      'not JSON',
      '[]',
      record({ taskId: 2, account: 'nobody' }),
      record({ taskId: 3, solvedAt: NOW - 91 * DAY_MS }),
      record({ taskId: 4, solvedAt: NOW + 301_000 }),
      record({ taskId: 5, solver: 'x'.repeat(129) }),
      record({ taskId: 6 }),
    ]
    const tally = await take(store, Buffer.from(lines.join('\n')))
    const { rejected, ...counts } = tally
    assert.deepEqual(counts, { received: 11, recorded: 2, updated: 1, unchanged: 1 })
    addsUp(tally)
    assert.deepEqual(
      rejected.map(({ line, reason }) => [line, reason]),
      [
        [5, 'conflict'],
        [6, 'malformed'],
        [7, 'malformed'],
        [8, 'unknown-account'],
        [9, 'too-old'],
        [10, 'future'],
        [11, 'malformed'],
      ],
    )
    assert.equal((await store.findTask(6))?.status, 'ready')
    assert.equal(await store.findTask(2), null)
  })

  test('that is not UTF-8 is refused, instead of being kept under another name', async () => {
    const store = await openStore()
    const [before = '', behind = ''] = record({ taskId: 8, region: '#' }).split('#')
    const broken = Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(behind)])
    const tally = await take(store, Buffer.concat([broken, Buffer.from(`\n${record({ taskId: 9 })}`)]))
    assert.deepEqual(tally.rejected, [{ line: 1, reason: 'malformed', detail: 'not UTF-8' }])
    assert.equal(tally.recorded, 1)
  })
})

const anyLine = fc.oneof(
  { weight: 8, arbitrary: fc.record({ taskId: fc.integer({ min: 1, max: 6 }) }).map(record) },
  fc.record({ taskId: fc.integer({ min: 1, max: 6 }), status: fc.constant('failed') }).map(record),
  fc.record({ taskId: fc.integer({ min: 1, max: 6 }), solver: fc.constantFrom('4', 'x') }).map(record),
  fc.constantFrom('', '  ', '{', '7', record({ account: 'nobody' }), record({ taskId: 0 })),
)

describe('a feed', () => {
  test('gives the same answer and the same tasks however it is cut into chunks', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(anyLine, { maxLength: 40 }),
        fc.integer({ min: 1, max: 7 }),
        async (lines, size) => {
          const body = Buffer.from(lines.join('\n'))
          const [one, other] = [await openStore(), await openStore()]
          const whole = await take(one, body)
          const chunks: FeedChunk[] = []
          const splitter = new ItemSplitter((chunk) => chunks.push(chunk), {
            ...SPLIT_LIMITS,
            chunkItemsMax: size,
          })
          splitter.push(body)
          splitter.end()
          const feed = createTaskFeed({ store: other, clock: { now: () => NOW } })
          const parts = await Promise.all(chunks.map((chunk) => feed.accept(chunk)))

          const sum = (of: (tally: FeedTally) => number) => parts.reduce((all, part) => all + of(part), 0)
          assert.deepEqual(
            {
              received: sum((part) => part.received),
              recorded: sum((part) => part.recorded),
              updated: sum((part) => part.updated),
              unchanged: sum((part) => part.unchanged),
              rejected: parts.flatMap((part) => part.rejected),
            },
            whole,
          )
          addsUp(whole)
          assert.equal(whole.received, lines.filter((line) => line.trim() !== '').length)
          for (let taskId = 1; taskId <= 6; taskId++)
            assert.deepEqual(await other.findTask(taskId), await one.findTask(taskId))
        },
      ),
      { numRuns: 60 },
    ))

  test('given twice changes nothing the second time', () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyLine, { maxLength: 40 }), async (lines) => {
        const store = await openStore()
        const body = Buffer.from(lines.join('\n'))
        const first = await take(store, body)
        const head = await store.head()
        const second = await take(store, body)
        assert.deepEqual([second.recorded, second.updated], [0, 0])
        assert.equal(second.received, first.received)
        assert.equal(await store.head(), head)
      }),
      { numRuns: 60 },
    ))
})
