import type { EffectAnswer } from '../../src/domain/action.ts'
import type { IncidentFacts, Situation, Where } from '../../src/domain/incident.ts'
import { DAY_MS, MINUTE_MS, WEEK_MS } from '../../src/domain/instant.ts'
import type { FaultCourse } from '../../src/simulator/breaks.ts'
import { strengthAt } from '../../src/simulator/breaks.ts'
import type { ActionTruth, Scenario } from '../../src/simulator/scenario.ts'
import type { AlarmLog } from '../baselines/alarm-log.ts'
import { oracleAlarm, oracleThreshold } from '../baselines/oracle.ts'
import { VIEWS } from '../baselines/views.ts'
import type { DetectionLimit, FaultWatch } from '../truth/fault-watch.ts'
import { jaccard } from '../truth/leaf-tasks.ts'
import type { Mismatch } from '../truth/matching.ts'
import { JACCARD_MIN, JACCARD_SAME, mismatch } from '../truth/matching.ts'
import type { Life } from './live.ts'
import type { ModelRun, ToldIncident } from './model-run.ts'
import { factsAsOf, placesOf } from './model-run.ts'

/** What one scenario showed. Plain data: it is sent between threads. */
export interface Observation {
  readonly scenario: string
  /** The job's: scenarios of one seed may be compared with each other. */
  readonly seed: number
  readonly kind: string
  /** Scored time: after the warm-up. */
  readonly weeks: number
  readonly tasks: number
  readonly reports: number
  readonly faults: readonly FaultObservation[]
  /** One a knob. */
  readonly models: readonly ModelObservation[]
  /** One a baseline, in the order of BASELINES: all its alarms after the warm-up. Only of scenarios without faults. */
  readonly alarms: readonly AlarmLog[]
  readonly verdicts: VerdictCounts
  readonly effects: readonly EffectObservation[]
}

/** What was said of an action in the end; null: nothing. */
export interface EffectObservation {
  readonly truly: readonly EffectAnswer[]
  readonly said: EffectAnswer | null
}

export interface ModelObservation {
  readonly knob: number
  /** Incidents told to the team after the warm-up that touch no fault. */
  readonly falseIncidents: number
  /** What each of them said, for whoever wants to know why. */
  readonly falseBecause: readonly string[]
  /** False ones that a ring of guests may have opened: at the site it buys on, or at no site, from its first task to a day after. */
  readonly aboutGuests: number
  /** Incidents told while a fault stood, about some of its cells, which found none: parts, wholes and wrong names. */
  readonly besides: number
  /** Single customers' own findings that found no fault: listed, not told. */
  readonly ownFindings: number
}

export interface FaultObservation {
  readonly fault: string
  readonly situation: Situation
  readonly course: FaultCourse['kind']
  readonly ratio: number
  /** Until it was repaired, or the events ended. */
  readonly minutes: number
  /** Bad reports that came on its tasks. */
  readonly reports: number
  /** null: nobody could tell it from chance. */
  readonly limit: DetectionLimit | null
  readonly found: FaultFound | Mismatch
  /** The nearest incident about it, found or not: null where none touches it. */
  readonly named: FaultNamed | null
  /** Minutes until the oracle alarms; null: never. */
  readonly oracleMinutes: number | null
  /** By baseline: [minutes, strictness], each stricter than all before it. */
  readonly baselines: readonly (readonly (readonly [number, number])[])[]
}

/** How an incident that found a fault compares with the truth. */
export interface FaultFound {
  readonly minutes: number
  readonly reports: number
  readonly isOnsetCovered: boolean
  /** Reports between the true and the stated onset. */
  readonly onsetErrorReports: number
  /** Stated over true ratio, one delay after it was told. */
  readonly sizeOverTrue: number
  readonly fix: FixObservation | null
}

/** What was said of the end of a fault. */
export interface FixObservation {
  /** Called fixed while it stood. */
  readonly isFalse: boolean
  /** Expectation that had matured since the repair when it was called fixed, over what is needed on average; null: not called fixed. */
  readonly overLimit: number | null
  /** Expectation that matured between repair and the end of the events, over the same: how fair it is to expect an answer. */
  readonly availableOverLimit: number
}

/** Which place an incident named. */
export interface FaultNamed {
  readonly isExactAtAlarm: boolean
  readonly isExactLater: boolean
  /** Of the combinations named one delay later: true ones, false ones, and true ones not named. */
  readonly right: number
  readonly wrong: number
  readonly missing: number
  readonly situation: Situation
  /** Of a split whose bad sites have brought 60 reports: whether it named exactly these; else null. */
  readonly isSplitExact: boolean | null
}

