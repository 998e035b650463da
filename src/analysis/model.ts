import type { ActionEffect } from '../domain/action.ts'
import type { ActChange, Change, ReportChange, TaskChange } from '../domain/change.ts'
import type { Finding } from '../domain/finding.ts'
import { hasFacts } from '../domain/finding.ts'
import type { Instant } from '../domain/instant.ts'
import { HOUR_MS, WEEK_MS } from '../domain/instant.ts'
import type { JudgedReport, Judgement } from '../domain/verdict.ts'
import { AlarmBook } from './alarm-book.ts'
import { Backdating } from './backdating.ts'
import { admitReport, beginHour, chargePair } from './cap.ts'
import { clockEffect } from './clock.ts'
import { delaysOf, noteDelay, refitDelays } from './delay-book.ts'
import { maturity } from './delay-curve.ts'
import { addToHour, hoursFrom, takeHoursBefore } from './hour-ledger.ts'
import { Judge } from './judge.ts'
import { FIT_EVERY_MS, fitEffects } from './effects.ts'
import { factorOf, teachableBefore, teachAspect, teachHours } from './learning.ts'
import { mixWeight } from './leaves.ts'
import type { Eyes } from './look.ts'
import { createEyes } from './look.ts'
import { beginLoudHour, noteLoud, unnoteLoud } from './loud.ts'
import { BIRTHS_FLOOR, PRIOR_RATE, SCALED_FROM_MS, TELLING_RATE_MAX, WEEKLY_FLOOR } from './method.ts'
import { addToMix, MixIndex, REST_GROUP, REST_SITE } from './mix-table.ts'
import { isNewcomer, isProven, noteGroup, PartyIndex, tellsAll, UNPROVEN_TOGETHER } from './parties.ts'
import type { Group } from './parties.ts'
import { ReportVerdicts } from './report-verdicts.ts'
import { Reporters } from './reporters.ts'
import { enterReport, pushReport, takeReport } from './report-ring.ts'
import { isCarriedByProven } from './segment.ts'
import type { Segment } from './segment.ts'
import type { Leaf } from './segments.ts'
import { EVERYTHING, SegmentIndex } from './segments.ts'
import { decodeState, encodeState } from './snapshot.ts'
import { addExposure, addReport, pendingFactors, SLOT_MS, slotOf } from './solve-bins.ts'
import type { ModelState } from './state.ts'
import { createState } from './state.ts'
import { Watch } from './watch.ts'

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
   * Bad reports to be expected of a task, ever, as known now: what `quality` and backtests call expected. Changes nothing that counts.
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
  /** Look-ups that had to share a segment, or went without, because a bound was reached. */
  readonly overflow: number
  readonly standingAlarms: number
}

