import type { Instant } from './instant.ts'
import type { IncidentFacts } from './incident.ts'

/**
 * What the analysis says of one segment at one report: its alarm crossed the threshold, or an alarm that stands has
 * new evidence. Findings are deterministic: the same changes give the same findings, ids included.
 */
export interface Finding {
  /** Stable name of the alarm: made from the segment and the deciding change, so a replay says the same again. */
  readonly alarmId: string
  readonly event: 'opened' | 'updated'
  /** Receipt time of the deciding report, in history's own time. */
  readonly at: Instant
  /** Position in the change log of the deciding report. */
  readonly seq: number
  readonly facts: IncidentFacts
  /** Which version of the method spoke. */
  readonly method: string
}
