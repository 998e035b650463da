import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Change, ReportChange, TaskChange } from '../../domain/change.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/instant.ts'
import type { Attributes } from '../../domain/task.ts'
import type { CounterQuery, CounterRow, CounterStore, Maturing } from '../contract.ts'
import { openCounterReader, openCounters } from './counters.ts'
import { dumpSchema } from './migrate.ts'

const MIDNIGHT = Date.UTC(2026, 10, 23)
const BIN_MS = 15 * MINUTE_MS

const ATTRIBUTES: readonly Attributes[] = [
  { type: 'T1', site: 'a.example', solver: 's1', region: 'eu', labels: { pool: 'x' } },
  { type: 'T1', site: 'b.example', solver: 's1', region: null, labels: {} },
  { type: 'T2', site: 'a.example', solver: 's2', region: 'us', labels: { pool: 'y', tier: '1' } },
]
const ACCOUNTS = [
  { account: 'acme', group: 'payer' },
  { account: 'bolt', group: 'payer' },
  { account: 'cove', group: 'cove' },
] as const

function taskChange(seq: number, what = 0, who = 0, solvedAt = MIDNIGHT, exposed = true): TaskChange {
  const attributes = ATTRIBUTES[what] as Attributes
  return {
    kind: 'task',
    seq,
    taskId: seq,
    ...(ACCOUNTS[who] as (typeof ACCOUNTS)[0]),
    attributes,
    solvedAt,
    exposed,
  }
}

function reportChange(seq: number, fields: Partial<ReportChange> = {}, what = 0, who = 0): ReportChange {
  const { exposed: _exposed, ...about } = taskChange(seq, what, who)
  return {
    ...about,
    kind: 'report',
    claim: 'bad',
    replaces: null,
    receivedAt: MIDNIGHT + HOUR_MS,
    flags: [],
    ...fields,
  }
}

/** Reports expected of a test's task: different for each, and with more digits than are kept. */
function expectedOf(change: Change): number {
  return change.kind === 'task' ? 0.0123456789 * (1 + (change.seq % 7)) : 0
}

function fold(counters: CounterStore, changes: readonly Change[]): void {
  for (const change of changes) counters.fold(change, expectedOf(change))
}

/** All is due at once. */
const GROWN: Maturing = { now: MIDNIGHT + 100 * DAY_MS, maturity: () => 1 }

/** Only what was counted, without what was expected. */
function counted(counters: Pick<CounterStore, 'query'>, query: CounterQuery): object[] {
  return counters
    .query(query, GROWN)
    .map(({ where, at, issued, bad, good }) => ({ where, at, issued, bad, good }))
}

const ALL: CounterQuery = { by: [], filter: {}, binMs: null }

function withCounters(body: (counters: CounterStore) => void): () => void {
  return () => {
    const counters = openCounters(':memory:')
    try {
      body(counters)
    } finally {
      counters.close()
    }
  }
}

