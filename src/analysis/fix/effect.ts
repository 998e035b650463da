import type { ActionEffect } from '../../domain/action.ts'
import type { Ratio } from '../../domain/incident.ts'
import { gammaQuantile } from '../../numerics/gamma-quantile.ts'
import { counted, figure, isOrAre } from '../figures.ts'
import { beliefOf } from './belief.ts'
import { controlFactor, raised, slowed } from './control.ts'
import type { Control } from './control.ts'
import {
  aboveUsualEvidence,
  belowRatioEvidence,
  fixEvidenceGiven,
  LN_CONFIRM,
  notFixedEvidence,
  worseEvidence,
} from './evidence.ts'

/** What is known of the place of one action. */
export interface EffectEvidence {
  /** Observed over expected before the action, with its interval; null where no alarm stood there. */
  readonly before: Ratio | null
  /** Reports that count on tasks solved since the action. */
  readonly reports: number
  /** Reports that should be in by now on these tasks, at the usual rate. */
  readonly matured: number
  /** Unaffected places, since the action. */
  readonly control: Control
  /** Reports expected per hour of the traffic as it is now. */
  readonly expectedPerHour: number
  /** Hours since the action took effect, >= 0. */
  readonly hoursSince: number
}

export interface MeasuredEffect extends ActionEffect {
  /** Observed over expected since the action, shrunk, with its 90 % interval. */
  readonly now: Ratio
}

/** Nobody waits longer for an answer, and by then half of what was usual has been learned anew. */
const HOURS_MAX = 14 * 24

/** The same prior as of an incident's ratio: a quarter of a report where a quarter was expected. */
const PRIOR = 0.25

/**
 * Whether an action helped.
 *
 * - `worse`: e-value 20 against "at most the upper point of the old ratio", and an estimate above it.
 * - `partly`: e-value 20 against both "at least the old ratio's lower point" and "as usual", and an interval above 1.
 * - `helped`: E_fix of 20 against the old ratio, and not `partly`.
 * - `no-change`: e-value 20 for the old ratio's lower point against "as usual".
 * - `too-early`: none of these yet; `hoursLeft` is what is missing over what an hour of traffic brings, in nats, on the side the
 *   evidence leans to. It is a mean, not a promise.
 * - `unverifiable`: the place had no alarm, or its ratio's interval holds 1; or the answer would take more than 14 days.
 *
 * @throws RangeError for negative counts or hours
 */
export function effectOf(evidence: EffectEvidence): MeasuredEffect {
  const { before, reports, matured, control, expectedPerHour, hoursSince } = evidence
  if (!(hoursSince >= 0 && expectedPerHour >= 0))
    throw new RangeError(`hours ${hoursSince}, expected per hour ${expectedPerHour} are to be >= 0`)
  const now = ratioOf(reports, matured * controlFactor(control))
  const answer = (of: ActionEffect['answer'], because: string, hoursLeft: number | null = null) => ({
    answer: of,
    hoursLeft,
    because,
    now,
  })
  const seen = seenSince(evidence)
  if (before === null)
    return answer(
      'unverifiable',
      `Cannot be verified: there was no alarm at this place before the action, so there is nothing to compare with; ${seen}.`,
    )
  const was = `before the action there were ${asMany(before)}`
  if (before.low <= 1)
    return answer(
      'unverifiable',
      `Cannot be verified: ${was}, so it is not certain that anything was wrong; ${seen}.`,
    )

  const forFix = { reports, matured: slowed(matured, control), ratioLow: before.low }
  const againstFix = { reports, matured: raised(matured, control), ratioLow: before.low }
  const lnFix = fixEvidenceGiven(forFix, beliefOf(before))
  const lnNotFixed = notFixedEvidence(againstFix)
  const isAbove = aboveUsualEvidence(againstFix) >= LN_CONFIRM
  const compared = withControl(control)

  if (
    now.estimate > before.high &&
    worseEvidence({ reports, matured: againstFix.matured, ratioHigh: before.high }) >= LN_CONFIRM
  )
    return answer('worse', `Worse: ${seen}, now ${asMany(now)}; ${was}${compared}.`)
  if (isAbove && now.low > 1 && belowRatioEvidence(forFix) >= LN_CONFIRM)
    return answer('partly', `Partly: ${seen}, now ${asMany(now)}; ${was}${compared}.`)
  if (lnFix >= LN_CONFIRM) return answer('helped', `Helped: ${seen}; ${was}${compared}.`)
  if (lnNotFixed >= LN_CONFIRM) return answer('no-change', `No change: ${seen}; ${was}${compared}.`)

  const hoursLeft = hoursUntilAnswer(lnFix, lnNotFixed, before, expectedPerHour, controlFactor(control))
  if (hoursLeft > HOURS_MAX)
    return answer(
      'unverifiable',
      `Cannot be verified: ${seen}, and the traffic left there brings ${counted(expectedPerHour, 'expected report')} an hour; ${was}.`,
    )
  return answer(
    'too-early',
    `Too early to tell: ${seen}; at ${counted(expectedPerHour, 'expected report')} an hour an answer takes about ` +
      `${counted(hoursLeft, 'more hour')}.`,
    hoursLeft,
  )
}

/** Mean hours until one of the two e-values is 20, on the side that leads. */
function hoursUntilAnswer(
  lnFix: number,
  lnNotFixed: number,
  { estimate, low }: Ratio,
  perHour: number,
  control: number,
): number {
  if (lnFix >= lnNotFixed)
    return (LN_CONFIRM - lnFix) / ((estimate - 1 - Math.log(estimate)) * perHour * Math.min(1, control))
  return (LN_CONFIRM - lnNotFixed) / ((low * Math.log(low) - low + 1) * perHour)
}

function ratioOf(reports: number, matured: number): Ratio {
  const shape = PRIOR + reports
  const rate = PRIOR + matured
  return {
    estimate: shape / rate,
    low: gammaQuantile(0.05, shape, rate),
    high: gammaQuantile(0.95, shape, rate),
  }
}

function seenSince({ reports, matured, hoursSince }: EffectEvidence): string {
  return (
    `${counted(reports, 'report')} on tasks solved in the ${counted(hoursSince, 'hour')} since the action, where ` +
    `${figure(matured)} ${isOrAre(matured)} usual by now`
  )
}

function asMany({ estimate, low, high }: Ratio): string {
  return `${figure(estimate)} times as many as usual (${figure(low)} to ${figure(high)})`
}

function withControl({ reports, expected }: Control): string {
  if (expected === 0) return '; no other place could be compared with'
  return `; elsewhere there were ${counted(reports, 'report')} where ${figure(expected)} ${isOrAre(expected)} usual`
}
