import { gammaQuantileNear } from '../numerics/gamma-quantile.ts'
import type { Belief } from './method.ts'
import { RATE_Z, RATIOS } from './method.ts'
import type { Tape } from './tape.ts'

const LN_RATIOS = Float64Array.from(RATIOS, Math.log)

/** What is known of a segment's rate, relative to its expectation, from what it has learned. */
export interface Prior {
  /** Worth this many reports, when what follows is worse than expected or better. */
  readonly belief: Belief
  /** Mean for a change in bin i; 1 unless the segment is cold and its parents say otherwise. */
  readonly mean: (i: number) => number
  /** How much the expectation is raised against what the model does not know, >= 1. */
  readonly caution: number
  /** Nats by which the time before an onset must speak for "normal": HISTORY_NATS, or more where nothing has been learned. */
  readonly historyNeeded: number
  /** What was learned says for "normal" against this ratio, >= 0. */
  readonly historyNats: (ratio: number) => number
}

export const SETTLED: Prior['mean'] = () => 1

/**
 * The rate a segment had before bin i, relative to its expectation: the mean of
 *
 *   Gamma(k + reports before, k / mean + matured expectation before)
 *
 * "Used to be accepted" is a claim about exactly this history, so each candidate onset is held against the tasks
 * solved before it. With a settled baseline it is close to 1; in an installation's first hours it is all there is.
 */
export function meanRateBefore(tape: Tape, prior: Prior, i: number): number {
  return rateBefore(tape.reportsBefore(i), tape.maturedBefore(i), prior, i, meanOfShape)
}

/** The upper 80 % point instead of the mean: too high an expectation costs speed, too low a one false alarms. */
function upperRateBefore(tape: Tape, prior: Prior, i: number, leftOut: LeftOut): number {
  const matured = tape.maturedBefore(i)
  if (leftOut === null)
    return prior.caution * rateBefore(tape.reportsBefore(i), matured, prior, i, upperOfShape)
  const its = (leftOut[Math.min(tape.unlearned, i)] as number) - (leftOut[i] as number)
  return prior.caution * rateBefore(Math.max(0, tape.reportsBefore(i) - its), matured, prior, i, upperOfShape)
}

/**
 * One party's reports since each bin, to be left out of a scan. Its exposure stays: what is left then looks better than
 * it is, so nobody's absence can make an alarm. (Leaving the exposure out as well was no faster and let two false
 * alarms through in six healthy weeks that had none.)
 */
export type LeftOut = Float64Array | null

function rateBefore(
  reports: number,
  matured: number,
  prior: Prior,
  i: number,
  pointOf: (shape: number) => number,
): number {
  const mean = prior.mean(i)
  const k = reports > mean * matured ? prior.belief.worse : prior.belief.better
  return pointOf(k + reports) / (k / mean + matured)
}

function meanOfShape(shape: number): number {
  return shape
}

function upperOfShape(shape: number): number {
  return gammaQuantileNear(RATE_Z, shape)
}

/**
 * ln of the likelihood of a change, mixed over the rate ratios:
 *
 *   ln( 1/J * sum over j of g_j^n * exp(-(g_j - 1) * M) )
 *
 * @param reports n, since the change
 * @param matured M, expected by now since the change
 * @param ratios how many of RATIOS are possible, >= 1
 */
export function lnMixture(reports: number, matured: number, ratios: number): number {
  let top = -Infinity
  for (let j = 0; j < ratios; j++) {
    const term = reports * (LN_RATIOS[j] as number) - ((RATIOS[j] as number) - 1) * matured
    if (term > top) top = term
  }
  let sum = 0
  for (let j = 0; j < ratios; j++)
    sum += Math.exp(reports * (LN_RATIOS[j] as number) - ((RATIOS[j] as number) - 1) * matured - top)
  return top + Math.log(sum / ratios)
}

/** How many of RATIOS leave a rate of at most 1. @param rate reports per task when all is well */
export function possibleRatios(rate: number): number {
  let count = RATIOS.length
  while (count > 1 && (RATIOS[count - 1] as number) * rate > 1) count--
  return count
}

