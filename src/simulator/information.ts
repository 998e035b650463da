import type { DurationMs, Instant } from '../domain/instant.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../domain/instant.ts'
import type { Fault } from './breaks.ts'
import { strengthAt } from './breaks.ts'
import type { MaturityCurve } from './maturity-curve.ts'

/** How what a fault gives away grows: a piece for each stretch of solve time, and how soon its reports come. */
export interface InformationCourse {
  readonly pieces: readonly InformationPiece[]
  readonly maturity: MaturityCurve
}

export interface InformationPiece {
  /** Middle of the stretch, from the fault's beginning. */
  readonly atMs: DurationMs
  /** Reports that its healthy tasks would bring, ever. */
  readonly expected: number
  /** How much of its effect the fault has, in [0, 1]. */
  readonly strength: number
}

/** A fault that nobody repairs is followed so far. */
const FOLLOWED_MS = 15 * DAY_MS

/** @param reportsPerHourAt that the tasks a fault hits would bring while healthy, at an instant of solving */
export function informationCourse(
  fault: Fault,
  reportsPerHourAt: (at: Instant) => number,
  maturity: MaturityCurve,
): InformationCourse {
  const lastsMs = Math.min(fault.until - fault.from, FOLLOWED_MS)
  const pieces: InformationPiece[] = []
  for (let startMs = 0; startMs < lastsMs;) {
    const widthMs = Math.min(stepAfter(startMs), lastsMs - startMs)
    const atMs = startMs + widthMs / 2
    const at = fault.from + atMs
    const expected = (reportsPerHourAt(at) * widthMs) / HOUR_MS
    pieces.push({ atMs, expected, strength: strengthAt(fault, at) })
    startMs += widthMs
  }
  return { pieces, maturity }
}

/** Fine at first, where minutes count. */
function stepAfter(ageMs: DurationMs): DurationMs {
  if (ageMs < HOUR_MS) return 15 * SECOND_MS
  if (ageMs < 6 * HOUR_MS) return MINUTE_MS
  if (ageMs < DAY_MS) return 5 * MINUTE_MS
  return 15 * MINUTE_MS
}

/**
 * Information that one expected report carries when reports come at `ratio` times the rate expected:
 *
 *   I(r) = r ln r - r + 1
 *
 * in nats, the Kullback-Leibler divergence of two Poisson counts per expected count. I(3) = 1.296, I(10) = 14.03.
 */
export function informationPerReport(ratio: number): number {
  return ratio > 0 ? ratio * Math.log(ratio) - ratio + 1 : 1
}

/** @param untilMs reports that come up to then, from the fault's beginning; Infinity: all that ever come */
export function informationBy(course: InformationCourse, ratio: number, untilMs: DurationMs): number {
  let sum = 0
  for (const { atMs, expected, strength } of course.pieces) {
    if (atMs >= untilMs) break
    sum += expected * informationPerReport(1 + (ratio - 1) * strength) * course.maturity.at(untilMs - atMs)
  }
  return sum
}

/**
 * When somebody who knows where and how badly something broke, and only waits for the reports to come in, could say so:
 *
 *   I(r) * (reports expected of the tasks since onset, as far as they can have come) = ln A
 *
 * with the world's true delays, account by account, and its day and week. A fault that grows or comes and goes counts at each
 * moment with the ratio of that moment.
 *
 * @param ratio at the fault's full strength; `truth.ratio` is the true one
 * @returns minutes from the onset; null if the fault gives away less than that altogether ("undetectable")
 */
export function delayAwareLimit(
  truth: { readonly course: InformationCourse },
  ratio: number,
  lnA: number,
): number | null {
  const { course } = truth
  const last = course.pieces[course.pieces.length - 1]
  if (last === undefined) return null
  let high = last.atMs + course.maturity.completeAtMs + HOUR_MS
  if (informationBy(course, ratio, high) < lnA) return null
  let low = 0
  while (high - low > SECOND_MS) {
    const middle = (low + high) / 2
    if (informationBy(course, ratio, middle) < lnA) low = middle
    else high = middle
  }
  return high / MINUTE_MS
}
