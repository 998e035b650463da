import type { Instant } from '../domain/instant.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/instant.ts'
import type { DelayTally } from './delay-curve.ts'
import { createDelayTally, DELAY_MEANS_MS, delayWeights, promptShare, tallyDelay } from './delay-curve.ts'

/**
 * How late reports come, learned per type: how many came with which delay, by the hour in which their tasks were solved.
 *
 * A report that has not come yet is missing from the counts, and the missing ones are the late ones. So each hour is held only
 * to what an hour of its age can show (right truncation, Lawless 1994, Canadian Journal of Statistics 22(1)): the counts of an
 * hour of age a are a sample of the delays below a.
 */
export interface DelayLedger {
  readonly tally: DelayTally
  /** Hours that are a day old: all their reports are in. Forgotten with a half-life of a week. */
  readonly settled: Float64Array
  /** Younger hours, by number. */
  readonly cohorts: Map<number, Float64Array>
  /** Shares of the parts of the delay curve: as quick, and as slow, as the evidence of the last day allows. */
  quick: readonly number[]
  slow: readonly number[]
  /** Reports when it was last fitted. */
  fittedAt: number
  total: number
}

/** By the type's segment; EVERYTHING's is what types with few reports go by. */
export type DelayBook = Map<number, DelayLedger>

const EDGES_MS: readonly number[] = [
  ...[1, 2, 3, 5, 10, 20, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 4.5, 6, 9, 12, 18, 24].map((hours) => hours * HOUR_MS),
]
const BINS = EDGES_MS.length
const PARTS = DELAY_MEANS_MS.length
/** P(delay in bin b | part k), part after part. */
const SHARES = Float64Array.from({ length: PARTS * BINS }, (_, at) => {
  const mean = DELAY_MEANS_MS[Math.floor(at / BINS)] as number
  const b = at % BINS
  const from = b === 0 ? 0 : (EDGES_MS[b - 1] as number)
  return Math.exp(-from / mean) - Math.exp(-(EDGES_MS[b] as number) / mean)
})

const KEPT_PER_HOUR = 2 ** (-HOUR_MS / (7 * DAY_MS))
const SETTLED_AFTER_HOURS = 25
/** What is believed before there is data, in reports. */
const PRIOR_REPORTS = 30
/** The last day's delays count on their own from this many reports on. */
const RECENT_MIN = 40
const ITERATIONS = 25

export function createDelayBook(): DelayBook {
  return new Map()
}

function ledgerOf(book: DelayBook, type: number): DelayLedger {
  let ledger = book.get(type)
  if (ledger === undefined) {
    const weights = delayWeights(0)
    ledger = {
      tally: createDelayTally(),
      settled: new Float64Array(BINS),
      cohorts: new Map(),
      quick: weights,
      slow: weights,
      fittedAt: 0,
      total: 0,
    }
    book.set(type, ledger)
  }
  return ledger
}

/** Notes one report. @param delayMs from its task's solve time; beyond a day it is left out */
export function noteDelay(book: DelayBook, type: number, solvedAt: Instant, delayMs: number): void {
  if (delayMs < 0 || delayMs >= DAY_MS) return
  const ledger = ledgerOf(book, type)
  tallyDelay(ledger.tally, delayMs)
  const hour = Math.floor(solvedAt / HOUR_MS)
  const cohort = ledger.cohorts.get(hour) ?? new Float64Array(BINS)
  ledger.cohorts.set(hour, cohort)
  const bin = EDGES_MS.findIndex((edge) => delayMs < edge)
  cohort[bin] = (cohort[bin] as number) + 1
  ledger.total += 1
  // Until the first fit, the share of prompt reports is all that is learned.
  if (ledger.fittedAt === 0) ledger.quick = ledger.slow = delayWeights(promptShare(ledger.tally))
}

/** Shares of the parts for a type: the quicker for alarms (too late an expectation would be a false one), the slower for fixes. */
export function delaysOf(
  book: DelayBook,
  type: number,
  everything: number,
  pace: 'quick' | 'slow',
): readonly number[] {
  const ledger = book.get(type) ?? book.get(everything)
  return ledger === undefined ? delayWeights(0) : ledger[pace]
}

