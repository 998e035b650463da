import type { Instant } from '../domain/instant.ts'
import { DAY_MS } from '../domain/instant.ts'
import type { Alarm } from './alarm.ts'
import type { AlarmBook } from './alarm-book.ts'
import type { Credibility } from './credibility/credibility.ts'
import {
  Credibilities,
  fadeRecords,
  noteQuiet,
  quietCounts,
  readRecord,
  refitPriors,
  writeRecord,
} from './credibility/reporter-book.ts'
import {
  addReporterReport,
  addReporterTask,
  BASE_FAILURE_SHARE,
  createReporterRecord,
} from './credibility/record.ts'
import type { ReporterRecord } from './credibility/record.ts'
import { addToTally, closeTally, createTally, ofOthers, sumsOver } from './credibility/tally.ts'
import type { Said, Sums } from './credibility/tally.ts'
import { FIT_EVERY_MS, KEPT_PER_FIT } from './effects.ts'
import { factorOf } from './learning.ts'
import { PRIOR_RATE } from './method.ts'
import { addTraffic, groupOfRow, REST_GROUP, TRAFFIC_HALF_DAYS, trafficTasks } from './mix-table.ts'
import type { MixIndex } from './mix-table.ts'
import { coversLeaf, partsOf } from './place.ts'
import { eachReport } from './report-ring.ts'
import type { Segment } from './segment.ts'
import type { Leaf, SegmentIndex } from './segments.ts'
import type { ModelState } from './state.ts'

/** When an incident is over, its late reports are waited for this long before the records learn from it. */
const SETTLED_AFTER_MS = DAY_MS
/** Who reported more than this share of tasks where nothing is wrong, and a few: its silence says nothing of a fault. */
const WITNESS_SHARE_MAX = 1.5 * BASE_FAILURE_SHARE
const WITNESS_FREE_REPORTS = 3

/**
 * What each group does, for its credibility: its tasks and bad reports where nothing is wrong (in its record at once) and in incidents
 * (in the incident's tally, until a day after its end). P(bad) of an incident's tasks is always made without the group's own reports.
 *
 * What was taken for quiet before an incident was seen goes over to it when the alarm opens: the reports are known one by one; of the tasks,
 * as many as the group's traffic of that half-day says for the time since the onset.
 */
export class Reporters {
  readonly #state: ModelState
  readonly #index: SegmentIndex
  readonly #mix: MixIndex
  readonly #book: AlarmBook
  readonly #credibilities = new Credibilities()
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

