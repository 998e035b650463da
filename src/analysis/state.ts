import type { Instant } from '../domain/instant.ts'
import type { Alarm } from './alarm.ts'
import type { PairHours } from './cap.ts'
import { createPairHours } from './cap.ts'
import type { ClockEffect } from './clock.ts'
import { createClockEffect } from './clock.ts'
import type { HourLedger } from './hour-ledger.ts'
import { createHourLedger } from './hour-ledger.ts'
import type { LoudHours } from './loud.ts'
import { createLoudHours } from './loud.ts'
import type { Parties } from './parties.ts'
import { createParties } from './parties.ts'
import type { Segment } from './segment.ts'

/** All the model knows: plain values, so that a snapshot is nothing but this written down. */
export interface ModelState {
  cursor: number
  /** The latest time any change has spoken of. Never goes back. */
  now: Instant
  /** The first solve time seen; -1 before that. */
  since: Instant
  /** Hour of `now` for which the pairs were set up. */
  hour: number
  /** Set anew at each bad report. */
  lnThreshold: number
  /** Expected reports issued per hour of arrival, all views together, and their sum over the trailing week. */
  readonly weekly: HourLedger
  weekExpected: number
  readonly clock: ClockEffect
  readonly segments: Segment[]
  readonly parties: Parties
  readonly pairs: PairHours
  readonly loud: LoudHours
  /** Standing alarms, oldest first. */
  alarms: Alarm[]
}

export function createState(): ModelState {
  return {
    cursor: 0,
    now: -1,
    since: -1,
    hour: -1,
    lnThreshold: 0,
    weekly: createHourLedger(),
    weekExpected: 0,
    clock: createClockEffect(),
    segments: [],
    parties: createParties(),
    pairs: createPairHours(),
    loud: createLoudHours(),
    alarms: [],
  }
}