export interface VerdictCounts {
  readonly supportedRight: number
  readonly supportedWrong: number
  readonly unsupportedRight: number
  readonly unsupportedWrong: number
  readonly undetermined: number
  /** Reports on tasks that a fault had rejected, and how many of them were supported. */
  readonly inFaults: number
  readonly inFaultsSupported: number
}

/** Reports on the bad sites after which a split is to be exact. */
const SPLIT_REPORTS = 60
/** The e-value at which a fix is confirmed. */
const FIX_EVIDENCE = 20
/** After this, late reports of a repaired fault have come. */
const AFTERMATH_MS = DAY_MS

/** @param kind what the scenario is for in the score */
export function observe(life: Life, kind: string, seed: number): Observation {
  const { scenario, models, faults } = life
  // Nobody but the baselines lives through the scenarios they are tuned on.
  const main = models[0] ?? null
  const incidents = main?.incidents() ?? []
  const places = new Places(life)
  const log = life.baselines?.logs() ?? []
  return {
    scenario: scenario.name,
    seed,
    kind,
    weeks: (scenario.until - scenario.warmUpUntil) / WEEK_MS,
    tasks: life.tasks,
    reports: life.reports,
    faults: faults.map((watch) => observeFault(life, watch, incidents, places, log)),
    models: models.map((model) => observeModel(life, model, places)),
    alarms: faults.length === 0 ? log : [],
    verdicts: judgeAll(life, main),
    effects: observeEffects(life, main),
  }
}

/** Compares places by the tasks of their leaf cells while a fault stood, and the day before. */
class Places {
  readonly #life: Life
  readonly #byFault = new Map<FaultWatch, { weights: Float64Array; cells: Uint8Array }>()

  constructor(life: Life) {
    this.#life = life
  }

  cellsOf(watch: FaultWatch): { weights: Float64Array; cells: Uint8Array } {
    let known = this.#byFault.get(watch)
    if (known === undefined) {
      const { leaves, scenario } = this.#life
      const { from, until, where } = watch.fault
      known = {
        weights: leaves.weights(from - DAY_MS, Math.min(until, scenario.until)),
        cells: leaves.at(where),
      }
      this.#byFault.set(watch, known)
    }
    return known
  }

  at(wheres: readonly Where[]): Uint8Array {
    return this.#life.leaves.at(wheres)
  }

