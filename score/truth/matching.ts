import type { Onset, Situation } from '../../src/domain/incident.ts'
import { HOUR_MS } from '../../src/domain/instant.ts'
import type { Fault } from '../../src/simulator/breaks.ts'

/** Two places are the same when they share at least half of what either holds. */
export const JACCARD_MIN = 0.5
/** Two places hold the very same cells; the rest is rounding. */
export const JACCARD_SAME = 0.999

const ONSET_TOLERANCE_MS = 2 * HOUR_MS
const ONSET_TOLERANCE_SHARE = 0.1

/**
 * Whether an onset interval is near enough to the truth: within two hours or a tenth of the fault's duration, whichever is more. Of a
 * ramp every moment until it is whole counts as its beginning.
 * @param end of the events, for a fault that nobody repairs
 */
export function isOnsetNear(onset: Pick<Onset, 'from' | 'to'>, fault: Fault, end: number): boolean {
  const duration = Math.min(fault.until, end) - fault.from
  const tolerance = Math.max(ONSET_TOLERANCE_MS, ONSET_TOLERANCE_SHARE * duration)
  const latest = fault.from + (fault.course.kind === 'ramp' ? fault.course.overMs : 0)
  return onset.from <= latest + tolerance && onset.to >= fault.from - tolerance
}

/** Why an incident is not counted as having found a fault. */
export type Mismatch = 'not found' | 'another place' | 'another situation' | 'another onset'

/** What an incident says, as a fault is held against it. */
export interface Statement {
  readonly situation: Situation
  readonly onset: Pick<Onset, 'from' | 'to'>
  /** Of the fault's cells and the named ones, weighted by tasks: see leaf-tasks.ts. */
  readonly jaccard: number
}

/** @returns null when the incident has found the fault: same situation, same place, onset near enough */
export function mismatch(
  statement: Statement,
  truth: { readonly situation: Situation; readonly fault: Fault },
  end: number,
): Mismatch | null {
  if (statement.jaccard < JACCARD_MIN) return 'another place'
  if (statement.situation !== truth.situation) return 'another situation'
  return isOnsetNear(statement.onset, truth.fault, end) ? null : 'another onset'
}
