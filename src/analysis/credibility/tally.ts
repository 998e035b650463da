import type { Ratio } from '../../domain/incident.ts'

/** What one group issued and reported in an incident. */
export interface GroupTally {
  tasks: number
  /** Reported bad. */
  reports: number
  /** Reports that are usual on these tasks, ever. */
  expected: number
}

/** Who issued and reported what in one incident: what a verdict needs to leave the reporter's own group out of it. */
export interface Tally {
  /** By index of the group; once settled, of those with most reports only. */
  groups: Map<number, GroupTally>
  /** Over all groups. */
  reports: number
  expected: number
  /** Whether what came before the alarm has been entered. */
  begun: boolean
  /** Whether all of it has gone into the groups' records. */
  settled: boolean
}

/** Groups of one incident that are told apart; those beyond count in the sums only. */
const GROUPS_PER_TALLY_MAX = 5_000
/** Of a settled one. A group that is not among them sent less than a seventeenth of its reports. */
const SETTLED_GROUPS_MAX = 16

export function createTally(): Tally {
  return { groups: new Map(), reports: 0, expected: 0, begun: false, settled: false }
}

/** Adds tasks and reports of a group; negative ones are taken back. */
export function addToTally(
  tally: Tally,
  group: number,
  tasks: number,
  reports: number,
  expected: number,
): void {
  tally.reports = Math.max(0, tally.reports + reports)
  tally.expected = Math.max(0, tally.expected + expected)
  let its = tally.groups.get(group)
  if (its === undefined) {
    if (tally.groups.size >= GROUPS_PER_TALLY_MAX) return
    its = { tasks: 0, reports: 0, expected: 0 }
    tally.groups.set(group, its)
  }
  its.tasks += tasks
  its.reports = Math.max(0, its.reports + reports)
  its.expected += expected
}

/** One incident was part of another: its tasks and reports are the other's now. */
export function mergeTally(into: Tally, from: Tally): void {
  for (const [group, { tasks, reports, expected }] of from.groups)
    addToTally(into, group, tasks, reports, expected)
  Object.assign(from, { ...createTally(), begun: true, settled: true })
}

/** Keeps what verdicts still need once the records have learned from it. */
export function closeTally(tally: Tally): void {
  tally.groups = new Map(
    [...tally.groups]
      .sort(([a, one], [b, other]) => other.reports - one.reports || a - b)
      .slice(0, SETTLED_GROUPS_MAX),
  )
  tally.settled = true
}

/** What is said of an incident: reports, how many were expected, and the ratio. */
export interface Said {
  readonly reports: number
  readonly expected: number
  readonly ratio: Ratio
}

/**
 * The same without one group's part, which is known by its shares of the reports (f) and of the expectation (h) in the tally:
 *
 *   R' = R (1 - f) ,   E' = E (1 - h) ,   r' = r * [(R' + 1) / (E' + 1/r)] / [(R + 1) / (E + 1/r)]
 *
 * With nothing of the group in it r' is r; of an incident that is one group's alone it is near 1 or below.
 */
export function withoutGroup({ reports, expected, ratio }: Said, tally: Tally, group: number): Said {
  const its = tally.groups.get(group)
  if (its === undefined) return { reports, expected, ratio }
  const left = (part: number, whole: number): number => (whole > 0 ? Math.max(0, 1 - part / whole) : 1)
  const reportsLeft = reports * left(its.reports, tally.reports)
  const expectedLeft = expected * left(its.expected, tally.expected)
  const shrunk = 1 / ratio.estimate
  const by = ((reportsLeft + 1) * (expected + shrunk)) / ((expectedLeft + shrunk) * (reports + 1))
  return {
    reports: Math.round(reportsLeft),
    expected: expectedLeft,
    ratio: { estimate: ratio.estimate * by, low: ratio.low * by, high: ratio.high * by },
  }
}
