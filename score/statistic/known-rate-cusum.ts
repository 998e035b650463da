import { riskAdjustedCusumArl } from '../../src/numerics/risk-adjusted-cusum-arl.ts'
import type { Statistic } from './task-stream.ts'

/**
 * The chart that nothing beats: it is told the rate before and the rate after.
 *
 *   S <- max(0, S + ln(p1 / p0)) at a report,   S <- max(0, S + ln((1 - p1) / (1 - p0))) at any other task
 *
 * @see G. V. Moustakides (1986), "Optimal stopping times for detecting changes in distributions", Annals of Statistics 14(4)
 */
export function createKnownRateCusum(before: number, after: number): Statistic {
  const up = Math.log(after / before)
  const down = Math.log((1 - after) / (1 - before))
  let sum = 0
  return {
    reset() {
      sum = 0
    },
    quiet(tasks) {
      sum = Math.max(0, sum + tasks * down)
    },
    report() {
      sum += up
      return sum
    },
  }
}

/**
 * The threshold at which that chart runs, on average, for so many healthy tasks before it alarms: exact (Markov chain), by bisection.
 * @param runLength tasks, well above 1 / before
 * @returns nats
 */
export function knownRateThreshold(before: number, after: number, runLength: number): number {
  const oddsRatio = (after * (1 - before)) / (before * (1 - after))
  let low = 0.1
  let high = Math.log(runLength)
  while (high - low > 1e-3) {
    const middle = (low + high) / 2
    if (riskAdjustedCusumArl([{ share: 1, risk: before }], oddsRatio, middle, INTERVALS) < runLength)
      low = middle
    else high = middle
  }
  return high
}

// A healthy task moves the chart by 0.02 to 0.35 nats; thresholds are near 5 nats.
const INTERVALS = 300
