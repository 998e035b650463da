import type { DurationMs, Instant } from '../domain/instant.ts'

/**
 * Something unusual that is no fault: what is rejected stays as it was, and an analysis should stay quiet about it.
 *
 * Each holds from `from` until just before `until`. A fault changes no task; a disturbance may.
 */
export type Disturbance =
  | GuestTraffic
  | TrafficChange
  | ReportingChange
  | ReportingCycle
  | DelayChange
  | Backlog
  | Burst
  | Disorder
  | ChangedClaims

interface Window {
  readonly from: Instant
  readonly until: Instant
}

/**
 * Accounts of `WorldSettings.guests` buy: so many tasks a week together, each account alike, through the world's day and week.
 * One that moves its traffic has two of these in turn.
 */
export interface GuestTraffic extends Window {
  readonly kind: 'guests'
  readonly accounts: readonly string[]
  /** Hosts, each alike; empty: wherever everybody's traffic goes. */
  readonly sites: readonly string[]
  readonly tasksPerWeek: number
  readonly habits: Habits
}

/** What an account says of its tasks, and how soon. */
export interface Habits {
  /** P(says bad | the site rejected), P(says bad | it accepted), P(says good | it was not called bad). */
  readonly blames: number
  readonly accuses: number
  readonly praises: number
  readonly delayFactor: number
  /** Praises rejected solutions as readily: it lies. Absent: only what was accepted. */
  readonly praisesAll?: boolean
}

/** So many times the tasks, on one site or (null) everywhere; 0: none. Guests are not changed. */
export interface TrafficChange extends Window {
  readonly kind: 'traffic'
  readonly site: string | null
  readonly factor: number
}

/** So many times the reports of rejected tasks (up to all of them), from one account or (null) from everybody. */
export interface ReportingChange extends Window {
  readonly kind: 'reporting'
  readonly account: string | null
  readonly factor: number
  /** Tasks solved up to this long before `from` are reported more too, from `from` on: people look back. */
  readonly lookBackMs: DurationMs
}

/** The readiness to report goes up and down with the hour at which a task was solved; it is as usual in the mean. */
export interface ReportingCycle extends Window {
  readonly kind: 'reporting-cycle'
  /** Readiness in the best hour over that in the worst, >= 1. */
  readonly peakToTrough: number
}

/** Reports on tasks solved meanwhile take so many times as long. */
export interface DelayChange extends Window {
  readonly kind: 'delays'
  readonly factor: number
}

/** Reports that would come meanwhile, of one account or (null) all, come together instead, within so long after `until`. */
export interface Backlog extends Window {
  readonly kind: 'backlog'
  readonly account: string | null
  readonly withinMs: DurationMs
}

/** One account reports so many times as much on one site, true or not (up to every task). */
export interface Burst extends Window {
  readonly kind: 'burst'
  readonly account: string
  readonly site: string
  readonly factor: number
}

/**
 * Records that come out of order: that share of the tasks is recorded up to `withinMs` after it was solved, and that share of the
 * reports carries a time up to `withinMs` ahead.
 */
export interface Disorder extends Window {
  readonly kind: 'disorder'
  readonly tasksLate: number
  readonly reportsAhead: number
  readonly withinMs: DurationMs
}

/** That share of bad claims is taken back a while later: the same task is called good. */
export interface ChangedClaims extends Window {
  readonly kind: 'changed-claims'
  readonly share: number
}

/** Those of one kind. */
export function ofKind<K extends Disturbance['kind']>(
  disturbances: readonly Disturbance[],
  kind: K,
): Extract<Disturbance, { kind: K }>[] {
  return disturbances.filter((one): one is Extract<Disturbance, { kind: K }> => one.kind === kind)
}
