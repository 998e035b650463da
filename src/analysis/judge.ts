import type { Finding } from '../domain/finding.ts'
import type { IncidentFacts } from '../domain/incident.ts'
import type { Instant } from '../domain/instant.ts'
import { DAY_MS, MINUTE_MS, toIso } from '../domain/instant.ts'
import type { Alarm, Deciding } from './alarm.ts'
import { hasGrown, isStanding, mayGrow, mergeAlarm, openAlarm, reopenAlarm, updateAlarm } from './alarm.ts'
import type { AlarmBook } from './alarm-book.ts'
import { forgetGroup, forgetIncident, takeOutExcess } from './forgetting.ts'
import { quarantine } from './learning.ts'
import type { Eyes, Weight, Without } from './look.ts'
import { Look } from './look.ts'
import { dropLoud } from './loud.ts'
import type { Named } from './naming.ts'
import { nameFault, nameTogether, toldSince } from './naming.ts'
import { neverWorkedAt } from './newcomers.ts'
import { judgeLoud, oneAccountFacts } from './one-account.ts'
import type { Place } from './place.ts'
import { coversLeaf, isWithin, placeOf } from './place.ts'
import type { RingEntry } from './report-ring.ts'
import type { Leaf } from './segments.ts'
import type { Segment } from './segment.ts'
import { LOOKBACK_MS } from './solve-bins.ts'

/** One bad report that has just been entered everywhere it counts. */
export interface Occasion extends Deciding {
  readonly leaf: Leaf
  readonly group: number
  /** The group the cap knows it by. */
  readonly capGroup: number
  readonly countedAtSite: boolean
  readonly countedAtType: boolean
}

const NOTHING: readonly Finding[] = Object.freeze([])
// A one-account finding that has heard nothing for a week is over; a new one may follow.
const ONE_ACCOUNT_SILENCE_MS = 7 * DAY_MS
// Sites of one type left out of its alarm because they never worked; the longest known goes first.
const NEVER_WORKED_MAX = 32
// Alarms whose onsets are further apart than their intervals and this are not taken for one fault.
const SAME_ONSET_MS = 30 * MINUTE_MS
// An alarm that comes back within this long is the same incident again.
const REOPEN_WITHIN_MS = 30 * DAY_MS
const SAME_FAULT_MS = 2 * DAY_MS

/**
 * Turns numbers into findings. Each report is weighed in all the segments it counts in; the one that stands out most raises the
 * alarm, attribution gives it its name, and one fault is to be one incident however many segments see it.
 */
export class Judge {
  readonly #eyes: Eyes
  readonly #book: AlarmBook

  constructor(eyes: Eyes, book: AlarmBook) {
    this.#eyes = eyes
    this.#book = book
  }

  judge(occasion: Occasion): readonly Finding[] {
    const owner = this.#book.ownerOf(occasion.leaf)
    if (owner !== null) return this.#judgeUnder(owner, occasion)
    if (!occasion.countedAtSite && !occasion.countedAtType) return this.#judgeLoud(occasion)
    return this.#judgeAfresh(occasion)
  }