/**
 * The solve-time scan:
 *
 *   Q = sum over bins v: issued(v) * mixture(reports since v, matured since v)
 *
 * all expectations at the upper rate before v. Under "nothing changed" the expected number of baseline reports until
 * Q reaches A is at least A, whatever the traffic does: see docs/method.md.
 *
 * @param leftOut a party to leave out
 * @returns ln Q and the bin that contributes most (-1: none); ln Q is -Infinity if it is certain to be below lnFloor,
 *   which costs a tenth of the sum to find out
 */
export function lnScan(
  tape: Tape,
  prior: Prior,
  ratios: number,
  lnFloor = -Infinity,
  leftOut: LeftOut = null,
): { ln: number; peak: number } {
  const certain = { ln: -Infinity, peak: -1 }
  if (lnFloor > -Infinity && sumOver(tape, prior, ratios, leftOut, lnLargest).ln < lnFloor) return certain
  return sumOver(tape, prior, ratios, leftOut, lnMixtureWithHistory)
}

/** ln of how much likelier than no change the best onset is. */
export function lnPeak(tape: Tape, prior: Prior, ratios: number, leftOut: LeftOut): number {
  let best = -Infinity
  for (let i = 0; i < tape.length; i++) {
    const rate = upperRateBefore(tape, prior, i, leftOut)
    const ln = lnMixture(reportsOf(tape, i, leftOut), rate * (tape.maturedSince[i] as number), ratios)
    if (ln > best) best = ln
  }
  return best
}

type Likelihood = (
  tape: Tape,
  prior: Prior,
  i: number,
  reports: number,
  matured: number,
  ratios: number,
) => number

function sumOver(
  tape: Tape,
  prior: Prior,
  ratios: number,
  leftOut: LeftOut,
  likelihood: Likelihood,
): { ln: number; peak: number } {
  let top = -Infinity
  let peak = -1
  let sum = 0
  for (let i = 0; i < tape.length; i++) {
    const issued = tape.issued[i] as number
    if (issued <= 0) continue
    const rate = upperRateBefore(tape, prior, i, leftOut)
    const term =
      Math.log(issued * rate) +
      likelihood(tape, prior, i, reportsOf(tape, i, leftOut), rate * (tape.maturedSince[i] as number), ratios)
    if (term === -Infinity) continue
    if (term > top) {
      sum = sum * Math.exp(top - term) + 1
      top = term
      peak = i
    } else sum += Math.exp(term - top)
  }
  return { ln: peak < 0 ? -Infinity : top + Math.log(sum), peak }
}

function reportsOf(tape: Tape, i: number, leftOut: LeftOut): number {
  const all = tape.reportsSince[i] as number
  return leftOut === null ? all : Math.max(0, all - (leftOut[i] as number))
}

function lnMixtureWithHistory(
  tape: Tape,
  prior: Prior,
  i: number,
  reports: number,
  matured: number,
  ratios: number,
): number {
  const ratio = Math.min(RATIOS[ratios - 1] as number, reports / matured)
  return hadHistory(tape, prior, i, ratio) ? lnMixture(reports, matured, ratios) : -Infinity
}

/** No mixture exceeds its best ratio, and the best of all ratios up to the largest is known in closed form. */
function lnLargest(
  _tape: Tape,
  _prior: Prior,
  _i: number,
  reports: number,
  matured: number,
  ratios: number,
): number {
  const ratio = Math.min(RATIOS[ratios - 1] as number, reports / matured)
  return ratio > 1 ? reports * Math.log(ratio) - (ratio - 1) * matured : 0
}

/**
 * Used it to be accepted before bin i? True when the time before speaks for normal against as-bad-as-since by 20 to 1:
 *
 *   (r - 1) * rate * M - n * ln r >= 3        M, n: matured and reported before; r: the ratio since
 *
 * Without this a place that never worked, or an installation's first minute, would pass for a regression.
 */
export function hadHistory(tape: Tape, prior: Prior, i: number, ratio: number): boolean {
  if (!(ratio > 1)) return true
  return historyNats(tape, prior, i, ratio) >= prior.historyNeeded
}

/** ln of how much better "normal" explains the time before bin i than "that many times as bad" does. */
function historyNats(tape: Tape, prior: Prior, i: number, ratio: number): number {
  const recent =
    (ratio - 1) * meanRateBefore(tape, prior, i) * tape.maturedBefore(i) -
    tape.reportsBefore(i) * Math.log(ratio)
  return recent + prior.historyNats(ratio)
}
