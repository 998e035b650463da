import type { Ratio } from '../../domain/incident.ts'
import type { SolveBins } from '../solve-bins.ts'
import { createSolveBins } from '../solve-bins.ts'

/** What one group issued and reported in an incident. */
export interface GroupTally {
  tasks: number
  /** Reported bad. */
  reports: number
  /** Reports that are usual on these tasks, ever. */
  expected: number
  /** Tasks that would have been bad if nothing had been wrong. */
  usuallyBad: number
}

/** Reports, and how many are usual. */
export interface Sums {
  readonly reports: number
  readonly expected: number
}

/** Who issued and reported what in one incident: what a verdict needs to leave the reporter's own group out of it. */
export interface Tally {
  /** By index of the group; once settled, of those with most reports only. */
  groups: Map<number, GroupTally>
  /** Over all groups. */
  reports: number
  expected: number
  /** Over time, of the groups whose reports may follow failures. */
  readonly bins: SolveBins
  /** Whether what came before the alarm has been entered. */
  begun: boolean
  /** Once all of it has gone into the groups' records: the sums over those that follow failures, as far as is known. */
  settled: Sums | null
}

/** Groups of one incident that are told apart; those beyond count in the sums only. */
const GROUPS_PER_TALLY_MAX = 5_000
/** Of a settled one. A group that is not among them sent less than a seventeenth of its reports. */
const SETTLED_GROUPS_MAX = 16

export function createTally(): Tally {
  return { groups: new Map(), reports: 0, expected: 0, bins: createSolveBins(), begun: false, settled: null }
}

/** Adds tasks and reports of a group; negative ones are taken back. */
export function addToTally(tally: Tally, group: number, more: GroupTally): void {
  tally.reports = Math.max(0, tally.reports + more.reports)
  tally.expected = Math.max(0, tally.expected + more.expected)
  let its = tally.groups.get(group)
  if (its === undefined) {
    if (tally.groups.size >= GROUPS_PER_TALLY_MAX) return
    its = { tasks: 0, reports: 0, expected: 0, usuallyBad: 0 }
    tally.groups.set(group, its)
  }
  its.tasks += more.tasks
  its.reports = Math.max(0, its.reports + more.reports)
  its.expected += more.expected
  its.usuallyBad += more.usuallyBad
}

/** One incident was part of another: its tasks and reports are the other's now. */
export function mergeTally(into: Tally, from: Tally): void {
  for (const [group, its] of from.groups) addToTally(into, group, its)
  Object.assign(from, { ...createTally(), begun: true, settled: { reports: 0, expected: 0 } })
}

/** The sums over the groups whose reports may follow failures; groups not told apart are left out. */
export function sumsOver(tally: Tally, isWitness: (group: number) => boolean): Sums {
  let [reports, expected] = [0, 0]
  for (const [group, its] of tally.groups) {
    if (!isWitness(group)) continue
    reports += its.reports
    expected += its.expected
  }
  return { reports, expected }
}

/** Keeps what verdicts still need once the records have learned from it. */
export function closeTally(tally: Tally, witnesses: Sums): void {
  tally.groups = new Map(
    [...tally.groups]
      .sort(([a, one], [b, other]) => other.reports - one.reports || a - b)
      .slice(0, SETTLED_GROUPS_MAX),
  )
  tally.settled = witnesses
}

/** What is said of an incident: reports, how many were expected, and the ratio. */
export interface Said extends Sums {
  readonly ratio: Ratio
}

/**
 * The same of the others alone: without the reporter's group, and without those that report whatever happens, for they would say "twice as
 * many" of a place that rejects everything. Reports R and expectation E fall by the others' shares in the tally; then
 *
 *   r' = r * [(R' + 1) / (E' + 1/r)] / [(R + 1) / (E + 1/r)]
 *
 * If all are such others, r' is r; of an incident that is one group's alone it is near 1 or below.
 *
 * @param others their sums in the tally
 */
export function ofOthers({ reports, expected, ratio }: Said, tally: Tally, others: Sums): Said {
  const share = (part: number, whole: number): number => (whole > 0 ? Math.min(1, part / whole) : 1)
  const theirs = reports * share(others.reports, tally.reports)
  const usual = expected * share(others.expected, tally.expected)
  const shrunk = 1 / ratio.estimate
  const by = ((theirs + 1) * (expected + shrunk)) / ((usual + shrunk) * (reports + 1))
  return {
    reports: Math.round(theirs),
    expected: usual,
    ratio: { estimate: ratio.estimate * by, low: ratio.low * by, high: ratio.high * by },
  }
}
