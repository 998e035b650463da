import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Change, ReportChange, TaskChange } from '../domain/change.ts'
import type { Finding } from '../domain/finding.ts'
import { hasFacts } from '../domain/finding.ts'
import { DAY_MS, HOUR_MS } from '../domain/instant.ts'
import type { Where } from '../domain/incident.ts'
import { incidentIdOf } from '../domain/incident.ts'
import type { Verdict } from '../domain/report.ts'
import type { CycleParts, ModelMaker } from './cycle.ts'
import { createCycle } from './cycle.ts'
import type { Model } from './model.ts'
import { RecentVerdicts } from './recent-verdicts.ts'
import type { VerdictChange } from './recent-verdicts.ts'
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
  /** Reports expected of all that was counted. */
  expected: number
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
    expected: 0,
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
      fold: (change, expected) => {
        assert.ok(change.seq > bench.counted, 'no change is counted twice')
        assert.ok(change.kind === 'task' ? expected > 0 : expected === 0)
        bench.counted = change.seq
        bench.expected += expected
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

test('counters folded anew, from a model that has read on, expect about as much', async () => {
  const bench = createBench()
  ;(await run(bench)).saveSnapshot()
  const straight = bench.expected
  bench.counted = 0
  bench.expected = 0
  await run(bench)
  const reports = CHANGES.filter((change) => change.kind === 'report').length
  assert.ok(straight > 0.2 * reports, `${straight} of ${reports}`)
  assert.ok(bench.expected > straight / 2 && bench.expected < 2 * straight, `${bench.expected}, ${straight}`)
})

test('counts are written while much comes in, not only when somebody asks', async () => {
  const bench = createBench()
  let flushes = 0
  const one = CHANGES[0] as TaskChange
  const total = 250_000
  bench.log.changesSince = async (cursor, limit) =>
    Array.from({ length: Math.min(limit, total - cursor) }, (_, i) => ({ ...one, seq: cursor + i + 1 }))
  await run({ ...bench, counters: { ...bench.counters, flush: () => (flushes += 1) }, models: fakeModels() })
  assert.equal(flushes, 12)
})

describe('verdicts that change', () => {
  const PLACE = { type: 'T', site: 'a.example' }
  const report = (seq: number, site: string): ReportChange => ({
    kind: 'report',
    seq,
    taskId: seq,
    account: 'acme',
    group: 'acme',
    attributes: { type: 'T', site, solver: '1', region: null, labels: {} },
    solvedAt: START,
    claim: 'bad',
    replaces: null,
    receivedAt: START + seq,
    flags: [],
  })

  test('are told once findings are durable, those of the place only, and each only when it changed', async () => {
    const bench = createBench()
    const log = [report(1, 'a.example'), report(2, 'b.example'), report(3, 'a.example')]
    const told: VerdictChange[][] = []
    const model = fakeModels()
    const opened = factsFinding('x', 'opened', PLACE)
    model.found.set(3, [opened])
    const cycle = createCycle({
      ...bench,
      log: {
        changesSince: async (cursor, limit) => log.filter(({ seq }) => seq > cursor).slice(0, limit),
      },
      models: model,
      onVerdicts: (changes) => {
        assert.ok(bench.found.length > 0, 'the incident is there first')
        told.push([...changes])
      },
    })
    model.verdicts.set('a.example', { verdict: 'supported', incidentId: 'A-X' })
    // What b.example is thought of changes too, but no finding has said so.
    model.verdicts.set('b.example', { verdict: 'unsupported', incidentId: null })
    bench.failEmits = 1
    await assert.rejects(cycle.step())
    assert.equal(told.length, 0)
    await cycle.step()
    assert.deepEqual(
      told.map((changes) => changes.map(({ taskId, verdict, incidentId }) => [taskId, verdict, incidentId])),
      [
        [
          [1, 'supported', 'A-X'],
          [3, 'supported', 'A-X'],
        ],
      ],
    )
    told.length = 0

    // More of the same: nothing new of the two, and a third report is told of.
    log.push(report(4, 'a.example'))
    model.found.set(4, [factsFinding('x', 'updated', PLACE)])
    await cycle.step()
    assert.deepEqual(
      told.map((changes) => changes.map(({ taskId }) => taskId)),
      [[4]],
    )
    told.length = 0

    // Absorbed: their incident is listed under another, so all of its reports are told of again.
    log.push(report(5, 'b.example'))
    const absorbed = { verdict: 'supported' as const, incidentId: incidentIdOf('x') }
    model.verdicts.set('a.example', absorbed)
    model.found.set(5, [
      {
        alarmId: 'y',
        event: 'merged',
        at: START,
        seq: 5,
        method: 'm',
        otherAlarmId: 'x',
        because: 'One fault.',
      },
    ])
    await cycle.step()
    // The place of y was never told, so b.example could be part of it, and is looked at too.
    assert.deepEqual(
      told[0]?.map(({ taskId }) => taskId),
      [1, 2, 3, 4, 5],
    )
  })

  test('are watched for a bounded number of reports, and judged anew for fewer', () => {
    const recent = new RecentVerdicts({ reports: 50, rejudged: 20, places: 2 })
    for (let seq = 1; seq <= 500; seq++) recent.note(report(seq, 'a.example'))
    assert.equal(recent.size, 50)
    let judged = 0
    const changes = recent.changedBy([factsFinding('x', 'opened', {})], () => {
      judged++
      return { verdict: 'supported', because: '', becauseForReporter: '', incidentId: null }
    })
    assert.equal(judged, 20)
    assert.deepEqual(
      changes.map(({ taskId }) => taskId),
      Array.from({ length: 20 }, (_, i) => 481 + i),
    )
  })

  test('speak of a claim that changed as of one report', () => {
    const recent = new RecentVerdicts()
    recent.note(report(1, 'a.example'))
    recent.note({ ...report(2, 'a.example'), taskId: 1, claim: 'good', replaces: 'bad' })
    const seen: string[] = []
    recent.changedBy([factsFinding('x', 'opened', { 'labels.pool': 'b' })], () =>
      assert.fail('no such label'),
    )
    recent.changedBy([factsFinding('x', 'updated', { account: 'acme', group: 'acme' })], ({ claim }) => {
      seen.push(claim)
      return { verdict: 'undetermined', because: '', becauseForReporter: '', incidentId: null }
    })
    assert.deepEqual(seen, ['good'])
  })
})

interface FakeModels extends ModelMaker {
  /** What is found at a change, by its seq. */
  readonly found: Map<number, Finding[]>
  /** What is thought of a site's reports. */
  readonly verdicts: Map<string, { verdict: Verdict; incidentId: string | null }>
}

/** A judgement whose every word the test has chosen. */
function fakeModels(): FakeModels {
  const found = new Map<number, Finding[]>()
  const verdicts: FakeModels['verdicts'] = new Map()
  const create = (): Model => {
    let cursor = 0
    return {
      get cursor() {
        return cursor
      },
      apply: (change) => {
        cursor = change.seq
        return found.get(change.seq) ?? []
      },
      expects: () => 0.01,
      maturity: () => 1,
      judge: ({ attributes }) => ({
        ...(verdicts.get(attributes.site) ?? { verdict: 'undetermined', incidentId: null }),
        because: 'for operators',
        becauseForReporter: 'for the reporter',
      }),
      effects: () => new Map(),
      snapshot: () => new Uint8Array(),
      stats: () => ({ segments: 0, groups: 0, overflow: 0, standingAlarms: 0 }),
    }
  }
  return { found, verdicts, create, restore: create }
}

function factsFinding(alarmId: string, event: 'opened' | 'updated', where: Where): Finding {
  return {
    alarmId,
    event,
    at: START,
    seq: 1,
    method: 'm',
    facts: {
      situation: 'regression',
      where,
      onset: { at: START, from: START, to: START },
      ratio: { estimate: 9, low: 5, high: 12 },
      reports: 9,
      expected: 1,
      accounts: 3,
      alternatives: [],
      because: 'Nine where one was expected.',
    },
  }
}

/** The version's first character changed: the snapshot of another release. */
function flipped(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  const at = new TextDecoder('latin1').decode(copy.subarray(0, 64)).indexOf('"version":"') + 11
  copy[at] = '9'.charCodeAt(0)
  return copy
}
