import { createModel } from '../../src/analysis/model.ts'
import type { FactsFinding } from '../../src/domain/finding.ts'
import { DAY_MS, MINUTE_MS, WEEK_MS } from '../../src/domain/instant.ts'
import { exactRateWorld } from '../../src/simulator/exact-rate.ts'
import { presetSettings } from '../../src/simulator/presets.ts'
import { buildWorld } from '../../src/simulator/world.ts'
import { liveThrough } from './live-through.ts'

/** A Monday, so that weekly cycles begin at their beginning. */
const START_AT = Date.UTC(2026, 0, 5)
const SETTINGS = { falseIncidentsPerWeek: 1, reportWindowMs: DAY_MS }

export interface HealthyScore {
  readonly seed: number
  readonly weeks: number
  readonly tasks: number
  readonly reports: number
  /** Incidents told to the team: what the knob promises. Each one is false here. */
  readonly falseIncidents: number
  /** One customer's own findings: listed, not told. */
  readonly oneAccount: number
  readonly seconds: number
}

/** Healthy weeks over 2,000 segments: whatever is opened is false. */
export function scoreHealthyWeeks(seed: number, weeks: number): HealthyScore {
  const startedAt = performance.now()
  const world = buildWorld(presetSettings('segments2000', seed, START_AT))
  const life = liveThrough(createModel(SETTINGS), world, [], START_AT + weeks * WEEK_MS)
  const situations = lastSituations(life.findings)
  return {
    seed,
    weeks,
    tasks: life.tasks,
    reports: life.reports,
    falseIncidents: situations.filter((situation) => situation !== 'one-account').length,
    oneAccount: situations.filter((situation) => situation === 'one-account').length,
    seconds: (performance.now() - startedAt) / 1000,
  }
}

/** The situation that each alarm had in the end: one that became a regression later was told to the team. */
function lastSituations(findings: readonly FactsFinding[]): string[] {
  const byAlarm = new Map<string, string>()
  for (const { alarmId, facts } of findings) {
    const before = byAlarm.get(alarmId)
    if (before === undefined || before === 'one-account') byAlarm.set(alarmId, facts.situation)
  }
  return [...byAlarm.values()]
}

export interface BreakScore {
  readonly seed: number
  /** Reports of tasks solved after the break, up to and with the one that opened the incident; null: not found in time. */
  readonly reports: number | null
  readonly minutes: number | null
  /** Was the true onset inside the stated interval? */
  readonly onsetCovered: boolean
  readonly onsetErrorMinutes: number | null
  readonly ratio: number | null
  /** Team incidents about anything else, all the time. */
  readonly otherIncidents: number
}

/** A x10 break at 6 baseline reports an hour, after some days of history: how many reports until the incident stands? */
export function scoreBreak(seed: number, factor = 10, baselinePerHour = 6, historyDays = 3): BreakScore {
  const breakAt = START_AT + historyDays * DAY_MS + 10 * 60 * MINUTE_MS
  const until = breakAt + 0.5 * DAY_MS
  const { world, fault, segment } = exactRateWorld({
    seed,
    startAt: START_AT,
    breakAt,
    repairedAt: Infinity,
    baselinePerHour,
    factor,
  })
  let reports = 0
  let found: FactsFinding | null = null
  const life = liveThrough(createModel(SETTINGS), world, [fault], until, (event, findings) => {
    const { task, record } = event
    const here = task.site === segment.site && task.type === segment.type
    if (here && record.claim === 'bad' && (task.solvedAt as number) >= breakAt) reports++
    found = findings.find((one) => event.at >= breakAt && isAbout(one, segment)) ?? null
    return found !== null
  })
  const hit = found as FactsFinding | null
  const others = new Set(
    life.findings
      .filter((one) => one !== hit && one.facts.situation !== 'one-account' && !isAbout(one, segment))
      .map((one) => one.alarmId),
  )
  if (hit === null)
    return {
      seed,
      reports: null,
      minutes: null,
      onsetCovered: false,
      onsetErrorMinutes: null,
      ratio: null,
      otherIncidents: others.size,
    }
  const { onset, ratio } = hit.facts
  return {
    seed,
    reports,
    minutes: (hit.at - breakAt) / MINUTE_MS,
    onsetCovered: onset.from <= breakAt && breakAt <= onset.to,
    onsetErrorMinutes: Math.abs(onset.at - breakAt) / MINUTE_MS,
    ratio: ratio.estimate,
    otherIncidents: others.size,
  }
}

function isAbout({ facts }: FactsFinding, { type, site }: { type: string; site: string }): boolean {
  return (
    facts.situation === 'regression' &&
    facts.where.type === type &&
    (facts.where.site === site || facts.where.site === undefined)
  )
}
