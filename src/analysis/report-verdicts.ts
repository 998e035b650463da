import { HOUR_MS } from '../domain/instant.ts'
import type { Instant } from '../domain/instant.ts'
import type { JudgedReport, Judgement } from '../domain/verdict.ts'
import { gammaQuantile } from '../numerics/gamma-quantile.ts'
import type { Alarm } from './alarm.ts'
import type { AlarmBook } from './alarm-book.ts'
import { BASE_FAILURE_SHARE } from './credibility/record.ts'
import { totals } from './credibility/reporter-book.ts'
import { delaysOf } from './delay-book.ts'
import { FIT_EVERY_MS } from './effects.ts'
import { factorOf } from './learning.ts'
import type { Eyes } from './look.ts'
import { PRIOR_RATE, TELLING_RATE_MAX } from './method.ts'
import {
  groupOfRow,
  REST_GROUP,
  settledExposure,
  settledReports,
  TRAFFIC_HALF_DAYS,
  trafficReports,
  trafficTasks,
} from './mix-table.ts'
import type { MixIndex } from './mix-table.ts'
import type { PartyIndex } from './parties.ts'
import { coversLeaf } from './place.ts'
import { eachReport, oldestKnown } from './report-ring.ts'
import type { Reporters } from './reporters.ts'
import type { Segment } from './segment.ts'
import type { Leaf } from './segments.ts'
import { EVERYTHING } from './segments.ts'
import { Tape } from './tape.ts'
import type { IncidentCell, OwnCounts, QuietCell, VerdictEvidence } from './verdict/evidence.ts'
import { verdictOf } from './verdict/verdict.ts'

/**
 * Others' reports are looked for as near to the task as it takes to have this many expected ones: with as many, a healthy place shows that
 * it is nine times in ten (verdict/evidence.ts, `isEvidentlyQuiet`); with three it would four times in ten.
 */
const EXPECTED_WANTED = 8
/** Of an incident, as near as it takes to have this many reports. */
const REPORTS_WANTED = 8
/** No further away than this. */
const QUIET_REACH_MS = 12 * HOUR_MS

/** A rate of reports before anything is known of a customer, and how many of its tasks that is worth. */
const USUAL_RATE = 0.002
const USUAL_TASKS = 50
/** What a customer does at all places is worth so many tasks at one. */
const USUAL_AT_PLACE_TASKS = 100

/** Makes the evidence on one report from what the model knows. Changes nothing. */
export class ReportVerdicts {
  readonly #eyes: Eyes
  readonly #parties: PartyIndex
  readonly #mix: MixIndex
  readonly #book: AlarmBook
  readonly #reporters: Reporters
  readonly #tape = new Tape()
  // Of one position in the log; by site.
  #witnesses = new Map<number, Witnesses>()
  #asOf = -1

  constructor(eyes: Eyes, parties: PartyIndex, mix: MixIndex, book: AlarmBook, reporters: Reporters) {
    this.#eyes = eyes
    this.#parties = parties
    this.#mix = mix
    this.#book = book
    this.#reporters = reporters
  }

  judge(report: JudgedReport): Judgement {
    const { evidence, finding } = this.evidenceOn(report)
    const { verdict, because, becauseForReporter } = verdictOf(evidence)
    return { verdict, because, becauseForReporter, incidentId: finding?.incidentId ?? null }
  }

