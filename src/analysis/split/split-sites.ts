import { memberships } from './membership.ts'
import { partitionSites } from './partitions.ts'
import type { SiteCount } from './partitions.ts'

/** Where a split is declared: e-value 20, in nats. */
export const LN_SPLIT = Math.log(20)

/**
 * Groups that differ by less are no split, however certain the difference: with many reports the small errors of the sites' own
 * expectations are certain too.
 */
const RATIO_BETWEEN_MIN = 2

/** A site belongs to a group at 9 to 1. */
const REJECTING_ABOVE = 0.9
const ACCEPTING_BELOW = 0.1

/** One group of a cut. */
export interface SplitGroup {
  /** In code-unit order. */
  readonly sites: readonly string[]
  readonly observed: number
  readonly expected: number
  /** Posterior mean of its ratio, (1 + observed) / (1 + expected). */
  readonly ratio: number
}

/** What the sites of one class say about a split between them. */
export interface SplitReading {
  /** ln of the e-value against "one ratio for all sites"; negative: it speaks for one ratio. */
  readonly lnEvidence: number
  /** Whether that is enough to call it a split, and the groups' ratios differ twofold at least. */
  readonly isSplit: boolean
  /** The two groups at the likeliest cut: every site is in one of them, told apart or not. */
  readonly upper: SplitGroup
  readonly lower: SplitGroup
  /** Probability that the site belongs to the group that rejects, in [0, 1]; 1/2 for one that says nothing. */
  readonly membership: ReadonlyMap<string, number>
  /** Sites that do belong to it (above 0.9), that do not (below 0.1), and the rest; in code-unit order. */
  readonly rejecting: readonly string[]
  readonly accepting: readonly string[]
  readonly undecided: readonly string[]
}

/**
 * Whether some sites reject and others accept, and which.
 *
 * @param sites of one class (type, or type and solver) since the onset; distinct names, at least two
 * @throws RangeError for fewer than two sites, or counts that are none
 * @see docs/method.md; partitions.ts for the e-value, membership.ts for the groups
 * @example
 * // a has 30 reports where 3 were expected, b 3: ln e = 11.9. c said nothing yet.
 * splitSites([{ site: 'a', observed: 30, expected: 3 }, { site: 'b', observed: 3, expected: 3 }, { site: 'c', observed: 0, expected: 0.1 }])
 * // rejecting ['a'], accepting ['b'], undecided ['c']
 */
export function splitSites(sites: readonly SiteCount[]): SplitReading {
  const partitions = partitionSites(sites)
  const probabilities = memberships(partitions)
  let best = 1
  for (let k = 2; k < sites.length; k++)
    if ((partitions.lnTerm[k] as number) > (partitions.lnTerm[best] as number)) best = k

  const membership = new Map<string, number>()
  const rejecting: string[] = []
  const accepting: string[] = []
  const undecided: string[] = []
  partitions.sites.forEach(({ site }, i) => {
    const probability = probabilities[i] as number
    membership.set(site, probability)
    if (probability > REJECTING_ABOVE) rejecting.push(site)
    else if (probability < ACCEPTING_BELOW) accepting.push(site)
    else undecided.push(site)
  })
  const upper = groupOf(partitions.sites.slice(0, best))
  const lower = groupOf(partitions.sites.slice(best))
  return {
    lnEvidence: partitions.lnEvidence,
    isSplit: partitions.lnEvidence >= LN_SPLIT && upper.ratio >= RATIO_BETWEEN_MIN * lower.ratio,
    upper,
    lower,
    membership,
    rejecting: rejecting.sort(),
    accepting: accepting.sort(),
    undecided: undecided.sort(),
  }
}

function groupOf(sites: readonly SiteCount[]): SplitGroup {
  const observed = sites.reduce((sum, site) => sum + site.observed, 0)
  const expected = sites.reduce((sum, site) => sum + site.expected, 0)
  return {
    sites: sites.map(({ site }) => site).sort(),
    observed,
    expected,
    ratio: (1 + observed) / (1 + expected),
  }
}
