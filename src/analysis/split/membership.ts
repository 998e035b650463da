import { logGamma } from '../../numerics/log-gamma.ts'
import type { Partitions } from './partitions.ts'

/** Cuts that count in the average: those with more than a thousandth of the best one's weight, and this many at most. */
const CUTS_MAX = 32
const CUT_SHARE_MIN = 1e-3

/**
 * For each site (in the partitions' order) the probability that it belongs to the group that rejects more.
 *
 * At a cut k the two groups have rates Gamma(1 + O, 1 + E). A site's own counts are taken out of the group that the cut put it in, and
 * each group then says how probable they are (a negative binomial):
 *
 *   ln L(O_i, E_i | O, E) = ln Gamma(1 + O + O_i) - ln Gamma(1 + O) + (1 + O) ln((1 + E) / (1 + E + E_i)) + O_i ln(1 / (1 + E + E_i))
 *
 * so that one site alone does not vouch for itself. Averaged over the cuts, by the weight of their terms.
 *
 * **Silence is no success.** Asked of a site that says nothing, the share of the sites that reject (k / n) would answer alone: with
 * one rejecting site in 12 every unknown one would be called accepting. So each site is judged twice, with that share and with even
 * odds, and what counts is the answer nearer to 1/2 (1/2 itself where the two disagree). Where the two agree, a site is told apart by its own counts.
 *
 * Cost: CUTS_MAX times the sites.
 */
export function memberships({ sites, observed, expected, lnTerm }: Partitions): Float64Array {
  const n = sites.length
  const allObserved = observed[n] as number
  const allExpected = expected[n] as number
  const cuts = weightedCuts(lnTerm)
  const byShare = new Float64Array(n)
  const byEven = new Float64Array(n)
  for (const { k, weight } of cuts) {
    const topObserved = observed[k] as number
    const topExpected = expected[k] as number
    const lnShare = Math.log(k / (n - k))
    for (let i = 0; i < n; i++) {
      const { observed: count, expected: exposure } = sites[i] as Partitions['sites'][number]
      const inTop = i < k
      const lnRatio =
        lnPredictive(
          count,
          exposure,
          topObserved - (inTop ? count : 0),
          topExpected - (inTop ? exposure : 0),
        ) -
        lnPredictive(
          count,
          exposure,
          allObserved - topObserved - (inTop ? 0 : count),
          allExpected - topExpected - (inTop ? 0 : exposure),
        )
      byShare[i] = (byShare[i] as number) + weight * logistic(lnRatio + lnShare)
      byEven[i] = (byEven[i] as number) + weight * logistic(lnRatio)
    }
  }
  return byShare.map((share, i) => cautious(share, byEven[i] as number))
}

/** The probability nearer to 1/2; 1/2 where they lie on both sides of it. */
function cautious(a: number, b: number): number {
  if (a > 0.5 !== b > 0.5) return 0.5
  return Math.abs(a - 0.5) < Math.abs(b - 0.5) ? a : b
}

/** ln of the probability of a site's counts in a group with these others, without what both groups share. */
function lnPredictive(count: number, exposure: number, others: number, othersExpected: number): number {
  const shape = 1 + Math.max(0, others)
  const rate = 1 + Math.max(0, othersExpected)
  const silence = -shape * Math.log1p(exposure / rate)
  // Most sites of a long list have no report: nothing else to compute.
  if (count === 0) return silence
  return silence + logGamma(shape + count) - logGamma(shape) - count * Math.log(rate + exposure)
}

function weightedCuts(lnTerm: Float64Array): { k: number; weight: number }[] {
  let largest = -Infinity
  for (let k = 1; k < lnTerm.length; k++) largest = Math.max(largest, lnTerm[k] as number)
  const cuts: { k: number; weight: number }[] = []
  for (let k = 1; k < lnTerm.length; k++) {
    const weight = Math.exp((lnTerm[k] as number) - largest)
    if (weight >= CUT_SHARE_MIN) cuts.push({ k, weight })
  }
  cuts.sort((a, b) => b.weight - a.weight || a.k - b.k)
  cuts.length = Math.min(cuts.length, CUTS_MAX)
  const sum = cuts.reduce((total, { weight }) => total + weight, 0)
  return cuts.map(({ k, weight }) => ({ k, weight: weight / sum }))
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x))
}
