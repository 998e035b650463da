import type { SegmentHistory } from './segment-history.ts'

/**
 * A naive monitor of segments. Its state does not depend on its threshold, so it says how far it would have to be turned up not to
 * alarm: one pass over the events serves every setting.
 */
export interface Baseline {
  readonly name: string
  /** The setting it usually has: it alarms at a report whose strictness is at least this. */
  readonly usual: number
  /**
   * A bad report came in for a segment; the history holds it already.
   * @returns the highest setting at which this report raises an alarm; 0: none does
   */
  strictness(history: SegmentHistory, segment: number, at: number): number
}
