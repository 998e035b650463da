import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { averageRunLength } from '../../src/numerics/cusum-run-length.ts'
import { poissonCusumArl } from '../../src/numerics/poisson-cusum-arl.ts'

const near = (actual: number | undefined, expected: number, relative: number) =>
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= relative * expected,
    `${actual} is not ${expected}`,
  )

describe('the mean time to the alarm of a chain', () => {
  test('of one state is 1/p, to the last digits even where alarms are one in 1e15', () => {
    for (const p of [1, 0.5, 1e-3, 1e-15])
      near(averageRunLength({ steps: [Float64Array.of(1 - p)], alarm: Float64Array.of(p) })[0], 1 / p, 1e-15)
  })

  test('is that of the gambler who plays until he has won n in a row', () => {
    // Mean tosses until n heads in a row, from i heads: 2^(n+1) - 2^(i+1).
    const n = 40
    const steps = Array.from({ length: n }, (_, i) => {
      const row = new Float64Array(n)
      row[0] = 0.5
      if (i + 1 < n) row[i + 1] = (row[i + 1] as number) + 0.5
      return row
    })
    const alarm = new Float64Array(n)
    alarm[n - 1] = 0.5
    const length = averageRunLength({ steps, alarm })
    for (let i = 0; i < n; i++) near(length[i], 2 ** (n + 1) - 2 ** (i + 1), 1e-14)
  })

  test('is infinite where there is no alarm to reach', () => {
    const steps = [Float64Array.of(1, 0), Float64Array.of(0, 0.5)]
    assert.deepEqual([...averageRunLength({ steps, alarm: Float64Array.of(0, 0.5) })], [Infinity, 2])
  })

  test('is refused for what is no chain, naming the row', () => {
    const alarm = Float64Array.of(0.5)
    assert.throws(() => averageRunLength({ steps: [Float64Array.of(0.4)], alarm }), /row 0 .* 0\.9, not to 1/)
    assert.throws(() => averageRunLength({ steps: [Float64Array.of(-0.5, 1)], alarm }), /row 0 has 2/)
    assert.throws(() => averageRunLength({ steps: [Float64Array.of(NaN)], alarm }), /no probability/)
    assert.throws(() => averageRunLength({ steps: [], alarm }), /0 states but 1/)
  })
})

describe('the Poisson CUSUM', () => {
  // R package spc 0.6.7, pois.cusum.arl(mu, km, hm, m).
  test('has the run lengths that R computes', () => {
    near(poissonCusumArl(1, 20, 100, 10), 3_597_304, 2e-7)
    near(poissonCusumArl(0.5, 9, 40, 10), 566.65, 1e-5)
  })

  test('is the same on a finer lattice, and for the smallest chart what can be counted by hand', () => {
    near(poissonCusumArl(0.5, 18, 80, 20), poissonCusumArl(0.5, 9, 40, 10), 1e-12)
    // k = h = 1: counts up to 1 lead to 0, 2 leads to 1, more is an alarm; from 1 a count of 0 leads to 0, of 1 to 1.
    const [p0, p1, p2] = [Math.exp(-0.3), 0.3 * Math.exp(-0.3), 0.045 * Math.exp(-0.3)]
    // L0 = 1 + (p0+p1) L0 + p2 L1 ; L1 = 1 + p0 L0 + p1 L1
    const l0 = (1 + p2 / (1 - p1)) / (1 - p0 - p1 - (p2 * p0) / (1 - p1))
    near(poissonCusumArl(0.3, 1, 1, 1), l0, 1e-12)
    near(poissonCusumArl(0.3, 1, 1, 1, 1), (1 + p0 * l0) / (1 - p1), 1e-12)
  })

  test('alarms sooner from a head start, at a higher rate and at a lower threshold', () => {
    const arl = poissonCusumArl(1, 20, 60, 10)
    assert.ok(poissonCusumArl(1, 20, 60, 10, 30) < arl)
    assert.ok(poissonCusumArl(1.2, 20, 60, 10) < arl)
    assert.ok(poissonCusumArl(1, 20, 50, 10) < arl)
    // Far above the reference value each count moves it by about 300 - 2: the second passes 400.
    near(poissonCusumArl(300, 2, 400, 1), 2, 1e-3)
  })

  test('is refused outside its range, naming the argument', () => {
    assert.throws(() => poissonCusumArl(0, 1, 1, 1), /mean is 0/)
    assert.throws(() => poissonCusumArl(701, 1, 1, 1), /mean is 701/)
    assert.throws(() => poissonCusumArl(1, 1.5, 1, 1), /kTimesM is 1\.5/)
    assert.throws(() => poissonCusumArl(1, 1, 1, 1, 2), /start is 2/)
  })
})
