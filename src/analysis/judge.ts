import type { Finding } from '../domain/finding.ts'
import type { IncidentFacts } from '../domain/incident.ts'
import type { Instant } from '../domain/instant.ts'
import { DAY_MS } from '../domain/instant.ts'
import type { Alarm } from './alarm.ts'
import { hasGrown, mayGrow, openAlarm, updateAlarm, whereOf } from './alarm.ts'
import { pairExpectedTogether } from './cap.ts'
import { reopen, shutForIncident, unshut } from './learning.ts'
import type { Tapes } from './look.ts'
import { createTapes, Look } from './look.ts'
import { dropLoud, loudPair } from './loud.ts'
import { LEAVE_OUT_NATS, SITE_SHARE_MIN } from './method.ts'
import type { Reading } from './reading.ts'
import { ratioOfCounts } from './reading.ts'
import { dropReportsThrough } from './report-ring.ts'
import { lnMixture } from './scan.ts'
import type { Segment } from './segment.ts'
import { dropThrough, LOOKBACK_MS, removePart, SLOT_MS, slotOf } from './solve-bins.ts'
import type { ModelState } from './state.ts'
import { oneAccountSentence, regressionSentence } from './wording.ts'

/** One bad report that has just been entered everywhere it counts. */
export interface Occasion {
  readonly at: Instant
  readonly seq: number
  readonly site: Segment
  readonly type: Segment
  readonly group: number
  /** The group the cap knows it by. */
  readonly capGroup: number
  readonly countedAtSite: boolean
  readonly countedAtType: boolean
}

const NOTHING: readonly Finding[] = Object.freeze([])
// A one-account finding that has heard nothing for a week is over; a new one may follow.
const ONE_ACCOUNT_SILENCE_MS = 7 * DAY_MS
// One account's finding is one in which it sends at least this share of the reports; below, it is too early to tell.
const OWN_SHARE_MIN = 0.75
// Below this expectation of a pair, a burst is weighed as if this much had been expected.
const PAIR_EXPECTED_MIN = 0.01
// Sites of one type left out of its alarm because they never worked; the longest known goes first.
const NEVER_WORKED_MAX = 32

/**
 * Turns numbers into findings. A type and its sites are one family: one fault is to open one incident, at the finer place
 * where that explains it.
 */
export class Judge {
  readonly #state: ModelState
  readonly #tapes: Tapes = createTapes()
  readonly #siteTapes: Tapes = createTapes()
  readonly #families = new Map<number, Alarm[]>()

  constructor(state: ModelState) {
    this.#state = state
    for (const alarm of state.alarms) this.#family(alarm.type).push(alarm)
  }

  judge(occasion: Occasion): readonly Finding[] {
    const { site, type } = occasion
    const family = this.#families.get(type.index)
    const onSite = family && regressionOn(family, site)
    if (onSite) return occasion.countedAtSite ? this.#grow(onSite, site, occasion) : NOTHING
    const onType = family && regressionOn(family, type)
    if (onType) return this.#judgeUnder(onType, occasion)
    if (!occasion.countedAtSite && !occasion.countedAtType) return this.#judgeLoud(occasion)
    return this.#judgeAfresh(occasion)
  }

