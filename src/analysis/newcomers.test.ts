import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Change, ReportChange, TaskChange } from '../domain/change.ts'
import type { Finding } from '../domain/finding.ts'
import { hasFacts } from '../domain/finding.ts'
import { DAY_MS, HOUR_MS } from '../domain/instant.ts'
import { play, warmUp } from './test-installation.ts'
import type { Customer, StreamPlan } from './test-stream.ts'
import { place, START, zipfCustomers, zipfPlaces } from './test-stream.ts'

const USUAL = 0.05
const CUSTOMERS = zipfCustomers(40, (i) => [0.3, 0.6, 1][i % 3] as number, 0.5)
const PLACES = [...zipfPlaces('T', 20, USUAL), ...zipfPlaces('U', 20, USUAL)]
const PLAN: StreamPlan = {
  seed: 1,
  from: START,
  days: 5,
  tasksPerDay: 6_000,
  places: PLACES,
  customers: CUSTOMERS,
}
const WARM = warmUp(PLAN, { falseIncidentsPerWeek: 1, reportWindowMs: DAY_MS })
const SEEDS = [1, 2, 3, 4, 5, 6]
const NEW = 'new.example'

const isNew = (change: Change): change is TaskChange | ReportChange =>
  change.kind !== 'act' && change.attributes.site === NEW

const saysNever = (found: readonly Finding[]) =>
  found.some((one) => hasFacts(one) && one.facts.situation === 'never-worked')

/** A site that appears after two hours, fails this often from its first task, and has some of the customers. */
function appear(
  seed: number,
  failures: number,
  more: { days?: number; customers?: Customer[]; weight?: number } = {},
) {
  const { days = 1, customers = CUSTOMERS, weight = 0.15 } = more
  const since = WARM.until + 2 * HOUR_MS
  let reports = 0
  const world = function* () {
    for (const change of WARM.next({
      seed,
      days,
      customers,
      places: [...PLACES, place('T', NEW, weight, failures)],
    })) {
      if (isNew(change) && change.solvedAt < since) continue
      if (isNew(change) && change.kind === 'report') reports += 1
      yield change
    }
  }
  const found = play(WARM.goOn(), world(), saysNever)
  return { reports, facts: found.filter(hasFacts).map((one) => one.facts) }
}

test('nothing is found in the healthy days', () => {
  assert.deepEqual(WARM.found, [])
})

describe('a new site', () => {
  test('that rejects everything is said to have never worked, within two dozen reports', (t) => {
    const runs = SEEDS.map((seed) => appear(seed, 1))
    t.diagnostic(`reports needed: ${runs.map((run) => run.reports).join(' ')}`)
    for (const [i, { reports, facts }] of runs.entries()) {
      const said = facts.find((one) => one.situation === 'never-worked')
      assert.ok(
        said !== undefined && reports <= 24,
        `seed ${SEEDS[i]}: ${reports} reports, ${JSON.stringify(facts)}`,
      )
      assert.deepEqual({ ...said.where }, { type: 'T', site: NEW }, `seed ${SEEDS[i]}`)
      assert.ok(said.accounts >= 2)
      assert.ok(said.because.endsWith('This place has no time in which it worked.'))
      assert.ok(!facts.some((one) => one.situation === 'regression' && one.where['site'] === NEW))
    }
  })

  test('that is merely hard, at eight times the usual, is not', () => {
    for (const seed of SEEDS.slice(0, 3)) {
      const { reports, facts } = appear(seed, 8 * USUAL, { days: 2 })
      assert.ok(reports > 24, `seed ${seed}: only ${reports} reports`)
      assert.deepEqual(facts, [], `seed ${seed}, ${reports} reports`)
    }
  })

  test('that is like the others is not, whether busy or not', () => {
    for (const [seed, weight] of [
      [1, 0.05],
      [2, 2],
    ] as const)
      assert.deepEqual(appear(seed, USUAL, { days: 2, weight }).facts, [], `seed ${seed}`)
  })

  test('of which only one customer speaks is no incident of the team’s', () => {
    const customers = CUSTOMERS.map((one, i) => ({ ...one, diligence: i === 2 ? 1 : 0 }))
    for (const seed of SEEDS.slice(0, 3)) {
      const { facts } = appear(seed, 1, { customers, weight: 0.5 })
      assert.deepEqual(
        facts.filter((one) => one.situation !== 'one-account'),
        [],
        `seed ${seed}`,
      )
    }
  })
})

test('a new site that rejects everything is no regression of its solver or its type', () => {
  const places = ['T', 'U'].flatMap((type) =>
    zipfPlaces(type, 8, 0.06, 0.5).flatMap((one) =>
      ['1', '2'].map((solver) => ({ ...one, attributes: { ...one.attributes, solver } })),
    ),
  )
  const settings = { falseIncidentsPerWeek: 5, reportWindowMs: DAY_MS }
  const warm = warmUp({ ...PLAN, places }, settings)
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const world = warm.next({ seed, days: 0.8, places: [...places, place('U', NEW, 0.3, 1)] })
    for (const { facts } of play(warm.goOn(), world).filter(hasFacts))
      assert.notEqual(facts.where['site'], undefined, `seed ${seed}: ${facts.because}`)
  }
})

test('an old site that breaks has worked, and is never called otherwise', () => {
  for (const seed of SEEDS.slice(0, 3)) {
    const trouble = (_at: number, { attributes }: { attributes: { site: string } }) =>
      attributes.site === 's3.example' ? 20 : 1
    const found = play(WARM.goOn(), WARM.next({ seed, days: 0.5, trouble })).filter(hasFacts)
    assert.ok(found.length > 0, `seed ${seed}`)
    for (const { facts } of found) assert.notEqual(facts.situation, 'never-worked', `seed ${seed}`)
  }
})
