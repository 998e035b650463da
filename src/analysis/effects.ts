import { DAY_MS, HOUR_MS } from '../domain/instant.ts'
import type { Instant } from '../domain/instant.ts'
import { scaleHours } from './hour-ledger.ts'
import { cautiousValue, HALF_LIFE_MS, levelValue } from './level.ts'
import { EFFECT_K, GROUP_K, QUARANTINE_MS } from './method.ts'
import {
  eachDue,
  eachDueReport,
  eachTraffic,
  eachSettled,
  REST_GROUP,
  REST_SITE,
  rollMix,
} from './mix-table.ts'
import type { MixIndex } from './mix-table.ts'
import { groupEffect } from './parties.ts'
import type { Segment } from './segment.ts'
import type { SegmentIndex } from './segments.ts'
import { scaleExposure } from './solve-bins.ts'
import type { ModelState } from './state.ts'

/** Twice a day. */
export const FIT_EVERY_MS = DAY_MS / 2
export const KEPT_PER_FIT = 2 ** (-FIT_EVERY_MS / HALF_LIFE_MS)
const ROUNDS = 8

/**
 * Fits the effects of sites and groups together:
 *
 *   reports of group g at site s  ~  Poisson(tasks * m_all * m_type * m_site * A_g)
 *
 * by backfitting: each effect in turn is the shrunk ratio of its reports to what all others expect, until they agree. Learned one
 * by one from each other's latest estimates, they took days to agree, overshot together where one customer is most of a site,
 * and left sites whose customers turned out to be silent looking normal when they were hard.
 *
 * Thousands of effects fitted to thousands of reports explain some of their chance too, and would expect too little of what comes next.
 * So types and everything are not taken from the fit: they learn from how the effects of each half-day's beginning foretold it.
 *
 * What was issued already is restated in the new units, so that the past is seen at today's knowledge.
 */
export function fitEffects(state: ModelState, index: SegmentIndex, mix: MixIndex, now: Instant): void {
  learnWide(state, index)
  rollMix(state.mixTable, KEPT_PER_FIT)
  // Nothing is taught before there is a whole day to teach: the first hours alone, a night perhaps, would pass for normal.
  if (now - state.since < QUARANTINE_MS + DAY_MS - FIT_EVERY_MS) return
  const before = unitsOf(state, index, eachTraffic)
  backfit(state, index)
  widen(state, index, before)
  restate(before, unitsOf(state, index, eachTraffic), index)
  const taughtTo = Math.floor((now - QUARANTINE_MS) / HOUR_MS)
  for (let at = 0; at < index.size; at++) {
    const segment = index.at(at)
    if (segment.kind === 'all' || segment.kind === 'type' || segment.kind === 'site')
      segment.taughtTo = taughtTo
  }
  state.parties.known = true
  mix.fold((site, group) => {
    const segment = index.at(site)
    return {
      atSite: state.parties.groups[group]?.effect ?? 1,
      atGroup: segment.effect * index.at(segment.parent).effect,
    }
  })
}

/** Types and everything learn from the half-day that is about to be settled: what was foretold of it, and what came. */
function learnWide(state: ModelState, index: SegmentIndex): void {
  const all = index.everything
  const foretold = unitsOf(state, index, eachDue)
  const came = new Float64Array(index.size)
  eachDueReport(state.mixTable, (site, reports) => {
    if (site === REST_SITE) return
    const type = index.at(site).parent
    came[type] = (came[type] as number) + reports
    came[all.index] = (came[all.index] as number) + reports
  })
  for (const segment of [...index.types(), all]) {
    const unit = segment === all ? 1 : all.effect
    segment.observed = KEPT_PER_FIT * segment.observed + (came[segment.index] as number)
    segment.expected = KEPT_PER_FIT * segment.expected + unit * (foretold[segment.index] as number)
  }
}

/** The levels of types and everything in the new units, and their effects. Top down: a type is held against everything. */
function widen(state: ModelState, index: SegmentIndex, before: Float64Array): void {
  const all = index.everything
  const types = index.types()
  const scale = (segment: Segment, after: Float64Array): void => {
    const was = before[segment.index] as number
    const is = after[segment.index] as number
    if (was > 0 && is > 0) segment.expected *= is / was
  }
  const after = unitsOf(state, index, eachTraffic)
  for (const type of types) {
    scale(type, after)
    type.effect = cautiousValue(type, EFFECT_K)
  }
  const formerly = all.effect
  const settled = unitsOf(state, index, eachTraffic)
  scale(all, settled)
  all.effect = cautiousValue(all, EFFECT_K)
  // A type's expectation was told with everything's former effect.
  for (const type of types) type.expected *= all.effect / formerly
}

