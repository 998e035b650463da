import type { Instant } from '../domain/instant.ts'
import { DAY_MS } from '../domain/instant.ts'
import type { Alarm } from './alarm.ts'
import type { AlarmBook } from './alarm-book.ts'
import type { Credibility } from './credibility/credibility.ts'
import {
  Credibilities,
  fadeRecords,
  noteRecord,
  readRecord,
  refitPriors,
  totals,
} from './credibility/reporter-book.ts'
import {
  addReporterReport,
  addReporterTask,
  BASE_FAILURE_SHARE,
  createReporterRecord,
} from './credibility/record.ts'
import type { ReporterRecord } from './credibility/record.ts'
import type { GroupTally, Said, Sums } from './credibility/tally.ts'
import { addToTally, closeTally, ofOthers, sumsOver } from './credibility/tally.ts'
import { FIT_EVERY_MS, KEPT_PER_FIT } from './effects.ts'
import { cautiousValue } from './level.ts'
import { EFFECT_K } from './method.ts'
import {
  addTraffic,
  eachSettled,
  REST_GROUP,
  REST_SITE,
  settledExposure,
  settledReports,
} from './mix-table.ts'
import type { MixIndex } from './mix-table.ts'
import type { Segment } from './segment.ts'
import type { Leaf, SegmentIndex } from './segments.ts'
import { addExposure, addReport, pendingFactors, slotOf } from './solve-bins.ts'
import type { ModelState } from './state.ts'

/** When an incident is over, its late reports are waited for this long before the records learn from it. */
const SETTLED_AFTER_MS = DAY_MS
/** Who reports more than half as many again as were bad, and a few: its silence says nothing of a fault, nor its reports. */
const WITNESS_MAX = 1.5
const WITNESS_FREE_REPORTS = 3
/** Shares of bad tasks where nothing is wrong, at the best of places and at the hardest. */
const FAILURE_SHARE_MIN = 0.2 * BASE_FAILURE_SHARE
const FAILURE_SHARE_MAX = 0.5

/**
 * What each group does, for its credibility: its tasks and bad reports where nothing is wrong (in its record at once) and in incidents
 * (in the incident's tally, until a day after its end). P(bad) of a task, in an incident or not, is made without the group's own reports.
 */
export class Reporters {
  readonly #state: ModelState
  readonly #index: SegmentIndex
  readonly #mix: MixIndex
  readonly #book: AlarmBook
  readonly #credibilities = new Credibilities()
  readonly #factors = new Float64Array(4)
  // Of one position in the log.
  #witnesses = new Map<Alarm, Sums>()
  #asOf = -1

  constructor(state: ModelState, index: SegmentIndex, mix: MixIndex, book: AlarmBook) {
    this.#state = state
    this.#index = index
    this.#mix = mix
    this.#book = book
  }