  noteTask(leaf: Leaf, group: number, solvedAt: Instant, expected: number): void {
    this.#noteTraffic(leaf.site, group, solvedAt, 1, 0)
    const alarm = worstAt(this.#book.covering(leaf), solvedAt)
    if (alarm === null) noteQuiet(this.#state.reporters, group, 1, 0)
    else this.#noteIn(alarm, group, 1, 0, expected)
  }

  /** @param count -1 when a bad report is taken back */
  noteReport(leaf: Leaf, group: number, solvedAt: Instant, count: 1 | -1): void {
    this.#noteTraffic(leaf.site, group, solvedAt, 0, count)
    const alarm = this.incidentOf(leaf, solvedAt)
    if (alarm === null) noteQuiet(this.#state.reporters, group, 0, count)
    else this.#noteIn(this.listedUnder(alarm), group, 0, count, 0)
  }

  /** An alarm has opened, or opened again: sets right what was taken for quiet since its onset. */
  backdate(alarm: Alarm): void {
    const state = this.#state
    if (alarm.tally.begun && alarm.tally.settled === null) return
    Object.assign(alarm.tally, { ...createTally(), begun: true })
    const { tally, onset } = alarm
    const { groups, accounts } = state.parties
    const move = (group: number, tasks: number, reports: number, expected: number): void => {
      addToTally(tally, group, tasks, reports, expected)
      noteQuiet(state.reporters, group, -tasks, -reports)
    }
    const mixOf = (leaf: number): number => state.leaves.mix[leaf] as number
    const reported = new Map<number, number>()
    for (const { segment } of partsOf(alarm, this.#index, mixOf))
      eachReport(state.reports, segment.ring, ({ solvedAt, account, leaf }) => {
        if (solvedAt < onset.from || !coversLeaf(alarm, this.#index.leafAt(leaf))) return
        const group = accounts[account]?.group ?? REST_GROUP
        reported.set(group, (reported.get(group) ?? 0) + 1)
      })
    const tasks = new Map<number, number>()
    const usual = new Map<number, number>()
    for (const [site, share] of this.#sitesOf(alarm, mixOf))
      for (const row of this.#mix.rowsOf(site.index)) {
        const group = groupOfRow(state.mixTable, row)
        if (group === REST_GROUP) continue
        const its = share * this.#tasksSince(row, onset.from)
        if (its === 0) continue
        tasks.set(group, (tasks.get(group) ?? 0) + its)
        const rate = PRIOR_RATE * (groups[group]?.effect ?? 1) * factorOf(this.#index, site)
        usual.set(group, (usual.get(group) ?? 0) + its * rate)
      }
    for (const [group, its] of tasks)
      move(group, Math.max(its, reported.get(group) ?? 0), reported.get(group) ?? 0, usual.get(group) ?? 0)
    for (const [group, its] of reported) if (!tasks.has(group)) move(group, its, its, 0)
  }

  /** Once an hour: incidents that have long been over go into the records. */
  settle(): void {
    const { alarms, ended, now } = this.#state
    for (const alarm of [...ended, ...alarms]) {
      const over = alarm.endedAt ?? alarm.fixedAt
      if (alarm.tally.settled !== null || over === null || now - over < SETTLED_AFTER_MS) continue
      const witnesses = sumsOver(alarm.tally, (group) => this.isWitness(group))
      for (const [group, { tasks, reports }] of alarm.tally.groups)
        this.#learn(alarm, witnesses, group, tasks, reports)
      closeTally(alarm.tally, witnesses)
    }
  }

  /** Twice a day. */
  refit(): void {
    fadeRecords(this.#state.reporters, KEPT_PER_FIT)
    refitPriors(this.#state.reporters)
  }

  /**
   * How much a group's reports say.
   * @param but a report of its own that is not to count: in which incident, or in none
   */
  credibility(group: number, but: { readonly incident: Alarm | null } | null): Credibility {
    const { reporters, alarms, ended } = this.#state
    if (group <= REST_GROUP) return this.#credibilities.of(createReporterRecord(), reporters.priors)
    const record = readRecord(reporters, group)
    for (const list of [ended, alarms])
      for (const alarm of list) {
        const its = alarm.tally.settled === null ? alarm.tally.groups.get(group) : undefined
        if (its === undefined) continue
        const pBad = pBadOf(this.saidByOthers(alarm, group))
        addReporterTask(record, pBad, its.tasks)
        addReporterReport(record, pBad, its.reports)
      }
    if (but !== null) {
      const { incident } = but
      takeOut(record, incident === null ? BASE_FAILURE_SHARE : pBadOf(this.saidByOthers(incident, group)))
    }
    return this.#credibilities.of(record, reporters.priors)
  }

  /** An incident as other groups' reports tell it, of those whose reports may follow failures. */
  saidByOthers(alarm: Alarm, group: number): Said {
    if (this.#asOf !== this.#state.cursor) {
      this.#asOf = this.#state.cursor
      this.#witnesses = new Map()
    }
    let witnesses = alarm.tally.settled ?? this.#witnesses.get(alarm)
    if (witnesses === undefined) {
      witnesses = sumsOver(alarm.tally, (one) => this.isWitness(one))
      this.#witnesses.set(alarm, witnesses)
    }
    return this.#said(alarm, witnesses, group)
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

  /** Would this group's silence say that nothing is wrong? Not of one that reports much where nothing is. */
  isWitness(group: number): boolean {
    if (group <= REST_GROUP) return false
    const { tasks, reports } = quietCounts(this.#state.reporters, group)
    return reports <= WITNESS_FREE_REPORTS + WITNESS_SHARE_MAX * tasks
  }

  #noteIn(alarm: Alarm, group: number, tasks: number, reports: number, expected: number): void {
    const { settled } = alarm.tally
    if (settled !== null) this.#learn(alarm, settled, group, tasks, reports)
    else addToTally(alarm.tally, group, tasks, reports, expected)
  }

  #learn(alarm: Alarm, witnesses: Sums, group: number, tasks: number, reports: number): void {
    const { reporters } = this.#state
    const record = readRecord(reporters, group)
    const pBad = pBadOf(this.#said(alarm, witnesses, group))
    addReporterTask(record, pBad, tasks)
    addReporterReport(record, pBad, reports)
    writeRecord(reporters, group, record)
  }

  #noteTraffic(site: Segment, group: number, solvedAt: Instant, tasks: number, reports: number): void {
    if (group <= REST_GROUP) return
    const { mixTable, fitted } = this.#state
    const halfDaysAgo = Math.max(0, fitted - Math.floor(solvedAt / FIT_EVERY_MS))
    addTraffic(mixTable, this.#mix.row(site.index, group), halfDaysAgo, tasks, reports)
  }

  /** Tasks of a row since an instant; the half-day that holds it counts in proportion. */
  #tasksSince(row: number, since: Instant): number {
    const { fitted, now, mixTable } = this.#state
    let sum = 0
    for (let ago = 0; ago < TRAFFIC_HALF_DAYS; ago++) {
      const start = (fitted - ago) * FIT_EVERY_MS
      const end = Math.min(now, start + FIT_EVERY_MS)
      if (end <= since) break
      const part = end <= start ? 1 : (end - Math.max(start, since)) / (end - start)
      sum += part * trafficTasks(mixTable, row, ago)
    }
    return sum
  }

  /** The sites that an incident touches, with the share of each one's recent tasks that it holds. */
  #sitesOf(alarm: Alarm, mixOf: (leaf: number) => number): [Segment, number][] {
    const sites = new Map<Segment, { all: number; inside: number }>()
    for (const type of this.#index.types()) {
      const { type: named } = alarm.where
      if (named !== undefined && type.type !== named) continue
      for (const index of this.#index.members(type).leaves) {
        const leaf = this.#index.leafAt(index)
        const its = sites.get(leaf.site) ?? { all: 0, inside: 0 }
        its.all += mixOf(index)
        if (coversLeaf(alarm, leaf)) its.inside += mixOf(index)
        sites.set(leaf.site, its)
      }
    }
    return [...sites].flatMap(([site, { all, inside }]) => (inside > 0 ? [[site, inside / all]] : []))
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

/** P(bad) of an incident's tasks. */
function pBadOf({ ratio }: Said): number {
  return Math.min(1, BASE_FAILURE_SHARE * ratio.estimate)
}

function takeOut(record: ReporterRecord, pBad: number): void {
  addReporterTask(record, pBad, -1)
  addReporterReport(record, pBad, -1)
  for (const counts of [record.tasks, record.bad, record.reports])
    for (let i = 0; i < counts.length; i++) counts[i] = Math.max(0, counts[i] as number)
}
