import type { Sum } from './leaf.ts'

/**
 * Ratios above this count as this much: no failure share can exceed one, and with usual shares of reports around a
 * thousandth nothing can be raised more. It also says what a report means where none at all was expected.
 */
const RATIO_MAX = 1000

/**
 * How much better two ratios of observed to expected, one inside a set and one outside, describe the counts than one
 * ratio everywhere: a log likelihood ratio in nats (Kulldorff's scan statistic), divided by the over-dispersion.
 *
 *   G = [ O_in ln(O_in/E_in) + O_out ln(O_out/E_out) - O ln(O/E) ] / phi
 *
 * @param inside observed and expected of the set
 * @param whole of everything; `inside` is a part of it
 * @param dispersion phi, variance over mean of healthy counts, >= 1
 * @returns >= 0, 0 where the set is not above the rest
 */
export function gain(inside: Sum, whole: Sum, dispersion: number): number {
  return gainOfCounts(inside.observed, inside.expected, whole, dispersion)
}

/** The same for counts that are in no object yet: the scan asks for thousands. */
export function gainOfCounts(observed: number, expected: number, whole: Sum, dispersion: number): number {
  const observedRest = Math.max(0, whole.observed - observed)
  const expectedRest = Math.max(0, whole.expected - expected)
  if (ratioOfCounts(observed, expected) <= ratioOfCounts(observedRest, expectedRest)) return 0
  const nats =
    term(observed, expected) + term(observedRest, expectedRest) - term(whole.observed, whole.expected)
  return Math.max(0, nats) / dispersion
}

/** Observed over expected, at most RATIO_MAX; 1 where both are nothing. */
export function ratio({ observed, expected }: Sum): number {
  return ratioOfCounts(observed, expected)
}

/** What is left of the whole without a part. Rounding may not make it negative. */
export function rest(part: Sum, whole: Sum): Sum {
  return {
    observed: Math.max(0, whole.observed - part.observed),
    expected: Math.max(0, whole.expected - part.expected),
  }
}

function ratioOfCounts(observed: number, expected: number): number {
  if (observed === 0) return expected === 0 ? 1 : 0
  return Math.min(RATIO_MAX, observed / expected)
}

function term(observed: number, expected: number): number {
  return observed === 0 ? 0 : observed * Math.log(ratioOfCounts(observed, expected))
}
