import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hasFacts } from '../domain/finding.ts'
import { DAY_MS, HOUR_MS } from '../domain/instant.ts'
import type { Attributes } from '../domain/task.ts'
import { lastWords, play, warmUp } from './test-installation.ts'
import type { Place } from './test-stream.ts'
import { START, zipfCustomers, zipfPlaces } from './test-stream.ts'

/** Three types at eight sites, by two solvers, in two regions, from two kinds of address: 192 leaves. */
const PLACES: readonly Place[] = ['T', 'U', 'V'].flatMap((type) =>
  zipfPlaces(type, 8, 0.06, 0.5).flatMap(({ attributes, weight, failures }) =>
    ['1', '2'].flatMap((solver) =>
      ['eu', 'us'].flatMap((region) =>
        ['home', 'office'].map((proxy) => ({
          attributes: { ...attributes, solver, region, labels: { proxy } },
          weight,
          failures,
        })),
      ),
    ),
  ),
)
const WARM = warmUp(
  {
    seed: 1,
    from: START,
    days: 5,
    tasksPerDay: 6_000,
    places: PLACES,
    customers: zipfCustomers(60, (i) => [0.2, 0.5, 1][i % 3] as number, 0.6),
  },
  { falseIncidentsPerWeek: 0.5, reportWindowMs: DAY_MS },
)
const SEEDS = [11, 12, 13]

/** What is found in some hours in which some places fail `times` as often since the third. */
function found(seed: number, isBroken: (attributes: Attributes) => boolean, times = 10) {
  const since = WARM.until + 3 * HOUR_MS
  const trouble = (at: number, { attributes }: Place) => (at >= since && isBroken(attributes) ? times : 1)
  return play(WARM.goOn(), WARM.next({ seed, days: 0.5, trouble }))
}

/** What stands in the end. */
function standing(seed: number, isBroken: (attributes: Attributes) => boolean, times: number) {
  return lastWords(found(seed, isBroken, times)).map(({ facts }) => facts)
}

/** Checks that all but one of the seeds end with one incident, called this. */
function isNamed(where: Record<string, string>, isBroken: (attributes: Attributes) => boolean, times = 10) {
  const names = SEEDS.map((seed) =>
    standing(seed, isBroken, times).map((facts) => JSON.stringify(facts.where)),
  )
  const right = names.filter((its) => its.length === 1 && its[0] === JSON.stringify(where))
  const all = names.map((its, i) => `seed ${SEEDS[i]}: ${its.join(' and ')}`).join('\n')
  assert.ok(right.length >= SEEDS.length - 1, `${JSON.stringify(where)} was to be named:\n${all}`)
}

test('nothing is found in the healthy days', () => {
  assert.deepEqual(WARM.found, [])
})

describe('a fault is named by what its places have in common', () => {
  test('a solver, over several sites', () => {
    isNamed({ type: 'T', solver: '2' }, ({ type, solver }) => type === 'T' && solver === '2')
  })
  test('a solver, over several types', () => {
    isNamed({ solver: '2' }, ({ solver }) => solver === '2')
  })
  test('a region, over several types', () => {
    isNamed({ region: 'eu' }, ({ region }) => region === 'eu')
  })
  test('a label', () => {
    isNamed(
      { type: 'U', 'labels.proxy': 'office' },
      ({ type, labels }) => type === 'U' && labels['proxy'] === 'office',
    )
  })
  test('a type', () => {
    isNamed({ type: 'V' }, ({ type }) => type === 'V')
  })
  test('one site stays one site', () => {
    isNamed({ type: 'T', site: 's1.example' }, ({ type, site }) => type === 'T' && site === 's1.example')
  })
  test('one solver at one site', () => {
    isNamed(
      { type: 'T', site: 's0.example', solver: '1' },
      ({ type, site, solver }) => type === 'T' && site === 's0.example' && solver === '1',
      12,
    )
  })
  test('an even rise over everything has no finer name', () => {
    for (const seed of SEEDS) {
      const said = standing(seed, () => true, 4)
      assert.ok(said.length > 0, `seed ${seed}: it is found`)
      for (const { where } of said)
        assert.deepEqual(
          Object.keys(where).filter((name) => name !== 'type'),
          [],
          `seed ${seed}`,
        )
    }
  })
})

test('two faults at the same time are both named', () => {
  const isBroken = ({ type, site, solver }: Attributes) =>
    (type === 'T' && site === 's0.example') || (type === 'U' && solver === '1')
  const names = SEEDS.map((seed) => {
    const said = found(seed, isBroken, 12).filter(hasFacts)
    return new Set(said.map(({ facts }) => Object.values(facts.where).join('/')))
  })
  const right = names.filter((its) => its.has('T/s0.example') && its.has('U/1'))
  const all = names.map((its, i) => `seed ${SEEDS[i]}: ${[...its].join(' and ')}`).join('\n')
  assert.ok(right.length >= SEEDS.length - 1, all)
})
