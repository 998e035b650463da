import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { judgeCounts } from './rate.ts'

function counts(over: Partial<Parameters<typeof judgeCounts>[0]> = {}) {
  return { issued: 1_000, bad: 20, expected: 20, expectedByNow: 20, mature: 1_000, ...over }
}

describe('a rate', () => {
  test('is reports a task, drawn to what is expected by as much as one report weighs', () => {
    const { rate, maturity, reason, expected } = judgeCounts(counts({ bad: 40 }))
    // (1 + 40) / (1000 / 20 + 1000); half the 5 % and 95 % points of chi-square with 82 degrees of freedom, 62.132 and
    // 104.139 in any table, by the same 1,050.
    assert.deepEqual(rate, { estimate: 0.03905, low: 0.02959, high: 0.04959 })
    assert.deepEqual([maturity, expected, reason], [1, 20, undefined])
  })

  test('of tasks nobody reported is below what is usual, and not zero', () => {
    // Shape 1 is the exponential, whose quantiles are -ln(1 - p) / weight.
    const { rate } = judgeCounts(counts({ bad: 0, expected: 2, expectedByNow: 2, issued: 100, mature: 100 }))
    assert.ok(rate !== null)
    assert.equal(rate.estimate, Number((1 / 150).toPrecision(4)))
    assert.equal(rate.low, Number((-Math.log(0.95) / 150).toPrecision(4)))
    assert.equal(rate.high, Number((-Math.log(0.05) / 150).toPrecision(4)))
  })

  test('of young tasks allows for what is still to come, and says so', () => {
    const { rate, reason, maturity } = judgeCounts(counts({ bad: 10, expectedByNow: 10, mature: 500 }))
    assert.equal(maturity, 0.5)
    assert.equal(rate?.estimate, 0.02)
    assert.equal(reason, 'may still rise: about 50 % of its reports are due by now')
  })

  test('is not told where it would mislead, with the reason', () => {
    const few = judgeCounts(counts({ issued: 29, mature: 29, bad: 3 }))
    assert.deepEqual([few.rate, few.reason], [null, 'under 30 tasks: too few for a rate'])
    const young = judgeCounts(counts({ mature: 99, expectedByNow: 1.98 }))
    assert.deepEqual(
      [young.rate, young.reason, young.expected],
      [null, 'too early for a rate: about 10 % of its reports are due by now', 1.98],
    )
    const none = judgeCounts(counts({ issued: 0, bad: 1, expected: 0, expectedByNow: 0, mature: 0 }))
    assert.deepEqual([none.rate, none.maturity, none.expected], [null, null, 0])
    assert.match(none.reason ?? '', /no task/)
  })

  test('is told where nothing is expected, from the reports alone', () => {
    const { rate } = judgeCounts(counts({ expected: 0, expectedByNow: 0, bad: 4 }))
    assert.equal(rate?.estimate, 0.0045)
  })

  test('lies inside its interval and between 0 and 1, whatever the counts; more reports never lower it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 30, max: 10_000_000 }),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 1e-6, max: 1, noNaN: true }),
        (issued, maturity, reportedShare, usual) => {
          const bad = Math.floor(issued * maturity * reportedShare)
          const ever = issued * usual
          const given = {
            issued,
            bad,
            expected: ever,
            expectedByNow: ever * maturity,
            mature: issued * maturity,
          }
          const { rate, reason } = judgeCounts(given)
          assert.ok(rate !== null)
          assert.ok(rate.low >= 0 && rate.low <= rate.estimate, JSON.stringify(rate))
          assert.ok(rate.estimate <= rate.high && rate.high <= 1, JSON.stringify(rate))
          assert.equal(reason === undefined, maturity >= 0.9)
          const more = judgeCounts({ ...given, bad: bad + 1 }).rate
          assert.ok(more !== null && more.estimate >= rate.estimate && more.high >= rate.high)
        },
      ),
      { numRuns: 300 },
    )
  })
})