  jaccard(watch: FaultWatch, wheres: readonly Where[]): number {
    const { weights, cells } = this.cellsOf(watch)
    return jaccard(weights, cells, this.#life.leaves.at(wheres))
  }

  /** Segments of the baselines that would tell a team of the fault: most of their tasks are hit, or they are much the same place. */
  segmentsOf(watch: FaultWatch): Set<number> {
    const { leaves, baselines } = this.#life
    if (baselines === null) return new Set()
    const { weights, cells } = this.cellsOf(watch)
    const size = baselines.segments.size
    const all = new Float64Array(size)
    const hit = new Float64Array(size)
    let total = 0
    for (const { index, attributes } of leaves.leaves) {
      const tasks = weights[index] as number
      if (tasks === 0) continue
      if (cells[index] === 1) total += tasks
      for (const segment of baselines.segments.of(attributes)) {
        all[segment] = (all[segment] as number) + tasks
        if (cells[index] === 1) hit[segment] = (hit[segment] as number) + tasks
      }
    }
    const telling = new Set<number>()
    for (let segment = 0; segment < size; segment++) {
      const inside = hit[segment] as number
      if (inside === 0) continue
      const either = total + (all[segment] as number) - inside
      if (inside >= JACCARD_MIN * Math.min(all[segment] as number, either)) telling.add(segment)
    }
    return telling
  }
}

/** When an incident was said, as far as a situation goes: one customer's own fault is only listed. */
function saidAt(incident: ToldIncident, situation: Situation): number | null {
  return situation === 'one-account' ? incident.openedAt : incident.toldAt
}

function observeFault(
  life: Life,
  watch: FaultWatch,
  incidents: readonly ToldIncident[],
  places: Places,
  log: readonly AlarmLog[],
): FaultObservation {
  const { scenario, curve } = life
  const { fault } = watch
  const { situation } = watch.truth
  const end = Math.min(fault.until, scenario.until)
  const threshold = Math.log(VIEWS.length * life.badReportsPerWeek)
  const near = incidents.flatMap((incident) => {
    const at = saidAt(incident, situation)
    if (at === null || at < fault.from || at > end + AFTERMATH_MS) return []
    const { facts } = factsAsOf(incident, end + AFTERMATH_MS)
    const overlap = places.jaccard(watch, placesOf(facts))
    if (overlap === 0) return []
    return [
      {
        incident,
        at,
        overlap,
        wrong: mismatch({ ...facts, jaccard: overlap }, { situation, fault }, scenario.until),
      },
    ]
  })
  const found = near.filter(({ wrong }) => wrong === null).sort((a, b) => a.at - b.at)[0]
  const nearest = found ?? near.toSorted((a, b) => b.overlap - a.overlap)[0]
  const oracleAt =
    watch.ratio > 1.05
      ? oracleAlarm(watch, curve, oracleThreshold(watch.ratio, VIEWS.length * life.badReportsPerWeek))
      : null
  const segments = places.segmentsOf(watch)
  return {
    fault: fault.name,
    situation,
    course: fault.course.kind,
    ratio: watch.ratio,
    minutes: (end - fault.from) / MINUTE_MS,
    reports: watch.reportsBy(Infinity, fault.from, end),
    limit: watch.limit(threshold),
    found:
      found === undefined
        ? (nearest?.wrong ?? 'not found')
        : observeFound(life, watch, found.incident, found.at),
    named: nearest === undefined ? null : observeNamed(watch, nearest.incident, nearest.at, places),
    oracleMinutes: oracleAt === null ? null : (oracleAt - fault.from) / MINUTE_MS,
    baselines: log.map((one) => alarmsOn(one, segments, fault.from, end + AFTERMATH_MS)),
  }
}

/** The alarms that would be the first at some setting. */
function alarmsOn(
  { segments, at, strictness }: AlarmLog,
  telling: ReadonlySet<number>,
  from: number,
  until: number,
): [number, number][] {
  const records: [number, number][] = []
  let strictest = 0
  for (let i = 0; i < segments.length; i++) {
    const now = at[i] as number
    if (now < from || now > until || (strictness[i] as number) <= strictest) continue
    if (!telling.has(segments[i] as number)) continue
    strictest = strictness[i] as number
    records.push([(now - from) / MINUTE_MS, strictest])
  }
  return records
}

function observeFound(life: Life, watch: FaultWatch, incident: ToldIncident, at: number): FaultFound {
  const { fault } = watch
  const { onset } = factsAsOf(incident, at).facts
  const later = factsAsOf(incident, at + (at - fault.from)).facts
  const [low, high] = onset.at < fault.from ? [onset.at, fault.from] : [fault.from, onset.at]
  return {
    minutes: (at - fault.from) / MINUTE_MS,
    reports: watch.reportsBy(at, fault.from),
    isOnsetCovered: onset.from <= fault.from && fault.from <= onset.to,
    onsetErrorReports: watch.reportsBy(Infinity, low, high),
    sizeOverTrue: later.ratio.estimate / watch.ratio,
    fix: fault.until <= life.scenario.until ? observeFix(life, watch, incident) : null,
  }
}

function observeFix(life: Life, watch: FaultWatch, incident: ToldIncident): FixObservation {
  const { curve, scenario } = life
  const { fault } = watch
  const low = Math.max(1.05, factsAsOf(incident, fault.until).facts.ratio.low)
  const needed = Math.log(FIX_EVIDENCE) / (low - 1 - Math.log(low))
  const confirmed = incident.fixes.filter(({ said }) => said === 'confirmed-fixed')
  const first = confirmed.find(({ at }) => at >= fault.until)
  return {
    isFalse: confirmed.some(({ at }) => at < fault.until && strengthAt(fault, at) > 0),
    overLimit: first === undefined ? null : watch.matured(curve, first.at, fault.until) / needed,
    availableOverLimit: watch.matured(curve, scenario.until, fault.until) / needed,
  }
}

function observeNamed(watch: FaultWatch, incident: ToldIncident, at: number, places: Places): FaultNamed {
  const truth = watch.fault.where
  const same = (facts: IncidentFacts): boolean => places.jaccard(watch, placesOf(facts)) >= JACCARD_SAME
  const early = factsAsOf(incident, at).facts
  const late = factsAsOf(incident, at + (at - watch.fault.from)).facts
  const { weights } = places.cellsOf(watch)
  const named = placesOf(late).map((where) => places.at([where]))
  const meant = truth.map((where) => places.at([where]))
  const right = named.filter((one) =>
    meant.some((other) => jaccard(weights, one, other) >= JACCARD_SAME),
  ).length
  return {
    isExactAtAlarm: same(early),
    isExactLater: same(late),
    right,
    wrong: named.length - right,
    missing: Math.max(0, meant.length - right),
    situation: late.situation,
    isSplitExact: splitExact(watch, incident, places),
  }
}

/** Exact is the set of sites; the first thing said once there are enough reports is what counts, or the last before it. */
function splitExact(watch: FaultWatch, incident: ToldIncident, places: Places): boolean | null {
  const enough = watch.timeOfReport(SPLIT_REPORTS)
  if (enough === null || watch.fault.where.length < 2) return null
  const { facts } = incident.facts.find(({ at }) => at >= enough) ?? factsAsOf(incident, enough)
  return places.jaccard(watch, placesOf(facts)) >= JACCARD_SAME
}

function observeModel(life: Life, model: ModelRun, places: Places): ModelObservation {
  const { scenario, faults } = life
  let besides = 0
  let ownFindings = 0
  let aboutGuests = 0
  const falseBecause: string[] = []
  for (const incident of model.incidents()) {
    const at = incident.toldAt ?? incident.openedAt
    if (at < scenario.warmUpUntil) continue
    const wheres = placesOf(incident.last)
    const touched = faults.filter(({ fault }) => {
      const end = Math.min(fault.until, scenario.until)
      // What is told long afterwards, of a time when the fault stood, is late and not false.
      return at >= fault.from && (at <= end + AFTERMATH_MS || incident.last.onset.from <= end)
    })
    const overlaps = touched.map((watch) => ({ watch, overlap: places.jaccard(watch, wheres) }))
    if (incident.toldAt === null) {
      if (!overlaps.some(({ overlap }) => overlap > 0)) ownFindings++
    } else if (!overlaps.some(({ overlap }) => overlap > 0)) {
      falseBecause.push(incident.last.because)
      if (isAboutGuests(scenario, incident.last.where, at)) aboutGuests++
    } else if (
      !overlaps.some(
        ({ watch, overlap }) =>
          mismatch(
            { ...incident.last, jaccard: overlap },
            { situation: watch.truth.situation, fault: watch.fault },
            scenario.until,
          ) === null,
      )
    ) {
      besides++
    }
  }
  return {
    knob: model.knob,
    falseIncidents: falseBecause.length,
    falseBecause,
    aboutGuests,
    besides,
    ownFindings,
  }
}

function isAboutGuests({ disturbances }: Scenario, { site }: Where, at: number): boolean {
  return disturbances.some(
    (one) =>
      one.kind === 'guests' &&
      one.sites.length > 0 &&
      at >= one.from &&
      at <= one.until + AFTERMATH_MS &&
      (site === undefined || one.sites.includes(site)),
  )
}

function judgeAll({ known }: Life, main: ModelRun | null): VerdictCounts {
  const counts = {
    supportedRight: 0,
    supportedWrong: 0,
    unsupportedRight: 0,
    unsupportedWrong: 0,
    undetermined: 0,
    inFaults: 0,
    inFaultsSupported: 0,
  }
  if (main === null) return counts
  for (const { report, rejected, fault } of known) {
    const { verdict } = main.model.judge(report)
    if (verdict === 'supported') counts[rejected ? 'supportedRight' : 'supportedWrong']++
    else if (verdict === 'unsupported') counts[rejected ? 'unsupportedWrong' : 'unsupportedRight']++
    else counts.undetermined++
    if (fault === null) continue
    counts.inFaults++
    if (verdict === 'supported') counts.inFaultsSupported++
  }
  return counts
}

function observeEffects({ scenario }: Life, main: ModelRun | null): EffectObservation[] {
  if (main === null || scenario.actions.length === 0) return []
  const effects = main.model.effects()
  return scenario.actions.map((planned) => ({
    truly: answersTo(planned),
    said: effects.get(planned.action.id)?.answer ?? null,
  }))
}

/** What may rightly be said of an action. Where nothing was wrong there may be nothing to compare with. */
function answersTo({ fault, effective }: ActionTruth): readonly EffectAnswer[] {
  if (effective === 'partly') return ['partly']
  if (effective) return ['helped']
  return fault === null ? ['no-change', 'unverifiable'] : ['no-change']
}
