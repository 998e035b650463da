import type { Onset, Ratio, Situation, Where } from '../../domain/incident.ts'
import type { Instant } from '../../domain/instant.ts'
import type { Claim } from '../../domain/report.ts'
import type { Credibility } from '../credibility/credibility.ts'

/** Everything that a verdict on one report is made from. What is said of *others* is without the reporter's group. */
export interface VerdictEvidence {
  readonly claim: Claim
  /** Type and site of the reporter's own task. */
  readonly place: { readonly type: string; readonly site: string | null }
  readonly solvedAt: Instant
  /** The task's cell when it was solved. */
  readonly cell: QuietCell | IncidentCell
  /** How much the reporter's reports say, before this one. */
  readonly reporter: Credibility
  /** The reporter's own tasks and reports at that place. */
  readonly own: OwnCounts
  /** Share of tasks that are bad at this place where nothing is wrong, in (0, 1); BASE_FAILURE_SHARE on average. */
  readonly failureShare: number
}

export interface OwnCounts {
  readonly from: Instant
  readonly to: Instant
  readonly tasks: number
  readonly reports: number
  /** Reports that are usual for this reporter on these tasks. */
  readonly expected: number
}

/** No incident holds this task; also where the only finding is about the reporter alone. */
export interface QuietCell {
  readonly state: 'quiet'
  readonly from: Instant
  readonly to: Instant
  /** Reports of other, credible groups on tasks solved there in this time. */
  readonly reports: number
  /** Reports of theirs that should be in by now, at the usual rate. */
  readonly expected: number
}

/** The task is part of an incident. */
export interface IncidentCell {
  readonly state: 'incident'
  readonly situation: Exclude<Situation, 'one-account'>
  readonly where: Where
  readonly onset: Onset
  /** Time around the task, within the incident, that the figures are about: it need not be as strong at all times. */
  readonly from: Instant
  readonly to: Instant
  /** Observed over expected at this task's place, without the reporter's group. Of a split: of the group of sites it is in. */
  readonly ratio: Ratio
  /** Reports of other, credible groups on tasks solved there in this time, and how many are usual by now. */
  readonly reports: number
  readonly expected: number
}

/** The ratio that other customers' silence speaks against: three times as many reports as usual. */
const FAULT_RATIO = 3
/** Likelihood ratio from which it counts as evidence. */
const EVIDENCE = Math.log(20)

/** Pulls a quiet place's ratio towards 1: as much as two expected reports. */
const PRIOR = 2

/** Single results fail at the best of places: however silent the others, a place counts as no better than four times as good as usual. */
const RATIO_MIN = 0.25

/** Never certain: some of what is solved is accepted anywhere. */
const SHARE_MAX = 0.99

/**
 * Share of the tasks there that were bad, before this report: pi = q r, at most 0.99.
 *
 * r is the incident's ratio, without the reporter's group. Of a quiet place it is the mean of Gamma(2 + reports, 2 + expected) of the
 * others, at least 1/4; or, where the reporter alone sees a fault (`seesOwnFault`), of its own reports but this one.
 */
export function shareBad(evidence: VerdictEvidence): number {
  const { cell, own, failureShare } = evidence
  const ratio =
    cell.state === 'incident'
      ? cell.ratio.estimate
      : seesOwnFault(evidence)
        ? (PRIOR + own.reports - 1) / (PRIOR + own.expected)
        : Math.max(RATIO_MIN, (PRIOR + cell.reports) / (PRIOR + cell.expected))
  return Math.min(SHARE_MAX, failureShare * ratio)
}

/**
 * Whether one customer's tokens are rejected where others' are not: its reports follow failures (its credibility excludes 0), and without
 * this report there are so many of it there that "three times as many as usual for it" is 20 times as likely as "as usual".
 */
export function seesOwnFault({ cell, reporter, own }: VerdictEvidence): boolean {
  return (
    cell.state === 'quiet' &&
    reporter.lnRatio.low > 0 &&
    (own.reports - 1) * Math.log(FAULT_RATIO) - (FAULT_RATIO - 1) * own.expected >= EVIDENCE
  )
}

/**
 * Probability that the reported result was bad, before the claim pi, after it
 *
 *   P = pi alpha / (pi alpha + (1 - pi) beta)
 */
export function probabilityBad(share: number, alpha: number, beta: number): number {
  return (share * alpha) / (share * alpha + (1 - share) * beta)
}

/**
 * Whether other customers had enough to say to rule a fault out, and said nothing unusual: likelihood ratio of "three times as many"
 * to "as usual" of 1/20 or less.
 *
 *   n ln 3 - 2 M <= -ln 20
 */
export function isEvidentlyQuiet(cell: QuietCell | IncidentCell): boolean {
  return (
    cell.state === 'quiet' &&
    cell.reports * Math.log(FAULT_RATIO) - (FAULT_RATIO - 1) * cell.expected <= -EVIDENCE
  )
}
