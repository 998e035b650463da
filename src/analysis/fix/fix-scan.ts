import { logGamma } from '../../numerics/log-gamma.ts'
import type { RatioBelief } from './belief.ts'
import { fixMaturedNeeded } from './evidence.ts'

/** Tasks solved in one stretch of time since the incident opened. */
export interface SolveBin {
  /** Reports on them so far. */
  readonly reports: number
  /** Reports on them that should be in by now, at the usual rate; slowed by the control factor. */
  readonly matured: number
  /** Reports that will have been expected of them in the end: issued >= matured. */
  readonly issued: number
}

export interface FixScan {
  /** ln of the e-value against "still at the old ratio, the whole time". Confirm at LN_CONFIRM. */
  readonly lnEvidence: number
  /** Index of the first bin after the likeliest moment; null where no moment is likelier than none. */
  readonly firstBinAfter: number | null
  /** Reports and matured expectation from that bin on; 0 where there is none. */
  readonly reports: number
  readonly matured: number
}

/** Half of the weight is for moments at which something was done. */
const HINTED = 0.5

/**
 * Whether a place works again, the moment not being known: the weighted mean over all moments v since the opening of
 *
 *   E(v) = L(tasks before v at the old ratio, tasks since v as usual) / L(all at the old ratio)
 *
 * the old ratio being Gamma(shape, rate) when the incident opened and learned from what came before v.
 *
 *   w(v) = S(x before the bin before v) - S(x before v) ,   S(x) = 1 / (1 + ln(1 + x))
 *   x = expectation issued since the opening / what a confirmation needs
 *
 * S is the weight of all moments still to come, at which E is 1. All weights together, future ones too, are 1, so the mean is an e-value
 * and may be looked at continuously, whatever the bins: while nothing is fixed it ever reaches 20 with probability at most 1/20. Time
 * is measured by what was issued, not by hours or bins: a fix in a quiet night is found from as few expected reports as one at noon.
 * S falls as slowly as a weight of all time can, so a fix on the fifth day costs little more than one on the first. The weight of a bin
 * goes to the moment at its end: it was known before anything was reported on what follows.
 *
 * Half of the weight is kept for moments at which an action was recorded, 1 / (j (j + 1)) of it for the j-th: one that helped is seen with
 * half of the evidence.
 *
 * @param bins in order of solve time, the first from the opening on
 * @param old the ratio, as it was known at the opening; mean above 1
 * @param hints indices of the first bins after recorded actions, in the order in which they were recorded
 * @throws RangeError where the mean of `old` is not above 1
 */
export function fixScan(bins: readonly SolveBin[], old: RatioBelief, hints: readonly number[] = []): FixScan {
  const mean = old.shape / old.rate
  if (!(mean > 1 && mean < Infinity)) throw new RangeError(`the old ratio is ${mean}, not above 1`)
  const needed = fixMaturedNeeded(mean)
  const count = bins.length
  // Weight left after 0, 1, ... bins.
  const left = [1 - HINTED]
  let issued = 0
  let allReports = 0
  let allMatured = 0
  for (const bin of bins) {
    issued += bin.issued
    allReports += bin.reports
    allMatured += bin.matured
    left.push((1 - HINTED) / (1 + Math.log1p(issued / needed)))
  }
  const lnAll = lnStill(allReports, allMatured, old)
  const weights = bins.map((_, v) => (v === 0 ? 0 : (left[v - 1] as number) - (left[v] as number)))
  // Moments at which nothing has been seen yet: there E is 1.
  let sum = (left[Math.max(0, count - 1)] as number) + HINTED / (hints.length + 1)
  hints.forEach((bin, j) => {
    const weight = HINTED / ((j + 1) * (j + 2))
    if (bin < count) weights[bin] = (weights[bin] as number) + weight
    else sum += weight
  })

  let scale = 0
  let reports = 0
  let matured = 0
  let bestLn = -Infinity
  let best: Omit<FixScan, 'lnEvidence'> = { firstBinAfter: null, reports: 0, matured: 0 }
  for (let v = count - 1; v >= 0; v--) {
    const bin = bins[v] as SolveBin
    reports += bin.reports
    matured += bin.matured
    const weight = weights[v] as number
    if (weight <= 0) continue
    const lnFix = lnStill(allReports - reports, Math.max(0, allMatured - matured), old) - matured - lnAll
    const ln = Math.log(weight) + lnFix
    if (ln > scale) {
      sum *= Math.exp(scale - ln)
      scale = ln
    }
    sum += Math.exp(ln - scale)
    if (lnFix > 0 && ln > bestLn) {
      bestLn = ln
      best = { firstBinAfter: v, reports, matured }
    }
  }
  return { lnEvidence: scale + Math.log(sum), ...best }
}

/** ln of the probability of n reports on M expected ones at the old ratio, without the factors that cancel. */
function lnStill(reports: number, matured: number, { shape, rate }: RatioBelief): number {
  return (
    logGamma(shape + reports) -
    logGamma(shape) -
    shape * Math.log1p(matured / rate) -
    reports * Math.log(rate + matured)
  )
}