function backfit(state: ModelState, index: SegmentIndex): void {
  const { groups } = state.parties
  const size = index.size
  const observed = new Float64Array(size)
  const ofGroup = new Float64Array(groups.length)
  eachSettled(state.mixTable, (site, group, _exposure, reports) => {
    ofGroup[group] = (ofGroup[group] as number) + reports
    if (site === REST_SITE) return
    const type = index.at(site).parent
    for (const at of [site, type, index.everything.index]) observed[at] = (observed[at] as number) + reports
  })
  // Within the fit, types and everything are what they are in hindsight.
  const value = new Float64Array(size)
  for (let at = 0; at < size; at++) value[at] = index.at(at).effect
  const all = index.everything.index
  const expected = new Float64Array(size)
  const expectedOfGroup = new Float64Array(groups.length)
  const groupValue = Float64Array.from(groups, ({ effect }) => effect)
  groupValue[REST_GROUP] = 1
  const valueOf = (at: number): number => value[at] as number
  const fit = (at: number, unit: number): void => {
    expected[at] = unit
    const o = observed[at] as number
    value[at] = cautiousValue({ observed: o, expected: unit, asOf: 0 }, EFFECT_K)
  }
  for (let round = 0; round <= ROUNDS; round++) {
    const units = new Float64Array(size)
    eachSettled(state.mixTable, (site, group, exposure) => {
      if (site !== REST_SITE) units[site] = (units[site] as number) + exposure * (groupValue[group] as number)
    })
    eachSegment(index, 'site', ({ index: at, parent }) => {
      fit(at, (units[at] as number) * valueOf(parent) * valueOf(all))
      units[parent] = (units[parent] as number) + (units[at] as number) * valueOf(at)
    })
    eachSegment(index, 'type', ({ index: at }) => {
      fit(at, (units[at] as number) * valueOf(all))
      units[all] = (units[all] as number) + (units[at] as number) * valueOf(at)
    })
    fit(all, units[all] as number)
    if (round === ROUNDS) break
    expectedOfGroup.fill(0)
    eachSettled(state.mixTable, (site, group, exposure) => {
      const unit = site === REST_SITE ? 1 : valueOf(site) * valueOf(index.at(site).parent)
      expectedOfGroup[group] = (expectedOfGroup[group] as number) + exposure * unit * valueOf(all)
    })
    // In the last round each group as it will count: a cold one at its upper point, and everything else fitted to that.
    for (let g = 1; g < groups.length; g++) {
      const level = { observed: ofGroup[g] as number, expected: expectedOfGroup[g] as number, asOf: 0 }
      groupValue[g] = round === ROUNDS - 1 ? groupEffect(level) : levelValue(level, GROUP_K)
    }
  }
  eachSegment(index, 'site', (site) => {
    site.observed = observed[site.index] as number
    site.expected = expected[site.index] as number
    site.effect = valueOf(site.index)
  })
  for (let g = 1; g < groups.length; g++) {
    const group = groups[g]
    if (group === undefined || (expectedOfGroup[g] === 0 && ofGroup[g] === 0)) continue
    group.level.observed = ofGroup[g] as number
    group.level.expected = expectedOfGroup[g] as number
    group.effect = groupValue[g] as number
  }
}

function eachSegment(index: SegmentIndex, kind: Segment['kind'], visit: (segment: Segment) => void): void {
  for (let at = 0; at < index.size; at++) {
    const segment = index.at(at)
    if (segment.kind === kind) visit(segment)
  }
}

/** What some of the tasks weigh in the units of each segment, below its own effect and its parents'. */
function unitsOf(state: ModelState, index: SegmentIndex, each: typeof eachTraffic): Float64Array {
  const units = new Float64Array(index.size)
  const add = (at: number, unit: number): void => {
    units[at] = (units[at] as number) + unit
  }
  const { groups } = state.parties
  each(state.mixTable, (site, group, exposure) => {
    if (site === REST_SITE) return
    const unit = exposure * (group === REST_GROUP ? 1 : (groups[group]?.effect ?? 1))
    const segment = index.at(site)
    const type = index.at(segment.parent)
    add(site, unit)
    add(type.index, unit * segment.effect)
    add(index.everything.index, unit * segment.effect * type.effect)
  })
  return units
}

/** Exposure issued under the former effects, in units of the new ones. */
function restate(before: Float64Array, after: Float64Array, index: SegmentIndex): void {
  for (let at = 0; at < index.size; at++) {
    const segment = index.at(at)
    const own = ownUnits(segment)
    const was = before[own] as number
    const is = after[own] as number
    if (!(was > 0 && is > 0) || was === is) continue
    scaleExposure(segment.bins, is / was)
    scaleHours(segment.hours, is / was)
    segment.scaleExposure(is / was)
  }
}

/** The segment whose units another one counts in. */
function ownUnits({ index: at, kind, parent }: Segment): number {
  return kind === 'all' || kind === 'type' || kind === 'site' ? at : parent
}
