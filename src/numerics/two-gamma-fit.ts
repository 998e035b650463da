import { logGamma } from './log-gamma.ts'
import { minimum } from './minimum.ts'
import type { TwoGammas } from './two-gamma-shrinkage.ts'

/** Events seen and expected of one pair, site, ... */
export interface ShrinkageCount {
  /** Integer >= 0. */
  readonly count: number
  /** > 0 */
  readonly expected: number
}

/**
 * The two gammas under which these counts are likeliest.
 *
 *   maximise  sum over i of  ln( P f1(n_i) + (1 - P) f2(n_i) )
 *
 * with the negative binomials f. Where pairs without an event are not in the data, each f is that of the counts from 1 on,
 * f(n) / (1 - f(0)): so P is the share among what was seen, as in the paper and in openEBGM.
 *
 * Shapes and rates are searched as logarithms, the share as log-odds. The two gammas have no order: which is first depends on the start.
 *
 * @param counts at least one
 * @param start where the search starts; DuMouchel's own is (0.2, 0.1, 2, 4, 1/3)
 * @param isTruncated whether only counts of at least 1 can be in the data
 * @throws RangeError for no counts, one outside its range, or one of 0 where it cannot be
 * @see W. DuMouchel and D. Pregibon (2001), "Empirical Bayes screening for multi-item associations", KDD '01
 */
export function fitTwoGammas(
  counts: readonly ShrinkageCount[],
  start: TwoGammas,
  isTruncated: boolean,
): { readonly prior: TwoGammas; readonly lnLikelihood: number } {
  if (counts.length === 0) throw new RangeError('no counts to fit')
  const least = isTruncated ? 1 : 0
  for (const { count, expected } of counts)
    if (!(Number.isSafeInteger(count) && count >= least && expected > 0))
      throw new RangeError(`count ${count} from ${least} on, expected ${expected} > 0 are needed`)
  const largest = counts.reduce((max, { count }) => Math.max(max, count), 0)
  const lnFactorial = Float64Array.from({ length: largest + 1 }, (_, n) => logGamma(n + 1))

  const lnLikelihood = (prior: TwoGammas): number => {
    const first = negativeBinomial(prior.shape1, prior.rate1, largest, lnFactorial, isTruncated)
    const second = negativeBinomial(prior.shape2, prior.rate2, largest, lnFactorial, isTruncated)
    let sum = 0
    for (const { count, expected } of counts)
      sum += Math.log(prior.share1 * first(count, expected) + (1 - prior.share1) * second(count, expected))
    return sum
  }
  const found = minimum(
    (at) => {
      const ln = lnLikelihood(fromFree(at))
      return Number.isFinite(ln) ? -ln : Infinity
    },
    toFree(start),
    0.5,
    1e-4,
  )
  return { prior: fromFree(found.at), lnLikelihood: -found.value }
}

/** Probability of n events where E were expected. What depends on n only is computed once for each n. */
function negativeBinomial(
  shape: number,
  rate: number,
  largest: number,
  lnFactorial: Float64Array,
  isTruncated: boolean,
): (count: number, expected: number) => number {
  const lnRising = Float64Array.from(
    { length: largest + 1 },
    (_, n) => logGamma(shape + n) - logGamma(shape) - (lnFactorial[n] as number),
  )
  return (count, expected) => {
    const lnNone = -shape * Math.log1p(expected / rate)
    const probability = Math.exp(
      (lnRising[count] as number) + lnNone + count * Math.log(expected / (rate + expected)),
    )
    return isTruncated ? probability / -Math.expm1(lnNone) : probability
  }
}

function toFree({ shape1, rate1, shape2, rate2, share1 }: TwoGammas): number[] {
  return [shape1, rate1, shape2, rate2, share1 / (1 - share1)].map(Math.log)
}

function fromFree(at: readonly number[]): TwoGammas {
  const [shape1, rate1, shape2, rate2, odds] = at.map(Math.exp) as [number, number, number, number, number]
  return { shape1, rate1, shape2, rate2, share1: odds / (1 + odds) }
}