  /** The team's incident that a task belonged to when it was solved; the worst if several; null if none. */
  incidentOf(leaf: Leaf, solvedAt: Instant): Alarm | null {
    return worstAt(this.#book.everCovering(leaf), solvedAt)
  }

  /** The incident that it is listed under: the one that absorbed it, if any. */
  listedUnder(alarm: Alarm): Alarm {
    const { alarms, ended } = this.#state
    let at = alarm
    for (let steps = 0; at.absorbedBy !== null && steps <= ended.length; steps++) {
      const id = at.absorbedBy
      const next = alarms.find((one) => one.id === id) ?? ended.find((one) => one.id === id)
      if (next === undefined) return at
      at = next
    }
    return at
  }

  /** @param expected reports to be expected of it, ever */
  noteTask(leaf: Leaf, group: number, solvedAt: Instant, expected: number): void {
    const { site } = leaf
    const row = this.#rowOf(site, group)
    this.#noteTraffic(row, solvedAt, 1, 0)
    const share = this.failureShare(site, group, row)
    const alarm = worstAt(this.#book.covering(leaf), solvedAt)
    if (alarm === null) return this.noteQuiet(group, share, 1, 0)
    this.#noteIn(alarm, group, { tasks: 1, reports: 0, expected, usuallyBad: share }, share)
    if (!this.isWitness(group)) return
    pendingFactors(solvedAt, this.#factors)
    const newest = slotOf(this.#state.now)
    addExposure(alarm.tally.bins, slotOf(solvedAt), newest, expected, this.#factors)
  }

  /** @param count -1 when a bad report is taken back */
  noteReport(leaf: Leaf, group: number, solvedAt: Instant, count: 1 | -1): void {
    const row = this.#rowOf(leaf.site, group)
    this.#noteTraffic(row, solvedAt, 0, count)
    const share = this.failureShare(leaf.site, group, row)
    const alarm = this.incidentOf(leaf, solvedAt)
    if (alarm === null) return this.noteQuiet(group, share, 0, count)
    const listed = this.listedUnder(alarm)
    this.#noteIn(listed, group, { tasks: 0, reports: count, expected: 0, usuallyBad: 0 }, share)
    if (this.isWitness(group)) addReport(listed.tally.bins, slotOf(solvedAt), slotOf(this.#state.now), count)
  }

  /** Once an hour: incidents that have long been over go into the records. */
  settle(): void {
    const { alarms, ended, now, reporters } = this.#state
    for (const alarm of [...ended, ...alarms]) {
      const { tally } = alarm
      const over = alarm.endedAt ?? alarm.fixedAt
      if (tally.settled !== null || over === null || now - over < SETTLED_AFTER_MS) continue
      const witnesses = sumsOver(tally, (group) => this.isWitness(group))
      const learned = [...tally.groups].map(
        ([group, its]) => [group, its, pBadOf(this.#said(alarm, witnesses, group), its)] as const,
      )
      for (const [group, { tasks, reports }, pBad] of learned)
        noteRecord(reporters, group, pBad, tasks, reports)
      closeTally(tally, witnesses)
    }
  }

  /** Twice a day, when the effects have been fitted anew. */
  refit(): void {
    const { reporters, mixTable, parties } = this.#state
    fadeRecords(reporters, KEPT_PER_FIT)
    refitPriors(reporters)
    const all = this.#index.everything.effect
    reporters.sites = new Float32Array(2 * this.#index.size)
    const { sites } = reporters
    eachSettled(mixTable, (site, group, exposure, reports) => {
      if (site === REST_SITE || !this.isWitness(group)) return
      sites[2 * site] = (sites[2 * site] as number) + reports
      const unit = exposure * (parties.groups[group]?.effect ?? 1) * all
      sites[2 * site + 1] = (sites[2 * site + 1] as number) + unit
    })
  }

  /**
   * How much a group's reports say.
   * @param but a report of its own that is not to count: in which incident, or where nothing is wrong
   */
  credibility(
    group: number,
    but: { readonly incident: Alarm | null; readonly failureShare: number } | null,
  ): Credibility {
    const { reporters, alarms, ended } = this.#state
    if (group <= REST_GROUP) return this.#credibilities.of(createReporterRecord(), reporters.priors)
    const record = readRecord(reporters, group)
    for (const list of [ended, alarms])
      for (const alarm of list) {
        const its = alarm.tally.settled === null ? alarm.tally.groups.get(group) : undefined
        if (its === undefined) continue
        const pBad = pBadOf(this.saidByOthers(alarm, group), its)
        addReporterTask(record, pBad, its.tasks)
        addReporterReport(record, pBad, its.reports)
      }
    if (but !== null) {
      const its = but.incident?.tally.groups.get(group)
      takeOut(
        record,
        but.incident === null || its === undefined
          ? but.failureShare
          : pBadOf(this.saidByOthers(but.incident, group), its),
      )
    }
    return this.#credibilities.of(record, reporters.priors)
  }

  /** An incident as other groups' reports tell it, of those whose reports may follow failures. */
  saidByOthers(alarm: Alarm, group: number): Said {
    return this.#said(alarm, this.#witnessesOf(alarm), group)
  }

  #witnessesOf(alarm: Alarm): Sums {
    if (this.#asOf !== this.#state.cursor) {
      this.#asOf = this.#state.cursor
      this.#witnesses = new Map()
    }
    let witnesses = alarm.tally.settled ?? this.#witnesses.get(alarm)
    if (witnesses === undefined) {
      witnesses = sumsOver(alarm.tally, (one) => this.isWitness(one))
      this.#witnesses.set(alarm, witnesses)
    }
    return witnesses
  }

  /** Which share of the tally's reports, and of what was expected there, is other groups': of those whose reports may follow failures. */
  shareOfOthers(alarm: Alarm, group: number): Sums {
    const witnesses = this.#witnessesOf(alarm)
    const its = this.isWitness(group) ? alarm.tally.groups.get(group) : undefined
    const share = (part: number, whole: number): number =>
      whole > 0 ? Math.max(0, 1 - Math.max(0, part) / whole) : 1
    return {
      reports: share(its?.reports ?? 0, witnesses.reports),
      expected: share(its?.expected ?? 0, witnesses.expected),
    }
  }

  /** Can this group's reports, and its silence, say anything? Not of one that reports much more than was bad. */
  isWitness(group: number): boolean {
    if (group <= REST_GROUP) return false
    const { bad, reports } = totals(this.#state.reporters, group)
    return reports <= WITNESS_FREE_REPORTS + WITNESS_MAX * bad
  }

  /** The share of a site's tasks that is bad where nothing is wrong, as far as all other groups know; in (0, 1). */
  failureShare(
    site: Segment,
    group: number,
    row = group <= REST_GROUP ? -1 : this.#mix.find(site.index, group),
  ): number {
    const { reporters, mixTable, parties } = this.#state
    const at = 2 * site.index
    if (at >= reporters.sites.length) return BASE_FAILURE_SHARE
    let observed = reporters.sites[at] as number
    let expected = reporters.sites[at + 1] as number
    if (row >= 0 && this.isWitness(group)) {
      const effect = (parties.groups[group]?.effect ?? 1) * this.#index.everything.effect
      observed = Math.max(0, observed - settledReports(mixTable, row))
      expected = Math.max(0, expected - settledExposure(mixTable, row) * effect)
    }
    const share = BASE_FAILURE_SHARE * cautiousValue({ observed, expected, asOf: 0 }, EFFECT_K)
    return Math.min(FAILURE_SHARE_MAX, Math.max(FAILURE_SHARE_MIN, share))
  }

  /** Before the first fit nobody knows which places are hard: what would be learned of their customers would be wrong. */
  noteQuiet(group: number, failureShare: number, tasks: number, reports: number): void {
    if (this.#state.parties.known) noteRecord(this.#state.reporters, group, failureShare, tasks, reports)
  }

  #noteIn(alarm: Alarm, group: number, more: GroupTally, failureShare: number): void {
    const { tally } = alarm
    if (tally.settled === null) return addToTally(tally, group, more)
    const said = this.#said(alarm, tally.settled, group)
    const pBad = Math.min(1, failureShare * said.ratio.estimate)
    noteRecord(this.#state.reporters, group, pBad, more.tasks, more.reports)
  }

  #said(alarm: Alarm, witnesses: Sums, group: number): Said {
    const { tally } = alarm
    const its = this.isWitness(group) ? tally.groups.get(group) : undefined
    if (its === undefined) return ofOthers(alarm, tally, witnesses)
    return ofOthers(alarm, tally, {
      reports: Math.max(0, witnesses.reports - its.reports),
      expected: Math.max(0, witnesses.expected - its.expected),
    })
  }

  #rowOf(site: Segment, group: number): number {
    return group <= REST_GROUP ? -1 : this.#mix.row(site.index, group)
  }

  #noteTraffic(row: number, solvedAt: Instant, tasks: number, reports: number): void {
    const { mixTable, fitted } = this.#state
    addTraffic(mixTable, row, Math.max(0, fitted - Math.floor(solvedAt / FIT_EVERY_MS)), tasks, reports)
  }
}

function worstAt(alarms: readonly Alarm[], solvedAt: Instant): Alarm | null {
  let worst: Alarm | null = null
  for (const alarm of alarms) {
    const { onset, fixedAt, endedAt, absorbedBy } = alarm
    if (solvedAt < onset.from || (fixedAt !== null && solvedAt >= fixedAt)) continue
    if (endedAt !== null && solvedAt >= endedAt) continue
    // Absorbed ones speak only where the one that absorbed them does not.
    const isItself = absorbedBy === null
    const wasItself = worst !== null && worst.absorbedBy === null
    if (worst === null || (isItself !== wasItself ? isItself : alarm.ratio.estimate > worst.ratio.estimate))
      worst = alarm
  }
  return worst
}

/** P(bad) of a group's tasks in an incident. */
function pBadOf({ ratio }: Said, { tasks, usuallyBad }: GroupTally): number {
  const failureShare = tasks > 0 ? Math.max(0, usuallyBad / tasks) : BASE_FAILURE_SHARE
  return Math.min(1, failureShare * ratio.estimate)
}

function takeOut(record: ReporterRecord, pBad: number): void {
  addReporterTask(record, pBad, -1)
  addReporterReport(record, pBad, -1)
  for (const counts of [record.tasks, record.bad, record.reports])
    for (let i = 0; i < counts.length; i++) counts[i] = Math.max(0, counts[i] as number)
}
