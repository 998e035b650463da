/**
 * The fate of one request on a report path. A closed set: every such request has exactly one, each is counted, and the
 * counts add up to the requests (docs/protocol.md). The order is part of the stored format: append only.
 */
export const OUTCOMES = [
  'recorded',
  'repeated',
  'changed',
  'unknown-task',
  'not-ready',
  'failed',
  'late',
  'bad-key',
  'ip-refused',
  'throttled',
  'malformed',
  'method',
  'unavailable',
] as const

export type Outcome = (typeof OUTCOMES)[number]

/** Counts by outcome, and what was adopted later: parked reports that found their task. */
export interface OutcomeTotals {
  readonly total: number
  readonly outcomes: Readonly<Record<Outcome, number>>
  /** Counted apart: an adopted report's outcome was, and stays, `unknown-task`. */
  readonly adopted: number
}

/** An outcome's position in OUTCOMES, for arrays that cross threads. */
export function outcomeCode(outcome: Outcome): number {
  return OUTCOMES.indexOf(outcome)
}
