import { DAY_MS, HOUR_MS } from '../domain/instant.ts'

/** Which method spoke. Changes with anything that can change a finding. */
export const METHOD = 'judgement/2'

/** Reports per task before anything is known: about what healthy services see. Worth one report (shape 1). */
export const PRIOR_RATE = 0.02

/**
 * 1 / variance of the true effect among its siblings. Two beliefs, and the more cautious one counts: that a place is worse
 * than its parent is believed soon (variance 1: a few sites are wild, 5 % of them at 5 to 10 times the mean), that it is
 * better only on much evidence (variance 1/8). Among 2,000 segments some have no report for days by chance; believing
 * each of them to be five times better than the rest made two false alarms a week.
 */
export interface Belief {
  readonly worse: number
  readonly better: number
}
export const EFFECT_K: Belief = { worse: 1, better: 8 }
/** Accounts differ most: most never report, a few always do. */
export const GROUP_K = 0.5

/** What is younger than this teaches nothing: it may be the incident. */
export const QUARANTINE_MS = DAY_MS

/** A level with less than this expected of it is cold: its parent's recent past speaks for it too. */
export const COLD_EXPECTED = 5

/** Below this many expected reports a group is unproven. */
export const PROVEN_EXPECTED = 20

/** How much the learned past weighs, in reports, against the last week's own history in `Prior`. */
export const PRIOR_SHAPE_MAX = 20

/** 80 % point of the standard normal: rates are taken at the upper 80 % point of what is known of them. */
export const RATE_Z = 0.8416212335729143

/** A new group's reporting, when others are known: the 85 % point of a gamma with variance 2 and mean 1. */
export const NEW_GROUP_PROBABILITY = 0.85

/** Rate ratios the alarm is ready for, equally weighted. */
export const RATIOS: readonly number[] = [1.5, 2, 3, 5, 9, 16, 32, 64]

/**
 * A task of which a report is expected more often than this says nothing to the alarm, whatever comes: a customer who reports
 * everything cannot report ten times as much. (One such task counted as much as a hundred others, and its silence as a repair.)
 */
export const TELLING_RATE_MAX = 0.25

/** Without its heaviest group an alarm may fall short of the threshold by this much (a factor of ten). */
export const LEAVE_OUT_NATS = 2.3

/**
 * The history before an onset must speak for "normal" against "broken already" by this much (20 to 1) before anyone is
 * told that something used to be accepted.
 */
export const HISTORY_NATS = 3
/** The same for a place of which nothing has been learned yet, where others have (400 to 1). */
export const NEW_HISTORY_NATS = 6

/**
 * How the budget of false incidents is divided among the views: where most faults show, the threshold is lowest. The rest
 * (a tenth) is for places that never worked. Adds up to 1.
 */
export const BUDGET = {
  all: 0.05,
  type: 0.18,
  site: 0.28,
  solver: 0.1,
  region: 0.1,
  label: 0.05,
  pair: 0.14,
  neverWorked: 0.1,
} as const

/**
 * By how much the expectation of wide views is raised in the scan. Their counts are so large that no chance is left in them: what is
 * left is what the model does not know (a weekend never seen, a holiday), and a tenth more of everything is nobody's fault.
 */
export const CAUTION = {
  all: 1.3,
  type: 1.1,
  site: 1,
  solver: 1.1,
  region: 1.1,
  label: 1.1,
  pair: 1,
} as const

/** What is raised by less is nobody's incident: it is within what the model does not know. */
export const INCIDENT_RATIO_MIN = 1.5
export const INCIDENT_LOW_MIN = 1.15

/** A standing alarm speaks again when its reports have grown by this factor, and this often at most. */
export const UPDATE_GROWTH = 1.5
export const FINDINGS_PER_ALARM_MAX = 30

/** Expected reports a week below which the threshold does not follow. */
export const WEEKLY_FLOOR = 300
/** New sites a week, below which the threshold of never-worked does not follow. */
export const BIRTHS_FLOOR = 100
/** In the first week, what was seen is scaled to a week as if at least this long had been seen. */
export const SCALED_FROM_MS = 6 * HOUR_MS

// Bounds on memory; beyond them what is new shares one segment per type, or one group. They are told by `stats` and metrics.
export const SEGMENTS_MAX = 240_000
/** Of these, what the tasks of one payer may make: a flood of made-up sites leaves the others their room. */
export const SEGMENTS_PER_GROUP_MAX = 30_000
export const LEAVES_MAX = 300_000
export const TYPES_MAX = 5_000
export const SOLVERS_PER_TYPE_MAX = 200
export const REGIONS_PER_TYPE_MAX = 200
export const LABEL_SEGMENTS_PER_TYPE_MAX = 300
export const GROUPS_MAX = 100_000
export const ACCOUNTS_MAX = 200_000
/** Alarms that stand at once, and ended ones that are remembered for verdicts. */
export const ALARMS_MAX = 2_000
export const ENDED_MAX = 2_000
export const ACTIONS_MAX = 1_000
