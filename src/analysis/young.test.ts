import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Change, TaskChange } from '../domain/change.ts'
import type { FactsFinding } from '../domain/finding.ts'
import { hasFacts } from '../domain/finding.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../domain/instant.ts'
import type { Attributes } from '../domain/task.ts'
import { createModel } from './model.ts'
import { createChance, START } from './test-stream.ts'

/** An installation's first minutes: a few hours of tasks are fed, then some of them are reported. */
interface Opening {
  /** Tasks solved before the last `recentMs`, over `hours`, at all places. */
  readonly history: number
  readonly hours: number
  /** Share of them that is reported. */
  readonly rate: number
  readonly sites: number
  /** Tasks solved lately at the one site, spread over the reporters. */
  readonly recent: number
  readonly recentMs: number
  readonly reporters: readonly string[]
  readonly reports: number
  readonly seed: number
}

const NOW = START + 30 * DAY_MS + 17 * MINUTE_MS
const OPENING: Opening = {
  history: 5_000,
  hours: 6,
  rate: 0.01,
  sites: 10,
  recent: 40,
  recentMs: 20 * MINUTE_MS,
  reporters: ['a0', 'a1', 'a2'],
  reports: 20,
  seed: 1,
}

/** @returns findings with how many reports on the recent tasks had come by then */
function play(over: Partial<Opening>): { finding: FactsFinding; after: number }[] {
  const opening = { ...OPENING, ...over }
  const chance = createChance(opening.seed)
  const places = new Map<string, Attributes>()
  const attributesOf = (type: string, site: string) => {
    const key = `${type} ${site}`
    const known = places.get(key) ?? { type, site, solver: '1', region: null, labels: {} }
    places.set(key, known)
    return known
  }
  const task = (taskId: number, account: string, attributes: Attributes, solvedAt: number): TaskChange => ({
    kind: 'task',
    seq: 0,
    taskId,
    account,
    group: account,
    attributes,
    exposed: true,
    solvedAt: Math.floor(solvedAt),
  })
  const older = Array.from({ length: opening.history }, (_, i) =>
    task(
      i + 1,
      `a${Math.floor(chance() * 8)}`,
      attributesOf(`T${Math.floor(chance() * 3)}`, `s${Math.floor(chance() * opening.sites)}.example`),
      NOW - opening.recentMs - chance() * opening.hours * HOUR_MS,
    ),
  )
  const recent = Array.from({ length: opening.recent }, (_, i) =>
    task(
      1_000_000 + i,
      opening.reporters[i % opening.reporters.length] as string,
      attributesOf('T0', 's0.example'),
      NOW - chance() * opening.recentMs,
    ),
  )

  const model = createModel({ falseIncidentsPerWeek: 1, reportWindowMs: DAY_MS })
  const found: { finding: FactsFinding; after: number }[] = []
  let seq = 0
  let clock = NOW
  let after = 0
  const apply = (change: Change) => {
    seq += 1
    for (const finding of model.apply({ ...change, seq }).filter(hasFacts)) found.push({ finding, after })
  }
  const report = (of: TaskChange, waitMs: number) => {
    clock += waitMs
    const { taskId, account, group, attributes, solvedAt } = of
    apply({
      kind: 'report',
      seq: 0,
      taskId,
      account,
      group,
      attributes,
      solvedAt,
      receivedAt: clock,
      claim: 'bad',
      replaces: null,
      flags: [],
    })
  }
  for (const one of [...older, ...recent]) apply(one)
  for (const one of older) if (chance() < opening.rate) report(one, SECOND_MS / 2)
  for (const one of recent.slice(0, opening.reports)) {
    after += 1
    report(one, 5 * SECOND_MS)
  }
  return found
}

describe('an installation without a day of history', () => {
  const histories: [string, Partial<Opening>][] = [
    ['2,000 tasks, none reported', { history: 2_000, rate: 0 }],
    ['2,000 tasks, 1 % reported', { history: 2_000 }],
    ['5,000 tasks, none reported', { rate: 0 }],
    ['5,000 tasks, 1 % reported', {}],
    ['10,000 tasks, 1 % reported', { history: 10_000 }],
    ['10,000 tasks over 120 places', { history: 10_000, sites: 40 }],
    ['two sites', { history: 2_000, sites: 2 }],
    ['one site', { history: 2_000, sites: 1 }],
    ['reporters nobody has seen before', { reporters: ['x', 'y', 'z'] }],
    ['two reporters', { reporters: ['a0', 'a1'] }],
  ]
  for (const [name, over] of histories)
    test(`says within a dozen reports that a site stopped accepting: ${name}`, () => {
      for (const seed of [1, 2, 3, 4]) {
        const found = play({ ...over, seed })
        const first = found.find(({ finding }) => finding.facts.situation === 'regression')
        assert.ok(first !== undefined && first.after <= 12, `seed ${seed}: after ${first?.after}`)
        assert.deepEqual({ ...first.finding.facts.where }, { type: 'T0', site: 's0.example' })
        assert.ok(first.finding.facts.accounts >= 2)
      }
    })

  test('calls the same from one account that account’s own', () => {
    for (const seed of [1, 2, 3, 4]) {
      const found = play({ reporters: ['a0'], seed })
      const situations = new Set(found.map(({ finding }) => finding.facts.situation))
      assert.deepEqual([...situations], ['one-account'], `seed ${seed}`)
      assert.deepEqual(
        { ...found[0]?.finding.facts.where },
        { account: 'a0', type: 'T0', site: 's0.example' },
      )
    }
  })

  test('makes no regression of a burst at the very beginning: nothing was ever accepted', () => {
    for (const reporters of [['a'], ['a', 'b', 'c'], ['a', 'b', 'c', 'd', 'e', 'f']]) {
      const found = play({ history: 0, recent: 2_000, reports: 400, reporters })
      assert.deepEqual(
        found.filter(({ finding }) => finding.facts.situation === 'regression'),
        [],
        `${reporters.length} reporters`,
      )
    }
  })

  test('says nothing of the healthy history itself', () => {
    for (const seed of [1, 2, 3, 4, 5, 6])
      for (const rate of [0, 0.005, 0.01, 0.02])
        assert.deepEqual(play({ history: 10_000, rate, reports: 0, seed }), [], `seed ${seed} rate ${rate}`)
  })
})
