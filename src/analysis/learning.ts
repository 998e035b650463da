import type { Instant } from '../domain/instant.ts'
import { DAY_MS, HOUR_MS } from '../domain/instant.ts'
import { teachClock } from './clock.ts'
import { addToHour, hoursFrom, takeHoursBefore } from './hour-ledger.ts'
import { cautiousValue, teachLevel } from './level.ts'
import { factorOf } from './look.ts'
import { EFFECT_K, QUARANTINE_MS } from './method.ts'
import { eachReport } from './report-ring.ts'
import type { Segment } from './segment.ts'
import { EVERYTHING } from './segments.ts'
import { FOREVER } from './segment.ts'
import type { ModelState } from './state.ts'

/**
 * Hours before this one are out of quarantine. Nothing is taught before there is a whole day to teach: the first hours
 * alone, a night perhaps, would pass for normal.
 * @param since the first solve time seen
 */
export function teachableBefore(now: Instant, since: Instant): number {
  return now - since < QUARANTINE_MS + DAY_MS ? 0 : Math.floor((now - QUARANTINE_MS) / HOUR_MS)
}

/**
 * Teaches a segment the hours that are out of quarantine. Parents first: exposure is kept in units below the parents'
 * effects, so what the parents have just learned is not learned a second time.
 */
export function teachSegment(state: ModelState, segment: Segment, beforeHour: number): void {
  if (segment.taughtTo >= beforeHour) return
  segment.taughtTo = beforeHour
  if (segment.hours.length === 0) return
  const parent = segment.parent < 0 ? null : (state.segments[segment.parent] as Segment)
  const parentFactor = parent === null ? 1 : factorOf(state, parent)
  const taught: [hour: number, exposure: number, reports: number][] = []
  takeHoursBefore(segment.hours, beforeHour, (hour, exposure, reports) => {
    if (isShut(segment, hour * HOUR_MS, (hour + 1) * HOUR_MS)) return
    if (parent !== null && isShut(parent, hour * HOUR_MS, (hour + 1) * HOUR_MS)) return
    teachLevel(segment.level, (hour + 1) * HOUR_MS, exposure * parentFactor, reports)
    taught.push([hour, exposure, reports])
  })
  segment.effect = cautiousValue(segment.level, EFFECT_K)
  // After the level, so that the clock learns only what differs from hour to hour.
  if (parent === null)
    for (const [hour, exposure, reports] of taught)
      teachClock(state.clock, hour, exposure * segment.effect, reports)
}

/** True when an incident covers part of [from, to) of this segment. */
export function isShut(segment: Segment, from: Instant, to: Instant): boolean {
  return from < segment.shutTo && to > segment.shutFrom
}

/** May a task solved then still teach anyone anything? */
export function isLearnable(site: Segment, type: Segment, solvedAt: Instant): boolean {
  return !isShut(site, solvedAt, solvedAt + 1) && !isShut(type, solvedAt, solvedAt + 1)
}

/**
 * Closes a segment to learning from the onset of its incident on, and takes out of its parents' and the groups' ledgers
 * what it put there since: the incident must not become anyone's idea of normal.
 */
export function shutForIncident(state: ModelState, segment: Segment, from: Instant): void {
  segment.shutFrom = segment.shutTo === FOREVER ? Math.min(segment.shutFrom, from) : from
  segment.shutTo = FOREVER
  const fromHour = Math.floor(from / HOUR_MS)
  const parents: Segment[] = []
  for (let at = segment.parent; at >= 0;) {
    const parent = state.segments[at] as Segment
    parents.push(parent)
    at = parent.parent
  }
  hoursFrom(segment.hours, fromHour, (hour, exposure, reports) => {
    let below = segment.effect
    for (const parent of parents) {
      addToHour(parent.hours, hour, -exposure * below, -reports)
      below *= parent.effect
    }
  })
  eachReport(segment.ring, ({ solvedAt, account }) => {
    if (solvedAt < from) return
    const group = state.parties.groups[state.parties.accounts[account]?.group ?? 0]
    if (group !== undefined) addToHour(group.hours, Math.floor(solvedAt / HOUR_MS), 0, -1)
  })
}

/** Opens a segment to learning from `at` on: what was solved before stays untaught. */
export function reopen(segment: Segment, at: Instant): void {
  segment.shutTo = at
}

/** Opens a segment as if it had never been shut: the incident turned out to be narrower. */
export function unshut(segment: Segment): void {
  segment.shutFrom = FOREVER
  segment.shutTo = FOREVER
}

export function everything(state: ModelState): Segment {
  return state.segments[EVERYTHING] as Segment
}
