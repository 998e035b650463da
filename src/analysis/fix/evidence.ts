import { logGamma } from '../../numerics/log-gamma.ts'
import type { RatioBelief } from './belief.ts'

/** What has come in on tasks solved after the moment in question. */
export interface After {
  /** Reports that count, >= 0. */
  readonly reports: number
  /** Reports that should be in by now at the usual rate, >= 0. Slowed by `controlFactor` where reporting fell everywhere. */
  readonly matured: number
}

export interface AfterBreak extends After {
  /** Lower point of the incident's ratio, >= 1. */
  readonly ratioLow: number
}

/** Where a fix is confirmed, and where "not fixed": e-value 20, in nats. */
export const LN_CONFIRM = Math.log(20)

/**
 * Evidence that the place works as usual again, against "still at least `ratioLow` times as many reports".
 *
 *   ln E = (r - 1) M - n ln r
 *
 * For any rate of at least r it is a supermartingale in operational time, so it may be looked at continuously: it ever reaches 20 with
 * probability at most 1/20. It rises smoothly while reports stay away and falls by ln r at each report, so it crosses without overshoot
 * and the mean M it takes, once fully fixed, is exactly the limit, `fixMaturedNeeded`.
 *
 * @returns nats; confirm at LN_CONFIRM
 * @throws RangeError where the arguments are outside their ranges
 * @see docs/method.md
 * @example fixEvidence({ reports: 0, matured: 0.45, ratioLow: 10 }) // 4.05: fixed
 */
export function fixEvidence({ reports, matured, ratioLow }: AfterBreak): number {
  checkAfter(reports, matured, ratioLow)
  return (ratioLow - 1) * matured - reports * Math.log(ratioLow)
}

/**
 * The mirror: evidence that it is still (at least) `ratioLow` times as bad, against "as usual again, or better".
 *
 *   ln E = n ln r - (r - 1) M
 *
 * @returns nats; "not fixed" at LN_CONFIRM
 */
export function notFixedEvidence(after: AfterBreak): number {
  return -fixEvidence(after)
}

/**
 * As `fixEvidence`, against "still at the old ratio, whatever exactly that was": a gamma, what the incident's own reports leave of it.
 *
 *   ln E = -M - [ ln Gamma(a + n) - ln Gamma(a) - a ln(1 + M / b) - n ln(b + M) ]
 *
 * Faster than the lower point while the ratio is known roughly only, and as safe on average over what the ratio may have been, though
 * not for its lowest value. Measured, fixed right after the incident's n reports, ratio 10, mean M over the limit at the true ratio:
 * 1.08 (lower 5 % point: 1.44) after 100 reports, 1.37 (1.93) after 30.
 *
 * @param belief of the old ratio; see `beliefOf`
 * @returns nats; confirm at LN_CONFIRM
 */
export function fixEvidenceGiven({ reports, matured }: After, { shape, rate }: RatioBelief): number {
  checkAfter(reports, matured, 1)
  if (!(shape > 0 && rate > 0))
    throw new RangeError(`a belief needs shape and rate > 0, not ${shape}, ${rate}`)
  const lnStill =
    logGamma(shape + reports) -
    logGamma(shape) -
    shape * Math.log1p(matured / rate) -
    reports * Math.log(rate + matured)
  return -matured - lnStill
}

/**
 * Matured expectation that a confirmation takes on average, fully fixed: ln 20 / (r - 1 - ln r).
 *
 * @param ratioLow >= 1; at 1 there is nothing to see: Infinity
 * @example fixMaturedNeeded(3) // 3.3; fixMaturedNeeded(10) // 0.45
 */
export function fixMaturedNeeded(ratioLow: number): number {
  return LN_CONFIRM / (ratioLow - 1 - Math.log(ratioLow))
}

// Fractions of ln r at which "in between" is looked for.
const BETWEEN = [0.25, 0.5, 0.75]

/**
 * Evidence that there still are more reports than usual, by whatever ratio up to r: the mean over r^(1/4), r^(1/2), r^(3/4), r.
 *
 * @returns nats, against "as usual, or better"
 */
export function aboveUsualEvidence({ reports, matured, ratioLow }: AfterBreak): number {
  checkAfter(reports, matured, ratioLow)
  return lnMean([...BETWEEN, 1].map((part) => lnRates(reports, matured, ratioLow ** part, 1)))
}

/**
 * Evidence that there are fewer reports than at the old ratio, by whatever ratio down to 1: the mean over 1, r^(1/4), r^(1/2), r^(3/4).
 *
 * @returns nats, against "at least r times the usual"
 */
export function belowRatioEvidence({ reports, matured, ratioLow }: AfterBreak): number {
  checkAfter(reports, matured, ratioLow)
  return lnMean([0, ...BETWEEN].map((part) => lnRates(reports, matured, ratioLow ** part, ratioLow)))
}

/**
 * Evidence that it got worse than the upper point of the old ratio, by half, twice or four times: the mean over these.
 *
 * @param ratioHigh > 0
 * @returns nats, against "at most `ratioHigh` times the usual"
 */
export function worseEvidence({
  reports,
  matured,
  ratioHigh,
}: After & { readonly ratioHigh: number }): number {
  checkAfter(reports, matured, 1)
  return lnMean([1.5, 2, 4].map((more) => lnRates(reports, matured, ratioHigh * more, ratioHigh)))
}

/** ln of the likelihood of one rate over another's. */
function lnRates(reports: number, matured: number, rate: number, other: number): number {
  return reports * Math.log(rate / other) - (rate - other) * matured
}

function lnMean(logs: readonly number[]): number {
  const largest = Math.max(...logs)
  return largest + Math.log(logs.reduce((sum, ln) => sum + Math.exp(ln - largest), 0) / logs.length)
}

function checkAfter(reports: number, matured: number, ratioLow: number): void {
  if (!(
    reports >= 0 &&
    reports < Infinity &&
    matured >= 0 &&
    matured < Infinity &&
    ratioLow >= 1 &&
    ratioLow < Infinity
  ))
    throw new RangeError(
      `reports, matured >= 0 and ratioLow >= 1 are needed, not ${reports}, ${matured}, ${ratioLow}`,
    )
}
