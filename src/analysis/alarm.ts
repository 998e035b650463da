import type { ActionFinding, FactsFinding, FixFinding, MergedFinding } from '../domain/finding.ts'
import type { IncidentFacts, Onset, Ratio, Situation, SplitSites, Where } from '../domain/incident.ts'
import { incidentIdOf } from '../domain/incident.ts'
import type { Instant } from '../domain/instant.ts'
import type { RatioBelief } from './fix/belief.ts'
import { beliefOf } from './fix/belief.ts'
import type { Tally } from './credibility/tally.ts'
import { createTally } from './credibility/tally.ts'
import { FINDINGS_PER_ALARM_MAX, METHOD, UPDATE_GROWTH } from './method.ts'

/** An alarm that stands: until its incident is resolved or fixed, its place raises no other. It is a place (place.ts). */
export interface Alarm {
  readonly id: string
  readonly incidentId: string
  situation: Situation
  where: Where
  /** Of a split: the sites that reject, or may. */
  rejecting: string[] | null
  sites: SplitSites | null
  /** Index of the segment that raised it last. */
  segment: number
  /** The group whose finding it is; -1 for all that are told to the team. */
  group: number
  readonly openedAt: Instant
  /** When it came back soon after a fix: the onset of its first run, which it keeps. */
  since: Onset | null
  onset: Onset
  ratio: Ratio
  /** The ratio as fixes are held against it; its mean is above 1. */
  belief: RatioBelief
  /** Reports in the last finding, how many were expected, and counted since. */
  reports: number
  expected: number
  fresh: number
  lastAt: Instant
  findings: number
  /** Tasks solved from here on are as usual again; null while it stands. */
  fixedAt: Instant | null
  /** When it was said to be over: until then its tasks counted nowhere else, and their late reports do not either. */
  closedAt: Instant | null
  /** When it ended for good: resolved, or absorbed by another. */
  endedAt: Instant | null
  /** Id of the alarm that absorbed it. */
  absorbedBy: string | null
  /** Who issued and reported what there, for verdicts. */
  readonly tally: Tally
  /** Actions about which "not fixed" has been said. */
  readonly notFixed: string[]
}

/** The change that decides. */
export interface Deciding {
  readonly at: Instant
  readonly seq: number
}

export function openAlarm(
  name: string,
  segment: number,
  group: number,
  facts: IncidentFacts,
  rejecting: readonly string[] | null,
  deciding: Deciding,
): { alarm: Alarm; finding: FactsFinding } {
  const id = `${name}@${deciding.seq}`
  const alarm: Alarm = {
    id,
    incidentId: incidentIdOf(id),
    situation: facts.situation,
    where: facts.where,
    rejecting: rejecting === null ? null : [...rejecting],
    sites: facts.sites ?? null,
    segment,
    group,
    openedAt: deciding.at,
    since: null,
    onset: facts.onset,
    ratio: facts.ratio,
    belief: beliefFor(facts.ratio),
    reports: facts.reports,
    expected: facts.expected,
    fresh: 0,
    lastAt: deciding.at,
    findings: 1,
    fixedAt: null,
    closedAt: null,
    endedAt: null,
    absorbedBy: null,
    tally: createTally(),
    notFixed: [],
  }
  return { alarm, finding: { ...headOf(alarm, deciding), event: 'opened', facts } }
}

/** New words about a standing alarm. */
export function updateAlarm(
  alarm: Alarm,
  facts: IncidentFacts,
  rejecting: readonly string[] | null,
  deciding: Deciding,
): FactsFinding {
  alarm.situation = facts.situation
  alarm.where = facts.where
  alarm.rejecting = rejecting === null ? null : [...rejecting]
  alarm.sites = facts.sites ?? null
  alarm.onset = facts.onset
  alarm.ratio = facts.ratio
  alarm.belief = beliefFor(facts.ratio)
  alarm.reports = facts.reports
  alarm.expected = facts.expected
  alarm.fresh = 0
  alarm.lastAt = deciding.at
  alarm.findings += 1
  return { ...headOf(alarm, deciding), event: 'updated', facts }
}

export function reopenAlarm(
  alarm: Alarm,
  facts: IncidentFacts,
  rejecting: readonly string[] | null,
  because: string,
  deciding: Deciding,
): FactsFinding {
  const { facts: told } = updateAlarm(alarm, facts, rejecting, deciding)
  alarm.fixedAt = null
  alarm.closedAt = null
  return { ...headOf(alarm, deciding), event: 'reopened', facts: told, because }
}

export function fixAlarm(
  alarm: Alarm,
  event: FixFinding['event'],
  because: string,
  deciding: Deciding,
): FixFinding {
  return { ...headOf(alarm, deciding), event, because }
}

export function mergeAlarm(alarm: Alarm, other: Alarm, because: string, deciding: Deciding): MergedFinding {
  return { ...headOf(alarm, deciding), event: 'merged', otherAlarmId: other.id, because }
}

export function noteAction(alarm: Alarm, actionId: string, deciding: Deciding): ActionFinding {
  return { ...headOf(alarm, deciding), event: 'action', actionId }
}

function headOf(
  alarm: Alarm,
  { at, seq }: Deciding,
): { alarmId: string; at: Instant; seq: number; method: string } {
  return { alarmId: alarm.id, at, seq, method: METHOD }
}

// Closer to 1 than this a ratio could never be seen to end.
const RATIO_MIN = 1.3

function beliefFor(ratio: Ratio): RatioBelief {
  return beliefOf({ ...ratio, estimate: Math.max(RATIO_MIN, ratio.estimate) })
}

/** Is it the team's business, and not over yet? */
export function isStanding(alarm: Alarm): boolean {
  return alarm.situation !== 'one-account' && alarm.fixedAt === null
}

/** Notes a report. @returns whether it may be time to say more: a cheap question, asked at every report */
export function mayGrow(alarm: Alarm): boolean {
  alarm.fresh += 1
  return alarm.findings < FINDINGS_PER_ALARM_MAX && alarm.fresh >= (UPDATE_GROWTH - 1) * alarm.reports
}

export function hasGrown(alarm: Alarm, reports: number): boolean {
  return alarm.findings < FINDINGS_PER_ALARM_MAX && reports >= UPDATE_GROWTH * alarm.reports
}
