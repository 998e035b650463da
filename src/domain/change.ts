import type { Action } from './action.ts'
import type { Instant } from './instant.ts'
import type { Claim, ReportFlag } from './report.ts'
import type { Attributes } from './task.ts'
import type { TaskId } from './task-id.ts'

/**
 * One entry of the change log, in the order of commit: the analysis' only input.
 * `seq` grows but has gaps. Objects under `attributes` are interned: equal attributes may be compared by identity
 * within one reader.
 */
export type Change = TaskChange | ReportChange | ActChange

/** Something was issued: exposure from `solvedAt` on. Failed and unsettled tasks never appear. */
export interface TaskChange {
  readonly kind: 'task'
  readonly seq: number
  readonly taskId: TaskId
  readonly account: string
  readonly group: string
  readonly attributes: Attributes
  readonly solvedAt: Instant
  /** False for a backfill: first recorded after its report window had closed, so it was never reportable. */
  readonly exposed: boolean
}

/** A claim was accepted, or changed. */
export interface ReportChange {
  readonly kind: 'report'
  readonly seq: number
  readonly taskId: TaskId
  readonly account: string
  readonly group: string
  readonly attributes: Attributes
  readonly solvedAt: Instant
  readonly claim: Claim
  /** The claim that this one replaces; null for a first claim. */
  readonly replaces: Claim | null
  readonly receivedAt: Instant
  readonly flags: readonly ReportFlag[]
}

/** What people did that the analysis must know of. */
export type ActChange = ResolvedChange | ActionChange

/** An operator ended an incident: its segments' alarms start afresh. */
export interface ResolvedChange {
  readonly kind: 'act'
  readonly seq: number
  readonly act: 'resolved'
  readonly incidentId: string
  readonly at: Instant
}

/** The team recorded something it did; whether it helped is asked from now on. */
export interface ActionChange {
  readonly kind: 'act'
  readonly seq: number
  readonly act: 'action'
  readonly action: Action
  /** When it was recorded, which may be long after it was done. */
  readonly at: Instant
}
