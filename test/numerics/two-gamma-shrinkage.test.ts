import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse } from 'csv-parse/sync'
import { digamma } from '../../src/numerics/digamma.ts'
import { minimum } from '../../src/numerics/minimum.ts'
import { fitTwoGammas } from '../../src/numerics/two-gamma-fit.ts'
import {
  lnNegativeBinomial,
  twoGammaMean,
  twoGammaPosterior,
  twoGammaQuantile,
} from '../../src/numerics/two-gamma-shrinkage.ts'
import type { TwoGammas } from '../../src/numerics/two-gamma-shrinkage.ts'

const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`)

// CAERS 2012 food-supplement reports, 17,189 product-event pairs: the vignette of the R package openEBGM.
const CAERS: TwoGammas = {
  shape1: 3.25379356,
  rate1: 0.39988854,
  shape2: 2.02612692,
  rate2: 1.9080797,
  share1: 0.06534557,
}

describe('digamma', () => {
  test('has its closed values', () => {
    const euler = 0.5772156649015329
    near(digamma(1), -euler, 1e-13)
    near(digamma(0.5), -euler - 2 * Math.LN2, 1e-13)
    near(digamma(10), -euler + [1, 2, 3, 4, 5, 6, 7, 8, 9].reduce((sum, n) => sum + 1 / n, 0), 1e-13)
    near(digamma(1e-3) + 1e3, digamma(1.001), 1e-9)
    assert.throws(() => digamma(0), RangeError)
  })
})

describe('shrinkage by two gammas', () => {
  test('has the published values', () => {
    near(twoGammaMean(twoGammaPosterior(16, 0.40643623, CAERS)), 23.26, 0.005)
    const one = twoGammaPosterior(1, 0.0360548, CAERS)
    near(twoGammaMean(one), 2.23, 0.005)
    // openEBGM stops bisecting at 0.01.
    near(twoGammaQuantile(0.05, one), 0.49, 0.01)
    near(twoGammaQuantile(0.95, one), 13.85, 0.01)
  })

  test('is a probability of counts: they add up to 1', () => {
    let sum = 0
    for (let n = 0; n < 2_000; n++) sum += Math.exp(lnNegativeBinomial(n, 3, 0.7, 0.2))
    near(sum, 1, 1e-9)
  })

  test('of two like gammas is that of one, and of much data the raw ratio', () => {
    const like = { shape1: 2, rate1: 3, shape2: 2, rate2: 3, share1: 0.3 }
    near(twoGammaQuantile(0.5, { ...like, share1: 1 }), twoGammaQuantile(0.5, like), 1e-9)
    near(twoGammaMean(twoGammaPosterior(50_000, 10_000, CAERS)), 5, 0.01)
  })

  test('is refused outside its range', () => {
    assert.throws(() => twoGammaPosterior(1, 0, CAERS), /expected 0/)
    assert.throws(() => twoGammaPosterior(1, 1, { ...CAERS, share1: 2 }), /no mixture/)
    assert.throws(() => fitTwoGammas([], CAERS, true), /no counts/)
    assert.throws(() => fitTwoGammas([{ count: 0, expected: 1 }], CAERS, true), /count 0 from 1 on/)
  })
})

describe('a minimum', () => {
  test('is found in a bent valley (Rosenbrock), and refused a start that is no number', () => {
    const { at } = minimum(([x = 0, y = 0]) => (1 - x) ** 2 + 100 * (y - x * x) ** 2, [-1.2, 1], 0.5, 1e-14)
    near(at[0] as number, 1, 1e-4)
    near(at[1] as number, 1, 1e-4)
    assert.throws(() => minimum(() => NaN, [0], 1, 1), RangeError)
  })
})

describe('the fit of the two gammas', () => {
  // The data are third-party and never part of this repository.
  const folder = process.env.ASSAY_DATASETS
  const file = folder === undefined ? undefined : join(folder, 'caers2012_product_event_counts.csv')
  const skip =
    file === undefined
      ? 'ASSAY_DATASETS is not set: it names a folder with caers2012_product_event_counts.csv'
      : existsSync(file)
        ? false
        : `${file} does not exist`

  test('explains counts at least as well as the mixture they were made from, zeros among them, whatever the start', () => {
    // Exact frequencies instead of chance: pairs of E = 1, 3 and 9, counts in proportion to their probability.
    const truth = { shape1: 6, rate1: 1, shape2: 3, rate2: 3, share1: 0.2 }
    const counts = [1, 3, 9].flatMap((expected) =>
      Array.from({ length: 80 }, (_, count) => {
        const probability =
          truth.share1 * Math.exp(lnNegativeBinomial(count, expected, truth.shape1, truth.rate1)) +
          (1 - truth.share1) * Math.exp(lnNegativeBinomial(count, expected, truth.shape2, truth.rate2))
        return Array.from({ length: Math.round(probability * 2_000) }, () => ({ count, expected }))
      }).flat(),
    )
    const probabilityOf = ({ count, expected }: { count: number; expected: number }, by: TwoGammas) =>
      by.share1 * Math.exp(lnNegativeBinomial(count, expected, by.shape1, by.rate1)) +
      (1 - by.share1) * Math.exp(lnNegativeBinomial(count, expected, by.shape2, by.rate2))
    const likelihood = (by: TwoGammas) =>
      counts.reduce((sum, count) => sum + Math.log(probabilityOf(count, by)), 0)
    const found: number[] = []
    for (const start of [
      { shape1: 2, rate1: 0.5, shape2: 1, rate2: 1, share1: 0.5 },
      { shape1: 0.2, rate1: 0.1, shape2: 2, rate2: 4, share1: 1 / 3 },
    ]) {
      const { prior, lnLikelihood } = fitTwoGammas(counts, start, false)
      near(lnLikelihood, likelihood(prior), 1e-6)
      assert.ok(lnLikelihood >= likelihood(truth), `${lnLikelihood} below ${likelihood(truth)}`)
      found.push(lnLikelihood)
    }
    near(found[0] as number, found[1] as number, 0.01)
  })

  test('to CAERS 2012 is the published one', { skip }, () => {
    const rows = parse(readFileSync(file as string), { columns: true }) as { N: string; E: string }[]
    const counts = rows.map(({ N, E }) => ({ count: Number(N), expected: Number(E) }))
    assert.equal(counts.length, 17_189)
    const start = { shape1: 0.2, rate1: 0.1, shape2: 2, rate2: 4, share1: 1 / 3 }
    // The published values are of data made coarser before the fit, to save time; the likelihood of all of it is the same to 2e-5.
    const { prior, lnLikelihood } = fitTwoGammas(counts, start, true)
    near(lnLikelihood, -4162.4557, 1e-3)
    for (const name of ['shape1', 'rate1', 'shape2', 'rate2', 'share1'] as const)
      near(prior[name] / CAERS[name], 1, 0.01)
  })
})
