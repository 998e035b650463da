import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { riskAdjustedCusumArl } from '../../src/numerics/risk-adjusted-cusum-arl.ts'
import { Random } from '../../src/simulator/random.ts'
import { calibrate, steadyDelay } from './delay-at-run-length.ts'
import { createKnownRateCusum, knownRateThresholds } from './known-rate-cusum.ts'
import { createMixtureSr } from './mixture-sr.ts'
import { optimalDelay } from './rows.ts'
import { createSolveTimeScan } from './solve-time-scan.ts'
import { quietTasks } from './task-stream.ts'

const BEFORE = 0.01

test('tasks without a report are geometric', () => {
  const random = Random.of('geometric')
  const count = 20_000
  let sum = 0
  for (let i = 0; i < count; i++) sum += quietTasks(random, BEFORE)
  assert.ok(Math.abs(sum / count / 99 - 1) < 0.03, `${sum / count}`)
})

describe('the known-rate chart', () => {
  test('runs as long as the exact solution says', () => {
    for (const [after, threshold] of [
      [0.03, 4],
      [0.1, 5],
      [0.3, 6.6],
    ] as const) {
      const oddsRatio = (after * (1 - BEFORE)) / (BEFORE * (1 - after))
      const exact = riskAdjustedCusumArl([{ share: 1, risk: BEFORE }], oddsRatio, threshold, 600)
      const seed = `run length ${after}`
      const chart = createKnownRateCusum(BEFORE, after)
      const mean = steadyDelay(chart, Random.of(seed), BEFORE, BEFORE, threshold, 0, 2_000)
      assert.ok(Math.abs(mean / exact - 1) < 0.08, `seed ${seed}: ${mean}, exact ${exact}`)
    }
  })

  test('is set between two steps of its run length', () => {
    const { low, high, shareOfHigh } = knownRateThresholds(BEFORE, 0.3, 5_000)
    // From 4,490 to 7,160 at 6.46 nats.
    assert.ok(low > 6.4 && high < 6.5 && high - low < 0.011, `${low} to ${high}`)
    assert.ok(shareOfHigh > 0 && shareOfHigh <= 1, `${shareOfHigh}`)
  })

  test('has the published delays at 100,000 tasks', () => {
    for (const [ratio, published] of [
      [3, 430],
      [10, 53.9],
      [30, 12.1],
    ] as const) {
      const seed = `delay ${ratio}`
      const delay = optimalDelay(Random.of(seed), ratio, 8_000)
      assert.ok(Math.abs(delay / published - 1) < 0.04, `seed ${seed}: ${delay}, published ${published}`)
    }
  })
})

test('the sum of the formula has the published delays at 100,000 tasks, within 3 %', () => {
  const statistic = createMixtureSr(BEFORE)
  const threshold = calibrate(statistic, Random.of('calibration'), BEFORE, 1e5, 6.7, 1_500)
  for (const [after, published] of [
    [0.03, 452],
    [0.1, 59.2],
    [0.3, 14.1],
  ] as const) {
    const seed = `sum ${after}`
    const delay = steadyDelay(statistic, Random.of(seed), BEFORE, after, threshold, 10_000, 4_000)
    assert.ok(Math.abs(delay / published - 1) < 0.03, `seed ${seed}: ${delay}, published ${published}`)
  }
})

test('the scan of the analysis, driven by itself, is near the sum of the formula', () => {
  const random = Random.of('both')
  const scan = createSolveTimeScan(BEFORE, 0.6)
  const sum = createMixtureSr(BEFORE)
  scan.reset()
  sum.reset()
  for (let i = 0; i < 40; i++) {
    const quiet = quietTasks(random, i < 20 ? BEFORE : 10 * BEFORE)
    scan.quiet(quiet)
    sum.quiet(quiet)
    // Bins of time lose a little; the upper point of a rate believed a million reports' worth, nothing.
    const [one, other] = [scan.report(), sum.report()]
    assert.ok(Math.abs(one - other) < 1.5, `report ${i}: ${one} and ${other}`)
  }
})
