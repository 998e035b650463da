import { DAY_MS, HOUR_MS, MINUTE_MS, WEEK_MS } from '../../src/domain/instant.ts'
import type { Fault } from '../../src/simulator/breaks.ts'
import { presetSettings } from '../../src/simulator/presets.ts'
import type { Scenario } from '../../src/simulator/scenario.ts'
import { buildWorld } from '../../src/simulator/world.ts'

/** A break whose rate before and after is known to the last digit. */
interface KnownBreak {
  readonly baselinePerHour: number
  readonly factor: number
  readonly hours: number
}

/** The three of the published limits, the issue's own twice as often. */
const BREAKS: readonly KnownBreak[] = [
  { baselinePerHour: 6, factor: 10, hours: 12 },
  { baselinePerHour: 0.6, factor: 30, hours: 12 },
  { baselinePerHour: 6, factor: 10, hours: 12 },
  { baselinePerHour: 6, factor: 3, hours: 18 },
]
const ROUNDS = 3
const WARM_UP_MS = 3 * DAY_MS
const BETWEEN_MS = 2 * HOUR_MS + 17 * MINUTE_MS
const FAILURE_SHARE = 0.02
const REPORTS_PER_WEEK = 16_800

/**
 * Twelve segments of exactly known rates in one world of 2,000, each of another type, which break one after the other and are repaired:
 * twelve measurements for one pass over the events.
 */
export function knownRateScenario(seed: number, startAt: number): Scenario {
  const usual = presetSettings('segments2000', seed, startAt)
  const breaks = Array.from({ length: ROUNDS }, () => BREAKS).flat()
  const dedicated = breaks.map(({ baselinePerHour }, index) => {
    const number = String(index + 1).padStart(2, '0')
    return {
      // Types of their own: a busy segment would otherwise be most of an ordinary type.
      type: `KnownRate${number}Task`,
      site: `known-${number}.example`,
      failureShare: FAILURE_SHARE,
      badReportsPerHour: baselinePerHour,
    }
  })
  const own = dedicated.reduce((sum, { badReportsPerHour }) => sum + badReportsPerHour, 0)
  const world = buildWorld({
    ...usual,
    traffic: {
      ...usual.traffic,
      volume: { kind: 'bad-reports', perWeek: REPORTS_PER_WEEK - (own * WEEK_MS) / HOUR_MS },
    },
    dedicated,
  })
  const warmUpUntil = startAt + WARM_UP_MS
  const faults = breaks.map(({ factor, hours }, index): Fault => {
    const { type, site } = dedicated[index] as { type: string; site: string }
    const from = warmUpUntil + (index + 1) * BETWEEN_MS
    return {
      name: `known rate x${factor} at ${site}`,
      where: [{ type, site }],
      from,
      until: from + hours * HOUR_MS,
      effect: { kind: 'factor', factor },
      course: { kind: 'sudden' },
    }
  })
  const until = Math.max(...faults.map((fault) => fault.until)) + 12 * HOUR_MS
  return {
    name: `known rates, seed ${seed}`,
    kind: 'incidents',
    world,
    faults,
    disturbances: [],
    actions: [],
    warmUpUntil,
    until,
  }
}