/** Once an hour: hours that are a day old are settled, and what has new reports is fitted again. */
export function refitDelays(book: DelayBook, everything: number, hour: number): void {
  const all = book.get(everything)
  if (all === undefined) return
  refit(all, hour, null)
  for (const [type, ledger] of book) if (type !== everything) refit(ledger, hour, all)
}

function refit(ledger: DelayLedger, hour: number, above: DelayLedger | null): void {
  for (let b = 0; b < BINS; b++) ledger.settled[b] = (ledger.settled[b] as number) * KEPT_PER_HOUR
  for (const [cohortHour, cohort] of ledger.cohorts) {
    if (hour - cohortHour < SETTLED_AFTER_HOURS) continue
    for (let b = 0; b < BINS; b++) ledger.settled[b] = (ledger.settled[b] as number) + (cohort[b] as number)
    ledger.cohorts.delete(cohortHour)
  }
  if (ledger.total === ledger.fittedAt) return
  ledger.fittedAt = ledger.total
  const prior = above === null ? delayWeights(promptShare(ledger.tally)) : above.quick
  const fitted = fit(prior, ledger.settled, ledger.cohorts, hour)
  let recent = 0
  for (const cohort of ledger.cohorts.values()) for (const count of cohort) recent += count
  const lastDay = recent < RECENT_MIN ? fitted : fit(fitted, null, ledger.cohorts, hour)
  const isSlower = meanOf(lastDay) > meanOf(fitted)
  ledger.quick = isSlower ? fitted : lastDay
  ledger.slow = isSlower ? lastDay : fitted
}

// A place has its own few reporters, who may be slower than all of its type together: silence is given more time.
const SLOWED_SHARE = 0.4

/** Some of each part's share with the next slower part: the curve for evidence that is made of silence. */
export function slowed(weights: readonly number[]): readonly number[] {
  const last = weights.length - 1
  return weights.map((weight, k) => {
    const kept = k === last ? weight : (1 - SLOWED_SHARE) * weight
    return kept + (k === 0 ? 0 : SLOWED_SHARE * (weights[k - 1] as number))
  })
}

function meanOf(weights: readonly number[]): number {
  return weights.reduce((sum, weight, k) => sum + weight * (DELAY_MEANS_MS[k] as number), 0)
}

/**
 * Shares of the four parts by expectation-maximisation over truncated counts: of an hour that shows n reports with delays below a,
 * n (1 - F(a)) / F(a) are still to come, spread as the present fit says.
 */
function fit(
  prior: readonly number[],
  settled: Float64Array | null,
  cohorts: ReadonlyMap<number, Float64Array>,
  hour: number,
): readonly number[] {
  let weights = [...prior]
  // The bins that an hour of each age can show, and what they hold.
  const seen: { counts: Float64Array; bins: number }[] = []
  if (settled !== null) seen.push({ counts: settled, bins: BINS })
  for (const [cohortHour, counts] of cohorts) {
    const youngestMs = (hour - cohortHour - 1) * HOUR_MS
    const bins = EDGES_MS.findLastIndex((edge) => edge <= youngestMs) + 1
    if (bins > 0) seen.push({ counts, bins })
  }
  for (let round = 0; round < ITERATIONS; round++) {
    const next = prior.map((weight) => weight * PRIOR_REPORTS)
    for (const { counts, bins } of seen) addExpected(next, weights, counts, bins)
    const total = next.reduce((sum, one) => sum + one, 0)
    weights = next.map((one) => one / total)
  }
  return weights
}

function addExpected(next: number[], weights: readonly number[], counts: Float64Array, bins: number): void {
  let shown = 0
  let total = 0
  const below = weights.map(() => 0)
  for (let b = 0; b < bins; b++) {
    let density = 0
    for (let k = 0; k < PARTS; k++) density += (weights[k] as number) * (SHARES[k * BINS + b] as number)
    const count = counts[b] as number
    total += count
    for (let k = 0; k < PARTS; k++) {
      const share = (weights[k] as number) * (SHARES[k * BINS + b] as number)
      below[k] = (below[k] as number) + share
      if (density > 0) next[k] = (next[k] as number) + (count * share) / density
    }
    shown += density
  }
  if (total === 0 || shown <= 0) return
  // What has not been shown yet belongs to the parts in proportion to what they put beyond the last bin.
  for (let k = 0; k < PARTS; k++)
    next[k] = (next[k] as number) + (total / shown) * ((weights[k] as number) - (below[k] as number))
}
