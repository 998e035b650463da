/**
 * Instants are integer milliseconds since 1970-01-01T00:00:00Z, in UTC, everywhere inside Assay.
 * ISO 8601 exists only at the edges (protocol, command line).
 */
export type Instant = number

/** A UTC calendar day as days since 1970-01-01. Fixed by a task's first record, never by arrival time. */
export type Day = number

/** A length of time in milliseconds. */
export type DurationMs = number

export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000
export const WEEK_MS = 7 * DAY_MS

/** The source of "now". Passed in, so that a test, a demo or a replay decides what time it is. */
export interface Clock {
  now(): Instant
}

/** @returns the UTC day that holds `instant`; negative before 1970. */
export function dayOf(instant: Instant): Day {
  return Math.floor(instant / DAY_MS)
}

/** @returns ISO 8601 in UTC with milliseconds, e.g. `2026-11-23T10:00:00.000Z`. */
export function toIso(instant: Instant): string {
  return new Date(instant).toISOString()
}

// A date, a time to seconds at least, and an offset: anything less would depend on the reader's zone.
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})$/

/**
 * Reads an instant as the feed and the command line accept it: ISO 8601 with an offset, or integer milliseconds.
 * @returns null for anything else, including dates that do not exist.
 */
export function parseInstant(value: unknown): Instant | null {
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && Math.abs(value) <= 8.64e15 ? value : null
  if (typeof value !== 'string' || !ISO.test(value)) return null
  const instant = Date.parse(value)
  if (Number.isNaN(instant)) return null
  // Date.parse rolls 30 February over into March; a date that does not exist is an error to be named.
  const dayOfMonth = Number(value.slice(8, 10))
  // No month is shorter, and the feed reads an instant a line.
  if (dayOfMonth <= 28) return instant
  const dayExists = new Date(`${value.slice(0, 10)}T00:00:00Z`).getUTCDate() === dayOfMonth
  return dayExists ? instant : null
}
