import { lnScan, possibleRatios, SETTLED } from '../../src/analysis/scan.ts'
import type { Prior } from '../../src/analysis/scan.ts'
import {
  addExposure,
  addReport,
  createSolveBins,
  pendingFactors,
  SLOT_MS,
  slotOf,
} from '../../src/analysis/solve-bins.ts'
import { Tape } from '../../src/analysis/tape.ts'
import { DAY_MS, HOUR_MS } from '../../src/domain/instant.ts'
import type { Statistic } from './task-stream.ts'

/** The rate is known: what is scored here is the statistic, not the learning. */
const KNOWN: Prior = {
  caution: 1,
  historyNeeded: 3,
  belief: { worse: 1e6, better: 1e6 },
  mean: SETTLED,
  historyNats: () => 1e6,
}
/** No part of a report is still to come: every task is mature at once. */
const NO_DELAY: readonly number[] = [0, 0, 0, 0]
/** Any day will do; one after which nothing is rounded. */
const START_AT = 20_000 * DAY_MS

/**
 * The analysis' own alarm statistic on one segment alone, its bins of solve time included: tasks at an even pace, no delays, the
 * rate known. This is the only file of the score that knows the inside of the analysis.
 *
 * @param rate reports expected of one task
 * @param reportsPerHour the segment's baseline, which says how many tasks share a bin of time
 */
export function createSolveTimeScan(rate: number, reportsPerHour: number): Statistic {
  const taskMs = (HOUR_MS * rate) / reportsPerHour
  const tape = new Tape()
  const factors = new Float64Array(4)
  const ratios = possibleRatios(rate)
  let bins = createSolveBins()
  let now = START_AT

  /** One entry for each slot that the tasks fall into. */
  const advance = (tasks: number): void => {
    let left = tasks
    while (left > 0) {
      const slot = slotOf(now)
      const inSlot = Math.min(left, Math.max(1, Math.ceil(((slot + 1) * SLOT_MS - now) / taskMs)))
      pendingFactors(now, factors)
      addExposure(bins, slot, slot, inSlot * rate, factors)
      now += inSlot * taskMs
      left -= inSlot
    }
  }

  return {
    reset() {
      bins = createSolveBins()
      now = START_AT
    },
    quiet: advance,
    report() {
      const slot = slotOf(now)
      advance(1)
      addReport(bins, slot, slot, 1)
      tape.load(bins, 1, now, NO_DELAY, 0)
      return lnScan(tape, KNOWN, ratios).ln
    },
  }
}
