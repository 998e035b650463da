import type { Instant } from '../domain/instant.ts'
import { DAY_MS, HOUR_MS } from '../domain/instant.ts'
import type { Level } from './level.ts'
import { cautiousValue, createLevel, teachLevel } from './level.ts'
import type { Belief } from './method.ts'

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
// Shrunk hard, and harder where it promises fewer reports (see method.ts): with half as much, single noisy hours stood at
// 0.7 and let healthy types look 1.6 times too bad.
const HOUR_OF_DAY_K: Belief = { worse: 100, better: 200 }
const HOUR_OF_WEEK_K: Belief = { worse: 300, better: 600 }

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
  teachLevel(ofDay, at, others * cautiousValue(ofWeek, HOUR_OF_WEEK_K), observed)
  const day = cautiousValue(ofDay, HOUR_OF_DAY_K)
  // After the day has learned: what both could explain is the day's.
  teachLevel(ofWeek, at, others * day, observed)
  for (let same = hour % HOURS_PER_DAY; same < HOURS_PER_WEEK; same += HOURS_PER_DAY)
    clock.effect[same] = day * cautiousValue(clock.hourOfWeek[same] as Level, HOUR_OF_WEEK_K)
}
