import type { ActionEffect } from '../domain/action.ts'
import type { ActChange, Change, ReportChange, TaskChange } from '../domain/change.ts'
import type { Finding } from '../domain/finding.ts'
import { HOUR_MS, WEEK_MS } from '../domain/instant.ts'
import type { JudgedReport, Judgement } from '../domain/verdict.ts'
import { admitReport, beginHour, chargePair } from './cap.ts'
import { clockEffect } from './clock.ts'
import { maturity, tallyDelay } from './delay-curve.ts'
import { addToHour, hoursFrom, takeHoursBefore } from './hour-ledger.ts'
import { Judge } from './judge.ts'
import { factorOf } from './look.ts'
import { everything, isLearnable, teachableBefore, teachSegment } from './learning.ts'
import { beginLoudHour, noteLoud, unnoteLoud } from './loud.ts'
import { PRIOR_RATE, SCALED_FROM_MS, WEEKLY_FLOOR } from './method.ts'
import { isProven, PartyIndex, teachGroup, UNPROVEN_TOGETHER } from './parties.ts'
import type { Group } from './parties.ts'
import { pushReport, takeReport } from './report-ring.ts'
import { isCarriedByProven, noteTask } from './segment.ts'
import type { Segment } from './segment.ts'
import { SegmentIndex } from './segments.ts'
import { decodeState, encodeState } from './snapshot.ts'
import { addExposure, addReport, pendingFactors, slotOf } from './solve-bins.ts'
import type { ModelState } from './state.ts'
import { createState } from './state.ts'

export interface ModelSettings {
  /** How many false incidents a week the operator puts up with, > 0: the one knob. */
  readonly falseIncidentsPerWeek: number
  /** How long after `solvedAt` a report is accepted. */
  readonly reportWindowMs: number
}

/** The judgement: changes in, findings out. Pure; the same changes give the same findings, on any machine. */
export interface Model {
  /** Position of the last change applied. */
  readonly cursor: number
  /**
   * Takes in one change. Changes at or before the cursor are an error of the caller.
   * @returns what there is to say now: nearly always nothing, and then always the same empty array
   * @throws RangeError for a change that is not after the cursor
   */
  apply(change: Change): readonly Finding[]
  /**
   * Bad reports to be expected of a task, ever, as known now: what `quality` and backtests call expected. Changes nothing.
   * @returns reports, >= 0; 0 for a task that was never reportable
   */
  expects(task: TaskChange): number
  /** Share of the reports of a type's tasks that is due at this age, in [0, 1]. */
  maturity(type: string, ageMs: number): number
  /** What is thought of one report now. Changes nothing. */
  judge(report: JudgedReport): Judgement
  /** Whether each recorded action helped, by its id, as far as is known now. Changes nothing. */
  effects(): ReadonlyMap<string, ActionEffect>
  /** All it knows, to go on from elsewhere. */
  snapshot(): Uint8Array
  /** Sizes, for metrics. */
  stats(): ModelStats
}

export interface ModelStats {
  readonly segments: number
  readonly groups: number
  /** Look-ups that had to share a segment because the bound on segments was reached. */
  readonly overflow: number
  readonly standingAlarms: number
}

const NOTHING: readonly Finding[] = Object.freeze([])
/** type, and type x site: the segments each task counts in. */
const VIEWS = 2

/** @throws RangeError for settings outside their ranges */
export function createModel(settings: ModelSettings): Model {
  return new RunningModel(settings, createState())
}

/**
 * Goes on from a snapshot.
 * @throws Error when the bytes are of another version or damaged: the caller replays the log instead
 */
export function restoreModel(settings: ModelSettings, bytes: Uint8Array): Model {
  return new RunningModel(settings, decodeState(bytes))
}

class RunningModel implements Model {
  readonly #settings: ModelSettings
  readonly #state: ModelState
  readonly #segments: SegmentIndex
  readonly #parties: PartyIndex
  readonly #judge: Judge
  readonly #factors = new Float64Array(4)

  constructor(settings: ModelSettings, state: ModelState) {
    if (!(settings.falseIncidentsPerWeek > 0))
      throw new RangeError(`falseIncidentsPerWeek is ${settings.falseIncidentsPerWeek}, not above 0`)
    if (!(settings.reportWindowMs > 0))
      throw new RangeError(`reportWindowMs is ${settings.reportWindowMs}, not above 0`)
    this.#settings = settings
    this.#state = state
    this.#segments = new SegmentIndex(state.segments)
    this.#parties = new PartyIndex(state.parties)
    this.#judge = new Judge(state)
  }

  get cursor(): number {
    return this.#state.cursor
  }

