import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { logGamma } from '../../numerics/log-gamma.ts'
import { createChance } from '../test-stream.ts'
import { partitionSites } from './partitions.ts'
import { LN_SPLIT, splitSites } from './split-sites.ts'

const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`)

const count = (site: string, observed: number, expected: number) => ({ site, observed, expected })
const counts = (max: number) =>
  fc.uniqueArray(
    fc.record({
      site: fc.stringMatching(/^[a-z]{1,8}$/),
      observed: fc.integer({ min: 0, max: 60 }),
      expected: fc.double({ min: 0, max: 20, noNaN: true }),
    }),
    { minLength: 2, maxLength: max, selector: ({ site }) => site },
  )

describe('the e-value of a split', () => {
  test('of two sites is one term: the two marginals over 2 times the one of both', () => {
    const ln = (o: number, e: number) => logGamma(1 + o) - (1 + o) * Math.log(1 + e)
    const { lnEvidence } = splitSites([count('a', 12, 1.5), count('b', 2, 2.5)])
    near(lnEvidence, ln(12, 1.5) + ln(2, 2.5) - Math.log(2) - ln(14, 4), 1e-9)
  })

  test('is at most the Bayes factor over all partitions, counted one by one', () => {
    const ln = (o: number, e: number) => logGamma(1 + o) - (1 + o) * Math.log(1 + e)
    fc.assert(
      fc.property(counts(7), (sites) => {
        const n = sites.length
        const total = (pick: (i: number) => boolean) =>
          sites.reduce(
            ([o, e], site, i) =>
              (pick(i) ? [o + site.observed, e + site.expected] : [o, e]) as [number, number],
            [0, 0] as [number, number],
          )
        let sum = 0
        for (let mask = 1; mask < 2 ** n - 1; mask++) {
          const isTop = (i: number) => ((mask >> i) & 1) === 1
          const k = sites.filter((_, i) => isTop(i)).length
          const lnChoices = logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1)
          sum += Math.exp(
            ln(...total(isTop)) +
              ln(...total((i) => !isTop(i))) -
              ln(...total(() => true)) -
              lnChoices -
              Math.log(n - 1),
          )
        }
        assert.ok(partitionSites(sites).lnEvidence <= Math.log(sum) + 1e-6)
      }),
    )
  })

  test('does not depend on the order of the sites', () => {
    fc.assert(
      fc.property(counts(20), (sites) => {
        assert.deepEqual(splitSites(sites), splitSites(sites.toReversed()))
      }),
    )
  })

  test('is finite for thousands of sites, huge counts and fractions', () => {
    const many = Array.from({ length: 5_000 }, (_, i) =>
      count(`s${i}`, i % 100 === 0 ? 1e5 / 3 : i % 3, 0.7 + (i % 5)),
    )
    const reading = splitSites(many)
    assert.ok(Number.isFinite(reading.lnEvidence) && reading.isSplit)
    assert.equal(reading.rejecting.length, 50)
    const tiny = splitSites([count('a', 0, 1e-12), count('b', 0, 0), count('c', 0.25, 1e-9)])
    assert.ok(Number.isFinite(tiny.lnEvidence) && !tiny.isSplit)
  })

  test('is refused for less than two sites and for what is no count', () => {
    assert.throws(() => splitSites([count('a', 1, 1)]), /two sites, not 1/)
    assert.throws(() => splitSites([count('a', 1, 1), count('b', -1, 1)]), /b: -1 observed/)
    assert.throws(() => splitSites([count('a', 1, NaN), count('b', 1, 1)]), /a: .* NaN expected/)
  })
})

describe('the groups of a split', () => {
  test('are the sites told apart by their own counts; the rest is undecided', () => {
    const reading = splitSites([count('a', 30, 3), count('b', 3, 3), count('c', 0, 0.1)])
    assert.ok(reading.lnEvidence > LN_SPLIT)
    assert.deepEqual(
      [reading.rejecting, reading.accepting, reading.undecided],
      [['a'], ['b'], ['c']],
      JSON.stringify([...reading.membership]),
    )
    near(reading.upper.ratio, 31 / 4, 1e-12)
  })

  test('a site that says nothing is never in a group, whichever group is the larger', () => {
    fc.assert(
      fc.property(counts(12), (sites) => {
        const reading = splitSites([...sites, count('SILENT', 0, 0)])
        near(reading.membership.get('SILENT') as number, 0.5, 1e-9)
        assert.ok(reading.undecided.includes('SILENT'))
      }),
    )
  })

  test('hold each site once', () => {
    fc.assert(
      fc.property(counts(30), (sites) => {
        const names = sites.map(({ site }) => site).sort()
        const reading = splitSites(sites)
        assert.deepEqual([...reading.rejecting, ...reading.accepting, ...reading.undecided].sort(), names)
        assert.deepEqual([...reading.upper.sites, ...reading.lower.sites].sort(), names)
      }),
    )
  })
})

describe('against simulated sites of known truth', () => {
  // Of equal traffic: on it, at ratio 10, 12 sites with 3 rejecting ones need 19 reports on these until the verdict, at ratio 4 29.
  test('12 sites, 3 reject ten times as much: the split is seen after about 19 reports on them, and exact after 60', () => {
    const seed = 20_261_125
    const runs = 120
    const { first, exact } = simulate({ seed, runs, sites: 12, bad: 3, ratio: 10, until: 60 })
    assert.ok(first > 15 && first < 23, `${first} reports, seed ${seed}`)
    assert.ok(exact >= 0.9, `${exact} exact, seed ${seed}`)
  })

  test('a small difference is no split, however certain', () => {
    const reading = splitSites([count('a', 1_300, 100), count('b', 1_000, 100)])
    assert.ok(reading.lnEvidence > LN_SPLIT && !reading.isSplit)
  })

  test('one raised ratio for all sites is no split', () => {
    const seed = 7
    let splits = 0
    for (const sites of [2, 5, 12, 50]) {
      const { first } = simulate({ seed: seed + sites, runs: 60, sites, bad: 0, ratio: 10, until: 120 })
      if (Number.isFinite(first)) splits++
    }
    assert.equal(splits, 0, `seed ${seed}`)
  })
})

interface Trial {
  readonly seed: number
  readonly runs: number
  readonly sites: number
  readonly bad: number
  readonly ratio: number
  readonly until: number
}

/** Mean reports on the rejecting sites (on all, where none rejects) until the split is seen; share with the exact set at the end. */
function simulate({ seed, runs, sites, bad, ratio, until }: Trial): { first: number; exact: number } {
  const chance = createChance(seed)
  const names = Array.from({ length: sites }, (_, i) => `s${String(i).padStart(3, '0')}`)
  const rates = names.map((_, i) => (i < bad || bad === 0 ? ratio : 1))
  const all = rates.reduce((sum, rate) => sum + rate, 0)
  const truth = names.slice(0, bad).join()
  let firstSum = 0
  let seen = 0
  let exact = 0
  for (let run = 0; run < runs; run++) {
    const observed = names.map(() => 0)
    let expected = 0
    let onBad = 0
    let isSeen = false
    for (;;) {
      expected += -Math.log(1 - chance()) / all
      let at = chance() * all
      let i = 0
      while (i < sites - 1 && at >= (rates[i] as number)) at -= rates[i++] as number
      observed[i] = (observed[i] as number) + 1
      if (i < bad || bad === 0) onBad++
      const reading = splitSites(names.map((name, j) => count(name, observed[j] as number, expected)))
      if (reading.isSplit && !isSeen) {
        isSeen = true
        seen++
        firstSum += onBad
      }
      if (onBad < until) continue
      if (reading.rejecting.join() === truth) exact++
      break
    }
  }
  return { first: firstSum / seen, exact: exact / runs }
}
