import type { Random } from '../../src/simulator/random.ts'
import { quietTasks } from './task-stream.ts'
import type { Statistic } from './task-stream.ts'

/**
 * The threshold at which a statistic runs, on average, for so many healthy tasks, by simulation: each run goes on until it passes
 * `thresholdMax`, and tells at once how long it would have run to any lower one.
 *
 * @param rate of reports while nothing is wrong
 * @param runLength tasks
 * @param thresholdMax nats; high enough that the mean run to it is longer than `runLength`
 * @param runs the relative standard error of the run length is about 1 / sqrt(runs); of a delay, a tenth of that
 * @throws RangeError when `thresholdMax` turns out too low
 */
export function calibrate(
  statistic: Statistic,
  random: Random,
  rate: number,
  runLength: number,
  thresholdMax: number,
  runs: number,
): number {
  const thresholds = Array.from({ length: STEPS + 1 }, (_, i) => thresholdMax - (STEPS - i) * STEP_NATS)
  const total = thresholds.map(() => 0)
  for (let run = 0; run < runs; run++) {
    statistic.reset()
    let tasks = 0
    let passed = 0
    while (passed <= STEPS) {
      const quiet = quietTasks(random, rate)
      statistic.quiet(quiet)
      tasks += quiet + 1
      const value = statistic.report()
      while (passed <= STEPS && value >= (thresholds[passed] as number)) {
        total[passed] = (total[passed] as number) + tasks
        passed++
      }
    }
  }
  const above = total.findIndex((tasks) => tasks / runs >= runLength)
  if (above === -1)
    throw new RangeError(`a threshold of ${thresholdMax} nats is passed before ${runLength} tasks`)
  if (above === 0) return thresholds[0] as number
  // Run lengths grow as the exponential of the threshold.
  const [lower, upper] = [total[above - 1] as number, total[above] as number].map((sum) =>
    Math.log(sum / runs),
  )
  const share = (Math.log(runLength) - (lower as number)) / ((upper as number) - (lower as number))
  return (thresholds[above - 1] as number) + share * STEP_NATS
}

const STEPS = 40
const STEP_NATS = 0.05

/**
 * Mean tasks from the change to the alarm, in a steady state: long after the start, and no alarm yet.
 * @param settle healthy tasks before the change; runs with an alarm in them are thrown away
 */
export function steadyDelay(
  statistic: Statistic,
  random: Random,
  before: number,
  after: number,
  threshold: number,
  settle: number,
  runs: number,
): number {
  let total = 0
  for (let run = 0; run < runs; run++) {
    while (!survives(statistic, random, before, threshold, settle));
    total += tasksToAlarm(statistic, random, after, threshold)
  }
  return total / runs
}

function survives(
  statistic: Statistic,
  random: Random,
  rate: number,
  threshold: number,
  settle: number,
): boolean {
  statistic.reset()
  let left = settle
  for (;;) {
    const quiet = quietTasks(random, rate)
    if (quiet >= left) {
      statistic.quiet(left)
      return true
    }
    statistic.quiet(quiet)
    left -= quiet + 1
    if (statistic.report() >= threshold) return false
    if (left === 0) return true
  }
}

function tasksToAlarm(statistic: Statistic, random: Random, rate: number, threshold: number): number {
  let tasks = 0
  for (;;) {
    const quiet = quietTasks(random, rate)
    statistic.quiet(quiet)
    tasks += quiet + 1
    if (statistic.report() >= threshold) return tasks
  }
}
