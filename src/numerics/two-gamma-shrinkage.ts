import { digamma } from './digamma.ts'
import { gammaCdf } from './gamma-cdf.ts'
import { gammaQuantile } from './gamma-quantile.ts'
import { logGamma } from './log-gamma.ts'

/** A mixture of two gamma distributions: most ratios are ordinary, a few are wild. */
export interface TwoGammas {
  /** Shape and rate of the first, > 0. */
  readonly shape1: number
  readonly rate1: number
  /** Shape and rate of the second, > 0. */
  readonly shape2: number
  readonly rate2: number
  /** Share of the first, in [0, 1]. */
  readonly share1: number
}

/**
 * ln of the probability of `count` events where `expected` were expected and the ratio is Gamma(shape, rate): a negative binomial.
 *
 *   ln Gamma(a + n) - ln Gamma(a) - ln n! + a ln(b / (b + E)) + n ln(E / (b + E))
 *
 * @param count integer >= 0
 * @param expected > 0
 */
export function lnNegativeBinomial(count: number, expected: number, shape: number, rate: number): number {
  return (
    logGamma(shape + count) -
    logGamma(shape) -
    logGamma(count + 1) -
    shape * Math.log1p(expected / rate) +
    count * Math.log(expected / (rate + expected))
  )
}

/**
 * What is known of a ratio after `count` events where `expected` were expected: again two gammas.
 *
 *   shapes a + n, rates b + E, share of the first Q = P f1 / (P f1 + (1 - P) f2) ,   f the negative binomials
 *
 * @throws RangeError for counts or parameters outside their ranges
 * @see W. DuMouchel (1999), "Bayesian data mining in large frequency tables", The American Statistician 53(3)
 */
export function twoGammaPosterior(count: number, expected: number, prior: TwoGammas): TwoGammas {
  const { shape1, rate1, shape2, rate2, share1 } = prior
  if (!(count >= 0 && expected > 0))
    throw new RangeError(`count ${count} >= 0, expected ${expected} > 0 are needed`)
  if (!(shape1 > 0 && rate1 > 0 && shape2 > 0 && rate2 > 0 && share1 >= 0 && share1 <= 1))
    throw new RangeError(`no mixture of two gammas: ${JSON.stringify(prior)}`)
  const lnOdds =
    Math.log(share1) -
    Math.log1p(-share1) +
    lnNegativeBinomial(count, expected, shape1, rate1) -
    lnNegativeBinomial(count, expected, shape2, rate2)
  return {
    shape1: shape1 + count,
    rate1: rate1 + expected,
    shape2: shape2 + count,
    rate2: rate2 + expected,
    share1: 1 / (1 + Math.exp(-lnOdds)),
  }
}

/**
 * The geometric mean of a ratio that is distributed as two gammas; of a posterior it is the shrunk ratio (EBGM).
 *
 *   exp( Q (psi(a1) - ln b1) + (1 - Q) (psi(a2) - ln b2) )
 *
 * @example
 * // R package openEBGM, CAERS 2012: N = 16, E = 0.40643623 is shrunk from 39.4 to 23.26.
 * twoGammaMean(twoGammaPosterior(16, 0.40643623, { shape1: 3.25379356, rate1: 0.39988854, shape2: 2.02612692, rate2: 1.9080797, share1: 0.06534557 }))
 */
export function twoGammaMean({ shape1, rate1, shape2, rate2, share1 }: TwoGammas): number {
  return Math.exp(
    share1 * (digamma(shape1) - Math.log(rate1)) + (1 - share1) * (digamma(shape2) - Math.log(rate2)),
  )
}

/**
 * The value below which a ratio that is distributed as two gammas falls with this probability, by bisection between the two
 * gammas' own quantiles: to 1e-10 of it.
 *
 * @param probability in (0, 1)
 * @throws RangeError outside
 */
export function twoGammaQuantile(probability: number, mixture: TwoGammas): number {
  const { shape1, rate1, shape2, rate2, share1 } = mixture
  const first = gammaQuantile(probability, shape1, rate1)
  const second = gammaQuantile(probability, shape2, rate2)
  let low = Math.min(first, second)
  let high = Math.max(first, second)
  while (high - low > 1e-10 * high) {
    const middle = (low + high) / 2
    const below = share1 * gammaCdf(shape1, rate1 * middle) + (1 - share1) * gammaCdf(shape2, rate2 * middle)
    if (below < probability) low = middle
    else high = middle
  }
  return (low + high) / 2
}
