import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { addToTally, closeTally, createTally, mergeTally, ofOthers, sumsOver } from './tally.ts'
import type { Said, Tally } from './tally.ts'

const SAID: Said = { reports: 40, expected: 4, ratio: { estimate: 10, low: 7, high: 13 } }
const everybody = (): boolean => true

function tallyOf(...groups: readonly (readonly [number, number])[]): Tally {
  const tally = createTally()
  groups.forEach(([reports, expected], group) =>
    addToTally(tally, group + 1, { tasks: 100, reports, expected, usuallyBad: 2 }),
  )
  return tally
}

describe('an incident as others tell it', () => {
  test('is the incident, if all who reported are such others', () => {
    const tally = tallyOf([10, 1], [30, 3])
    const { ratio, reports, expected } = ofOthers(SAID, tally, sumsOver(tally, everybody))
    assert.deepEqual([reports, expected], [40, 4])
    assert.ok(Math.abs(ratio.estimate - 10) < 1e-9)
  })

  test('is worse without those that report everything, and nothing without the one that made it', () => {
    const tally = tallyOf([20, 20], [20, 1])
    const without = ofOthers(
      SAID,
      tally,
      sumsOver(tally, (group) => group !== 1),
    )
    assert.ok(without.ratio.estimate > 40, `${without.ratio.estimate}`)
    const alone = tallyOf([40, 1], [0, 3])
    const { ratio, reports } = ofOthers(
      SAID,
      alone,
      sumsOver(alone, (group) => group !== 1),
    )
    assert.equal(reports, 0)
    assert.ok(ratio.estimate < 1, `${ratio.estimate}`)
  })

  test('is never worse for more reports that are left out', () => {
    const counts = fc.tuple(fc.nat(30), fc.double({ min: 0.01, max: 10, noNaN: true }))
    fc.assert(
      fc.property(counts, counts, fc.integer({ min: 1, max: 20 }), (its, others, more) => {
        const ratioOf = (reports: number): number => {
          const tally = tallyOf([reports, its[1]], others)
          return ofOthers(
            SAID,
            tally,
            sumsOver(tally, (group) => group !== 1),
          ).ratio.estimate
        }
        assert.ok(ratioOf(its[0] + more) <= ratioOf(its[0]) * (1 + 1e-9))
      }),
    )
  })
})

describe('a tally', () => {
  test('takes in another, and keeps the loudest when it is closed', () => {
    const into = tallyOf([1, 1])
    mergeTally(into, tallyOf(...Array.from({ length: 30 }, (_, i) => [i, 1] as const)))
    assert.deepEqual([into.reports, into.expected, into.groups.size], [436, 31, 30])
    assert.equal(into.groups.get(1)?.tasks, 200)
    const sums = sumsOver(into, everybody)
    closeTally(into, sums)
    assert.deepEqual(into.settled, sums)
    assert.equal(into.groups.size, 16)
    assert.equal(into.groups.get(30)?.reports, 29)
    assert.ok(!into.groups.has(2))
  })
})
