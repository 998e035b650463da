import type { IncidentFacts, Onset, SplitSites, Where } from '../domain/incident.ts'
import type { Instant } from '../domain/instant.ts'
import type { Causes } from './causes.ts'
import { causesOf, isNameable, lnRaised } from './causes.ts'
import type { Explanation } from './attribution/explain.ts'
import { delaysOf } from './delay-book.ts'
import { INCIDENT_LOW_MIN, INCIDENT_RATIO_MIN } from './method.ts'
import { factorOf } from './learning.ts'
import type { Eyes } from './look.ts'
import { Look, typeOf } from './look.ts'
import type { Place } from './place.ts'
import { canMeet, coversLeaf, isWithin, partsOf, placeOf } from './place.ts'
import type { Reading } from './reading.ts'
import { eachReport } from './report-ring.ts'
import { splitSites } from './split/split-sites.ts'
import type { Segment } from './segment.ts'
import type { Leaf } from './segments.ts'
import { EVERYTHING } from './segments.ts'
import { maturedSinceIn, maturedSinceOf, reportsSinceOf } from './tape.ts'
import { becauseOf } from './wording.ts'

/** A fault by the place that explains it best. */
export interface Named {
  readonly place: Place
  readonly segment: Segment
  readonly reading: Reading
  readonly facts: IncidentFacts
}

type IsOut = ((leaf: Leaf) => boolean) | null

/**
 * Names what a segment's alarm is about. The alarm says that something broke and since when; which attributes explain it is asked
 * of all reports of its type since then, and across types where no site explains it.
 *
 * @param leaf of the report that decided: if nothing but a finer place it belongs to is raised, that one is named
 * @param isOut leaves that other incidents explain
 * @returns null when no place that explains it used to work, or only one customer speaks of it; no-history when that place is the site of the
 *   deciding report
 */
export function nameFault(
  eyes: Eyes,
  segment: Segment,
  leaf: Leaf,
  reading: Reading,
  isOut: IsOut,
): Named | 'no-history' | null {
  const raised = lnRaised({ observed: reading.reports, expected: reading.expected })
  for (const [place, alternatives] of candidates(eyes, segment, leaf, reading.onset.at, isOut)) {
    const named = readPlace(eyes, place, isOut, alternatives, reading.onset.from)
    if (named === 'no-history') {
      // A site explains the alarm, and never worked: then nothing wider is a regression. Its own next report says what it is.
      const { site, solver } = place.where
      if (site !== undefined && solver === undefined) return site === leaf.site.name ? 'no-history' : null
      continue
    }
    if (named === null) continue
    const its = lnRaised({ observed: named.facts.reports, expected: named.facts.expected })
    if (its >= EVIDENCE_SHARE_MIN * raised) return named
  }
  return null
}

// Without its heaviest group a place must still be raised, 20 to 1.
const OTHERS_NATS = Math.log(20)
// A place that explains the alarm shows most of its evidence.
const EVIDENCE_SHARE_MIN = 0.4

/** The same fault with an onset that is known better than it can be read now: its counts are told since then. */
export function toldSince(eyes: Eyes, { place, facts }: Named, onset: Onset): IncidentFacts {
  const { index, state } = eyes
  const parts = partsOf(place, index, (leaf) => state.leaves.mix[leaf] as number)
  const { tape } = Look.over(eyes, parts, (entry) => coversLeaf(place, index.leafAt(entry.leaf)))
  const known = {
    ...facts,
    onset,
    reports: Math.round(reportsSinceOf(tape, onset.at)),
    expected: maturedSinceOf(tape, onset.at),
  }
  return { ...known, because: becauseOf(known) }
}

/** Names two alarms' common cause, if there is one: a place that holds both, or a split of their type. */
export function nameTogether(eyes: Eyes, a: Place, b: Place, since: Instant, isOut: IsOut): Named | null {
  const { index } = eyes
  const typeName = a.where['type']
  const shared = typeName !== undefined && typeName === b.where['type'] ? typeName : null
  const type = shared === null ? null : index.find('type', index.everything, shared)
  const types = type === null ? index.types() : [type]
  for (const cause of causesOf(eyes, types, since, isOut).explanations) {
    const place = placeOfCause(cause, type)
    if (place === null || !isWithin(a, place) || !isWithin(b, place)) continue
    return readable(readPlace(eyes, place, isOut, alternativesOf(cause, type), since))
  }
  if (type === null) return null
  const solver = a.where['solver'] === b.where['solver'] ? a.where['solver'] : undefined
  const split = splitOf(eyes, type, solver, since, isOut)
  if (split === null || !isWithin(a, split.place) || !isWithin(b, split.place)) return null
  return readable(readPlace(eyes, split.place, isOut, [], since, split.sites))
}

function readable(named: Named | 'no-history' | null): Named | null {
  return named === 'no-history' ? null : named
}

