import { HOUR_MS } from '../../src/domain/instant.ts'
import type { Baseline } from './baseline.ts'

const WEEK_HOURS = 168
const DAY_HOURS = 24
const TIMES = 3

/**
 * (d) As error trackers do: a group's count this hour against three times that of the same hour last week (yesterday, where there is
 * no last week yet), and `regressed` when a group that counts as resolved is seen again. A group is resolved by itself after a week of
 * silence. Retuned by the factor, in proportion for both: at twice the usual factor a regressed group has to be seen twice
 * within the hour.
 */
export function createErrorTracker(): Baseline {
  const firstSeen = new Map<number, number>()
  return {
    name: 'error tracker',
    usual: TIMES,
    strictness(history, segment, at) {
      const hour = Math.floor(at / HOUR_MS)
      const since = firstSeen.get(segment)
      if (since === undefined) firstSeen.set(segment, hour)
      const count = history.reportsInHour(segment, at)
      const age = history.ageHours(segment, at)
      if (age < DAY_HOURS) return 0
      const before = history.reportsInHour(segment, at, age >= WEEK_HOURS ? WEEK_HOURS : DAY_HOURS)
      const spike = count / Math.max(1, before)
      const resolved =
        since !== undefined &&
        hour - since > WEEK_HOURS &&
        history.inHours(segment, at, WEEK_HOURS + 1).reports === count
      return Math.max(spike, resolved ? TIMES * count : 0)
    },
  }
}
