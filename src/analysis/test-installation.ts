import type { Change } from '../domain/change.ts'
import type { FactsFinding, Finding } from '../domain/finding.ts'
import { hasFacts } from '../domain/finding.ts'
import type { Instant } from '../domain/instant.ts'
import { DAY_MS } from '../domain/instant.ts'
import type { Model, ModelSettings } from './model.ts'
import { createModel, restoreModel } from './model.ts'
import type { StreamPlan } from './test-stream.ts'
import { stream } from './test-stream.ts'

/** An installation that has learned what is usual; each test goes on from there with a world of its own. */
export interface Installation {
  /** The first instant after what it has learned from. */
  readonly until: Instant
  /** What it found in its healthy days. */
  readonly found: readonly Finding[]
  /** A model of its own, to go on with. */
  goOn(): Model
  /** A model that goes on from elsewhere, with the same settings. */
  restore(snapshot: Uint8Array): Model
  /** The same plan from `until` on, for a day unless it says otherwise. */
  next(over: Partial<StreamPlan>): Generator<Change>
}

export function warmUp(plan: StreamPlan, settings: ModelSettings): Installation {
  const model = createModel(settings)
  const found: Finding[] = []
  for (const change of stream(plan)) found.push(...model.apply(change))
  const snapshot = model.snapshot()
  const until = plan.from + plan.days * DAY_MS
  return {
    until,
    found,
    goOn: () => restoreModel(settings, snapshot),
    restore: (bytes) => restoreModel(settings, bytes),
    next: (over) => stream({ ...plan, from: until, days: 1, ...over }),
  }
}

/**
 * Applies changes after those applied before, with ids of their own.
 * @param isEnough asked after each change; the rest is not applied
 */
export function play(
  model: Model,
  changes: Iterable<Change>,
  isEnough: (found: readonly Finding[]) => boolean = () => false,
): Finding[] {
  const found: Finding[] = []
  const from = model.cursor
  let i = 0
  for (const change of changes) {
    i += 1
    const own = change.kind === 'act' ? {} : { taskId: `${from}-${change.taskId}` }
    found.push(...model.apply({ ...change, ...own, seq: from + i } as Change))
    if (isEnough(found)) break
  }
  return found
}

/** What was said last of each alarm that was not taken to be part of another, oldest first. */
export function lastWords(found: readonly Finding[]): FactsFinding[] {
  const last = new Map<string, FactsFinding>()
  for (const finding of found) {
    if (hasFacts(finding)) last.set(finding.alarmId, finding)
    if (finding.event === 'merged') last.delete(finding.otherAlarmId)
  }
  return [...last.values()]
}

/** Changes by their time, those of one instant as they come. */
export function inOrder(changes: readonly Change[]): Change[] {
  return changes.toSorted((a, b) => timeOf(a) - timeOf(b))
}

export function timeOf(change: Change): Instant {
  if (change.kind === 'act') return change.at
  return change.kind === 'task' ? change.solvedAt : change.receivedAt
}