function* candidates(
  eyes: Eyes,
  segment: Segment,
  leaf: Leaf,
  since: Instant,
  isOut: IsOut,
): Generator<[Place, IncidentFacts['alternatives']]> {
  const { index } = eyes
  const type = segment.kind === 'all' ? null : typeOf(index, segment)
  const causes = causesOf(eyes, type === null ? index.types() : [type], since, isOut)
  const own = withoutEmptyWords(causes, placeOf(segment))
  const cause = causeNear(causes, own, type)
  const alternatives = cause?.alternatives ?? []
  if (type !== null && cause?.place.where['site'] === undefined) {
    // Is it the same in other types?
    const across = causesOf(eyes, index.types(), since, isOut)
    const wider = causeNear(across, own, null)
    if (wider !== null && across.isRaisedBeyond(wider.place.where, { ...wider.place.where, type: type.type }))
      yield [wider.place, wider.alternatives]
  }
  for (const place of cause === null ? [own] : [withoutEmptyWords(causes, cause.place), own]) {
    const finer = narrowest(causes, place, leaf)
    if (finer !== null) yield [finer, alternatives]
    yield [place, alternatives]
  }
}

/** A solver, region or label that is (nearly) all there is where it stands says nothing, and is left out. */
function withoutEmptyWords(causes: Causes, { where, rejecting }: Place): Place {
  const { expected } = causes.sumOf(where)
  const kept: Record<string, string> = { ...where }
  for (const name of Object.keys(where)) {
    if (name === 'type' || name === 'site') continue
    const { [name]: _value, ...rest } = kept
    if (expected > ALL_SHARE * causes.sumOf(rest).expected) delete kept[name]
  }
  return { where: kept, rejecting }
}

/**
 * How much likelier a fault of one such place is than one of its whole type, all places together, in nats: sites change on their own,
 * solver versions are released; regions and pools fail now and then.
 */
const PRIOR_NATS: Partial<Record<Segment['kind'], number>> = {
  site: 2.5,
  solver: 1.1,
  pair: 0.7,
  region: 0.3,
  label: -0.5,
}
// From this share of the expectation on a solver, region or label is as good as all there is, and naming it says nothing.
const ALL_SHARE = 0.9

/**
 * The finer place to which the deciding report belongs, if nothing says that more is raised and it is the likelier one:
 *
 *   [O ln(O/E) - (O - E)] there - the same of the whole + ln(share of the expectation) + prior > 0
 *
 * A site is named also where it is all of its type: that is where people look.
 */
function narrowest(causes: Causes, place: Place, leaf: Leaf): Place | null {
  const whole = causes.sumOf(place.where)
  if (!(whole.expected > 0)) return null
  let best: Place | null = null
  let bestScore = 0
  for (const segment of [leaf.type, leaf.site, ...leaf.aspects, leaf.pair]) {
    const finer = placeOf(segment)
    if (!isWithin(finer, place) || isWithin(place, finer)) continue
    if (causes.isRaisedBeyond(place.where, finer.where)) continue
    const part = causes.sumOf(finer.where)
    const share = part.expected / whole.expected
    if (!(share > 0) || (segment.kind !== 'site' && share > ALL_SHARE)) continue
    const score = lnRaised(part) - lnRaised(whole) + Math.log(share) + (PRIOR_NATS[segment.kind] ?? 0)
    if (score <= bestScore) continue
    best = finer
    bestScore = score
  }
  return best
}

/** The first cause that may have to do with the segment that raised the alarm, and is not wider than the evidence. */
function causeNear(
  causes: Causes,
  own: Place,
  type: Segment | null,
): { place: Place; alternatives: IncidentFacts['alternatives'] } | null {
  for (const cause of causes.explanations) {
    const place = placeOfCause(cause, type)
    if (place === null || !canMeet(place, own)) continue
    if (isWithin(own, place) && !causes.isRaisedBeyond(place.where, own.where)) continue
    return { place, alternatives: alternativesOf(cause, type) }
  }
  return null
}

/** What several combinations have in common; one is itself. */
function placeOfCause({ where }: Explanation, type: Segment | null): Place | null {
  const [first, ...more] = where
  if (first === undefined) return null
  const shared: Record<string, string> = type === null ? {} : { type: type.type }
  for (const [name, value] of Object.entries(first))
    if (more.every((one) => one[name] === value)) shared[name] = value
  return isNameable(shared) ? { where: inOrder(shared), rejecting: null } : null
}

function alternativesOf({ alternatives }: Explanation, type: Segment | null): IncidentFacts['alternatives'] {
  return alternatives.flatMap(({ where, strength }) => {
    const [only] = where
    if (only === undefined || where.length > 1 || !isNameable(only)) return []
    return [{ where: inOrder({ ...(type !== null && { type: type.type }), ...only }), strength }]
  })
}