  /** @returns also the incident, or the finding about the reporter alone, that the task belongs to; null if none */
  evidenceOn(report: JudgedReport): { evidence: VerdictEvidence; finding: Alarm | null } {
    const { claim, attributes, solvedAt } = report
    const { index, state } = this.#eyes
    if (this.#asOf !== state.cursor) {
      this.#asOf = state.cursor
      this.#witnesses = new Map()
    }
    const group = Math.max(REST_GROUP, this.#parties.find(report.group))
    const leaf = index.findLeaf(attributes)
    const incident = leaf === null ? null : this.#reporters.incidentOf(leaf, solvedAt)
    const listed = incident === null ? null : this.#reporters.listedUnder(incident)
    const failureShare = leaf === null ? BASE_FAILURE_SHARE : this.#reporters.failureShare(leaf.site, group)
    const but = claim === 'bad' ? { incident: listed, failureShare } : null
    const evidence = {
      claim,
      place: { type: attributes.type, site: attributes.site },
      solvedAt,
      cell:
        listed !== null
          ? this.#incidentCell(listed, group, solvedAt, failureShare)
          : this.#quietCell(leaf, group, solvedAt),
      reporter: this.#reporters.credibility(group, but),
      own: this.#own(leaf, group, report),
      failureShare,
    }
    const own = leaf === null ? null : this.#ownFinding(leaf, group, solvedAt)
    return { evidence, finding: listed ?? own }
  }

  /**
   * An incident as it was around this task: it may be stronger at one time than at another, and it is over some time before anyone says so.
   * Its ratio there is Gamma(1 + reports, 1/r + expected), r the ratio that others' reports tell of the whole of it; no more than
   * everything can be bad.
   */
  #incidentCell(incident: Alarm, group: number, solvedAt: Instant, failureShare: number): IncidentCell {
    const { state, index } = this.#eyes
    const { situation, where, onset, tally } = incident
    const said = this.#reporters.saidByOthers(incident, group)
    const type = index.find('type', index.everything, where['type'] ?? '')
    const weights = delaysOf(state.delays, type?.index ?? EVERYTHING, EVERYTHING, 'quick')
    const tape = this.#tape
    tape.load(tally.bins, 1, state.now, weights, 0)
    const share = this.#reporters.shareOfOthers(incident, group)
    let last = tape.indexOf(solvedAt)
    let first = last
    let [reports, expected] = [0, 0]
    const take = (i: number): void => {
      reports += share.reports * (tape.reports[i] as number)
      expected += share.expected * (tape.matured[i] as number)
    }
    if (first >= 0) take(first)
    while (first >= 0 && reports < REPORTS_WANTED) {
      const before = first > 0 ? solvedAt - (tape.end[first - 1] as number) : Infinity
      const after = last < tape.length - 1 ? (tape.start[last + 1] as number) - solvedAt : Infinity
      if (before === Infinity && after === Infinity) break
      take(before <= after ? --first : ++last)
    }
    const shape = reports + 1
    const rate = expected + 1 / said.ratio.estimate
    const atMost = (ratio: number): number => Math.min(1 / failureShare, ratio)
    return {
      state: 'incident',
      situation: situation === 'one-account' ? 'regression' : situation,
      where,
      onset,
      from: first < 0 ? solvedAt : (tape.start[first] as number),
      to: first < 0 ? solvedAt : Math.max(solvedAt, Math.min(state.now, tape.end[last] as number)),
      ratio: {
        estimate: atMost(shape / rate),
        low: atMost(gammaQuantile(0.05, shape, rate)),
        high: atMost(gammaQuantile(0.95, shape, rate)),
      },
      reports: Math.round(reports),
      expected,
    }
  }

  /** What others said of the site around this task's solve time. */
  #quietCell(leaf: Leaf | null, group: number, solvedAt: Instant): QuietCell {
    const { state, index } = this.#eyes
    const nothing: QuietCell = { state: 'quiet', from: solvedAt, to: solvedAt, reports: 0, expected: 0 }
    if (leaf === null) return nothing
    const { site, type } = leaf
    const tape = this.#tape
    const weights = delaysOf(state.delays, type.index, EVERYTHING, 'slow')
    tape.load(site.bins, factorOf(index, site), state.now, weights, 0)
    let first = tape.indexOf(solvedAt)
    if (first < 0) return nothing
    const knownFrom = oldestKnown(state.reports, site.ring)
    const incidents = this.#book.everCovering(leaf)
    const isOpen = (i: number): boolean => {
      const start = tape.start[i] as number
      const end = tape.end[i] as number
      if (start < knownFrom || end < solvedAt - QUIET_REACH_MS || start > solvedAt + QUIET_REACH_MS)
        return false
      return incidents.every(
        ({ onset, fixedAt, endedAt }) =>
          end <= onset.from || start >= Math.min(fixedAt ?? Infinity, endedAt ?? Infinity),
      )
    }
    if (!isOpen(first)) return nothing
    const share = this.#shareOfOthers(site, group)
    let last = first
    let expected = share * (tape.matured[first] as number)
    while (expected < EXPECTED_WANTED) {
      const before = first > 0 && isOpen(first - 1) ? solvedAt - (tape.end[first - 1] as number) : Infinity
      const after =
        last < tape.length - 1 && isOpen(last + 1) ? (tape.start[last + 1] as number) - solvedAt : Infinity
      if (before === Infinity && after === Infinity) break
      const next = before <= after ? --first : ++last
      expected += share * (tape.matured[next] as number)
    }
    const from = tape.start[first] as number
    const to = tape.end[last] as number
    let reports = 0
    eachReport(state.reports, site.ring, (entry) => {
      if (!entry.atSite || entry.solvedAt < from || entry.solvedAt >= to) return
      if (entry.solvedAt <= site.notBefore) return
      const its = state.parties.accounts[entry.account]?.group ?? REST_GROUP
      if (its !== group && this.#reporters.isWitness(its)) reports += 1
    })
    return { state: 'quiet', from, to: Math.max(solvedAt, Math.min(to, state.now)), reports, expected }
  }

