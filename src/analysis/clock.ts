import type { Instant } from '../domain/instant.ts'
import { DAY_MS, HOUR_MS } from '../domain/instant.ts'
import type { Level } from './level.ts'
import { createLevel, levelValue, teachLevel } from './level.ts'

/**
 * How the readiness to report goes with the hour of the day and of the week: people sleep, and some only look at their
 * failures on Mondays. Shared by everything, since what is common to all is no segment's fault.
 */
export interface ClockEffect {
  readonly hourOfDay: Level[]
  readonly hourOfWeek: Level[]
  /** The product of both, for each hour of the week from Thursday 00:00 UTC, where the epoch began. */
  readonly effect: number[]
}

const HOURS_PER_DAY = DAY_MS / HOUR_MS
const HOURS_PER_WEEK = 7 * HOURS_PER_DAY
// Shrunk hard: an hour of the day must have seen 30 expected reports before half of what it shows is believed, an hour
// of the week 100.
const HOUR_OF_DAY_K = 30
const HOUR_OF_WEEK_K = 100

export function createClockEffect(): ClockEffect {
  return {
    hourOfDay: Array.from({ length: HOURS_PER_DAY }, createLevel),
    hourOfWeek: Array.from({ length: HOURS_PER_WEEK }, createLevel),
    effect: Array.from({ length: HOURS_PER_WEEK }, () => 1),
  }
}

export function clockEffect(clock: ClockEffect, hour: number): number {
  return clock.effect[hour % HOURS_PER_WEEK] as number
}

/**
 * Teaches one hour out of quarantine.
 * @param hour since the epoch
 * @param expected reports, this effect included as it is now
 */
export function teachClock(clock: ClockEffect, hour: number, expected: number, observed: number): void {
  const at: Instant = (hour + 1) * HOUR_MS
  const ofDay = clock.hourOfDay[hour % HOURS_PER_DAY] as Level
  const ofWeek = clock.hourOfWeek[hour % HOURS_PER_WEEK] as Level
  const others = expected / clockEffect(clock, hour)
  const dayBefore = levelValue(ofDay, HOUR_OF_DAY_K)
  const weekBefore = levelValue(ofWeek, HOUR_OF_WEEK_K)
  teachLevel(ofDay, at, others * weekBefore, observed)
  teachLevel(ofWeek, at, others * dayBefore, observed)
  for (let same = hour % HOURS_PER_DAY; same < HOURS_PER_WEEK; same += HOURS_PER_DAY)
    clock.effect[same] =
      levelValue(ofDay, HOUR_OF_DAY_K) * levelValue(clock.hourOfWeek[same] as Level, HOUR_OF_WEEK_K)
}
