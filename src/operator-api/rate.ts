import { gammaQuantile } from '../numerics/gamma-quantile.ts'
import type { QualityRow } from '../protocol/api-quality.ts'
import type { CounterRow } from '../store/contract.ts'

/** Under this many tasks no rate is told: its interval would be the whole range. */
export const EXPOSURE_MIN = 30
/** Under this share no rate is told: what is due so far says next to nothing of the rest. */
export const MATURITY_MIN = 0.1
/** Under this share a rate comes with the reason why it may still rise. */
const MATURITY_FULL = 0.9
/** How many reports what is expected weighs as much as: one, so that a handful of real ones outweighs it. */
const PRIOR_SHAPE = 1

type Counts = Pick<CounterRow, 'issued' | 'bad' | 'expected' | 'expectedByNow' | 'mature'>
type Judged = Pick<QualityRow, 'expected' | 'rate' | 'maturity' | 'reason'>

/**
 * What the counts of some tasks say of how often they are reported, allowing for the reports still to come.
 *
 * Reports given a rate per fully mature task are Poisson with mean rate x mature, and the rate is taken to be about what
 * is expected (gamma with shape 1), so that
 *
 *   rate ~ Gamma(1 + reports, issued / expected + mature)
 *
 * The estimate is its mean, low and high its 5 % and 95 % points: few tasks give a wide interval around what is usual
 * instead of a rate of zero. Where nothing is expected there is no usual, and Jeffreys' Gamma(1/2 + reports, mature)
 * takes its place.
 */
export function judgeCounts({ issued, bad, expected, expectedByNow, mature }: Counts): Judged {
  if (issued === 0)
    return {
      expected: 0,
      rate: null,
      maturity: null,
      reason: 'no task that could be reported: neither a rate nor a maturity',
    }
  const maturity = mature / issued
  const told = { expected: rounded(expectedByNow), maturity: rounded(maturity) }
  if (issued < EXPOSURE_MIN)
    return { ...told, rate: null, reason: `under ${EXPOSURE_MIN} tasks: too few for a rate` }
  if (maturity < MATURITY_MIN)
    return {
      ...told,
      rate: null,
      reason: `too early for a rate: about ${percent(maturity)} of its reports are due by now`,
    }
  const shape = bad + (expected > 0 ? PRIOR_SHAPE : 0.5)
  const weight = mature + (expected > 0 ? (PRIOR_SHAPE * issued) / expected : 0)
  const rate = {
    estimate: share(shape / weight),
    low: share(gammaQuantile(0.05, shape, weight)),
    high: share(gammaQuantile(0.95, shape, weight)),
  }
  return maturity < MATURITY_FULL
    ? { ...told, rate, reason: `may still rise: about ${percent(maturity)} of its reports are due by now` }
    : { ...told, rate }
}

/** A task is reported at most once. */
function share(rate: number): number {
  return rounded(Math.min(1, rate))
}

function percent(value: number): string {
  return `${Math.round(100 * value)} %`
}

/** Four digits say more than the data can. */
function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