  /** The share of a site's expected reports that is other groups' whose silence would say something. */
  #shareOfOthers(site: Segment, group: number): number {
    const { all, witnesses, of } = this.#witnessesAt(site)
    return all === 0 ? 0 : Math.max(0, witnesses - (of.get(group) ?? 0)) / all
  }

  #witnessesAt(site: Segment): Witnesses {
    const known = this.#witnesses.get(site.index)
    if (known !== undefined) return known
    const { state } = this.#eyes
    const found = { all: 0, witnesses: 0, of: new Map<number, number>() }
    for (const row of this.#mix.rowsOf(site.index)) {
      const group = groupOfRow(state.mixTable, row)
      let exposure = settledExposure(state.mixTable, row)
      for (let ago = 0; ago < TRAFFIC_HALF_DAYS; ago++)
        exposure += PRIOR_RATE * trafficTasks(state.mixTable, row, ago)
      const effect = group === REST_GROUP ? 1 : (state.parties.groups[group]?.effect ?? 1)
      // Whose report is nearly certain is in no sum (model.ts).
      if (PRIOR_RATE * effect * factorOf(this.#eyes.index, site) > TELLING_RATE_MAX) continue
      const its = exposure * effect
      found.all += its
      if (!this.#reporters.isWitness(group)) continue
      found.witnesses += its
      found.of.set(group, its)
    }
    this.#witnesses.set(site.index, found)
    return found
  }

  /** Made of the reporter's own tasks and reports alone, what is usual for it too: it is told these numbers. */
  #own(leaf: Leaf | null, group: number, { claim, solvedAt }: JudgedReport): OwnCounts {
    const { state } = this.#eyes
    const bad = claim === 'bad' ? 1 : 0
    const rate = this.#usualRate(leaf, group)
    const alone = { from: solvedAt, to: solvedAt, tasks: 1, reports: bad, expected: rate }
    const row = leaf === null || group <= REST_GROUP ? -1 : this.#mix.find(leaf.site.index, group)
    const from = (state.fitted - TRAFFIC_HALF_DAYS + 1) * FIT_EVERY_MS
    if (row < 0 || solvedAt < from) return alone
    let tasks = 0
    let reports = 0
    for (let ago = 0; ago < TRAFFIC_HALF_DAYS; ago++) {
      tasks += trafficTasks(state.mixTable, row, ago)
      reports += trafficReports(state.mixTable, row, ago)
    }
    if (reports < bad || tasks < reports) return alone
    return { from, to: Math.max(solvedAt, state.now), tasks, reports, expected: tasks * rate }
  }

  /** Reports per task of this customer where nothing is wrong: at this place, as far as it was there before, else anywhere. */
  #usualRate(leaf: Leaf | null, group: number): number {
    const { state } = this.#eyes
    const { tasks, reports } = group <= REST_GROUP ? { tasks: 0, reports: 0 } : totals(state.reporters, group)
    const anywhere = (reports + USUAL_RATE * USUAL_TASKS) / (tasks + USUAL_TASKS)
    const row = leaf === null || group <= REST_GROUP ? -1 : this.#mix.find(leaf.site.index, group)
    if (row < 0) return anywhere
    const before = settledExposure(state.mixTable, row) / PRIOR_RATE
    return (
      (settledReports(state.mixTable, row) + anywhere * USUAL_AT_PLACE_TASKS) /
      (before + USUAL_AT_PLACE_TASKS)
    )
  }

  /** The finding about the reporter alone that a task belongs to; null if none. */
  #ownFinding(leaf: Leaf, group: number, solvedAt: Instant): Alarm | null {
    if (group <= REST_GROUP) return null
    const { alarms, ended } = this.#eyes.state
    for (const list of [alarms, ended])
      for (const alarm of list) {
        if (alarm.situation !== 'one-account' || alarm.group !== group || solvedAt < alarm.onset.from)
          continue
        if (alarm.endedAt !== null && solvedAt >= alarm.endedAt) continue
        const { account: _account, group: _group, ...where } = alarm.where
        if (coversLeaf({ where, rejecting: null }, leaf)) return alarm
      }
    return null
  }
}

/** Expected reports at a site, in one unit: of all, of those whose silence says something, and of each of these. */
interface Witnesses {
  readonly all: number
  readonly witnesses: number
  readonly of: ReadonlyMap<number, number>
}
