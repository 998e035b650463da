import type { Random } from '../../src/simulator/random.ts'

/**
 * Anything that watches one segment's tasks and, at a report, says how far it is from calm. Alarms can only come at reports, so tasks
 * without one are handed over in bulk.
 */
export interface Statistic {
  /** As if nothing had been seen yet. */
  reset(): void
  /** @param tasks accepted tasks, none of them reported: integer >= 0 */
  quiet(tasks: number): void
  /** One more task, reported. @returns the statistic in nats; the alarm is when it reaches a threshold */
  report(): number
}

/**
 * Tasks until the next report, that one not counted, when each is reported with the same probability: geometric, by inversion.
 * @param probability in (0, 1)
 */
export function quietTasks(random: Random, probability: number): number {
  return Math.floor(Math.log(random.uniform()) / Math.log1p(-probability))
}
