import { Random } from '../../src/simulator/random.ts'
import type { ScoreRow } from '../row.ts'
import { calibrate, steadyDelay } from './delay-at-run-length.ts'
import { createKnownRateCusum, knownRateThresholds } from './known-rate-cusum.ts'
import { createMixtureSr } from './mixture-sr.ts'
import { createSolveTimeScan } from './solve-time-scan.ts'
import type { Statistic } from './task-stream.ts'

/** How long the statistic is watched. */
export interface StatisticSize {
  /** Runs to the false alarm, of the scan; the cheap sum of the formula gets ten times as many. */
  readonly runs: number
  /** Changes of each size. */
  readonly delays: number
}

/** Reports in a hundred healthy tasks are one. */
const BEFORE = 0.01
const RATIOS: readonly number[] = [3, 10, 30]
/** Healthy tasks until a false alarm, on average. */
const RUN_LENGTH = 100_000
/** Mean delays of the sum in the formula at this run length, in tasks (judgement.md 8.1, 4,000 runs each). */
const PUBLISHED: readonly number[] = [452, 59.2, 14.1]
/** The two paces at which the limits with delays are published: how many tasks share a bin of time depends on it. */
const REPORTS_PER_HOUR: readonly number[] = [6, 0.6]

/** Goal 1: the alarm statistic alone, without delays and with the rate known, against the chart that nothing beats. */
export function scoreStatistic(seed: number, size: StatisticSize): ScoreRow[] {
  const random = Random.of(seed)
  const optimum = RATIOS.map((ratio) =>
    optimalDelay(random.split(`optimum ${ratio}`), ratio, 10 * size.delays),
  )
  const delaysOf = (name: string, statistic: Statistic, runs: number): number[] => {
    const threshold = calibrate(
      statistic,
      random.split(`${name} calibration`),
      BEFORE,
      RUN_LENGTH,
      THRESHOLD_MAX,
      runs,
    )
    return RATIOS.map((ratio) =>
      steadyDelay(
        statistic,
        random.split(`${name} ${ratio}`),
        BEFORE,
        BEFORE * ratio,
        threshold,
        SETTLE,
        size.delays,
      ),
    )
  }

  const rows: ScoreRow[] = []
  for (const perHour of REPORTS_PER_HOUR)
    delaysOf(`scan at ${perHour}`, createSolveTimeScan(BEFORE, perHour), size.runs).forEach((delay, i) =>
      rows.push({
        goal: '1',
        figure: `mean delay ÷ known-rate CUSUM's, ratio ${RATIOS[i]}, ${perHour} reports/h`,
        unit: '×',
        value: delay / (optimum[i] as number),
        count: size.delays,
        bound: { better: 'less', atLeast: 1.2, hope: 1.12 },
      }),
    )
  delaysOf('sum', createMixtureSr(BEFORE), 10 * size.runs).forEach((delay, i) =>
    rows.push({
      goal: '1',
      figure: `check: the formula's own sum ÷ its published delay, ratio ${RATIOS[i]}`,
      unit: '×',
      value: delay / (PUBLISHED[i] as number),
      count: size.delays,
    }),
  )
  return rows
}

/** Mean delay of the chart that nothing beats: cheap, and the denominator of everything. */
export function optimalDelay(random: Random, ratio: number, runs: number): number {
  const after = BEFORE * ratio
  const chart = createKnownRateCusum(BEFORE, after)
  const { low, high, shareOfHigh } = knownRateThresholds(BEFORE, after, RUN_LENGTH)
  const at = (threshold: number): number =>
    steadyDelay(chart, random, BEFORE, after, threshold, SETTLE, Math.ceil(runs / 2))
  return (1 - shareOfHigh) * at(low) + shareOfHigh * at(high)
}

/** Healthy tasks before each change: a fifth of a run is long after the start for a statistic that forgets. */
const SETTLE = 10_000
/** ln(run length * rate) is 6.9; these statistics run 1.5 to 1.7 times as long as the exponential of their threshold. */
const THRESHOLD_MAX = 7
