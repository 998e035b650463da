import type { Instant } from '../domain/instant.ts'
import type { ActionNote } from './actions.ts'
import type { Alarm } from './alarm.ts'
import type { PairHours } from './cap.ts'
import { createPairHours } from './cap.ts'
import type { ClockEffect } from './clock.ts'
import { createClockEffect } from './clock.ts'
import type { ReporterBook } from './credibility/reporter-book.ts'
import { createReporterBook } from './credibility/reporter-book.ts'
import type { DelayBook } from './delay-book.ts'
import { createDelayBook } from './delay-book.ts'
import type { HourLedger } from './hour-ledger.ts'
import { createHourLedger } from './hour-ledger.ts'
import type { LeafColumns } from './leaves.ts'
import { createLeafColumns } from './leaves.ts'
import type { LoudHours } from './loud.ts'
import { createLoudHours } from './loud.ts'
import type { MixTable } from './mix-table.ts'
import { createMixTable } from './mix-table.ts'
import type { Parties } from './parties.ts'
import { createParties } from './parties.ts'
import type { ReportTable } from './report-ring.ts'
import { createReportTable } from './report-ring.ts'
import type { SegmentColumns } from './segment.ts'
import { createSegmentColumns } from './segment.ts'

/** All the model knows: plain values, so that a snapshot is nothing but this written down. */
export interface ModelState {
  cursor: number
  /** The latest time any change has spoken of. Never goes back. */
  now: Instant
  /** The first solve time seen; -1 before that. */
  since: Instant
  /** Hour of `now` for which the pairs were set up, and slot for which standing alarms were looked after. */
  hour: number
  slot: number
  /** Expected reports issued, of one view, for each false incident that is allowed. Set anew at each bad report. */
  reportsPerFalseIncident: number
  /** New sites a week for each false incident that is allowed. */
  birthsPerFalseIncident: number
  /** Expected reports issued per hour of arrival, one view, and their sum over the trailing week. */
  readonly weekly: HourLedger
  weekExpected: number
  /** Places seen for the first time, per hour: each is one chance to be called never-worked by mistake. */
  readonly births: HourLedger
  readonly clock: ClockEffect
  readonly delays: DelayBook
  readonly segments: SegmentColumns
  readonly leaves: LeafColumns
  readonly reports: ReportTable
  readonly parties: Parties
  readonly mixTable: MixTable
  readonly reporters: ReporterBook
  /** Half-day of the last fit. */
  fitted: number
  readonly pairs: PairHours
  readonly loud: LoudHours
  /** By type: sites rejected without ever having been accepted, as far as is known; kept out of wider alarms. */
  readonly neverWorked: Map<number, number[]>
  /** Standing alarms, oldest first; and ended ones, for verdicts on their reports. */
  alarms: Alarm[]
  ended: Alarm[]
  /** What the team did, oldest first. */
  actions: ActionNote[]
}

export function createState(): ModelState {
  return {
    cursor: 0,
    now: -1,
    since: -1,
    hour: -1,
    slot: -1,
    reportsPerFalseIncident: 0,
    birthsPerFalseIncident: 0,
    weekly: createHourLedger(),
    weekExpected: 0,
    births: createHourLedger(),
    clock: createClockEffect(),
    delays: createDelayBook(),
    segments: createSegmentColumns(),
    leaves: createLeafColumns(),
    reports: createReportTable(),
    parties: createParties(),
    mixTable: createMixTable(),
    reporters: createReporterBook(),
    fitted: -1,
    pairs: createPairHours(),
    loud: createLoudHours(),
    neverWorked: new Map(),
    alarms: [],
    ended: [],
    actions: [],
  }
}