describe('counters', () => {
  it(
    'count what was issued and what was claimed, at the time of the solve',
    withCounters((counters) => {
      fold(counters, [
        taskChange(1),
        taskChange(2, 1, 2, MIDNIGHT + BIN_MS),
        // Never reportable: no exposure.
        taskChange(3, 0, 0, MIDNIGHT, false),
        reportChange(4, { receivedAt: MIDNIGHT + 9 * HOUR_MS }),
        reportChange(5, { claim: 'good' }),
        { kind: 'act', seq: 6, act: 'resolved', incidentId: 'i', at: MIDNIGHT },
      ])
      counters.flush()
      assert.deepEqual(counted(counters, ALL), [{ where: {}, at: null, issued: 2, bad: 1, good: 1 }])
      assert.deepEqual(counted(counters, { ...ALL, by: ['site'], binMs: BIN_MS }), [
        { where: { site: 'a.example' }, at: MIDNIGHT, issued: 1, bad: 1, good: 1 },
        { where: { site: 'b.example' }, at: MIDNIGHT + BIN_MS, issued: 1, bad: 0, good: 0 },
      ])
      assert.equal(counters.cursor(), 6)
    }),
  )

  it(
    'move a claim that changed, also when the first was flushed long ago',
    withCounters((counters) => {
      fold(counters, [taskChange(1), reportChange(2)])
      counters.flush()
      fold(counters, [reportChange(3, { claim: 'good', replaces: 'bad' })])
      counters.flush()
      assert.deepEqual(counted(counters, ALL), [{ where: {}, at: null, issued: 1, bad: 0, good: 1 }])
    }),
  )

  it(
    'answer by labels and absent values, and filter by exact ones',
    withCounters((counters) => {
      fold(counters, [taskChange(1, 0), taskChange(2, 1), taskChange(3, 2), taskChange(4, 2)])
      counters.flush()
      assert.deepEqual(counted(counters, { ...ALL, by: ['labels.pool', 'region'] }), [
        { where: { 'labels.pool': null, region: null }, at: null, issued: 1, bad: 0, good: 0 },
        { where: { 'labels.pool': 'x', region: 'eu' }, at: null, issued: 1, bad: 0, good: 0 },
        { where: { 'labels.pool': 'y', region: 'us' }, at: null, issued: 2, bad: 0, good: 0 },
      ])
      const [row] = counters.query({ ...ALL, filter: { 'labels.tier': '1', type: 'T2' } }, GROWN)
      assert.equal(row?.issued, 2)
      assert.deepEqual(counted(counters, { ...ALL, filter: { site: 'none.example' } }), [])
    }),
  )

  it(
    'say in plain words what cannot be answered',
    withCounters((counters) => {
      fold(counters, [taskChange(1)])
      counters.flush()
      const ask = (query: Partial<CounterQuery>) => () => counters.query({ ...ALL, ...query }, GROWN)
      assert.throws(ask({ by: ['colour'] }), /RangeError: "colour" is not one of type, site/)
      assert.throws(ask({ by: ['labels.'] }), RangeError)
      assert.throws(ask({ binMs: MINUTE_MS }), /not a multiple of 15 minutes/)
      assert.equal(ask({ by: ['account', 'type'], binMs: HOUR_MS, from: MIDNIGHT })().length, 1)
      assert.equal(ask({ by: ['account', 'site'], binMs: BIN_MS, from: MIDNIGHT })().length, 1)
    }),
  )

  it('fold each change once, through restarts, and show others what was flushed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-counters-'))
    const path = join(folder, 'counters.sqlite')
    try {
      let counters = openCounters(path)
      fold(counters, [taskChange(1), taskChange(2)])
      fold(counters, [taskChange(1), taskChange(2), taskChange(3)])
      const reader = openCounterReader(path)
      assert.deepEqual(reader.query(ALL, GROWN), [])
      counters.flush()
      assert.equal(reader.query(ALL, GROWN)[0]?.issued, 3)
      reader.close()
      // A kill loses what was not flushed, cursor included.
      fold(counters, [taskChange(4)])
      const copy = join(folder, 'copy.sqlite')
      for (const end of ['', '-wal']) writeFileSync(copy + end, readFileSync(path + end))
      counters.close()
      counters = openCounters(copy)
      assert.equal(counters.cursor(), 3)
      fold(counters, [taskChange(3), taskChange(4)])
      counters.close()
      counters = openCounters(copy)
      assert.equal(counters.cursor(), 4)
      assert.equal(counters.query(ALL, GROWN)[0]?.issued, 4)
      counters.close()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('keep the schema that was reviewed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-counters-'))
    try {
      const path = join(folder, 'counters.sqlite')
      openCounters(path).close()
      const db = new DatabaseSync(path)
      const dump = dumpSchema(db)
      db.close()
      const reviewed = new URL('counter-schema.sql', import.meta.url)
      if (process.env.ASSAY_WRITE_SCHEMA === '1') writeFileSync(reviewed, dump)
      assert.equal(dump, readFileSync(reviewed, 'utf8'))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('tell combinations apart that share a row, and types that do', () => {
    const counters = openCounters(':memory:')
    let seq = 0
    const expected = new Map<string, number>()
    for (let i = 0; i < 50; i++) {
      const attributes = {
        type: `T${i % 7}`,
        site: `s${i % 13}.example`,
        solver: `v${i % 3}`,
        region: `r${i % 2}`,
        labels: {},
      }
      for (let n = 0; n <= i; n++)
        fold(counters, [
          { ...taskChange(++seq, 0, 0, MIDNIGHT + (n % 96) * BIN_MS + (n % 2) * DAY_MS), attributes },
        ])
      for (const key of [attributes.site, `${attributes.site} ${attributes.solver}`, attributes.type])
        expected.set(key, (expected.get(key) ?? 0) + i + 1)
      if (i % 5 === 0) counters.flush()
    }
    counters.flush()
    const issued = (query: Partial<CounterQuery>) =>
      counters
        .query({ ...ALL, ...query }, GROWN)
        .map((row) => [Object.values(row.where).join(' '), row.issued])
    for (const query of [
      { by: ['site'] },
      { by: ['site', 'solver'] },
      { by: ['type'] },
      { by: ['type'], filter: { account: 'acme' } },
    ]) {
      const rows = issued(query)
      assert.ok(rows.length >= 7)
      for (const [key, count] of rows) assert.equal(count, expected.get(String(key)), String(key))
    }
    assert.deepEqual(issued({ filter: { site: 's5.example' } }), [['', expected.get('s5.example')]])
    assert.deepEqual(issued({ filter: { account: 'acme', type: 'T3' } }), [['', expected.get('T3')]])
    counters.close()
  })

  it('of an earlier version, which knew no expectation, are begun anew', () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-counters-'))
    const path = join(folder, 'counters.sqlite')
    try {
      const db = new DatabaseSync(path)
      db.exec(readFileSync(new URL('counter-migrations/0001-cells.sql', import.meta.url), 'utf8'))
      db.exec(`PRAGMA user_version = 1;
               UPDATE meta SET value = 5 WHERE name = 'cursor';
               INSERT INTO account VALUES (1, 'acme', 'payer');
               INSERT INTO attributes VALUES (1, 7, 'T1', 'a.example', 's1', NULL, NULL);
               INSERT INTO cell VALUES (1, 1, 9, 3, 0)`)
      db.close()
      const counters = openCounters(path)
      assert.equal(counters.cursor(), 0)
      assert.deepEqual(counters.query(ALL, GROWN), [])
      fold(counters, [taskChange(1)])
      counters.flush()
      assert.equal(counters.query(ALL, GROWN)[0]?.issued, 1)
      counters.close()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('answer every question as a plain sum over the changes does', () => {
    fc.assert(
      fc.property(lives, fc.array(question, { maxLength: 8 }), ages, (life, questions, maturing) => {
        const counters = openCounters(':memory:')
        live(counters, life)
        for (const query of questions) {
          const answer = counters.query(query, maturing)
          assertClose(answer, plainSum(life.changes, query, maturing))
        }
        counters.close()
      }),
      { numRuns: 200 },
    )
  })

  it('are sums: any parts of the tasks add up to the whole', () => {
    fc.assert(
      fc.property(lives, question, ages, (life, query, maturing) => {
        const counters = openCounters(':memory:')
        live(counters, life)
        const { by: _by, ...rest } = query
        const [whole] = counters.query({ ...rest, by: [], binMs: null }, maturing)
        const parts = counters.query(query, maturing)
        counters.close()
        if (whole === undefined) return assert.deepEqual(parts, [])
        for (const name of ['issued', 'bad', 'good'] as const)
          assert.equal(sumOf(parts, name), whole[name], name)
        // To the millionth, in whatever order the parts are added.
        const millionths = parts.map(({ expected }) => Math.round(expected * 1e6))
        assert.equal(
          millionths.reduce((a, b) => a + b, 0),
          Math.round(whole.expected * 1e6),
        )
        for (const name of ['expectedByNow', 'mature'] as const)
          assert.ok(Math.abs(sumOf(parts, name) - whole[name]) <= 1e-9 * (1 + whole[name]), name)
      }),
      { numRuns: 200 },
    )
  })

  it('are the same when they are folded anew from the log', () => {
    fc.assert(
      fc.property(lives, question, (life, query) => {
        const [first, again] = [openCounters(':memory:'), openCounters(':memory:')]
        live(first, life)
        fold(again, life.changes)
        again.flush()
        assert.deepEqual(again.query(query, GROWN), first.query(query, GROWN))
        first.close()
        again.close()
      }),
      { numRuns: 50 },
    )
  })

  it('hold each bin to the age of its middle, and the newest to what has passed of it', () => {
    const counters = openCounters(':memory:')
    fold(counters, [taskChange(1), taskChange(2, 2), taskChange(3, 0, 0, MIDNIGHT + BIN_MS)])
    counters.flush()
    const asked: [string, number][] = []
    const maturing = {
      now: MIDNIGHT + BIN_MS + 5 * MINUTE_MS,
      maturity: (type: string, ageMs: number) => {
        asked.push([type, ageMs])
        return ageMs / HOUR_MS
      },
    }
    const rows = counters.query({ by: ['type'], filter: {}, binMs: BIN_MS }, maturing)
    counters.close()
    const middle = (12.5 * MINUTE_MS) / HOUR_MS
    const newest = (2.5 * MINUTE_MS) / HOUR_MS
    assert.deepEqual(
      rows.map(({ where, at, mature }) => [where.type, at, mature]),
      [
        ['T1', MIDNIGHT, middle],
        ['T2', MIDNIGHT, middle],
        ['T1', MIDNIGHT + BIN_MS, newest],
      ],
    )
    assert.ok(
      asked.every(([, ageMs]) => ageMs > 0),
      'what has not begun is not asked about',
    )
  })

  it('refuse an expectation that is no number', () => {
    const counters = openCounters(':memory:')
    for (const expected of [Number.NaN, -0.1, Infinity])
      assert.throws(() => counters.fold(taskChange(1), expected), RangeError)
    counters.close()
  })

  it('tell a bounded number of combinations apart; a flood beyond is counted as other, and still adds up', () => {
    const counters = openCounters(':memory:', { combinations: 4, types: 10 })
    const flood = (seq: number): TaskChange => ({
      ...taskChange(seq, 0, 0),
      attributes: {
        ...(ATTRIBUTES[0] as Attributes),
        site: `made-up-${seq}.example`,
        labels: { n: `${seq}` },
      },
    })
    fold(counters, [taskChange(1, 0, 1), taskChange(2, 1, 1)])
    for (let seq = 3; seq <= 1_002; seq++) fold(counters, [flood(seq)])
    fold(counters, [taskChange(1_003, 0, 1)])
    counters.flush()
    assert.deepEqual(counted(counters, { ...ALL, by: ['site'] }), [
      { where: { site: '(other)' }, at: null, issued: 999, bad: 0, good: 0 },
      { where: { site: 'a.example' }, at: null, issued: 2, bad: 0, good: 0 },
      { where: { site: 'b.example' }, at: null, issued: 1, bad: 0, good: 0 },
      { where: { site: 'made-up-3.example' }, at: null, issued: 1, bad: 0, good: 0 },
    ])
    assert.deepEqual(
      counted(counters, { ...ALL, by: ['site', 'region'] }).map((row) => Object.values(row)[3 - 1]),
      [999, 2, 1, 1],
    )
    // Made-up types, too.
    for (let seq = 2_000; seq < 3_000; seq++)
      fold(counters, [
        { ...taskChange(seq), attributes: { ...(ATTRIBUTES[0] as Attributes), type: `made-up-${seq}` } },
      ])
    counters.flush()
    const types = counted(counters, { ...ALL, by: ['type'] }) as CounterRow[]
    assert.deepEqual(
      types.map(({ where, issued }) => [where.type, issued]).filter(([, issued]) => (issued as number) > 1),
      [
        ['(other)', 991],
        ['T1', 1_003],
      ],
    )
    assert.deepEqual(
      counted(counters, { ...ALL, by: ['type', 'site'] }).filter((row) => Object.values(row)[2] === 991),
      [{ where: { type: '(other)', site: '(other)' }, at: null, issued: 991, bad: 0, good: 0 }],
    )
    // What others fed is found as before.
    assert.deepEqual(counted(counters, { ...ALL, filter: { site: 'a.example' } }), [
      { where: {}, at: null, issued: 2, bad: 0, good: 0 },
    ])
    counters.close()
  })
})

const drafts = fc.record({
  report: fc.boolean(),
  what: fc.nat({ max: 2 }),
  who: fc.nat({ max: 2 }),
  solvedAt: fc.integer({ min: MIDNIGHT - DAY_MS, max: MIDNIGHT + 2 * DAY_MS }),
  claim: fc.constantFrom('bad' as const, 'good' as const),
  flush: fc.boolean(),
})

interface Life {
  readonly changes: readonly Change[]
  /** Whether each change is followed by a flush. */
  readonly flushes: readonly boolean[]
}

const lives: fc.Arbitrary<Life> = fc.array(drafts, { maxLength: 60 }).map((all) => ({
  changes: all.map(({ report, what, who, solvedAt, claim }, i): Change =>
    report
      ? reportChange(i + 1, { claim, solvedAt }, what, who)
      : taskChange(i + 1, what, who, solvedAt, claim === 'bad'),
  ),
  flushes: all.map(({ flush }) => flush),
}))

function live(counters: CounterStore, { changes, flushes }: Life): void {
  for (const [i, change] of changes.entries()) {
    fold(counters, [change])
    if (flushes[i] === true) counters.flush()
  }
  counters.flush()
}

const name = fc.constantFrom('type', 'site', 'solver', 'region', 'account', 'group', 'labels.pool')
const instant = fc.option(
  fc.integer({ min: -100, max: 200 }).map((bins) => MIDNIGHT + bins * BIN_MS),
  { nil: undefined },
)
const question: fc.Arbitrary<CounterQuery> = fc
  .record({
    by: fc.uniqueArray(name, { maxLength: 3 }),
    filter: fc.constantFrom<Record<string, string>[]>(
      {},
      {},
      { site: 'a.example' },
      { group: 'payer' },
      { account: 'bolt' },
      { account: 'bolt', site: 'a.example' },
      { type: 'T1' },
      { region: 'eu' },
      { 'labels.pool': 'x', group: 'payer' },
    ),
    binMs: fc.constantFrom(null, BIN_MS, HOUR_MS, DAY_MS),
    from: instant,
    to: instant,
  })
  .map(({ from, to, ...rest }) => ({
    ...rest,
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  }))

/** Types that mature at a pace of their own, seen at some moment. */
const ages: fc.Arbitrary<Maturing> = fc.integer({ min: -100, max: 400 }).map((bins) => ({
  now: MIDNIGHT + bins * BIN_MS + 1_000,
  maturity: (type, ageMs) => 1 - Math.exp(-ageMs / (type === 'T1' ? HOUR_MS : 6 * HOUR_MS)),
}))

function sumOf(
  rows: readonly CounterRow[],
  name: 'issued' | 'bad' | 'good' | 'expectedByNow' | 'mature',
): number {
  return rows.reduce((sum, row) => sum + row[name], 0)
}

function plainSum(
  changes: readonly Change[],
  { by, filter, from, to, binMs }: CounterQuery,
  { now, maturity }: Maturing,
): CounterRow[] {
  const rows = new Map<string, { -readonly [K in keyof CounterRow]: CounterRow[K] }>()
  for (const change of changes) {
    if (change.kind === 'act' || (change.kind === 'task' && !change.exposed)) continue
    const { attributes, account, group, solvedAt } = change
    const values: Record<string, string | null> = {
      ...attributes,
      labels: null,
      account,
      group,
      'labels.pool': attributes.labels.pool ?? null,
    }
    const start = Math.floor(solvedAt / BIN_MS) * BIN_MS
    if (start < (from ?? -Infinity) || start >= (to ?? Infinity)) continue
    if (Object.entries(filter).some(([name, value]) => values[name] !== value)) continue
    const where = Object.fromEntries(by.map((name) => [name, values[name] ?? null]))
    const at = binMs === null ? null : Math.floor(solvedAt / binMs) * binMs
    const key = JSON.stringify([at, where])
    const row = rows.get(key) ?? {
      where,
      at,
      issued: 0,
      bad: 0,
      good: 0,
      expected: 0,
      expectedByNow: 0,
      mature: 0,
    }
    rows.set(key, row)
    if (change.kind === 'report') {
      row[change.claim]++
      continue
    }
    const passed = Math.min(BIN_MS, now - start)
    const share = passed <= 0 ? 0 : maturity(attributes.type, now - start - passed / 2)
    row.issued++
    row.expected += Math.round(expectedOf(change) * 1e6) / 1e6
    row.expectedByNow += expectedOf(change) * share
    row.mature += share
  }
  return [...rows.values()]
}

/** The same rows and counts; shares within what rounding, and taking days past 0.9999 as whole, may cost. */
function assertClose(rows: readonly CounterRow[], wanted: readonly CounterRow[]): void {
  const byKey = (list: readonly CounterRow[]) =>
    new Map(list.map((row) => [JSON.stringify([row.at, row.where]), row]))
  const found = byKey(rows)
  assert.deepEqual([...found.keys()].sort(), [...byKey(wanted).keys()].sort())
  for (const [key, row] of byKey(wanted)) {
    const its = found.get(key) as CounterRow
    for (const name of ['issued', 'bad', 'good'] as const)
      assert.equal(its[name], row[name], `${name} of ${key}`)
    for (const name of ['expected', 'expectedByNow', 'mature'] as const)
      assert.ok(
        Math.abs(its[name] - row[name]) <= 2e-4 * row.issued,
        `${name} of ${key}: ${its[name]}, ${row[name]}`,
      )
  }
}
