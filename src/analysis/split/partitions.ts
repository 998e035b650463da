import { logGamma } from '../../numerics/log-gamma.ts'

/** Reports and expectation of one site, since the onset. */
export interface SiteCount {
  readonly site: string
  /** Reports that count, >= 0; may be fractional. */
  readonly observed: number
  /** Reports that should be in by now, had nothing changed, >= 0. */
  readonly expected: number
}

/** The sites in order of observed / expected, and the evidence of each cut of that order. */
export interface Partitions {
  /** Highest ratio first; equal ratios by name, so that the order is always the same. */
  readonly sites: readonly SiteCount[]
  /** Reports and expectation of the first k sites, k = 0..n. */
  readonly observed: Float64Array
  readonly expected: Float64Array
  /** ln of the k-th term of the e-value, k = 1..n-1; index 0 is not used. */
  readonly lnTerm: Float64Array
  /** ln of their sum. */
  readonly lnEvidence: number
}

/**
 * Evidence that the sites fall in two groups of different ratio, against one ratio for all:
 *
 *   e = sum over k = 1..n-1 of  [1/(n-1)] [1/C(n,k)] m(top k) m(rest) / m(all)
 *   m(O, E) = Gamma(1 + O) / (1 + E)^(1 + O)
 *
 * m is the probability of a group's counts under one Poisson rate that is itself Gamma(1, 1), without the factors that cancel. Of all
 * partitions in two groups each size k is as likely as any other, and each partition of a size too; the sum keeps one partition of
 * each size, so it is a lower bound of the Bayes factor over all of them: choosing the cut after looking is paid for.
 *
 * Everything is in logarithms. Cost: a sort.
 *
 * @param sites at least two
 * @throws RangeError for fewer than two sites, or a count that is negative or no number
 */
export function partitionSites(sites: readonly SiteCount[]): Partitions {
  const n = sites.length
  if (n < 2) throw new RangeError(`a split needs two sites, not ${n}`)
  for (const { site, observed, expected } of sites)
    if (!(observed >= 0 && observed < Infinity && expected >= 0 && expected < Infinity))
      throw new RangeError(`${site}: ${observed} observed, ${expected} expected are no counts`)

  const sorted = sites
    .map((count) => ({ count, key: (count.observed + 0.5) / (count.expected + 0.5) }))
    .sort((a, b) => b.key - a.key || (a.count.site < b.count.site ? -1 : 1))
    .map(({ count }) => count)
  const observed = new Float64Array(n + 1)
  const expected = new Float64Array(n + 1)
  sorted.forEach((count, i) => {
    observed[i + 1] = (observed[i] as number) + count.observed
    expected[i + 1] = (expected[i] as number) + count.expected
  })
  const allObserved = observed[n] as number
  const allExpected = expected[n] as number

  const lnTerm = new Float64Array(n).fill(-Infinity)
  const lnAll = lnMarginal(allObserved, allExpected) + Math.log(n - 1)
  const lnFactorial = logGamma(n + 1)
  let largest = -Infinity
  for (let k = 1; k < n; k++) {
    const lnChoices = lnFactorial - logGamma(k + 1) - logGamma(n - k + 1)
    const top = lnMarginal(observed[k] as number, expected[k] as number)
    const rest = lnMarginal(allObserved - (observed[k] as number), allExpected - (expected[k] as number))
    const ln = top + rest - lnChoices - lnAll
    lnTerm[k] = ln
    if (ln > largest) largest = ln
  }
  let sum = 0
  for (let k = 1; k < n; k++) sum += Math.exp((lnTerm[k] as number) - largest)
  return { sites: sorted, observed, expected, lnTerm, lnEvidence: largest + Math.log(sum) }
}

/** ln of Gamma(1 + O) / (1 + E)^(1 + O). Sums of fractions may differ from their parts by a rounding: nothing is below zero. */
function lnMarginal(observed: number, expected: number): number {
  const count = Math.max(0, observed)
  return logGamma(1 + count) - (1 + count) * Math.log1p(Math.max(0, expected))
}
