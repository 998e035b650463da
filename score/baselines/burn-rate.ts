import type { Baseline } from './baseline.ts'

/**
 * (c) Burn rate over a long and a short window, both of which have to exceed a factor. The budget is the segment's own share of reported
 * tasks over the trailing week, and at least that of everything, so that a segment which never had a report has one too. Retuned by a
 * number that multiplies all three factors.
 *
 * @see B. Beyer et al. (eds.), The Site Reliability Workbook (2018), chapter 5
 */
export function createBurnRate(everything: number): Baseline {
  return {
    name: 'multi-window burn rate',
    usual: 1,
    strictness(history, segment, at) {
      if (history.ageHours(everything, at) < 24) return 0
      const own = shareOf(history.inHours(segment, at, 168))
      const budget = Math.max(own, shareOf(history.inHours(everything, at, 168)))
      if (budget === 0) return 0
      let highest = 0
      for (const { factor, long, short } of WINDOWS) {
        const burn = Math.min(
          shareOf(history[long.unit](segment, at, long.count)),
          shareOf(history[short.unit](segment, at, short.count)),
        )
        highest = Math.max(highest, burn / budget / factor)
      }
      return highest
    },
  }
}

interface Window {
  readonly unit: 'inSlots' | 'inHours'
  readonly count: number
}

/** 14.4 times over 1 h and 5 min, 6 times over 6 h and 30 min, once over 3 d and 6 h. */
const WINDOWS: readonly { factor: number; long: Window; short: Window }[] = [
  { factor: 14.4, long: { unit: 'inSlots', count: 12 }, short: { unit: 'inSlots', count: 1 } },
  { factor: 6, long: { unit: 'inSlots', count: 72 }, short: { unit: 'inSlots', count: 6 } },
  { factor: 1, long: { unit: 'inHours', count: 72 }, short: { unit: 'inSlots', count: 72 } },
]

/** Reports may come in for tasks of an earlier window: a share of more than everything is everything. */
function shareOf({ tasks, reports }: { tasks: number; reports: number }): number {
  return reports === 0 ? 0 : Math.min(1, reports / Math.max(1, tasks))
}