const SILENT_FITS_MAX = 8
const NOTHING: readonly Finding[] = Object.freeze([])

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
  readonly #index: SegmentIndex
  readonly #parties: PartyIndex
  readonly #mix: MixIndex
  readonly #book: AlarmBook
  readonly #judge: Judge
  readonly #watch: Watch
  readonly #reporters: Reporters
  readonly #backdating: Backdating
  readonly #verdicts: ReportVerdicts
  readonly #factors = new Float64Array(4)
  /** Pending shares of a task whose verdict is in: none. */
  readonly #mature = new Float64Array(4)
  #mixSlot = -1
  #mixWeight = 1

  constructor(settings: ModelSettings, state: ModelState) {
    if (!(settings.falseIncidentsPerWeek > 0))
      throw new RangeError(`falseIncidentsPerWeek is ${settings.falseIncidentsPerWeek}, not above 0`)
    if (!(settings.reportWindowMs > 0))
      throw new RangeError(`reportWindowMs is ${settings.reportWindowMs}, not above 0`)
    this.#settings = settings
    this.#state = state
    this.#index = new SegmentIndex(state.segments, state.leaves)
    this.#parties = new PartyIndex(state.parties)
    this.#mix = new MixIndex(state.mixTable)
    const eyes: Eyes = createEyes(state, this.#index)
    this.#book = new AlarmBook(state, this.#index)
    this.#judge = new Judge(eyes, this.#book)
    this.#watch = new Watch(eyes, this.#book)
    this.#reporters = new Reporters(state, this.#index, this.#mix, this.#book)
    this.#backdating = new Backdating(state, this.#index, this.#mix, this.#reporters)
    this.#verdicts = new ReportVerdicts(eyes, this.#parties, this.#mix, this.#book, this.#reporters)
  }

  get cursor(): number {
    return this.#state.cursor
  }

  apply(change: Change): readonly Finding[] {
    if (!(change.seq > this.#state.cursor))
      throw new RangeError(`change ${change.seq} is not after ${this.#state.cursor}`)
    this.#state.cursor = change.seq
    switch (change.kind) {
      case 'task': {
        if (!change.exposed) return NOTHING
        const passed = this.#advance(change.solvedAt, change.seq)
        this.#task(change)
        return passed
      }
      case 'report':
        return joined(this.#advance(change.receivedAt, change.seq), this.#report(change))
      case 'act':
        return this.#act(change)
    }
  }

  expects(task: TaskChange): number {
    if (!task.exposed) return 0
    const group = this.#groupAt(this.#parties.group(task.group))
    const { site } = this.#index.leaf(task.attributes, group, task.solvedAt)
    const hour = Math.floor(task.solvedAt / HOUR_MS)
    return PRIOR_RATE * clockEffect(this.#state.clock, hour) * group.effect * factorOf(this.#index, site)
  }

  maturity(type: string, ageMs: number): number {
    const segment = this.#index.find('type', this.#index.everything, type)
    return maturity(ageMs, delaysOf(this.#state.delays, segment?.index ?? EVERYTHING, EVERYTHING, 'quick'))
  }

  judge(report: JudgedReport): Judgement {
    return this.#verdicts.judge(report)
  }

  effects(): ReadonlyMap<string, ActionEffect> {
    return this.#watch.effects()
  }

  snapshot(): Uint8Array {
    return encodeState(this.#state)
  }

  stats(): ModelStats {
    const { segments, parties, alarms } = this.#state
    return {
      segments: segments.count,
      groups: parties.groups.length,
      overflow: this.#index.overflow,
      standingAlarms: alarms.length,
    }
  }

  #task(task: TaskChange): void {
    const state = this.#state
    const { solvedAt } = task
    if (state.since < 0 || solvedAt < state.since) state.since = solvedAt
    const groupIndex = this.#parties.group(task.group)
    const group = this.#groupAt(groupIndex)
    if (group.since < 0 || solvedAt < group.since) group.since = solvedAt
    const leaf = this.#index.leaf(task.attributes, group, solvedAt)
    const { site, type } = leaf
    const all = this.#index.everything
    this.#teach(leaf)

    const units = this.#unitsOf(leaf, group, solvedAt)
    const proven = isProven(group)
    if (site.tasks === 0) addToHour(state.births, state.hour, 1, 0)
    site.noteTask(units.atSite, proven)
    type.noteTask(units.atType, proven)
    all.noteTask(units.atAll, proven)
    this.#noteMix(leaf, units.expected, solvedAt)
    addToHour(state.weekly, state.hour, units.expected, 0)
    state.weekExpected += units.expected
    noteGroup(group, 1, 0)
    this.#reporters.noteTask(leaf, groupIndex, solvedAt, units.expected)

    const { pairs } = state
    const capAtSite = this.#capGroup(site, groupIndex, group)
    const capAtType = this.#capGroup(type, groupIndex, group)
    // Where an incident stands nobody is capped: how bad it is, and whether it is over, is told by all reports.
    const isKnown = this.#book.ownerOf(leaf) !== null
    const countsAtSite = chargePair(pairs, site.index, capAtSite, units.expected) || isKnown
    const countsAtType = chargePair(pairs, type.index, capAtType, units.expected) || isKnown
    const isTelling = units.expected <= TELLING_RATE_MAX
    // A group that tells all is exposed by its verdicts (#expose from #verdict), which come with certainty.
    if (isTelling && !this.#isToldFrom(group, solvedAt)) {
      pendingFactors(solvedAt, this.#factors)
      this.#expose(leaf, units, solvedAt, this.#factors, countsAtSite, countsAtType)
    }
    if (!countsAtSite || !this.#book.mayTeach(leaf, solvedAt)) return
    const hour = Math.floor(solvedAt / HOUR_MS)
    addToHour(all.ownHours(), hour, units.atAll, 0)
    for (const aspect of leaf.aspects) addToHour(aspect.ownHours(), hour, units.atType, 0)
    this.#learnMix(leaf, groupIndex, solvedAt, units.atClock, 0)
  }

  /** A pair without a row of its own counts in its site's and its group's rest. */
  #learnMix({ site, type }: Leaf, group: number, solvedAt: Instant, exposure: number, reports: number): void {
    const { mixTable, fitted } = this.#state
    const halfDaysAgo = Math.max(0, fitted - Math.floor(solvedAt / FIT_EVERY_MS))
    const row = this.#mix.row(site.index, group)
    if (row >= 0) return addToMix(mixTable, row, halfDaysAgo, exposure, reports)
    const atSite = exposure * this.#groupAt(group).effect
    addToMix(mixTable, this.#mix.row(site.index, REST_GROUP), halfDaysAgo, atSite, reports)
    const atGroup = exposure * site.effect * type.effect
    addToMix(mixTable, this.#mix.row(REST_SITE, group), halfDaysAgo, atGroup, reports)
  }

  /** Exposure in units below each segment's own effect and its parents'; see segment.ts. */
  #unitsOf({ site, type }: Leaf, group: Group, solvedAt: Instant): Units {
    const atClock = PRIOR_RATE * clockEffect(this.#state.clock, Math.floor(solvedAt / HOUR_MS))
    const atSite = atClock * group.effect
    const atType = atSite * site.effect
    const atAll = atType * type.effect
    return {
      atClock,
      atSite,
      atType,
      atAll,
      expected: atAll * this.#index.everything.effect,
    }
  }

  #expose(
    leaf: Leaf,
    units: Units,
    solvedAt: Instant,
    factors: Float64Array,
    countsAtSite: boolean,
    countsAtType: boolean,
  ): void {
    const slot = slotOf(solvedAt)
    const newest = slotOf(this.#state.now)
    const { site, pair, type, aspects } = leaf
    const all = this.#index.everything
    const within = this.#book.countsIn(leaf, solvedAt, 'exposure')
    const add = (segment: Segment, unit: number): void => {
      if (within !== null && !within.has(segment)) return
      if (solvedAt > segment.notBefore) addExposure(segment.ownBins(), slot, newest, unit, factors)
    }
    if (countsAtType) add(type, units.atType)
    if (!countsAtSite) return
    add(site, units.atSite)
    add(pair, units.atSite)
    add(all, units.atAll)
    for (const aspect of aspects) add(aspect, units.atType)
  }

  #noteMix(leaf: Leaf, expected: number, solvedAt: Instant): void {
    const { leaves } = this.#state
    const slot = slotOf(solvedAt)
    if (slot !== this.#mixSlot) {
      this.#mixSlot = slot
      this.#mixWeight = mixWeight(leaves, slot * SLOT_MS)
    }
    leaves.mix[leaf.index] = (leaves.mix[leaf.index] as number) + expected * this.#mixWeight
  }

  /** Is this group's exposure at that time counted by its verdicts? */
  #isToldFrom(group: Group, solvedAt: Instant): boolean {
    if (tellsAll(group)) {
      if (group.toldTo !== null) {
        group.toldFrom = this.#state.now
        group.toldTo = null
      }
    } else group.toldTo ??= this.#state.now
    return solvedAt >= group.toldFrom && (group.toldTo === null || solvedAt < group.toldTo)
  }

  #report(report: ReportChange): readonly Finding[] {
    const { solvedAt, claim, replaces } = report
    // An early report on a task first recorded after its window: there was never any exposure to hold it against.
    if (report.flags.includes('early') && this.#state.now > solvedAt + this.#settings.reportWindowMs)
      return NOTHING
    const groupIndex = this.#parties.group(report.group)
    const group = this.#groupAt(groupIndex)
    const leaf = this.#index.leaf(report.attributes, group, solvedAt)
    if (replaces === null) {
      noteGroup(group, 0, 1)
      const units = this.#unitsOf(leaf, group, solvedAt)
      if (units.expected <= TELLING_RATE_MAX && this.#isToldFrom(group, solvedAt)) {
        this.#expose(leaf, units, solvedAt, this.#mature, true, true)
      }
    }
    if (claim === 'bad') {
      this.#reporters.noteReport(leaf, groupIndex, solvedAt, 1)
      const findings = this.#bad(report, leaf, groupIndex, group)
      this.#backdate(findings)
      return findings
    }
    leaf.site.good += 1
    if (replaces === 'bad') {
      this.#reporters.noteReport(leaf, groupIndex, solvedAt, -1)
      this.#takeBack(report, leaf, groupIndex)
    }
    return NOTHING
  }

  /** What came before an alarm was taken for quiet; now it is known better. */
  #backdate(findings: readonly Finding[]): void {
    for (const finding of findings) {
      if (!hasFacts(finding) || finding.facts.situation === 'one-account') continue
      const alarm = this.#book.byId(finding.alarmId)
      if (alarm !== undefined) this.#backdating.backdate(alarm)
    }
  }

  #bad(report: ReportChange, leaf: Leaf, groupIndex: number, group: Group): readonly Finding[] {
    const state = this.#state
    const { solvedAt } = report
    const { site, type, pair, aspects } = leaf
    const all = this.#index.everything
    const account = this.#parties.account(report.account, report.group)
    this.#teach(leaf)

    const capGroup = this.#capGroup(site, groupIndex, group)
    const capGroupAtType = this.#capGroup(type, groupIndex, group)
    noteLoud(state.loud, site.index, groupIndex, account, solvedAt)
    const isKnown = this.#book.ownerOf(leaf) !== null
    const atSite = admitReport(state.pairs, site.index, capGroup, solvedAt, state.now) || isKnown
    const atType = admitReport(state.pairs, type.index, capGroupAtType, solvedAt, state.now) || isKnown
    const isTelling = this.#unitsOf(leaf, group, solvedAt).expected <= TELLING_RATE_MAX
    if (isTelling && (atSite || atType)) {
      const unproven = capGroup === UNPROVEN_TOGETHER || capGroupAtType === UNPROVEN_TOGETHER
      const entry = { solvedAt, account, unproven, leaf: leaf.index, atSite, atType }
      const number = enterReport(state.reports, report.taskId, entry)
      const slot = slotOf(solvedAt)
      const newest = slotOf(state.now)
      const within = this.#book.countsIn(leaf, solvedAt, 'report')
      const count = (segment: Segment): void => {
        if (solvedAt <= segment.notBefore) return
        const counts = within === null || within.has(segment)
        if (counts) addReport(segment.ownBins(), slot, newest, 1)
        // While the incident stands attribution asks all of its type's reports.
        if (counts || isKnown) pushReport(state.reports, segment.ownRing(), number)
      }
      if (atType) {
        count(type)
        const delayMs = report.receivedAt - solvedAt
        noteDelay(state.delays, type.index, solvedAt, delayMs)
        noteDelay(state.delays, EVERYTHING, solvedAt, delayMs)
      }
      if (atSite) for (const segment of [site, pair, all, ...aspects]) count(segment)
    }
    if (atSite && this.#book.mayTeach(leaf, solvedAt)) this.#learnReport(leaf, groupIndex, solvedAt, 1)
    this.#setThresholds()
    return this.#judge.judge({
      at: report.receivedAt,
      seq: report.seq,
      leaf,
      group: groupIndex,
      capGroup,
      countedAtSite: isTelling && atSite && solvedAt > site.notBefore,
      countedAtType: isTelling && atType && solvedAt > type.notBefore,
    })
  }

  #learnReport(leaf: Leaf, group: number, solvedAt: Instant, count: 1 | -1): void {
    const hour = Math.floor(solvedAt / HOUR_MS)
    for (const segment of [this.#index.everything, ...leaf.aspects])
      addToHour(segment.ownHours(), hour, 0, count)
    this.#learnMix(leaf, group, solvedAt, 0, count)
  }

  /** The customer changed their mind: the report leaves every sum it is still in. */
  #takeBack({ solvedAt, taskId }: ReportChange, leaf: Leaf, groupIndex: number): void {
    const state = this.#state
    const { site, type, pair, aspects } = leaf
    unnoteLoud(state.loud, site.index, groupIndex)
    const entry =
      takeReport(state.reports, site.ring, taskId, solvedAt) ??
      takeReport(state.reports, type.ring, taskId, solvedAt)
    if (entry === null) return
    const slot = slotOf(solvedAt)
    const newest = slotOf(state.now)
    const within = this.#book.countsIn(leaf, solvedAt, 'report')
    const uncount = (segment: Segment): void => {
      if (within !== null && !within.has(segment)) return
      if (solvedAt > segment.notBefore) addReport(segment.ownBins(), slot, newest, -1)
    }
    if (entry.atType) uncount(type)
    if (entry.atSite) for (const segment of [site, pair, this.#index.everything, ...aspects]) uncount(segment)
    if (entry.atSite && this.#book.mayTeach(leaf, solvedAt)) this.#learnReport(leaf, groupIndex, solvedAt, -1)
  }

  #act(act: ActChange): readonly Finding[] {
    const passed = this.#advance(act.at, act.seq)
    if (act.act === 'action')
      return joined(passed, this.#watch.hear(act.action, { at: act.at, seq: act.seq }))
    this.#judge.resolve(act.incidentId, act.at)
    return passed
  }

  #groupAt(index: number): Group {
    return this.#state.parties.groups[index] as Group
  }

  /** Whose cap a group's reports fall under: newcomers share one, and so do the unproven where others carry the segment. */
  #capGroup(segment: Segment, index: number, group: Group): number {
    if (isProven(group)) return index
    const { since, now } = this.#state
    return isCarriedByProven(segment) || isNewcomer(group, since, now) ? UNPROVEN_TOGETHER : index
  }

  #teach({ aspects }: Leaf): void {
    const before = teachableBefore(this.#state.now, this.#state.since)
    for (const aspect of aspects) teachAspect(this.#index, aspect, before)
  }

  #advance(at: Instant, seq: number): readonly Finding[] {
    const state = this.#state
    if (at <= state.now) return NOTHING
    state.now = at
    const slot = slotOf(at)
    if (slot === state.slot) return NOTHING
    state.slot = slot
    const hour = Math.floor(at / HOUR_MS)
    if (hour > state.hour) this.#beginHour(hour)
    const hasWork = state.alarms.length > 0 || state.actions.length > 0
    return hasWork ? this.#watch.pass({ at: slot * SLOT_MS, seq }) : NOTHING
  }

  #beginHour(hour: number): void {
    const state = this.#state
    state.hour = hour
    beginHour(state.pairs, hour)
    beginLoudHour(state.loud, hour)
    refitDelays(state.delays, EVERYTHING, hour)
    const halfDay = Math.floor((hour * HOUR_MS) / FIT_EVERY_MS)
    // After a long silence a few rounds are as good as all: nothing is left to settle.
    if (state.fitted < 0 || halfDay - state.fitted > SILENT_FITS_MAX)
      state.fitted = halfDay - (state.fitted < 0 ? 0 : SILENT_FITS_MAX)
    for (; state.fitted < halfDay; state.fitted++) {
      fitEffects(state, this.#index, this.#mix, (state.fitted + 1) * FIT_EVERY_MS)
      this.#reporters.refit()
    }
    teachHours(state, this.#index.everything, teachableBefore(state.now, state.since))
    this.#judge.retire()
    this.#reporters.settle()
    const oldest = hour - WEEK_MS / HOUR_MS
    takeHoursBefore(state.weekly, oldest, () => undefined)
    takeHoursBefore(state.births, oldest, () => undefined)
    state.weekExpected = 0
    hoursFrom(state.weekly, 0, (_hour, expected) => {
      state.weekExpected += expected
    })
  }

  /**
   * What the thresholds are made from:
   *
   *   (expected reports of the trailing week, one view) / (false incidents per week)
   *
   * In the first week what was seen is scaled to a week, as if at least six hours had been seen. The same for new sites.
   */
  #setThresholds(): void {
    const state = this.#state
    const seenMs = state.since < 0 ? 0 : state.now - state.since
    const scale = WEEK_MS / Math.min(WEEK_MS, Math.max(SCALED_FROM_MS, seenMs))
    const { falseIncidentsPerWeek } = this.#settings
    state.reportsPerFalseIncident = Math.max(WEEKLY_FLOOR, state.weekExpected * scale) / falseIncidentsPerWeek
    let births = 0
    hoursFrom(state.births, 0, (_hour, count) => {
      births += count
    })
    state.birthsPerFalseIncident = Math.max(BIRTHS_FLOOR, births * scale) / falseIncidentsPerWeek
  }
}

/** One task's exposure, as each kind of segment counts it. */
interface Units {
  readonly atClock: number
  readonly atSite: number
  readonly atType: number
  readonly atAll: number
  /** Reports to be expected of it, ever. */
  readonly expected: number
}

function joined(a: readonly Finding[], b: readonly Finding[]): readonly Finding[] {
  if (a.length === 0) return b
  return b.length === 0 ? a : [...a, ...b]
}