const ORDER = ['type', 'site', 'solver', 'region']

/** Attributes in the order in which they are printed, labels last. */
function inOrder(where: Where): Where {
  const rank = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length)
  return Object.fromEntries(Object.entries(where).sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1)))
}

/**
 * Reads onset, size and counts of a place, and asks whether its sites part in two.
 * @param vouchedFrom the alarm has settled that there was a history before this moment
 */
function readPlace(
  eyes: Eyes,
  place: Place,
  isOut: IsOut,
  alternatives: IncidentFacts['alternatives'],
  vouchedFrom: Instant,
  sites?: SplitSites,
): Named | 'no-history' | null {
  const { index, state } = eyes
  const parts = partsOf(place, index, (leaf) => state.leaves.mix[leaf] as number)
  if (parts.length === 0) return null
  const look = Look.over(eyes, parts, (entry) => {
    const its = index.leafAt(entry.leaf)
    return coversLeaf(place, its) && isOut?.(its) !== true
  })
  const firm = look.read()
  if (firm === null) return 'no-history'
  // Some history it has; whether enough of it for each single moment the alarm has settled.
  const reading = look.read(vouchedFrom) ?? firm
  const groups = look.groupsSince(reading.onset.at)
  // What one group says alone is that group's.
  const [heaviest] = look.heaviestSince(reading.onset.at)
  const others = { observed: reading.reports - (heaviest?.reports ?? 0), expected: reading.expected }
  if (lnRaised(others) < OTHERS_NATS) return null
  const { estimate, low } = reading.ratio
  if (groups.size < 2 || estimate < INCIDENT_RATIO_MIN || low < INCIDENT_LOW_MIN) return null
  if (sites === undefined) {
    const type = place.where['type']
    const typeSegment = type === undefined ? null : index.find('type', index.everything, type)
    const names = Object.keys(place.where).filter((name) => name !== 'type' && name !== 'solver')
    if (typeSegment !== null && names.length === 0) {
      const split = splitOf(eyes, typeSegment, place.where['solver'], reading.onset.at, isOut)
      const narrow =
        split === null
          ? null
          : readable(readPlace(eyes, split.place, isOut, alternatives, vouchedFrom, split.sites))
      if (narrow !== null) return narrow
    }
  }
  const known = {
    situation: sites === undefined ? ('regression' as const) : ('split' as const),
    where: place.where,
    ...(sites !== undefined && { sites }),
    onset: reading.onset,
    ratio: reading.ratio,
    reports: Math.round(reading.reports),
    expected: reading.expected,
    accounts: groups.size,
  }
  const facts: IncidentFacts = { ...known, alternatives: [...alternatives], because: becauseOf(known) }
  return { place, segment: look.segment, reading, facts }
}

// Where hardly anything is accepted the class is broken, and the few quiet sites are something else: another version, other customers.
const ACCEPTED_SHARE_MIN = 0.15

/** Do some sites of a class reject and others accept? Needs two of the first and one of the second. */
function splitOf(
  eyes: Eyes,
  type: Segment,
  solver: string | undefined,
  since: Instant,
  isOut: IsOut,
): { place: Place; sites: SplitSites } | null {
  const { state, index } = eyes
  const observed = new Map<number, number>()
  eachReport(state.reports, type.ring, (entry) => {
    if (entry.solvedAt < since || entry.solvedAt <= type.notBefore || !entry.atType) return
    const its = index.leafAt(entry.leaf)
    if (isOut?.(its) === true) return
    const { site, aspects } = its
    if (solver !== undefined && aspects[0]?.name !== solver) return
    observed.set(site.index, (observed.get(site.index) ?? 0) + 1)
  })
  if (observed.size < 2) return null
  const weights = delaysOf(state.delays, type.index, EVERYTHING, 'quick')
  const counts: { site: string; observed: number; expected: number }[] = []
  for (const at of index.members(type).sites) {
    const site = index.at(at)
    const seen = solver === undefined ? site : index.find('pair', site, solver)
    if (seen === null) continue
    const expected = maturedSinceIn(seen.bins, factorOf(index, seen), state.now, weights, since)
    const count = observed.get(at) ?? 0
    if (expected > 0 || count > 0) counts.push({ site: site.name, observed: count, expected })
  }
  if (counts.length < 2) return null
  const { isSplit, rejecting, accepting, undecided } = splitSites(counts)
  if (!isSplit || rejecting.length < 2 || accepting.length < 1) return null
  let all = 0
  let accepted = 0
  for (const one of counts) {
    all += one.expected
    if (accepting.includes(one.site)) accepted += one.expected
  }
  if (accepted < ACCEPTED_SHARE_MIN * all) return null
  const where: Where = { type: type.type, ...(solver !== undefined && { solver }) }
  return { place: { where, rejecting }, sites: { rejecting, accepting, undecided } }
}
