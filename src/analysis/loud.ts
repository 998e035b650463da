import type { Instant } from '../domain/instant.ts'

/**
 * Every report of one group in one segment and hour, also those the cap does not count: what a one-account finding is
 * made of when the account is so loud that the cap hides it from the alarm.
 */
export interface LoudHours {
  hour: number
  current: Map<string, LoudPair>
  former: Map<string, LoudPair>
}

export interface LoudPair {
  reports: number
  /** Earliest and latest solve time reported. */
  first: Instant
  last: Instant
  /** The account, as long as it is one; -1 when several of the group reported. */
  account: number
}

const PAIRS_MAX = 100_000

export function createLoudHours(): LoudHours {
  return { hour: 0, current: new Map(), former: new Map() }
}

export function beginLoudHour(loud: LoudHours, hour: number): void {
  if (hour <= loud.hour) return
  loud.former = hour === loud.hour + 1 ? loud.current : new Map()
  loud.current = new Map()
  loud.hour = hour
}

/** Notes one report of the pair. */
export function noteLoud(
  loud: LoudHours,
  segment: number,
  group: number,
  account: number,
  solvedAt: Instant,
): void {
  const key = `${segment}/${group}`
  const pair = loud.current.get(key)
  if (pair === undefined) {
    if (loud.current.size < PAIRS_MAX)
      loud.current.set(key, { reports: 1, first: solvedAt, last: solvedAt, account })
    return
  }
  pair.reports += 1
  pair.first = Math.min(pair.first, solvedAt)
  pair.last = Math.max(pair.last, solvedAt)
  if (pair.account !== account) pair.account = -1
}

/** Takes one report back (its customer changed their mind). */
export function unnoteLoud(loud: LoudHours, segment: number, group: number): void {
  const key = `${segment}/${group}`
  const pair = loud.current.get(key) ?? loud.former.get(key)
  if (pair !== undefined) pair.reports = Math.max(0, pair.reports - 1)
}

/** This hour and the one before, together; null when there is nothing. */
export function loudPair(loud: LoudHours, segment: number, group: number): LoudPair | null {
  const key = `${segment}/${group}`
  const now = loud.current.get(key)
  const before = loud.former.get(key)
  if (now === undefined || before === undefined) return now ?? before ?? null
  return {
    reports: now.reports + before.reports,
    first: Math.min(now.first, before.first),
    last: Math.max(now.last, before.last),
    account: now.account === before.account ? now.account : -1,
  }
}

/** Forgets a pair: its finding was resolved. */
export function dropLoud(loud: LoudHours, segment: number, group: number): void {
  const key = `${segment}/${group}`
  loud.current.delete(key)
  loud.former.delete(key)
}
