import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change } from '../domain/change.ts'
import type { Finding } from '../domain/finding.ts'
import { hasFacts } from '../domain/finding.ts'
import { DAY_MS, HOUR_MS } from '../domain/instant.ts'
import type { CycleParts } from './cycle.ts'
import { createCycle } from './cycle.ts'
import { place, START, stream, zipfCustomers } from './test-stream.ts'

const SETTINGS = { falseIncidentsPerWeek: 1, reportWindowMs: DAY_MS }

/** Half a day of one site, which breaks after six hours. */
const CHANGES: readonly Change[] = [
  ...stream({
    seed: 2,
    from: START,
    days: 0.5,
    tasksPerDay: 20_000,
    places: [place('T', 'a.example', 1, 0.02), place('T', 'b.example', 3, 0.02)],
    customers: zipfCustomers(20, () => 0.8),
    trouble: (at, { attributes }) => (attributes.site === 'a.example' && at > START + 6 * HOUR_MS ? 30 : 1),
  }),
]

interface Bench extends CycleParts {
  readonly found: Finding[]
  saved: Uint8Array | null
  readonly discarded: string[]
  emits: number
  failEmits: number
  counted: number
  log: { available: number; changesSince: (cursor: number, limit: number) => Promise<Change[]> }
}

function createBench(): Bench {
  const bench: Bench = {
    found: [],
    saved: null,
    discarded: [],
    emits: 0,
    failEmits: 0,
    counted: 0,
    settings: SETTINGS,
    log: {
      available: CHANGES.length,
      changesSince: async (cursor, limit) =>
        CHANGES.slice(0, bench.log.available)
          .filter((change) => change.seq > cursor)
          .slice(0, limit),
    },
    counters: {
      cursor: () => bench.counted,
      fold: (changes) => {
        for (const change of changes) {
          assert.ok(change.seq > bench.counted, 'no change is counted twice')
          bench.counted = change.seq
        }
      },
      flush: () => undefined,
    },
    snapshots: {
      load: () => bench.saved,
      save: (bytes) => {
        bench.saved = bytes
      },
    },
    emit: async (findings) => {
      bench.emits += 1
      if (bench.failEmits-- > 0) throw new Error('the store is away')
      bench.found.push(...findings)
    },
    onSnapshotDiscarded: (reason) => bench.discarded.push(reason),
  }
  return bench
}

async function run(parts: CycleParts): Promise<ReturnType<typeof createCycle>> {
  const cycle = createCycle(parts)
  while ((await cycle.step()) > 0);
  return cycle
}

test('the log is taken in to its end, and what is found is handed on', async () => {
  const bench = createBench()
  const cycle = await run(bench)
  assert.equal(cycle.cursor(), CHANGES.length)
  assert.equal(bench.counted, CHANGES.length)
  assert.ok(bench.found.some((one) => hasFacts(one) && one.facts.situation === 'regression'))
  assert.equal(await cycle.step(), 0)
})

test('a restart goes on from the snapshot and says nothing twice', async () => {
  const straight = createBench()
  await run(straight)
  const bench = createBench()
  bench.log.available = CHANGES.length / 2
  ;(await run(bench)).saveSnapshot()
  bench.log.available = CHANGES.length
  await run(bench)
  assert.deepEqual(bench.found, straight.found)
  assert.deepEqual(bench.discarded, [])
})

test('a kill before any snapshot makes a replay say the same, with the same ids, and counts nothing twice', async () => {
  const bench = createBench()
  await run(bench)
  const first = [...bench.found]
  bench.saved = null
  bench.found.length = 0
  const cycle = await run(bench)
  assert.deepEqual(bench.found, first)
  assert.equal(cycle.cursor(), CHANGES.length)
})

test('counters that are behind are caught up without the model seeing a change twice', async () => {
  const bench = createBench()
  const cycle = await run(bench)
  cycle.saveSnapshot()
  bench.counted = 0
  const found = bench.found.length
  const again = await run(bench)
  assert.equal(bench.counted, CHANGES.length)
  assert.equal(again.cursor(), CHANGES.length)
  assert.equal(bench.found.length, found)
})

test('a snapshot of another version, or a damaged one, is discarded with its reason, and the log replayed', async () => {
  const straight = createBench()
  ;(await run(straight)).saveSnapshot()
  for (const saved of [
    new Uint8Array(3),
    new TextEncoder().encode('something else'),
    (straight.saved as Uint8Array).slice(0, 100),
    flipped(straight.saved as Uint8Array),
  ]) {
    const bench = createBench()
    bench.saved = saved
    await run(bench)
    assert.equal(bench.discarded.length, 1)
    assert.deepEqual(bench.found, straight.found)
  }
})

test('findings nobody took are offered again, and nothing is snapshotted past them', async () => {
  const bench = createBench()
  bench.failEmits = 2
  const cycle = createCycle(bench)
  let failures = 0
  for (let steps = 0; steps < 1_000; steps++) {
    try {
      if ((await cycle.step()) === 0) break
    } catch {
      failures += 1
      const before = bench.saved
      cycle.saveSnapshot()
      assert.equal(bench.saved, before)
    }
  }
  assert.equal(failures, 2)
  const straight = createBench()
  await run(straight)
  assert.deepEqual(bench.found, straight.found)
})

/** The version's first character changed: the snapshot of another release. */
function flipped(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  const at = new TextDecoder('latin1').decode(copy.subarray(0, 64)).indexOf('"version":"') + 11
  copy[at] = '9'.charCodeAt(0)
  return copy
}
