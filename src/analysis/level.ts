import { DAY_MS } from '../domain/instant.ts'
import type { Instant } from '../domain/instant.ts'
import type { Belief } from './method.ts'

/** Evidence about one effect is worth half as much after this time. */
export const HALF_LIFE_MS = 14 * DAY_MS

/**
 * One level of one effect: how many times more reports than the other effects alone explain.
 *
 *   value = (k + observed) / (k + expected),   k = 1 / variance of the true effect among its siblings
 *
 * Without data it is 1, its parent's value; with data it goes to observed / expected (DuMouchel's gamma-Poisson
 * shrinkage, 1999). Both sums are forgotten with a half-life of 14 days.
 */
export interface Level {
  /** Matured reports. */
  observed: number
  /** Reports expected from all other effects. */
  expected: number
  /** The instant both are discounted to. */
  asOf: Instant
}

export function createLevel(): Level {
  return { observed: 0, expected: 0, asOf: 0 }
}

/** Adds one matured hour. Out of order is fine: an hour older than `asOf` counts for less. */
export function teachLevel(level: Level, at: Instant, expected: number, observed: number): void {
  if (at > level.asOf) {
    const kept = level.asOf === 0 ? 0 : 2 ** ((level.asOf - at) / HALF_LIFE_MS)
    level.observed *= kept
    level.expected *= kept
    level.asOf = at
  }
  const worth = 2 ** ((at - level.asOf) / HALF_LIFE_MS)
  level.observed += observed * worth
  level.expected += expected * worth
}

export function levelValue({ observed, expected }: Level, k: number): number {
  return (k + observed) / (k + expected)
}

/** The more cautious of two beliefs: quick to believe more reports, slow to believe fewer. */
export function cautiousValue(level: Level, { worse, better }: Belief): number {
  return levelValue(level, level.observed > level.expected ? worse : better)
}
