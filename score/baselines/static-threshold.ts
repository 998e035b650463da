import type { Baseline } from './baseline.ts'

/**
 * (a) At least three reports in an hour and at least three times the usual. Usual is the mean of the segment's hours over the trailing
 * week, or since it was first seen. Retuned by the number of reports.
 */
export const staticThreshold: Baseline = {
  name: 'static threshold',
  usual: 3,
  strictness(history, segment, at) {
    const count = history.reportsInHour(segment, at)
    if (count < 2) return 0
    const hours = Math.min(168, history.ageHours(segment, at))
    if (hours < 1) return 0
    const before = history.inHours(segment, at, hours + 1).reports - count
    return count >= TIMES * (before / hours) ? count : 0
  },
}

const TIMES = 3
