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
 * Thresholds around the run length asked for. The chart takes few values where the ratio is large, so its run length goes in steps, up
 * to 1.9 times from one to the next: it is then run at the lower threshold for some of the time.
 */
export interface RunLengthThresholds {
  /** Nats. Runs shorter than asked. */
  readonly low: number
  /** Nats. Runs as long as asked, or longer. */
  readonly high: number
  /** How much of the upper one it takes, in ln of the run length: in [0, 1]. */
  readonly shareOfHigh: number
}

/**
 * The threshold at which that chart runs, on average, for so many healthy tasks before it alarms: exact (Markov chain), by bisection.
 * @param runLength tasks, well above 1 / before
 */
export function knownRateThresholds(before: number, after: number, runLength: number): RunLengthThresholds {
  const oddsRatio = (after * (1 - before)) / (before * (1 - after))
  const lengthAt = (threshold: number): number =>
    riskAdjustedCusumArl([{ share: 1, risk: before }], oddsRatio, threshold, INTERVALS)
  let low = 0.1
  let high = Math.log(runLength)
  while (high - low > 0.01) {
    const middle = (low + high) / 2
    if (lengthAt(middle) < runLength) low = middle
    else high = middle
  }
  const [below, above] = [Math.log(lengthAt(low)), Math.log(lengthAt(high))]
  return { low, high, shareOfHigh: (Math.log(runLength) - below) / (above - below) }
}

// A healthy task moves the chart by 0.02 to 0.35 nats; thresholds are near 5 nats.
const INTERVALS = 300