  apply(change: Change): readonly Finding[] {
    if (!(change.seq > this.#state.cursor))
      throw new RangeError(`change ${change.seq} is not after ${this.#state.cursor}`)
    this.#state.cursor = change.seq
    switch (change.kind) {
      case 'task':
        this.#task(change)
        return NOTHING
      case 'report':
        return this.#report(change)
      case 'act':
        return this.#act(change)
    }
  }

  expects(task: TaskChange): number {
    if (!task.exposed) return 0
    const site = this.#segments.site(task.attributes)
    const group = this.#state.parties.groups[this.#parties.group(task.group)] as Group
    const hour = Math.floor(task.solvedAt / HOUR_MS)
    return PRIOR_RATE * clockEffect(this.#state.clock, hour) * group.effect * factorOf(this.#state, site)
  }

  maturity(_type: string, ageMs: number): number {
    return maturity(ageMs)
  }

  judge(report: JudgedReport): Judgement {
    const because = `The ${report.claim} report is counted. Single reports are not judged yet.`
    return { verdict: 'undetermined', because, becauseForReporter: because, incidentId: null }
  }

  effects(): ReadonlyMap<string, ActionEffect> {
    return new Map()
  }

  snapshot(): Uint8Array {
    return encodeState(this.#state)
  }

  stats(): ModelStats {
    const { segments, parties, alarms } = this.#state
    return {
      segments: segments.length,
      groups: parties.groups.length,
      overflow: this.#segments.overflow,
      standingAlarms: alarms.length,
    }
  }

  #task(task: TaskChange): void {
    if (!task.exposed) return
    const state = this.#state
    const { solvedAt } = task
    this.#advance(solvedAt)
    if (state.since < 0 || solvedAt < state.since) state.since = solvedAt
    const site = this.#segments.site(task.attributes)
    const type = state.segments[site.parent] as Segment
    const all = everything(state)
    const groupIndex = this.#parties.group(task.group)
    const group = state.parties.groups[groupIndex] as Group
    this.#teach(all, type, site, group)

    // Exposure in units below each segment's own effect and its parents'; see segment.ts.
    const hour = Math.floor(solvedAt / HOUR_MS)
    const atClock = PRIOR_RATE * clockEffect(state.clock, hour)
    const atSite = atClock * group.effect
    const atType = atSite * site.effect
    const atAll = atType * type.effect
    const expected = atAll * all.effect
    const proven = isProven(group)
    noteTask(site, atSite, proven)
    noteTask(type, atType, proven)
    addToHour(state.weekly, state.hour, expected * VIEWS, 0)
    state.weekExpected += expected * VIEWS

    const learnable = isLearnable(site, type, solvedAt)
    const slot = slotOf(solvedAt)
    const newest = slotOf(state.now)
    pendingFactors(solvedAt, this.#factors)
    const countsAtSite = chargePair(
      state.pairs,
      site.index,
      this.#capGroup(site, groupIndex, proven),
      expected,
    )
    const countsAtType = chargePair(
      state.pairs,
      type.index,
      this.#capGroup(type, groupIndex, proven),
      expected,
    )
    if (countsAtType) {
      if (solvedAt > type.notBefore) addExposure(type.bins, slot, newest, atType, this.#factors)
      if (learnable) addToHour(type.hours, hour, atType, 0)
    }
    if (!countsAtSite) return
    if (solvedAt > site.notBefore) addExposure(site.bins, slot, newest, atSite, this.#factors)
    addExposure(all.bins, slot, newest, atAll, this.#factors)
    if (!learnable) return
    addToHour(site.hours, hour, atSite, 0)
    addToHour(all.hours, hour, atAll, 0)
    addToHour(group.hours, hour, atClock * type.effect * site.effect, 0)
  }

  #report(report: ReportChange): readonly Finding[] {
    this.#advance(report.receivedAt)
    if (report.claim === 'bad') return this.#bad(report)
    if (report.replaces === 'bad') this.#takeBack(report)
    return NOTHING
  }

  #bad(report: ReportChange): readonly Finding[] {
    const state = this.#state
    const { solvedAt } = report
    // An early report on a task first recorded after its window: there was never any exposure to hold it against.
    if (report.flags.includes('early') && state.now > solvedAt + this.#settings.reportWindowMs) return NOTHING
    const site = this.#segments.site(report.attributes)
    const type = state.segments[site.parent] as Segment
    const all = everything(state)
    const groupIndex = this.#parties.group(report.group)
    const group = state.parties.groups[groupIndex] as Group
    const account = this.#parties.account(report.account, report.group)
    this.#teach(all, type, site, group)

    const proven = isProven(group)
    const capGroup = this.#capGroup(site, groupIndex, proven)
    const capGroupAtType = this.#capGroup(type, groupIndex, proven)
    noteLoud(state.loud, site.index, groupIndex, account, solvedAt)
    const countedAtSite = admitReport(state.pairs, site.index, capGroup, solvedAt, state.now)
    const countedAtType = admitReport(state.pairs, type.index, capGroupAtType, solvedAt, state.now)
    const learnable = isLearnable(site, type, solvedAt)
    const slot = slotOf(solvedAt)
    const newest = slotOf(state.now)
    const hour = Math.floor(solvedAt / HOUR_MS)
    const entry = { solvedAt, account, site: site.index }
    if (countedAtType) {
      if (solvedAt > type.notBefore) {
        addReport(type.bins, slot, newest, 1)
        pushReport(type.ring, report.taskId, { ...entry, unproven: capGroupAtType === UNPROVEN_TOGETHER })
      }
      if (learnable) addToHour(type.hours, hour, 0, 1)
      if (type.delays !== null) tallyDelay(type.delays, report.receivedAt - solvedAt)
    }
    if (countedAtSite) {
      if (solvedAt > site.notBefore) {
        addReport(site.bins, slot, newest, 1)
        pushReport(site.ring, report.taskId, { ...entry, unproven: capGroup === UNPROVEN_TOGETHER })
      }
      addReport(all.bins, slot, newest, 1)
      if (learnable) {
        addToHour(site.hours, hour, 0, 1)
        addToHour(all.hours, hour, 0, 1)
        addToHour(group.hours, hour, 0, 1)
      }
    }
    this.#setThreshold()
    return this.#judge.judge({
      at: report.receivedAt,
      seq: report.seq,
      site,
      type,
      group: groupIndex,
      capGroup,
      countedAtSite: countedAtSite && solvedAt > site.notBefore,
      countedAtType: countedAtType && solvedAt > type.notBefore,
    })
  }

  /** The customer changed their mind: the report leaves every sum it is still in. */
  #takeBack(report: ReportChange): void {
    const state = this.#state
    const { solvedAt, taskId } = report
    const site = this.#segments.site(report.attributes)
    const type = state.segments[site.parent] as Segment
    const groupIndex = this.#parties.group(report.group)
    const slot = slotOf(solvedAt)
    const newest = slotOf(state.now)
    const hour = Math.floor(solvedAt / HOUR_MS)
    unnoteLoud(state.loud, site.index, groupIndex)
    if (takeReport(type.ring, taskId, solvedAt)) {
      addReport(type.bins, slot, newest, -1)
      addToHour(type.hours, hour, 0, -1)
    }
    if (!takeReport(site.ring, taskId, solvedAt)) return
    addReport(site.bins, slot, newest, -1)
    addReport(everything(state).bins, slot, newest, -1)
    addToHour(site.hours, hour, 0, -1)
    addToHour(everything(state).hours, hour, 0, -1)
    addToHour((state.parties.groups[groupIndex] as Group).hours, hour, 0, -1)
  }

  #act(act: ActChange): readonly Finding[] {
    if (act.act === 'resolved') this.#judge.resolve(act.incidentId, act.at)
    return NOTHING
  }

  /** Whose cap a group's reports fall under: newcomers share one, where others carry the segment. */
  #capGroup(segment: Segment, group: number, proven: boolean): number {
    return !proven && isCarriedByProven(segment) ? UNPROVEN_TOGETHER : group
  }

  #teach(all: Segment, type: Segment, site: Segment, group: Group): void {
    const before = teachableBefore(this.#state.now, this.#state.since)
    teachSegment(this.#state, all, before)
    teachSegment(this.#state, type, before)
    teachSegment(this.#state, site, before)
    teachGroup(this.#state.parties, group, before, all.effect)
  }

  #advance(at: number): void {
    const state = this.#state
    if (at <= state.now) return
    state.now = at
    const hour = Math.floor(at / HOUR_MS)
    if (hour <= state.hour) return
    state.hour = hour
    beginHour(state.pairs, hour)
    beginLoudHour(state.loud, hour)
    this.#judge.retire()
    this.#forgetOldHours()
  }

  #forgetOldHours(): void {
    const state = this.#state
    takeHoursBefore(state.weekly, state.hour - WEEK_MS / HOUR_MS, () => undefined)
    state.weekExpected = 0
    hoursFrom(state.weekly, 0, (_hour, exposure) => {
      state.weekExpected += exposure
    })
  }

  /**
   * The threshold:
   *
   *   A = (expected reports of the trailing week, all views together) / (false incidents per week)
   *
   * In the first week what was seen is scaled to a week, as if at least six hours had been seen.
   */
  #setThreshold(): void {
    const state = this.#state
    const seenMs = state.since < 0 ? 0 : state.now - state.since
    const scale = WEEK_MS / Math.min(WEEK_MS, Math.max(SCALED_FROM_MS, seenMs))
    const perWeek = Math.max(WEEKLY_FLOOR, state.weekExpected * scale)
    state.lnThreshold = Math.log(perWeek / this.#settings.falseIncidentsPerWeek)
  }
}
