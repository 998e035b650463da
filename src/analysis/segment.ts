import type { Instant } from '../domain/instant.ts'
import type { DelayTally } from './delay-curve.ts'
import { createDelayTally } from './delay-curve.ts'
import type { HourLedger } from './hour-ledger.ts'
import { createHourLedger } from './hour-ledger.ts'
import type { Level } from './level.ts'
import { createLevel } from './level.ts'
import type { ReportRing } from './report-ring.ts'
import { createReportRing } from './report-ring.ts'
import type { SolveBins } from './solve-bins.ts'
import { createSolveBins } from './solve-bins.ts'

/**
 * One view of the traffic: everything, one type, or one type at one site. Segments are nested, and each carries its own
 * effect relative to its parent.
 *
 * Exposure is kept in units *below* the segment's own effect and its parents' (for a site: the reports its accounts would
 * make at the prior rate). What is expected is that times `factor`, the effects as known now, so that the past is always
 * seen at today's knowledge and the history before an onset stays comparable with what follows it.
 */
export interface Segment {
  readonly index: number
  readonly kind: 'all' | 'type' | 'site'
  readonly type: string
  readonly site: string
  /** Index of the segment that holds this one; -1 for everything. */
  readonly parent: number
  readonly level: Level
  /** The level's value, shrunk. */
  effect: number
  readonly hours: HourLedger
  /** Hours before this one have been taught or dropped. */
  taughtTo: number
  readonly bins: SolveBins
  readonly ring: ReportRing
  /** Tasks solved at or before this are no business of the alarm any more. */
  notBefore: Instant
  /** Hours of tasks solved in [from, to) teach nothing: they were an incident. */
  shutFrom: Instant
  shutTo: Instant
  /** Recent exposure and tasks, halved now and then: their ratio bounds how bad it can get. */
  exposure: number
  tasks: number
  /** The part of `exposure` that came from proven groups. */
  proven: number
  /** Types only. */
  readonly delays: DelayTally | null
  /** Types only: sites rejected without ever having been accepted, as far as is known; kept out of the type's alarm. */
  readonly neverWorked: number[]
}

/** Later than any time: an interval that is still open. */
export const FOREVER = 8.64e15

export function createSegment(
  index: number,
  kind: Segment['kind'],
  parent: number,
  type: string,
  site: string,
): Segment {
  return {
    index,
    kind,
    type,
    site,
    parent,
    level: createLevel(),
    effect: 1,
    hours: createHourLedger(),
    taughtTo: 0,
    bins: createSolveBins(),
    ring: createReportRing(),
    notBefore: -1,
    shutFrom: FOREVER,
    shutTo: FOREVER,
    exposure: 0,
    tasks: 0,
    proven: 0,
    delays: kind === 'site' ? null : createDelayTally(),
    neverWorked: [],
  }
}

const TASKS_MAX = 4_096

/** Notes one task's exposure for the means that forget. */
export function noteTask(segment: Segment, exposure: number, proven: boolean): void {
  segment.exposure += exposure
  segment.tasks += 1
  if (proven) segment.proven += exposure
  if (segment.tasks < TASKS_MAX) return
  segment.exposure /= 2
  segment.tasks /= 2
  segment.proven /= 2
}

/** True when proven groups carry most of the segment's exposure: only then are newcomers held together. */
export function isCarriedByProven(segment: Segment): boolean {
  return segment.proven > segment.exposure / 2
}
