import type { DurationMs, Instant } from '../domain/instant.ts'
import type { Cycle } from './arrivals.ts'
import type { DelayFamily } from './delays.ts'

/** Everything a world is made from. The same settings make the same world, and the same events byte for byte. */
export interface WorldSettings {
  readonly seed: number | string
  /** When traffic begins. Nothing was solved before. */
  readonly startAt: Instant
  readonly types: number
  readonly sites: number
  /** Task types in use on one site: fewest and most, each count as likely. */
  readonly typesPerSite: readonly [number, number]
  /** Exponent of Zipf's law by which the sites' traffic falls. */
  readonly siteZipf: number
  readonly solvers: SolverSettings
  readonly regions: number
  /** Values of the label `pool`; 0: tasks carry no labels. */
  readonly pools: number
  readonly accounts: AccountSettings
  readonly traffic: TrafficSettings
  readonly failures: FailureSettings
  readonly delays: DelaySettings
  /** Sites that take their place only later. */
  readonly openings: readonly Opening[]
  /** Segments with traffic of their own, apart from all the above. */
  readonly dedicated: readonly DedicatedSegment[]
  /** Accounts without traffic of their own: a disturbance says when they buy what (`GuestTraffic`). */
  readonly guests: readonly string[]
}

export interface SolverSettings {
  readonly versions: number
  /** A new version each so often, at another moment for each type, until there is none left. */
  readonly releaseEveryMs: DurationMs
  /** From its first task to all of its type's tasks, fewest and most. */
  readonly rolloutMs: readonly [DurationMs, DurationMs]
}

export interface AccountSettings {
  readonly count: number
  readonly zipf: number
  /** Share of an account's traffic that goes to its favourite sites; the rest goes where everyone's goes. */
  readonly loyalty: number
  readonly favourites: readonly [number, number]
  readonly behaviours: BehaviourShares
  /** Which share of their rejected tasks the `some` accounts report, lowest and highest. */
  readonly someReport: readonly [number, number]
  /** Share of accounts, among those that report, that also send positive claims. */
  readonly positive: number
  /** Share of their accepted tasks that these praise, lowest and highest. */
  readonly positiveReport: readonly [number, number]
}

/**
 * What accounts do, as shares of their number; the rest never reports. `some` of the rejected tasks, `all` of them,
 * `everything` (bad, whatever happened), at `random` (bad, unrelated to what happened).
 *
 * The last two fall to the smaller half of the accounts: one per cent of the traffic reported in full would outweigh all honest
 * reports ten times.
 */
export interface BehaviourShares {
  readonly some: number
  readonly all: number
  readonly everything: number
  readonly random: number
}

export interface TrafficSettings {
  readonly volume: Volume
  readonly cycle: Cycle
  /** Tasks that fail and issue nothing, per task that is ready. */
  readonly unsolved: number
}

/** How much happens in a week: so many tasks, or as many as bring so many bad reports while nothing is broken. */
export type Volume =
  | { readonly kind: 'tasks'; readonly perWeek: number }
  | { readonly kind: 'bad-reports'; readonly perWeek: number }

export interface FailureSettings {
  /** Mean share of a site's solutions that it rejects, lowest and highest. */
  readonly mean: readonly [number, number]
  /** Share of sites that are hard, and their mean. */
  readonly hardSites: number
  readonly hardMean: readonly [number, number]
  /** Of the beta distribution around a site's mean from which each type x site draws its share. */
  readonly concentration: number
  /** Standard deviation of the logarithm of a solver version's, and of a region's, effect. */
  readonly solverSigma: number
  readonly regionSigma: number
}

export interface DelaySettings {
  readonly family: DelayFamily
  /** An account's own factor, lowest and highest, log-uniform. */
  readonly accountFactor: readonly [number, number]
  /** Share of accounts that flush their reports in batches, and how often, least and most. */
  readonly flushing: number
  readonly flushEveryMs: readonly [DurationMs, DurationMs]
  /** Reports that would come later than this after the task was solved are never sent. */
  readonly giveUpMs: DurationMs
}

/** The site of this rank (0: most traffic) has no traffic before `at`. */
export interface Opening {
  readonly siteRank: number
  readonly at: Instant
}

/** A segment with a known rate: no cycle, every honest account alike, one type on one site that nobody else uses. */
export interface DedicatedSegment {
  readonly type: string
  readonly site: string
  /** Share of its solutions that the site rejects while nothing is broken. */
  readonly failureShare: number
  readonly badReportsPerHour: number
}
