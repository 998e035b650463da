import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createChance } from '../test-stream.ts'
import { neverWorked, neverWorkedEvidence } from './never-worked.ts'

const LN_A = Math.log(1e5)

describe('a place that never worked', () => {
  test('has the mean likelihood ratio of 24 and 48 against 6', () => {
    const expected = Math.log((4 ** 7 * Math.exp(-18 * 0.2) + 8 ** 7 * Math.exp(-42 * 0.2)) / 2)
    assert.ok(Math.abs(neverWorkedEvidence({ reports: 7, expected: 0.2 }) - expected) < 1e-12)
    assert.equal(neverWorkedEvidence({ reports: 0, expected: 0 }), 0)
    assert.throws(() => neverWorkedEvidence({ reports: -1, expected: 0 }), RangeError)
  })

  test('at 50 times the usual is found after about ten reports, at 24 times too', () => {
    const seed = 8
    const rejecting = walks(seed, 50, 500)
    assert.equal(rejecting.crossed, 1)
    assert.ok(rejecting.reports > 9 && rejecting.reports < 12, `${rejecting.reports} reports, seed ${seed}`)
    const half = walks(seed, 24, 300)
    assert.ok(half.crossed > 0.99 && half.reports < 45, `${half.reports} reports, seed ${seed}`)
  })

  test('is not one that is hard, at 6, 8 or 12 times the usual', () => {
    const seed = 9
    for (const ratio of [1, 6, 8]) assert.equal(walks(seed, ratio, 500).crossed, 0, `${ratio}, seed ${seed}`)
    const { crossed } = walks(seed, 12, 500)
    assert.ok(crossed < 0.03, `${crossed} at 12, seed ${seed}`)
  })

  test('says its ratio beside', () => {
    const { ratio, isNeverWorked } = neverWorked({ reports: 12, expected: 0.25 }, LN_A)
    assert.equal(ratio.estimate, 24.5)
    assert.ok(ratio.low < 24.5 && ratio.high > 24.5)
    assert.ok(isNeverWorked)
  })
})

/** Share of places at this ratio that are ever called so within 30 expected reports, and the mean of their reports by then. */
function walks(seed: number, ratio: number, runs: number): { crossed: number; reports: number } {
  const chance = createChance(seed)
  let crossed = 0
  let sum = 0
  for (let run = 0; run < runs; run++) {
    let expected = 0
    for (let reports = 1; ; reports++) {
      expected -= Math.log(1 - chance()) / ratio
      if (expected > 30) break
      if (!neverWorked({ reports, expected }, LN_A).isNeverWorked) continue
      crossed++
      sum += reports
      break
    }
  }
  return { crossed: crossed / runs, reports: sum / crossed }
}
