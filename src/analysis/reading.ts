import type { Onset, Ratio } from '../domain/incident.ts'
import type { Instant } from '../domain/instant.ts'
import { gammaQuantile } from '../numerics/gamma-quantile.ts'
import { RATIOS } from './method.ts'
import type { Prior } from './scan.ts'
import { hadHistory, lnMixture, meanRateBefore } from './scan.ts'
import type { Tape } from './tape.ts'

/** When it began, how bad it is, and on what evidence. */
export interface Reading {
  readonly onset: Onset
  readonly ratio: Ratio
  /** Counted since `onset.at`. */
  readonly reports: number
  /** Expected since `onset.at` by now, had nothing changed. */
  readonly expected: number
}

/** Onsets in (from, to], all with the same reports after them; `at` is the likeliest of them. */
interface Piece {
  readonly from: Instant
  readonly to: Instant
  readonly at: Instant
  readonly reports: number
  readonly matured: number
  readonly lnWeight: number
}

// Pulls the ratio towards 1, as if a quarter of a report had come where a quarter was expected: the raw ratio at an alarm is the
// largest of many looks, biased upwards by a quarter.
const RATIO_PRIOR = 0.25

/**
 * Reads onset and size out of a segment's tape.
 *
 *   weight of an onset in piece p ~ (width of p) * mixture(reports since, matured since)
 *
 * Inside a bin the pieces end where reported tasks were solved. The 5 % and 95 % points of the weights are the onset's
 * interval and their mode is the onset. The ratio is Gamma(1/4 + n, 1/4 + M), averaged over the onsets by weight.
 *
 * Only onsets with a history before them are considered (scan.ts): this reads regressions.
 *
 * @param solvedAts of single reports known, ascending; bins with more reports than that are not split
 * @param vouchedFrom bins that end after this are taken to have had a history: the type's alarm has established it
 * @returns null when no such onset is likelier than no change at all
 */
export function readTape(
  tape: Tape,
  prior: Prior,
  ratios: number,
  solvedAts: readonly Instant[],
  now: Instant,
  vouchedFrom: Instant = Infinity,
): Reading | null {
  const pieces = piecesOf(tape, prior, ratios, solvedAts, now, vouchedFrom)
  const top = pieces.reduce((max, piece) => Math.max(max, piece.lnWeight), -Infinity)
  const weights = pieces.map((piece) => Math.exp(piece.lnWeight - top))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const mode = modeOf(pieces, ratios)
  if (mode === null) return null
  const from = Math.min(quantileOf(pieces, weights, 0.05 * total), mode.at)
  const to = Math.max(quantileOf(pieces, weights, 0.95 * total), mode.at)
  return {
    onset: { at: Math.round(mode.at), from: Math.floor(from), to: Math.ceil(to) },
    ratio: ratioOf(pieces, weights, total),
    reports: mode.reports,
    expected: mode.matured,
  }
}

function piecesOf(
  tape: Tape,
  prior: Prior,
  ratios: number,
  solvedAts: readonly Instant[],
  now: Instant,
  vouchedFrom: Instant,
): Piece[] {
  const pieces: Piece[] = []
  let next = 0
  for (let i = 0; i < tape.length; i++) {
    const start = tape.start[i] as number
    const end = tape.end[i] as number
    const largest = RATIOS[ratios - 1] as number
    const rate = meanRateBefore(tape, prior, i)
    const ratio = (tape.reportsSince[i] as number) / (rate * (tape.maturedSince[i] as number))
    const admitted = end > vouchedFrom || hadHistory(tape, prior, i, Math.min(largest, ratio))
    const after = tape.maturedSince[i + 1] as number
    const within = tape.matured[i] as number
    const maturedFrom = (at: Instant) => rate * (after + within * Math.min(1, (end - at) / (end - start)))
    const inBin: Instant[] = []
    while (next < solvedAts.length && (solvedAts[next] as number) < end) {
      const at = solvedAts[next] as number
      if (at >= start) inBin.push(at)
      next++
    }
    if (!admitted) continue
    const split = inBin.length === tape.reports[i]
    // A time without traffic belongs to the bin after it: a change in it shows there first.
    let from = i === 0 ? start : (tape.end[i - 1] as number)
    let reports = tape.reportsSince[i] as number
    for (const at of split ? inBin : []) {
      if (at > from) pieces.push(pieceOf(from, at, reports, maturedFrom, ratios))
      from = Math.max(from, at)
      reports -= 1
    }
    const last = Math.min(end, Math.max(now, start + 1))
    if (last > from) pieces.push(pieceOf(from, last, reports, maturedFrom, ratios, !split))
  }
  return pieces
}

function pieceOf(
  from: Instant,
  to: Instant,
  reports: number,
  maturedFrom: (at: Instant) => number,
  ratios: number,
  whole = false,
): Piece {
  const lnWeight =
    Math.log(to - from) + lnMixture(reports, maturedFrom(whole ? from : (from + to) / 2), ratios)
  const at = whole ? from : to
  return { from, to, at, reports, matured: maturedFrom(at), lnWeight }
}

/** The piece at whose end the mixture is largest, an onset just before the first report of the run; null if a change is nowhere likelier than none. */
function modeOf(pieces: readonly Piece[], ratios: number): Piece | null {
  let best: Piece | null = null
  let bestLn = 0
  for (const piece of pieces) {
    const ln = lnMixture(piece.reports, piece.matured, ratios)
    if (ln > bestLn) {
      best = piece
      bestLn = ln
    }
  }
  return best
}

function quantileOf(pieces: readonly Piece[], weights: readonly number[], target: number): Instant {
  let passed = 0
  for (let p = 0; p < pieces.length; p++) {
    const piece = pieces[p] as Piece
    const weight = weights[p] as number
    if (passed + weight >= target) return piece.from + ((target - passed) / weight) * (piece.to - piece.from)
    passed += weight
  }
  return (pieces.at(-1) as Piece).to
}

/** Mean and variance of the mixture of gammas; the interval is that of the one gamma with the same two. */
function ratioOf(pieces: readonly Piece[], weights: readonly number[], total: number): Ratio {
  let mean = 0
  let square = 0
  for (let p = 0; p < pieces.length; p++) {
    const { reports, matured } = pieces[p] as Piece
    const share = (weights[p] as number) / total
    const its = (RATIO_PRIOR + reports) / (RATIO_PRIOR + matured)
    mean += share * its
    square += share * (its * its + its / (RATIO_PRIOR + matured))
  }
  return ratioFrom(mean, square - mean * mean)
}

/** A ratio from its posterior mean and variance. */
export function ratioFrom(mean: number, variance: number): Ratio {
  const shape = (mean * mean) / variance
  const rate = mean / variance
  return { estimate: mean, low: gammaQuantile(0.05, shape, rate), high: gammaQuantile(0.95, shape, rate) }
}

/** The ratio of these counts alone, onset given. */
export function ratioOfCounts(reports: number, expected: number): Ratio {
  const rate = RATIO_PRIOR + expected
  const mean = (RATIO_PRIOR + reports) / rate
  return ratioFrom(mean, mean / rate)
}
