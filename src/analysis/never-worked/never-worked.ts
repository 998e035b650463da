import type { Ratio } from '../../domain/incident.ts'
import { gammaQuantile } from '../../numerics/gamma-quantile.ts'

/** What has been seen of a place that has no good history, since its first task. */
export interface YoungPlace {
  /** Reports that count, >= 0. */
  readonly reports: number
  /** Reports that should be in by now, were it like the rest of its parent class, >= 0. */
  readonly expected: number
}

export interface NeverWorked {
  /** ln of the e-value against "at most a hard site". */
  readonly lnEvidence: number
  /** Observed over the parent class' expectation, shrunk, with its 90 % interval. */
  readonly ratio: Ratio
  /** Whether that is a place that rejects nearly everything. */
  readonly isNeverWorked: boolean
}

/** A hard site, but a working one: 5 % of sites fail at 10 to 20 % where 1 to 3 % are usual. */
const HARD_RATIO = 6
/** Half, and all, of what is solved there is rejected, where 2 % are usual. */
const REJECTING_RATIOS = [24, 48]
const RATIO_MIN = 20

/** The same prior as of an incident's ratio. */
const PRIOR = 0.25

/**
 * Evidence that a place "rejects nearly everything", against "at most a hard site".
 *
 *   ln E = ln mean over g in {24, 48} of  exp(n ln(g / 6) - (g - 6) M)
 *
 * For any rate up to 6 times the parent class' it is a supermartingale in operational time, so it may be looked at at each report.
 *
 * @returns nats; 0 where nothing was expected and nothing came
 * @throws RangeError for negative counts
 * @example neverWorkedEvidence({ reports: 10, expected: 0.2 }) // 12.0
 */
export function neverWorkedEvidence({ reports, expected }: YoungPlace): number {
  if (!(reports >= 0 && reports < Infinity && expected >= 0 && expected < Infinity))
    throw new RangeError(`${reports} reports, ${expected} expected are no counts`)
  const logs = REJECTING_RATIOS.map(
    (ratio) => reports * Math.log(ratio / HARD_RATIO) - (ratio - HARD_RATIO) * expected,
  )
  const largest = Math.max(...logs)
  return largest + Math.log(logs.reduce((sum, ln) => sum + Math.exp(ln - largest), 0) / logs.length)
}

/**
 * Whether a place never worked: the evidence reaches the threshold **and** the ratio is 20 or more.
 *
 * The second condition is for sites between the two hypotheses. One at 12 times the usual is nearer to 24 than to 6 often enough to
 * cross ln 1e5 in the end with probability 0.23, after about 100 reports; with it, with 0.007. It only takes alarms away, so the
 * guarantee stands; a place at 50 is found after 10 reports, one at 24 after 32, all the same.
 *
 * @param lnThreshold of the alarm, e.g. ln A
 */
export function neverWorked(place: YoungPlace, lnThreshold: number): NeverWorked {
  const lnEvidence = neverWorkedEvidence(place)
  const shape = PRIOR + place.reports
  const rate = PRIOR + place.expected
  const ratio = {
    estimate: shape / rate,
    low: gammaQuantile(0.05, shape, rate),
    high: gammaQuantile(0.95, shape, rate),
  }
  return { lnEvidence, ratio, isNeverWorked: lnEvidence >= lnThreshold && ratio.estimate >= RATIO_MIN }
}
