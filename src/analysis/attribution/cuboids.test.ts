import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { candidatesOf, priceOf } from './candidate.ts'
import { eachCuboid } from './cuboids.ts'
import { gain, ratio, rest } from './gain.ts'
import type { Leaf, Sum } from './leaf.ts'
import { leafTable } from './table.ts'

const ATTRIBUTES = ['site', 'solver', 'region', 'pool', 'account']
const value = fc.constantFrom('a', 'b', 'c', null)
const anyLeaves = fc.array(
  fc.record({
    values: fc.tuple(value, value, value, value, value),
    observed: fc.integer({ min: 0, max: 9 }),
    expected: fc.integer({ min: 1, max: 40 }).map((eighth) => eighth / 8),
  }),
  { minLength: 1, maxLength: 30 },
)

/** Sums by the values of some attributes, the slow way. */
function sums(leaves: readonly Leaf[], at: readonly number[]): Map<string, Sum> {
  const cells = new Map<string, Sum>()
  for (const { values, observed, expected } of leaves) {
    const own = at.map((attribute) => values[attribute])
    if (own.includes(null)) continue
    const sum = cells.get(own.join()) ?? { observed: 0, expected: 0 }
    cells.set(own.join(), { observed: sum.observed + observed, expected: sum.expected + expected })
  }
  return cells
}

function nameOf(table: ReturnType<typeof leafTable>, at: readonly number[], leaf: number): string {
  return at.map((attribute) => table.values[attribute]![table.codes[attribute]![leaf]!]).join()
}

test('every cuboid up to the depth is visited once, with the sums of every cell that has reports', () => {
  fc.assert(
    fc.property(anyLeaves, fc.integer({ min: 1, max: 5 }), (leaves, depth) => {
      const table = leafTable(ATTRIBUTES, leaves)
      const seen = new Set<string>()
      eachCuboid(table, depth, ({ at, size, observed, expected, sample }) => {
        assert.ok(!seen.has(at.join()))
        seen.add(at.join())
        const brute = sums(leaves, at)
        const own = new Map<string, Sum>()
        for (let cell = 0; cell < size; cell++)
          own.set(nameOf(table, at, sample[cell]!), { observed: observed[cell]!, expected: expected[cell]! })
        const reported = new Map([...brute].filter(([, sum]) => sum.observed > 0))
        assert.deepEqual(new Map([...own].sort()), new Map([...reported].sort()))
      })
      for (let mask = 1; mask < 1 << ATTRIBUTES.length; mask++) {
        const at = ATTRIBUTES.flatMap((_, i) => (mask & (1 << i) ? [i] : []))
        const hasReports = [...sums(leaves, at).values()].some((sum) => sum.observed > 0)
        assert.equal(seen.has(at.join()), at.length <= depth && hasReports)
      }
    }),
    { numRuns: 60 },
  )
})

test('kept attributes are in every cuboid, with at least one more', () => {
  const leaves = [
    { values: ['a', 'a', 'b', 'c', 'a'], observed: 3, expected: 1 },
    { values: ['a', 'b', 'b', 'b', 'a'], observed: 2, expected: 1 },
  ]
  const seen: string[] = []
  eachCuboid(leafTable(ATTRIBUTES, leaves), 3, ({ at }) => seen.push(at.join()), [1, 3])
  assert.deepEqual(seen, ['0,1,3', '1,2,3', '1,3,4'])
})

test('no single cell has a larger gain than the one found; a set of several pays for each of its combinations', () => {
  fc.assert(
    fc.property(anyLeaves, (leaves) => {
      const table = leafTable(ATTRIBUTES, leaves)
      const whole = sums(leaves, []).get('')!
      eachCuboid(table, 2, (cuboid) => {
        const found = candidatesOf(table, cuboid, whole, { dispersion: 1, combinationsMax: 3, priceShare: 1 })
        const price = priceOf(table, cuboid.at)
        let most = 0
        for (const sum of sums(leaves, cuboid.at).values())
          if (ratio(sum) > 1.2 * ratio(rest(sum, whole))) most = Math.max(most, gain(sum, whole, 1))
        const single = found.find((one) => one.combinations.length === 1)
        assert.ok(Math.abs((single?.gain ?? 0) - (most > price ? most : 0)) < 1e-9)
        for (const one of found) {
          assert.equal(one.price, price * one.combinations.length)
          assert.ok(one.gain > one.price)
          assert.equal(new Set(one.combinations.map(String)).size, one.combinations.length)
        }
      })
    }),
  )
})