  /** An operator ended an incident: nothing solved before counts any more where it stood. */
  resolve(incidentId: string, at: Instant): void {
    const alarm = this.#book.byIncident(incidentId)
    if (alarm === undefined) return
    if (alarm.situation === 'one-account') {
      forgetGroup(this.#eyes, alarm, at)
      dropLoud(this.#eyes.state.loud, alarm.segment, alarm.group)
    } else if (alarm.fixedAt === null) forgetIncident(this.#eyes, alarm, at)
    this.#book.end(alarm, at)
  }

  /** Ends what needs no one any more: silent one-account findings, and fixed incidents nobody resolved. Called once an hour. */
  retire(): void {
    const { now } = this.#eyes.state
    for (const alarm of this.#book.all) {
      const isSilent = alarm.situation === 'one-account' && now - alarm.lastAt > ONE_ACCOUNT_SILENCE_MS
      const isPast = alarm.fixedAt !== null && now - alarm.fixedAt > REOPEN_WITHIN_MS
      if (isSilent || isPast) this.#book.end(alarm, now)
    }
  }

  #judgeAfresh(occasion: Occasion): readonly Finding[] {
    const { leaf, countedAtSite, countedAtType } = occasion
    let best: { segment: Segment; lead: number } | null = null
    let alone: { segment: Segment; group: number } | null = null
    for (const segment of this.#segmentsOf(occasion)) {
      const weight = this.#weigh(segment, occasion)
      if (weight.kind === 'alarm' && (best === null || weight.lead > best.lead))
        best = { segment, lead: weight.lead }
      if (
        weight.kind === 'one-account' &&
        alone === null &&
        (segment.kind === 'site' || segment.kind === 'type')
      )
        alone = { segment, group: weight.group }
    }
    if (best !== null) {
      const raised = this.#raise(best.segment, occasion)
      if (raised.length > 0) return raised
    }
    if (countedAtSite) {
      const never = neverWorkedAt(this.#eyes, leaf.site, this.#book)
      if (never !== null) return this.#openOrJoin(never, occasion)
    }
    if (alone !== null) return this.#oneAccount(alone.segment, alone.group, occasion)
    return countedAtSite && countedAtType ? NOTHING : this.#judgeLoud(occasion)
  }

  /** Narrow ones first: on equal terms the finer place is named. */
  #segmentsOf({ leaf, countedAtSite, countedAtType }: Occasion): Segment[] {
    const finer = countedAtSite ? [leaf.pair, leaf.site, ...leaf.aspects] : []
    return [
      ...finer,
      ...(countedAtType ? [leaf.type] : []),
      ...(countedAtSite ? [this.#eyes.index.everything] : []),
    ]
  }

  #weigh(segment: Segment, occasion: Occasion): Weight {
    const look = Look.at(this.#eyes, segment, this.#without(segment))
    const weight = look.weigh()
    if (segment === occasion.leaf.site && this.#isWithoutHistory(segment))
      this.#noteHistory(segment, weight.kind === 'quiet' && look.isQuiet())
    return weight
  }

  /** What other incidents, and places that never worked, explain of a segment's reports. */
  #without(segment: Segment): Without {
    const { index, state } = this.#eyes
    const alarms = this.#book.touching(segment)
    const isGone =
      alarms.length === 0 ? null : (entry: RingEntry): boolean => this.#book.explains(alarms, entry)
    if (segment.kind === 'site' || segment.kind === 'pair') return { segments: [], takenOut: null, isGone }
    const never =
      segment.kind === 'all'
        ? [...state.neverWorked.values()].flat()
        : (state.neverWorked.get(segment.kind === 'type' ? segment.index : segment.parent) ?? [])
    if (segment.kind === 'type')
      return { segments: never.map((one) => index.at(one)), takenOut: null, isGone }
    const sites = new Set(never)
    const takenOut =
      sites.size === 0 ? null : (entry: RingEntry): boolean => sites.has(index.leafAt(entry.leaf).site.index)
    return { segments: [], takenOut, isGone }
  }

  /** The leaves that other incidents explain, wherever they are. */
  #explained(but: Alarm | null): ((leaf: Leaf) => boolean) | null {
    const others = this.#book.standing().filter((alarm) => alarm !== but)
    const never = new Set([...this.#eyes.state.neverWorked.values()].flat())
    if (others.length === 0 && never.size === 0) return null
    return (leaf) => never.has(leaf.site.index) || others.some((alarm) => coversLeaf(alarm, leaf))
  }

  /** A segment's alarm: named, joined with what stands, or opened. */
  #raise(segment: Segment, occasion: Occasion): readonly Finding[] {
    const reading = Look.at(this.#eyes, segment, this.#without(segment)).read()
    if (reading === null) {
      if (segment.kind === 'site') this.#noteHistory(segment, false)
      return NOTHING
    }
    if (segment.kind === 'site') this.#noteHistory(segment, true)
    const named = nameFault(this.#eyes, segment, occasion.leaf, reading, this.#explained(null))
    if (named === null) return NOTHING
    if (named === 'no-history') {
      this.#noteHistory(occasion.leaf.site, false)
      return NOTHING
    }
    return this.#openOrJoin(named, occasion)
  }

  #openOrJoin(named: Named, occasion: Occasion): readonly Finding[] {
    for (const standing of this.#book.standing()) {
      if (!isSameTime(standing, named)) continue
      // What it said was the beginning of a wider story: its reports were left out, and the rest alarms all the same.
      if (isWithin(standing, named.place)) return this.#becomeWider(standing, named, occasion)
      const since = Math.min(standing.onset.at, named.reading.onset.at)
      const together = nameTogether(this.#eyes, standing, named.place, since, this.#explained(standing))
      if (together !== null) return this.#update(standing, together, occasion)
    }
    return this.#open(named, occasion)
  }

  #becomeWider(standing: Alarm, named: Named, occasion: Occasion): readonly Finding[] {
    const isOut = this.#explained(standing)
    const whole = nameFault(this.#eyes, named.segment, occasion.leaf, named.reading, isOut)
    if (whole === null || whole === 'no-history' || !isWithin(standing, whole.place))
      return this.#update(standing, named, occasion)
    return this.#update(standing, whole, occasion)
  }

  #open(named: Named, occasion: Occasion): readonly Finding[] {
    const { facts, place, segment } = named
    const before = this.#book.all.find((alarm) => this.#isSameStory(alarm, named))
    quarantine(this.#eyes.state, this.#eyes.index, place, facts.onset.from)
    if (before !== undefined) {
      if (before.situation === 'one-account') return this.#update(before, named, occasion)
      const because = `Reported again on tasks solved since ${toIso(facts.onset.at)}, after it had been fixed.`
      before.segment = segment.index
      // What comes back within days never really went: it began when it began.
      const isBack = facts.onset.at - (before.fixedAt ?? 0) < SAME_FAULT_MS
      before.since = isBack ? (before.since ?? before.onset) : null
      const told = before.since === null ? facts : toldSince(this.#eyes, named, before.since)
      const finding = reopenAlarm(before, told, place.rejecting, because, occasion)
      takeOutExcess(this.#eyes, before)
      this.#book.moved()
      return [finding]
    }
    if (!this.#book.hasRoom) return NOTHING
    const name = Object.values(facts.where).join('/')
    const { alarm, finding } = openAlarm(name, segment.index, -1, facts, place.rejecting, occasion)
    this.#book.add(alarm)
    takeOutExcess(this.#eyes, alarm)
    return [finding, ...this.#absorb(alarm, occasion)]
  }

  /** One account's finding about the place, or the same place fixed and broken again. */
  #isSameStory(alarm: Alarm, { place, facts }: Named): boolean {
    if (alarm.situation === 'one-account') {
      const { account: _account, group: _group, ...where } = alarm.where
      const its: Place = { where, rejecting: null }
      return isSameTime(alarm, { facts }) && (isWithin(its, place) || isWithin(place, its))
    }
    return (
      alarm.fixedAt !== null &&
      isWithin(place, alarm) &&
      isWithin({ ...alarm, rejecting: null }, { ...place, rejecting: null })
    )
  }

  /** While an alarm stands, its place's reports are its own, unless something clearly worse began later within. */
  #judgeUnder(owner: Alarm, occasion: Occasion): readonly Finding[] {
    const { leaf, countedAtSite, countedAtType } = occasion
    if (!countedAtSite && !countedAtType) return NOTHING
    if (mayGrow(owner) && this.#eyes.state.now - owner.openedAt <= LOOKBACK_MS) {
      const said = this.#grow(owner, occasion)
      if (said.length > 0) return said
      // Nothing new in them: asked again when as many have come.
      owner.fresh = 0
    }
    if (!countedAtSite || isWithin(owner, placeOf(leaf.site))) return NOTHING
    const look = Look.at(this.#eyes, leaf.site)
    if (look.weigh().kind !== 'alarm') return NOTHING
    const reading = look.read()
    if (reading === null || reading.onset.from <= owner.openedAt || reading.ratio.low <= owner.ratio.high)
      return NOTHING
    const named = nameFault(this.#eyes, leaf.site, leaf, reading, this.#explained(owner))
    if (named === null || named === 'no-history' || isWithin(owner, named.place)) return NOTHING
    return this.#open(named, occasion)
  }

  /** Says more about an alarm, and names it anew: with more reports the same scan sees more. */
  #grow(alarm: Alarm, occasion: Occasion): readonly Finding[] {
    const segment = this.#eyes.index.at(alarm.segment)
    const reading = Look.at(this.#eyes, segment).read()
    if (reading === null) return NOTHING
    if (alarm.situation === 'never-worked') {
      const again = neverWorkedAt(this.#eyes, segment, this.#book)
      return again !== null && hasGrown(alarm, again.facts.reports)
        ? this.#update(alarm, again, occasion)
        : NOTHING
    }
    const named = nameFault(this.#eyes, segment, occasion.leaf, reading, this.#explained(alarm))
    if (named === null || named === 'no-history' || !hasGrown(alarm, named.facts.reports)) return NOTHING
    return this.#update(alarm, named, occasion)
  }

  #update(alarm: Alarm, named: Named, occasion: Occasion): readonly Finding[] {
    const { facts, place, segment } = named
    const isMoved = !isWithin(place, alarm)
    alarm.segment = segment.index
    alarm.group = -1
    const onset = alarm.since ?? (isMoved || isNarrower(facts.onset, alarm.onset) ? null : alarm.onset)
    const told = onset === null ? facts : toldSince(this.#eyes, named, onset)
    const finding = updateAlarm(alarm, told, place.rejecting, occasion)
    this.#book.moved()
    if (isMoved) {
      quarantine(this.#eyes.state, this.#eyes.index, place, facts.onset.from)
      takeOutExcess(this.#eyes, alarm)
    }
    return [finding, ...this.#absorb(alarm, occasion)]
  }

  /** Alarms that lie within one that has just been said, and began with it, are part of it. */
  #absorb(alarm: Alarm, occasion: Occasion): Finding[] {
    const findings: Finding[] = []
    for (const other of this.#book.all) {
      if (other === alarm || !isStanding(other) || !isWithin(other, alarm)) continue
      if (!isSameTime(other, { facts: alarm })) continue
      const because = 'The same fault: it lies within this one, and began when this did.'
      findings.push(mergeAlarm(alarm, other, because, occasion))
      this.#book.end(other, occasion.at, alarm)
    }
    return findings
  }

  #oneAccount(segment: Segment, group: number, occasion: Occasion): readonly Finding[] {
    const said = oneAccountFacts(this.#eyes, segment, group)
    return said === null ? NOTHING : this.#sayOneAccount(said.segment, group, said.facts, occasion)
  }

  /** A group so loud that the cap keeps most of its reports from counting: weighed alone, by the hour. */
  #judgeLoud(occasion: Occasion): readonly Finding[] {
    const { leaf, group, capGroup } = occasion
    const standing = this.#standingOneAccount(leaf.site, group)
    const facts = judgeLoud(this.#eyes, leaf.site, group, capGroup, (reports) =>
      standing === undefined ? true : hasGrown(standing, reports),
    )
    return facts === null ? NOTHING : this.#sayOneAccount(leaf.site, group, facts, occasion)
  }

  #sayOneAccount(
    segment: Segment,
    group: number,
    facts: IncidentFacts,
    occasion: Occasion,
  ): readonly Finding[] {
    const standing = this.#standingOneAccount(segment, group)
    if (standing !== undefined)
      return hasGrown(standing, facts.reports) ? [updateAlarm(standing, facts, null, occasion)] : NOTHING
    if (!this.#book.hasRoom) return NOTHING
    const { alarm, finding } = openAlarm(
      Object.values(facts.where).join('/'),
      segment.index,
      group,
      facts,
      null,
      occasion,
    )
    this.#book.add(alarm)
    return [finding]
  }

  #standingOneAccount(segment: Segment, group: number): Alarm | undefined {
    const type = segment.kind === 'site' ? segment.parent : segment.index
    return this.#book.all.find(
      (alarm) =>
        alarm.situation === 'one-account' &&
        alarm.group === group &&
        (alarm.segment === segment.index ||
          alarm.segment === type ||
          (segment.kind === 'type' && this.#eyes.index.at(alarm.segment).parent === type)),
    )
  }

  #isWithoutHistory(site: Segment): boolean {
    return this.#eyes.state.neverWorked.get(site.parent)?.includes(site.index) === true
  }

  #noteHistory(site: Segment, had: boolean): void {
    const { neverWorked } = this.#eyes.state
    const list = neverWorked.get(site.parent) ?? []
    const at = list.indexOf(site.index)
    if (had && at >= 0) list.splice(at, 1)
    if (!had && at < 0) list.push(site.index)
    if (list.length > NEVER_WORKED_MAX) list.shift()
    if (list.length > 0) neverWorked.set(site.parent, list)
    else neverWorked.delete(site.parent)
  }
}

/** An onset read from bins that have been merged since is no news: the one that was read when they were fine is kept. */
function isNarrower(onset: IncidentFacts['onset'], than: IncidentFacts['onset']): boolean {
  return onset.to - onset.from <= than.to - than.from
}

/** Do two onsets leave room for one moment? */
function isSameTime(
  alarm: Pick<Alarm, 'onset'>,
  { facts }: { facts: Pick<IncidentFacts, 'onset'> },
): boolean {
  return (
    alarm.onset.from - SAME_ONSET_MS <= facts.onset.to && facts.onset.from <= alarm.onset.to + SAME_ONSET_MS
  )
}
