import type { Instant } from '../domain/instant.ts'
import type { Claim } from '../domain/report.ts'
import type { TaskRecord } from '../domain/task.ts'
import type { TaskId } from '../domain/task-id.ts'
import type { Fault } from './breaks.ts'
import type { Disturbance } from './disturbances.ts'
import { ofKind } from './disturbances.ts'
import { guestTraffic } from './guests.ts'
import { ReportMaker } from './report-maker.ts'
import { ReportQueue } from './report-queue.ts'
import { TaskMaker } from './task-maker.ts'
import type { TaskSource } from './task-source.ts'
import { dedicatedTraffic, ordinaryTraffic, surge } from './task-source.ts'
import type { World } from './world.ts'

/** A report as `backtest` reads it: `JSON.stringify` of it is a line of its file. */
export interface ReportRecord {
  readonly taskId: TaskId
  readonly account: string
  readonly claim: Claim
  readonly reportedAt: Instant
}

/** What really happened to a solution, which only the simulator knows. */
export interface Truth {
  readonly rejected: boolean
  /** The fault but for which it would have been accepted; null if none. */
  readonly fault: Fault | null
}

export interface TaskEvent {
  readonly kind: 'task'
  /** When it is recorded: when it was solved, or given up, unless the feed is in disorder. */
  readonly at: Instant
  readonly record: TaskRecord
  readonly truth: Truth
}

export interface ReportEvent {
  readonly kind: 'report'
  /** When it is received, or its task recorded if that is later. */
  readonly at: Instant
  readonly record: ReportRecord
  /** The record of its task, the same object as in the task's event. */
  readonly task: TaskRecord
  /** The claim on the same task that this one takes back; null for a first claim. */
  readonly replaces: Claim | null
  readonly truth: Truth
}

export type WorldEvent = TaskEvent | ReportEvent

/**
 * Everything that happens in a world before `until`, in order of time; a report always after its task. Made as it is asked
 * for: memory is that of the reports under way.
 *
 * A fault changes which solutions are rejected, and nothing else: the tasks are the same bytes with it and without. A disturbance
 * changes what it says it changes.
 */
export function* worldEvents(
  world: World,
  faults: readonly Fault[],
  until: Instant,
  disturbances: readonly Disturbance[] = [],
): Generator<WorldEvent, void, undefined> {
  const sources = sourcesOf(world, disturbances)
  const tasks = new TaskMaker(world, faults, disturbances)
  const queue = new ReportQueue()
  const reports = new ReportMaker(world, disturbances, queue)
  for (;;) {
    const source = earliest(sources)
    const taskAt = Math.floor(source.nextAt)
    while (queue.nextAt < Math.min(taskAt, until)) yield queue.take()
    if (taskAt >= until) return
    const event = tasks.make(source)
    if (event === null) continue
    if (event.at > taskAt) queue.add(event)
    else yield event
    reports.consider(event, tasks.account, source.habits ?? tasks.account, tasks.share, tasks.reportCoin)
  }
}

function sourcesOf(world: World, disturbances: readonly Disturbance[]): TaskSource[] {
  return [
    ordinaryTraffic(world),
    ...world.dedicated.map((traffic) => dedicatedTraffic(world, traffic)),
    ...ofKind(disturbances, 'guests').map((guests, index) => guestTraffic(world, guests, index)),
    ...ofKind(disturbances, 'traffic')
      .filter(({ factor }) => factor > 1)
      .map((change, index) => surge(world, change, index)),
  ]
}

function earliest(sources: readonly TaskSource[]): TaskSource {
  let first = sources[0] as TaskSource
  for (let index = 1; index < sources.length; index++)
    if ((sources[index] as TaskSource).nextAt < first.nextAt) first = sources[index] as TaskSource
  return first
}
