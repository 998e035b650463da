import type { FactsFinding } from '../domain/finding.ts'
import type { IncidentFacts, Situation, Where } from '../domain/incident.ts'
import { incidentIdOf } from '../domain/incident.ts'
import type { Instant } from '../domain/instant.ts'
import { FINDINGS_PER_ALARM_MAX, METHOD, UPDATE_GROWTH } from './method.ts'

/** An alarm that stands: until an operator resolves its incident, its segment raises no other. */
export interface Alarm {
  readonly id: string
  readonly incidentId: string
  situation: Extract<Situation, 'regression' | 'one-account'>
  /** Index of the type whose family it belongs to, and of the segment it stands on: that type or one of its sites. */
  readonly type: number
  segment: number
  /** The group whose finding it is; -1 for a regression. */
  group: number
  readonly openedAt: Instant
  onset: { from: Instant; to: Instant }
  /** Reports in the last finding, and counted since. */
  reports: number
  fresh: number
  lastAt: Instant
  findings: number
}

/** The report that decides. */
export interface Deciding {
  readonly at: Instant
  readonly seq: number
}

export function openAlarm(
  name: string,
  situation: Alarm['situation'],
  type: number,
  segment: number,
  group: number,
  facts: IncidentFacts,
  deciding: Deciding,
): { alarm: Alarm; finding: FactsFinding } {
  const id = `${name}@${deciding.seq}`
  const alarm: Alarm = {
    id,
    incidentId: incidentIdOf(id),
    situation,
    type,
    segment,
    group,
    openedAt: deciding.at,
    onset: { from: facts.onset.from, to: facts.onset.to },
    reports: facts.reports,
    fresh: 0,
    lastAt: deciding.at,
    findings: 1,
  }
  return { alarm, finding: findingOf(alarm, 'opened', facts, deciding) }
}

/** New words about a standing alarm. */
export function updateAlarm(alarm: Alarm, facts: IncidentFacts, deciding: Deciding): FactsFinding {
  alarm.onset = { from: facts.onset.from, to: facts.onset.to }
  alarm.reports = facts.reports
  alarm.fresh = 0
  alarm.lastAt = deciding.at
  alarm.findings += 1
  return findingOf(alarm, 'updated', facts, deciding)
}

function findingOf(
  alarm: Alarm,
  event: FactsFinding['event'],
  facts: IncidentFacts,
  deciding: Deciding,
): FactsFinding {
  return { alarmId: alarm.id, event, at: deciding.at, seq: deciding.seq, facts, method: METHOD }
}

/** Notes a report. @returns whether it may be time to say more: a cheap question, asked at every report */
export function mayGrow(alarm: Alarm): boolean {
  alarm.fresh += 1
  return alarm.findings < FINDINGS_PER_ALARM_MAX && alarm.fresh >= (UPDATE_GROWTH - 1) * alarm.reports
}

export function hasGrown(alarm: Alarm, reports: number): boolean {
  return alarm.findings < FINDINGS_PER_ALARM_MAX && reports >= UPDATE_GROWTH * alarm.reports
}

/** Attributes in the order in which they are printed. */
export function whereOf(type: string, site: string | null): Where {
  return site === null ? { type } : { type, site }
}
