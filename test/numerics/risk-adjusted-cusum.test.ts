import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { RiskShare } from '../../src/numerics/risk-adjusted-cusum-arl.ts'
import { riskAdjustedCusumArl } from '../../src/numerics/risk-adjusted-cusum-arl.ts'
import { riskAdjustedCusumScore } from '../../src/numerics/risk-adjusted-cusum-score.ts'

const logistic = (x: number) => 1 / (1 + Math.exp(-x))

describe('the score of one case', () => {
  // Steiner (2014), p. 234, as in the tests of the R package vlad: logit p = -3.68 + 0.077 s, odds ratio 2.
  test('has the published values', () => {
    const score = (s: number, failed: boolean) =>
      riskAdjustedCusumScore(logistic(-3.68 + 0.077 * s), 2, failed).toFixed(3)
    assert.deepEqual(
      [score(0, false), score(0, true), score(50, false), score(50, true)],
      ['-0.024', '0.669', '-0.433', '0.260'],
    )
  })

  test('is a likelihood ratio: under the expected risk its exponential is 1 on average', () => {
    for (const risk of [0, 1e-9, 0.02, 0.5, 1])
      for (const oddsRatio of [0.5, 2, 30]) {
        const mean =
          risk * Math.exp(riskAdjustedCusumScore(risk, oddsRatio, true)) +
          (1 - risk) * Math.exp(riskAdjustedCusumScore(risk, oddsRatio, false))
        assert.ok(Math.abs(mean - 1) < 1e-12, `${mean} at risk ${risk}, odds ratio ${oddsRatio}`)
      }
  })

  test('is refused outside its range, naming the argument', () => {
    assert.throws(() => riskAdjustedCusumScore(1.1, 2, true), /risk is 1\.1/)
    assert.throws(() => riskAdjustedCusumScore(0.1, 1, true), /oddsRatio is 1,/)
  })
})

describe('the run length of the chart', () => {
  test('is counted by hand where one failure is enough', () => {
    // The threshold is below a failure's score, and other cases only lower S: alarms are the failures.
    const arl = riskAdjustedCusumArl([{ share: 1, risk: 0.04 }], 2, 0.5, 50)
    assert.ok(Math.abs(arl - 25) < 1e-9, `${arl}`)
  })

  test('is refused for shares that do not add up', () => {
    assert.throws(() => riskAdjustedCusumArl([{ share: 0.5, risk: 0.1 }], 2, 1), /add up to 1, not to 0\.5/)
    assert.throws(() => riskAdjustedCusumArl([{ share: 1, risk: 0.1 }], 2, 0), /threshold is 0/)
  })

  // The data are third-party (R package spcadjust, GPL) and never part of this repository.
  const folder = process.env.ASSAY_DATASETS
  const file = folder === undefined ? undefined : join(folder, 'cardiacsurgery.csv')
  const skip =
    file === undefined
      ? 'ASSAY_DATASETS is not set: it names a folder with cardiacsurgery.csv of the R package spcadjust'
      : existsSync(file)
        ? false
        : `${file} does not exist`

  test('on the cardiac surgery data is 370 at threshold 1.8592', { skip }, () => {
    // First two years, 30-day mortality on the Parsonnet score s: logit p = -3.790 + 0.0798 s.
    const scores = readFileSync(file as string, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','))
      .filter(([date]) => Number(date) < 730)
      .map((columns) => Number(columns[3]))
    assert.equal(scores.length, 1_766)
    const mix: RiskShare[] = scores.map((s) => ({
      share: 1 / scores.length,
      risk: logistic(-3.79 + 0.0798 * s),
    }))
    const arl = riskAdjustedCusumArl(mix, 2, 1.8592)
    // 370 in the tests of the R package vlad; 370.2 by an independent chain. Discretisations differ by a few tenths.
    assert.ok(Math.abs(arl - 370.2) < 0.5, `${arl} is not 370.2`)
  })
})
