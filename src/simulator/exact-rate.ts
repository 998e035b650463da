import type { Instant } from '../domain/instant.ts'
import { WEEK_MS, HOUR_MS } from '../domain/instant.ts'
import type { Fault } from './breaks.ts'
import { presetSettings } from './presets.ts'
import type { World } from './world.ts'
import { buildWorld } from './world.ts'

export interface ExactRateOptions {
  readonly seed: number | string
  readonly startAt: Instant
  /** When the segment breaks. Leave some days before it, for an analysis to learn what is usual. */
  readonly breakAt: Instant
  /** When it is whole again; Infinity: never. */
  readonly repairedAt: Instant
  /** Bad reports an hour that the segment's healthy traffic brings. */
  readonly baselinePerHour: number
  /** How many times as many solutions are rejected from `breakAt` on. */
  readonly factor: number
}

/** One segment at a known rate in an otherwise healthy world of 2,000 segments. */
export interface ExactRate {
  readonly world: World
  readonly fault: Fault
  readonly segment: { readonly type: string; readonly site: string }
}

/** Of the segment and all others together, while nothing is broken. */
const REPORTS_PER_WEEK = 16_800
/** In a hundred solutions the site rejects two: a factor up to 50 is what it says. */
const FAILURE_SHARE = 0.02

/**
 * "A x10 break at 6 baseline reports an hour": the segment's reports are a Poisson process of exactly that rate, day and night, from
 * every account that is not wild, each alike; with all else it makes up 16,800 bad reports a week.
 *
 * How often and how late an account reports is as in any world, so reports still come late and none is due before its delay.
 */
export function exactRateWorld(options: ExactRateOptions): ExactRate {
  const { factor, baselinePerHour, breakAt, repairedAt } = options
  if (!(factor >= 1 && factor * FAILURE_SHARE <= 1))
    throw new RangeError(
      `a factor of ${factor} on a share of ${FAILURE_SHARE}: give 1 to ${1 / FAILURE_SHARE}`,
    )
  const usual = presetSettings('segments2000', options.seed, options.startAt)
  const segment = { type: 'TurnstileTask', site: 'exact.example' }
  const others = REPORTS_PER_WEEK - (baselinePerHour * WEEK_MS) / HOUR_MS
  const world = buildWorld({
    ...usual,
    traffic: { ...usual.traffic, volume: { kind: 'bad-reports', perWeek: others } },
    dedicated: [{ ...segment, failureShare: FAILURE_SHARE, badReportsPerHour: baselinePerHour }],
  })
  const fault: Fault = {
    name: `${segment.site} rejects ${factor} times as many ${segment.type} solutions`,
    where: [segment],
    from: breakAt,
    until: repairedAt,
    effect: { kind: 'factor', factor },
    course: { kind: 'sudden' },
  }
  return { world, fault, segment }
}
