import type { Instant } from '../domain/instant.ts'
import { DAY_MS, HOUR_MS } from '../domain/instant.ts'
import { teachClock } from './clock.ts'
import { dropHoursFrom, takeHoursBefore } from './hour-ledger.ts'
import { cautiousValue, teachLevel } from './level.ts'
import { EFFECT_K, QUARANTINE_MS } from './method.ts'
import { dropRecent } from './mix-table.ts'
import type { Place } from './place.ts'
import { isApart } from './place.ts'
import type { Segment } from './segment.ts'
import type { SegmentIndex } from './segments.ts'
import type { ModelState } from './state.ts'

/** Expected reports per unit of the segment's exposure, at today's knowledge. */
export function factorOf(index: SegmentIndex, segment: Segment): number {
  let factor = segment.effect
  for (let at = segment.parent; at >= 0;) {
    const above = index.at(at)
    factor *= above.effect
    at = above.parent
  }
  return factor
}

/**
 * Hours before this one are out of quarantine. Nothing is taught before there is a whole day to teach: the first hours
 * alone, a night perhaps, would pass for normal.
 * @param since the first solve time seen
 */
export function teachableBefore(now: Instant, since: Instant): number {
  return now - since < QUARANTINE_MS + DAY_MS ? 0 : Math.floor((now - QUARANTINE_MS) / HOUR_MS)
}

/**
 * Teaches a solver, region or label the hours that are out of quarantine: how it differs from its type, whose own effects and those of
 * its sites and groups are fitted together (effects.ts). Many sites and groups stand behind each hour, so one by one is good enough.
 */
export function teachAspect(index: SegmentIndex, aspect: Segment, beforeHour: number): void {
  if (aspect.taughtTo >= beforeHour) return
  aspect.taughtTo = beforeHour
  const { hours } = aspect
  if (hours.length === 0) return
  const parentFactor = factorOf(index, index.at(aspect.parent))
  takeHoursBefore(hours, beforeHour, (hour, exposure, reports) => {
    teachLevel(aspect, (hour + 1) * HOUR_MS, exposure * parentFactor, reports)
  })
  if (hours.length === 0) aspect.dropHours()
  aspect.effect = cautiousValue(aspect, EFFECT_K)
}

/** Teaches the clock the hours of everything that are out of quarantine. */
export function teachHours(state: ModelState, everything: Segment, beforeHour: number): void {
  takeHoursBefore(everything.hours, beforeHour, (hour, exposure, reports) => {
    teachClock(state.clock, hour, exposure * everything.effect, reports)
  })
}

/**
 * Takes an incident out of everybody's idea of normal: what still waits out its quarantine is forgotten from the onset on wherever
 * its tasks count. From then on its tasks are not learned from one by one (model.ts).
 */
export function quarantine(state: ModelState, index: SegmentIndex, place: Place, from: Instant): void {
  const fromHour = Math.floor(from / HOUR_MS)
  for (let at = 0; at < index.size; at++) {
    const segment = index.at(at)
    if (segment.hours.length > 0 && !isApart(place, segment)) dropHoursFrom(segment.hours, fromHour)
  }
  dropRecent(state.mixTable, (site) => !isApart(place, index.at(site)))
}
