import type { Instant } from '../domain/instant.ts'
import { HOUR_MS, WEEK_MS } from '../domain/instant.ts'
import { exponential } from './draws.ts'
import type { Random } from './random.ts'

const HOURS_A_WEEK = 168
/** Instant 0 was a Thursday, so Saturday and Sunday are the third and fourth day of an epoch week. */
const WEEKEND_DAYS = new Set([2, 3])
const BUSIEST_HOUR = 15

/** How traffic changes through a day and a week. */
export interface Cycle {
  /** 0: flat; 0.5: the busiest hour has three times the traffic of the quietest. In [0, 1). */
  readonly daily: number
  /** Traffic of a weekend day relative to a working day, > 0. */
  readonly weekend: number
}

export const FLAT: Cycle = { daily: 0, weekend: 1 }

/** Relative traffic by hour of the week (UTC, counted from instant 0, a Thursday); the mean is 1. */
export function hourWeights(cycle: Cycle): Float64Array {
  const weights = Float64Array.from({ length: HOURS_A_WEEK }, (_, hour) => {
    const day = Math.floor(hour / 24)
    const daily = 1 + cycle.daily * Math.cos((2 * Math.PI * ((hour % 24) + 0.5 - BUSIEST_HOUR)) / 24)
    return daily * (WEEKEND_DAYS.has(day) ? cycle.weekend : 1)
  })
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / HOURS_A_WEEK
  return weights.map((weight) => weight / mean)
}

/** The weight of the hour that holds an instant. */
export function hourWeightAt(weights: Float64Array, at: Instant): number {
  const hour = Math.floor(at / HOUR_MS) % HOURS_A_WEEK
  return weights[(hour + HOURS_A_WEEK) % HOURS_A_WEEK] as number
}

/** A Poisson process whose rate follows the hour of the week, exactly: no thinning, one draw an arrival. */
export class Arrivals {
  readonly #random: Random
  readonly #weights: Float64Array
  readonly #perMs: number

  /** @throws RangeError unless perWeek > 0 */
  constructor(random: Random, cycle: Cycle, perWeek: number) {
    if (!(perWeek > 0 && perWeek < Infinity)) throw new RangeError(`${perWeek} arrivals a week`)
    this.#random = random
    this.#weights = hourWeights(cycle)
    this.#perMs = perWeek / WEEK_MS
  }

  /** @returns the next arrival after `at`, with fractions of a millisecond */
  after(at: Instant): Instant {
    let left = exponential(this.#random) / this.#perMs
    for (;;) {
      const hour = Math.floor(at / HOUR_MS)
      const hourEnd = (hour + 1) * HOUR_MS
      const weight = hourWeightAt(this.#weights, at)
      const held = (hourEnd - at) * weight
      if (left <= held) return at + left / weight
      left -= held
      at = hourEnd
    }
  }
}
