import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { FactsFinding } from '../domain/finding.ts'
import { hasFacts } from '../domain/finding.ts'
import type { IncidentFacts, Situation, Where } from '../domain/incident.ts'
import { DAY_MS, HOUR_MS } from '../domain/instant.ts'
import { play, warmUp } from './test-installation.ts'
import { numbersIn, strayFigures } from './test-sentence.ts'
import type { Place } from './test-stream.ts'
import { createChance, place, START, zipfCustomers, zipfPlaces } from './test-stream.ts'
import { becauseOf } from './wording.ts'

/** A sentence without the dates and times, and without the names in it: those of the place come first, one account's follows "from". */
function figuresOnly({ because, where }: IncidentFacts): string {
  const who = where['account'] ?? where['group']
  const text = who === undefined ? because : because.replace(`from ${who} `, 'from one ')
  return text
    .slice(text.indexOf(': '))
    .replaceAll(/\d{4}-\d{2}-\d{2}/g, 'day')
    .replaceAll(/\d{2}:\d{2}/g, 'time')
}

/** The numbers of an incident that its sentence may name. */
function numbersOf({
  because: _because,
  onset: _onset,
  where: _where,
  sites,
  ...facts
}: IncidentFacts): number[] {
  const counts = sites === undefined ? [] : Object.values(sites).map((list) => list.length)
  return [...numbersIn(facts), ...counts]
}

function isTrue(facts: IncidentFacts, seed: string): void {
  const text = figuresOnly(facts)
  assert.deepEqual(strayFigures(text, numbersOf(facts)), [], `${seed}: ${facts.because}`)
  assert.ok(!/\d[e]|NaN|Infinity|undefined|null/.test(text), `${seed}: ${facts.because}`)
  for (const at of [facts.onset.at, facts.onset.from, facts.onset.to]) {
    const time = new Date(at).toISOString().slice(11, 16)
    assert.ok(facts.because.includes(time), `${seed}: ${time} is not in: ${facts.because}`)
  }
  for (const value of Object.values(facts.where))
    assert.ok(facts.because.includes(value), `${seed}: ${value} is not in: ${facts.because}`)
}

const anyCount = fc.oneof(fc.integer({ min: 0, max: 500 }), fc.double({ min: 1e-9, max: 2_000, noNaN: true }))

describe('every number in a sentence is one of the facts beside it', () => {
  const situations: Situation[] = ['regression', 'split', 'never-worked', 'one-account']
  for (const situation of situations)
    test(`whatever the facts are: ${situation}`, () => {
      fc.assert(
        fc.property(
          fc.record({
            reports: fc.integer({ min: 1, max: 100_000 }),
            accounts: fc.integer({ min: 1, max: 5_000 }),
            expected: anyCount,
            ratio: fc.tuple(anyCount, anyCount, anyCount),
            onset: fc.tuple(...[1, 2, 3].map(() => fc.integer({ min: START, max: START + 3 * DAY_MS }))),
            sites: fc.tuple(...[1, 2, 3].map(() => fc.integer({ min: 0, max: 40 }))),
          }),
          ({ reports, accounts, expected, ratio, onset, sites }) => {
            const [from, at, to] = onset.toSorted((a, b) => a - b) as [number, number, number]
            const [low, estimate, high] = ratio.toSorted((a, b) => a - b) as [number, number, number]
            const list = (count = 0) => Array.from({ length: count }, () => 'one.example')
            const where: Where = situation === 'one-account' ? { account: 'acct', type: 'T' } : { type: 'T' }
            const facts = {
              situation,
              where,
              onset: { from, at, to },
              ratio: { low, estimate, high },
              reports,
              accounts,
              expected,
              alternatives: [],
              ...(situation === 'split' && {
                sites: { rejecting: list(sites[0]), accepting: list(sites[1]), undecided: list(sites[2]) },
              }),
            }
            isTrue({ ...facts, because: becauseOf(facts) }, 'made up')
          },
        ),
        { numRuns: 500 },
      )
    })

  test('in all that is found in small worlds with random troubles', (t) => {
    const places = ['T', 'U'].flatMap((type) =>
      zipfPlaces(type, 8, 0.06, 0.5).flatMap((one) =>
        ['1', '2'].map((solver) => ({ ...one, attributes: { ...one.attributes, solver } })),
      ),
    )
    const customers = [
      ...zipfCustomers(30, (i) => [0.3, 0.6, 1][i % 3] as number, 0.5),
      { account: 'loud', weight: 2, diligence: 1 },
    ]
    const plan = { seed: 1, from: START, days: 5, tasksPerDay: 6_000, places, customers }
    const warm = warmUp(plan, { falseIncidentsPerWeek: 1, reportWindowMs: DAY_MS })
    const seen = new Map<string, number>()
    for (let seed = 1; seed <= 12; seed++) {
      const chance = createChance(seed)
      const since = warm.until + (1 + 8 * chance()) * HOUR_MS
      const until = since + (4 + 16 * chance()) * HOUR_MS
      const times = 5 + 15 * chance()
      const kind = seed % 6
      const isHit = ({ attributes: { type, site, solver } }: Place, account: string): boolean => {
        if (kind === 0) return type === 'T' && site === 's2.example'
        if (kind === 1) return type === 'T' && solver === '2'
        if (kind === 2) return type === 'U' && ['s0.example', 's3.example', 's5.example'].includes(site)
        if (kind === 3) return account === 'loud' && type === 'T' && site === 's0.example'
        return kind === 4 && type === 'U'
      }
      const found = play(
        warm.goOn(),
        warm.next({
          seed,
          places: kind === 5 ? [...places, place('U', 'new.example', 0.5, 1)] : places,
          trouble: (at, one, who) => (at >= since && at < until && isHit(one, who.account) ? times : 1),
        }),
      ).filter((one): one is FactsFinding => hasFacts(one))
      for (const { facts, event } of found) {
        isTrue(facts, `seed ${seed}`)
        for (const name of [event, facts.situation]) seen.set(name, (seen.get(name) ?? 0) + 1)
      }
    }
    t.diagnostic(JSON.stringify([...seen]))
    for (const situation of situations)
      assert.ok((seen.get(situation) ?? 0) > 0, `no ${situation} among ${[...seen]}`)
  })
})
