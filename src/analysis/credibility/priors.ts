import type { ReporterRecord } from './record.ts'

/** A beta distribution. */
export interface Beta {
  readonly a: number
  readonly b: number
}

/** What is known of a group's two rates before it has a record: how groups that report at all behave. */
export interface ReporterPriors {
  /** Of P(report | bad), and of P(report | good), of a group that reports what it saw fail. */
  readonly alpha: Beta
  readonly beta: Beta
  /** Share of the other groups: they report everything, or at random, and both rates may be anything in (0, 1). */
  readonly wild: number
}

/**
 * Half a report's worth of knowledge: rates of groups differ a hundredfold, and each soon speaks for itself. A group without a record is so
 * undetermined, its credibility's interval holding 0.
 */
const SHAPE = 0.5
const ALPHA_MEAN = 1 / 7
const BETA_MEAN = 1 / 250
/** One reporting group in 20 reports everything, or at random; too few for their share to be learned. */
const WILD = 0.05
/** From this beta on a group counts as wild. */
const WILD_FROM = 0.02
/** The defaults above count as much as this many groups. */
const DEFAULT_GROUPS = 10
/** From so many informative tasks on a group counts fully. */
const FULL_TASKS = 20

export const DEFAULT_PRIORS: ReporterPriors = {
  alpha: betaOf(ALPHA_MEAN),
  beta: betaOf(BETA_MEAN),
  wild: WILD,
}

/**
 * Priors from all groups with at least one report, each group counting once, whatever its size.
 *
 * A group's own rates by the method of moments, from its share of reports y and mean P(bad) p in quiet and in other cells:
 *
 *   alpha - beta = (y1 - y0) / (p1 - p0) ,   beta = y0 - p0 (alpha - beta) ,   both held within [0, 1]
 *
 * Their means, with the defaults counting as ten groups, are the means of the priors.
 */
export function priorsOf(records: Iterable<ReporterRecord>): ReporterPriors {
  let groups = DEFAULT_GROUPS
  let betaGroups = DEFAULT_GROUPS
  let alphas = DEFAULT_GROUPS * ALPHA_MEAN
  let betas = DEFAULT_GROUPS * BETA_MEAN
  for (const { tasks, bad, reports } of records) {
    const [quietTasks = 0] = tasks
    const [quietBad = 0] = bad
    const [quietReports = 0] = reports
    const otherTasks = sumAfterFirst(tasks)
    const otherBad = sumAfterFirst(bad)
    const otherReports = sumAfterFirst(reports)
    if (quietReports + otherReports < 1 || quietTasks === 0 || otherTasks === 0) continue
    const p0 = quietBad / quietTasks
    const p1 = otherBad / otherTasks
    if (!(p1 > p0)) continue
    const slope = (otherReports / otherTasks - quietReports / quietTasks) / (p1 - p0)
    const beta = share(quietReports / quietTasks - p0 * slope)
    const weight = Math.min(1, otherBad / FULL_TASKS, quietTasks / FULL_TASKS)
    groups += weight
    alphas += weight * share(beta + slope)
    // The wild ones have a part of the prior of their own.
    if (beta > WILD_FROM) continue
    betaGroups += weight
    betas += weight * beta
  }
  return { alpha: betaOf(alphas / groups), beta: betaOf(betas / betaGroups), wild: WILD }
}

/** Beta with shape 1/2 and this mean, kept off its ends. */
function betaOf(mean: number): Beta {
  const kept = Math.min(0.5, Math.max(1e-4, mean))
  return { a: SHAPE, b: (SHAPE * (1 - kept)) / kept }
}

function share(value: number): number {
  return Math.min(1, Math.max(0, value))
}

function sumAfterFirst(values: readonly number[]): number {
  return values.slice(1).reduce((sum, value) => sum + value, 0)
}