  /** An operator ended an incident: nothing solved before counts any more where it stood. */
  resolve(incidentId: string, at: Instant): void {
    const alarm = this.#state.alarms.find((one) => one.incidentId === incidentId)
    if (alarm === undefined) return
    this.#remove(alarm)
    const segment = this.#segment(alarm.segment)
    const throughSlot = slotOf(at)
    if (segment.kind === 'site') {
      // What the site saw leaves its type as well, or the type would alarm about what has just been dealt with.
      const type = this.#segment(segment.parent)
      removePart(type.bins, segment.bins, segment.effect)
      dropReportsThrough(type.ring, (throughSlot + 1) * SLOT_MS - 1, segment.index)
    }
    this.#forget(segment, throughSlot)
    if (segment.kind === 'type')
      for (const site of this.#state.segments)
        if (site.parent === segment.index) this.#forget(site, throughSlot)
    if (alarm.situation === 'regression') reopen(segment, at)
    else dropLoud(this.#state.loud, segment.index, alarm.group)
  }

  /** Ends one-account findings that have gone silent. Called once an hour. */
  retire(): void {
    const { now, alarms } = this.#state
    for (const alarm of alarms)
      if (alarm.situation === 'one-account' && now - alarm.lastAt > ONE_ACCOUNT_SILENCE_MS)
        this.#remove(alarm)
  }

  #judgeAfresh(occasion: Occasion): readonly Finding[] {
    const { site, type } = occasion
    const siteLook = new Look(this.#state, site, this.#siteTapes)
    const atSite = siteLook.weigh()
    const siteReading = atSite.kind === 'regression' ? siteLook.read() : null
    if (atSite.kind === 'quiet' || siteReading !== null) this.#noteHistory(site, true)

    const typeLook = new Look(this.#state, type, this.#tapes, this.#leftOut(type))
    const atType = typeLook.weigh()
    if (atType.kind === 'regression') return this.#openWide(typeLook, occasion)
    if (siteReading !== null) return this.#open(siteLook, siteReading, occasion)
    if (atSite.kind === 'one-account') return this.#oneAccount(siteLook, atSite.group, occasion)
    if (atType.kind === 'one-account') return this.#oneAccount(typeLook, atType.group, occasion)
    return occasion.countedAtSite ? NOTHING : this.#judgeLoud(occasion)
  }

  /** A type's alarm goes to the one site that explains it, if there is one. */
  #openWide(look: Look, occasion: Occasion): readonly Finding[] {
    const reading = look.read()
    if (reading === null) return NOTHING
    const site = this.#explainingSite(look, reading)
    if (site === null) return this.#open(look, reading, occasion)
    const narrow = new Look(this.#state, site, this.#siteTapes)
    const narrowReading = narrow.read()
    this.#noteHistory(site, narrowReading !== null)
    if (narrowReading === null) return NOTHING
    // Some history the site has; whether enough of it for each single moment the type's own has settled.
    return this.#open(narrow, narrow.read(reading.onset.from) ?? narrowReading, occasion)
  }

  /** While a type's alarm stands, a site's is part of it, unless it clearly began after that had been said. */
  #judgeUnder(wide: Alarm, occasion: Occasion): readonly Finding[] {
    const { site, type } = occasion
    const siteLook = new Look(this.#state, site, this.#siteTapes)
    const siteReading = siteLook.weigh().kind === 'regression' ? siteLook.read() : null
    if (siteReading !== null) {
      const typeLook = new Look(this.#state, type, this.#tapes, this.#leftOut(type))
      const typeReading = typeLook.read()
      const later = siteReading.onset.from > wide.openedAt
      if (later && (typeReading === null || siteReading.ratio.low > typeReading.ratio.high))
        return this.#open(siteLook, siteReading, occasion)
      if (!later && typeReading !== null && this.#explainingSite(typeLook, typeReading) === site)
        return this.#narrow(wide, siteLook, siteReading, occasion)
    }
    return occasion.countedAtType ? this.#grow(wide, type, occasion) : NOTHING
  }

  #grow(alarm: Alarm, segment: Segment, occasion: Occasion): readonly Finding[] {
    if (!mayGrow(alarm) || this.#state.now - alarm.openedAt > LOOKBACK_MS) return NOTHING
    const without = segment.kind === 'type' ? this.#leftOut(segment) : []
    const look = new Look(this.#state, segment, this.#tapes, without)
    const reading = look.read()
    if (reading === null || !hasGrown(alarm, reading.reports)) return NOTHING
    if (segment.kind === 'type') {
      const site = this.#explainingSite(look, reading)
      if (site !== null) {
        const narrow = new Look(this.#state, site, this.#siteTapes)
        const narrowReading = narrow.read()
        if (narrowReading !== null) return this.#narrow(alarm, narrow, narrowReading, occasion)
      }
    }
    return [updateAlarm(alarm, regressionFacts(look, reading), occasion)]
  }

  /** Moves a type's alarm to the site that turned out to explain it. */
  #narrow(wide: Alarm, look: Look, reading: Reading, occasion: Occasion): readonly Finding[] {
    unshut(this.#segment(wide.type))
    shutForIncident(this.#state, look.segment, reading.onset.from)
    wide.segment = look.segment.index
    return [updateAlarm(wide, regressionFacts(look, reading), occasion)]
  }

  #open(look: Look, reading: Reading, occasion: Occasion): readonly Finding[] {
    const { segment } = look
    const facts = regressionFacts(look, reading)
    shutForIncident(this.#state, segment, reading.onset.from)
    const family = this.#family(occasion.type.index)
    const standing = family.find((alarm) => this.#becomes(alarm, segment, reading))
    if (standing !== undefined) {
      standing.situation = 'regression'
      standing.segment = segment.index
      standing.group = -1
      return [updateAlarm(standing, facts, occasion)]
    }
    const { alarm, finding } = openAlarm(
      `${segment.type}/${segment.site}`,
      'regression',
      occasion.type.index,
      segment.index,
      -1,
      facts,
      occasion,
    )
    this.#state.alarms.push(alarm)
    family.push(alarm)
    return [finding]
  }

  /** Is what this alarm said the beginning of the same story: one account of the same place, or one of the type's sites? */
  #becomes(alarm: Alarm, segment: Segment, reading: Reading): boolean {
    const overlaps = alarm.onset.from <= reading.onset.to && alarm.onset.to >= reading.onset.from
    if (alarm.situation === 'one-account')
      return alarm.segment === segment.index || alarm.segment === segment.parent
    return segment.kind === 'type' && overlaps
  }

  /** The site that carries most of a type's excess; null if none does, or if only one customer speaks of it. */
  #explainingSite(look: Look, reading: Reading): Segment | null {
    const counts = new Map<number, number>()
    let all = 0
    look.eachReport(({ solvedAt, site }) => {
      if (solvedAt < reading.onset.at) return
      counts.set(site, (counts.get(site) ?? 0) + 1)
      all += 1
    })
    let top = -1
    for (const [site, count] of counts) if (top < 0 || count > (counts.get(top) ?? 0)) top = site
    if (top < 0) return null
    const narrow = new Look(this.#state, this.#segment(top), this.#siteTapes)
    const since = narrow.tape.indexSince(reading.onset.at - SLOT_MS)
    const reports = ((counts.get(top) ?? 0) / all) * reading.reports
    const excess = reports - (narrow.tape.maturedSince[since] as number)
    if (excess < SITE_SHARE_MIN * (reading.reports - reading.expected)) return null
    return narrow.groupsSince(reading.onset.at).size < 2 ? null : narrow.segment
  }

  /** One group's own trouble. What stands about it, or about the whole place, is not said again. */
  #oneAccount(look: Look, group: number, occasion: Occasion): readonly Finding[] {
    const reading = look.read()
    if (reading === null) return NOTHING
    let reports = 0
    let all = 0
    const accounts = new Set<number>()
    const sites = new Set<number>()
    look.eachReport((entry) => {
      if (entry.solvedAt < reading.onset.at) return
      all += 1
      if (this.#groupOf(entry.account) !== group) return
      reports += 1
      accounts.add(entry.account)
      sites.add(entry.site)
    })
    if (reports < OWN_SHARE_MIN * all) return NOTHING
    const only = accounts.size === 1 ? ([...accounts][0] as number) : -1
    const segment = sites.size === 1 ? this.#segment([...sites][0] as number) : look.segment
    return this.#sayOneAccount(segment, group, only, occasion, { ...reading, reports })
  }

  /** A group so loud that the cap keeps most of its reports from counting: weighed alone, by the hour. */
  #judgeLoud(occasion: Occasion): readonly Finding[] {
    const { site, group, capGroup } = occasion
    const pair = loudPair(this.#state.loud, site.index, group)
    if (pair === null) return NOTHING
    const standing = this.#standingOneAccount(site, group)
    if (standing !== undefined && !hasGrown(standing, pair.reports)) return NOTHING
    const expected = Math.max(
      PAIR_EXPECTED_MIN,
      pairExpectedTogether(this.#state.pairs, site.index, capGroup),
    )
    const look = new Look(this.#state, site, this.#siteTapes)
    const ln = Math.log(expected) + lnMixture(pair.reports, expected, look.ratios)
    if (ln < this.#state.lnThreshold + LEAVE_OUT_NATS || !look.isQuietWithout(group)) return NOTHING
    // Reports at a steady rate began at most three mean gaps before the first of them, with 95 % certainty.
    const gap = (pair.last - pair.first) / Math.max(1, pair.reports - 1)
    const onset = { at: pair.first, from: Math.floor(pair.first - 3 * gap), to: pair.first }
    const ratio = ratioOfCounts(pair.reports, expected)
    return this.#sayOneAccount(site, group, pair.account, occasion, {
      onset,
      ratio,
      reports: pair.reports,
      expected,
    })
  }

  #sayOneAccount(
    segment: Segment,
    group: number,
    account: number,
    occasion: Occasion,
    said: Pick<Reading, 'onset' | 'ratio' | 'reports' | 'expected'>,
  ): readonly Finding[] {
    const standing = this.#standingOneAccount(segment, group)
    if (standing !== undefined && !hasGrown(standing, said.reports)) return NOTHING
    const { parties } = this.#state
    const who: Record<string, string> =
      account >= 0
        ? { account: parties.accounts[account]?.id ?? '' }
        : { group: parties.groups[group]?.id ?? '' }
    const known = {
      situation: 'one-account' as const,
      where: { ...who, ...whereOf(segment.type, segment.kind === 'site' ? segment.site : null) },
      onset: said.onset,
      ratio: said.ratio,
      reports: said.reports,
      expected: said.expected,
      accounts: 1,
    }
    const facts: IncidentFacts = { ...known, alternatives: [], because: oneAccountSentence(known) }
    if (standing !== undefined) return [updateAlarm(standing, facts, occasion)]
    const { alarm, finding } = openAlarm(
      `${segment.type}/${segment.site}/${parties.groups[group]?.id ?? ''}`,
      'one-account',
      occasion.type.index,
      segment.index,
      group,
      facts,
      occasion,
    )
    this.#state.alarms.push(alarm)
    this.#family(occasion.type.index).push(alarm)
    return [finding]
  }

  #standingOneAccount(segment: Segment, group: number): Alarm | undefined {
    const type = segment.kind === 'site' ? segment.parent : segment.index
    return this.#families
      .get(type)
      ?.find(
        (alarm) =>
          alarm.situation === 'one-account' &&
          alarm.group === group &&
          (alarm.segment === segment.index || alarm.segment === type || segment.kind === 'type'),
      )
  }

  /** Sites that have an incident of their own, or never worked: the type is judged by the rest. */
  #leftOut(type: Segment): Segment[] {
    const left = new Set<Segment>()
    for (const alarm of this.#families.get(type.index) ?? [])
      if (alarm.situation === 'regression' && alarm.segment !== type.index)
        left.add(this.#segment(alarm.segment))
    for (const index of type.neverWorked) left.add(this.#segment(index))
    return [...left]
  }

  #noteHistory(site: Segment, had: boolean): void {
    const { neverWorked } = this.#segment(site.parent)
    const at = neverWorked.indexOf(site.index)
    if (had && at >= 0) neverWorked.splice(at, 1)
    if (!had && at < 0) neverWorked.push(site.index)
    if (neverWorked.length > NEVER_WORKED_MAX) neverWorked.shift()
  }

  #forget(segment: Segment, throughSlot: number): void {
    dropThrough(segment.bins, throughSlot)
    segment.notBefore = (throughSlot + 1) * SLOT_MS - 1
    dropReportsThrough(segment.ring, segment.notBefore)
    if (segment.kind === 'site') this.#noteHistory(segment, true)
  }

  #remove(alarm: Alarm): void {
    this.#state.alarms = this.#state.alarms.filter((one) => one !== alarm)
    const rest = this.#family(alarm.type).filter((one) => one !== alarm)
    if (rest.length === 0) this.#families.delete(alarm.type)
    else this.#families.set(alarm.type, rest)
  }

  #family(type: number): Alarm[] {
    let family = this.#families.get(type)
    if (family === undefined) {
      family = []
      this.#families.set(type, family)
    }
    return family
  }

  #segment(index: number): Segment {
    const segment = this.#state.segments[index]
    if (segment === undefined)
      throw new Error(`there is no segment ${index} of ${this.#state.segments.length}`)
    return segment
  }

  #groupOf(account: number): number {
    return this.#state.parties.accounts[account]?.group ?? 0
  }
}

function regressionOn(family: readonly Alarm[], segment: Segment): Alarm | undefined {
  return family.find((alarm) => alarm.situation === 'regression' && alarm.segment === segment.index)
}

function regressionFacts(look: Look, reading: Reading): IncidentFacts {
  const { type, site, kind } = look.segment
  const known = {
    situation: 'regression' as const,
    where: whereOf(type, kind === 'site' ? site : null),
    onset: reading.onset,
    ratio: reading.ratio,
    reports: reading.reports,
    expected: reading.expected,
    accounts: look.groupsSince(reading.onset.at).size,
  }
  return { ...known, alternatives: [], because: regressionSentence(known) }
}
