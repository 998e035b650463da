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
import type { CounterQuery, CounterRow, CounterStore } from '../contract.ts'
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
      counters.fold([
        taskChange(1),
        taskChange(2, 1, 2, MIDNIGHT + BIN_MS),
        // Never reportable: no exposure.
        taskChange(3, 0, 0, MIDNIGHT, false),
        reportChange(4, { receivedAt: MIDNIGHT + 9 * HOUR_MS }),
        reportChange(5, { claim: 'good' }),
        { kind: 'act', seq: 6, act: 'resolved', incidentId: 'i', at: MIDNIGHT },
      ])
      counters.flush()
      assert.deepEqual(counters.query(ALL), [{ where: {}, at: null, issued: 2, bad: 1, good: 1 }])
      assert.deepEqual(counters.query({ ...ALL, by: ['site'], binMs: BIN_MS }), [
        { where: { site: 'a.example' }, at: MIDNIGHT, issued: 1, bad: 1, good: 1 },
        { where: { site: 'b.example' }, at: MIDNIGHT + BIN_MS, issued: 1, bad: 0, good: 0 },
      ])
      assert.equal(counters.cursor(), 6)
    }),
  )

  it(
    'move a claim that changed, also when the first was flushed long ago',
    withCounters((counters) => {
      counters.fold([taskChange(1), reportChange(2)])
      counters.flush()
      counters.fold([reportChange(3, { claim: 'good', replaces: 'bad' })])
      counters.flush()
      assert.deepEqual(counters.query(ALL), [{ where: {}, at: null, issued: 1, bad: 0, good: 1 }])
    }),
  )

  it(
    'answer by labels and absent values, and filter by exact ones',
    withCounters((counters) => {
      counters.fold([taskChange(1, 0), taskChange(2, 1), taskChange(3, 2), taskChange(4, 2)])
      counters.flush()
      assert.deepEqual(counters.query({ ...ALL, by: ['labels.pool', 'region'] }), [
        { where: { 'labels.pool': null, region: null }, at: null, issued: 1, bad: 0, good: 0 },
        { where: { 'labels.pool': 'x', region: 'eu' }, at: null, issued: 1, bad: 0, good: 0 },
        { where: { 'labels.pool': 'y', region: 'us' }, at: null, issued: 2, bad: 0, good: 0 },
      ])
      const [row] = counters.query({ ...ALL, filter: { 'labels.tier': '1', type: 'T2' } })
      assert.equal(row?.issued, 2)
      assert.deepEqual(counters.query({ ...ALL, filter: { site: 'none.example' } }), [])
    }),
  )

  it(
    'say in plain words what cannot be answered',
    withCounters((counters) => {
      counters.fold([taskChange(1)])
      counters.flush()
      const ask = (query: Partial<CounterQuery>) => () => counters.query({ ...ALL, ...query })
      assert.throws(ask({ by: ['colour'] }), /RangeError: "colour" is not one of type, site/)
      assert.throws(ask({ by: ['labels.'] }), RangeError)
      assert.throws(ask({ binMs: MINUTE_MS }), /not a multiple of 15 minutes/)
      assert.throws(
        ask({ by: ['account', 'site'], binMs: HOUR_MS }),
        /account together with site is counted by whole UTC days only/,
      )
      assert.throws(ask({ by: ['site'], filter: { group: 'payer' }, from: MIDNIGHT + HOUR_MS }), RangeError)
      assert.equal(ask({ by: ['account', 'type'], binMs: HOUR_MS, from: MIDNIGHT })().length, 1)
      assert.equal(ask({ by: ['account', 'site'], binMs: DAY_MS, from: MIDNIGHT })().length, 1)
    }),
  )

  it('fold each change once, through restarts, and show others what was flushed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-counters-'))
    const path = join(folder, 'counters.sqlite')
    try {
      let counters = openCounters(path)
      counters.fold([taskChange(1), taskChange(2)])
      counters.fold([taskChange(1), taskChange(2), taskChange(3)])
      const reader = openCounterReader(path)
      assert.deepEqual(reader.query(ALL), [])
      counters.flush()
      assert.equal(reader.query(ALL)[0]?.issued, 3)
      reader.close()
      // A kill loses what was not flushed, cursor included.
      counters.fold([taskChange(4)])
      const copy = join(folder, 'copy.sqlite')
      for (const end of ['', '-wal']) writeFileSync(copy + end, readFileSync(path + end))
      counters.close()
      counters = openCounters(copy)
      assert.equal(counters.cursor(), 3)
      counters.fold([taskChange(3), taskChange(4)])
      counters.close()
      counters = openCounters(copy)
      assert.equal(counters.cursor(), 4)
      assert.equal(counters.query(ALL)[0]?.issued, 4)
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

  it('answer every question that can be asked as a plain sum over the changes does', () => {
    const change = fc.record({
      report: fc.boolean(),
      what: fc.nat({ max: 2 }),
      who: fc.nat({ max: 2 }),
      solvedAt: fc.integer({ min: MIDNIGHT - DAY_MS, max: MIDNIGHT + 2 * DAY_MS }),
      claim: fc.constantFrom('bad' as const, 'good' as const),
      flush: fc.boolean(),
    })
    const name = fc.constantFrom('type', 'site', 'solver', 'region', 'account', 'group', 'labels.pool')
    const instant = fc.option(
      fc.integer({ min: -100, max: 200 }).map((bins) => MIDNIGHT + bins * BIN_MS),
      { nil: undefined },
    )
    const question = fc.record({
      by: fc.uniqueArray(name, { maxLength: 3 }),
      filter: fc.constantFrom<Record<string, string>[]>(
        {},
        {},
        { site: 'a.example' },
        { group: 'payer' },
        { type: 'T1' },
        { region: 'eu' },
      ),
      binMs: fc.constantFrom(null, BIN_MS, HOUR_MS, DAY_MS),
      from: instant,
      to: instant,
    })
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 60 }),
        fc.array(question, { maxLength: 8 }),
        (drafts, questions) => {
          const counters = openCounters(':memory:')
          const changes = drafts.map(({ report, what, who, solvedAt, claim }, i): Change =>
            report
              ? reportChange(i + 1, { claim, solvedAt }, what, who)
              : taskChange(i + 1, what, who, solvedAt, claim === 'bad'),
          )
          for (const [i, one] of changes.entries()) {
            counters.fold([one])
            if (drafts[i]?.flush === true) counters.flush()
          }
          counters.flush()
          for (const { from, to, ...rest } of questions) {
            const query = {
              ...rest,
              ...(from === undefined ? {} : { from }),
              ...(to === undefined ? {} : { to }),
            }
            let answer: CounterRow[]
            try {
              answer = counters.query(query)
            } catch (error) {
              assert.ok(error instanceof RangeError)
              continue
            }
            assert.deepEqual(byKey(answer), byKey(plainSum(changes, query)))
          }
          counters.close()
        },
      ),
      { numRuns: 200 },
    )
  })
})

function plainSum(changes: readonly Change[], { by, filter, from, to, binMs }: CounterQuery): CounterRow[] {
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
    const row = rows.get(key) ?? { where, at, issued: 0, bad: 0, good: 0 }
    if (change.kind === 'task') row.issued++
    else row[change.claim]++
    rows.set(key, row)
  }
  return [...rows.values()]
}

function byKey(rows: readonly CounterRow[]): unknown {
  return new Map(rows.map((row) => [JSON.stringify([row.at, row.where]), row]))
}
