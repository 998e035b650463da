import type { Instant } from '../domain/instant.ts'
import type { SolveBins } from './solve-bins.ts'
import {
  binEnd,
  binIssued,
  binMatured,
  binReports,
  binStart,
  createSolveBins,
  maturedBy,
} from './solve-bins.ts'

const BINS_MAX = 64

/** A segment's contribution to a tape of several. */
export interface SummedPart {
  readonly bins: SolveBins
  /** Expected reports per unit of the bins' exposure. */
  readonly factor: number
  /** Of the delay curve's parts. */
  readonly weights: readonly number[]
  /** How much of it counts, in [0, 1]. */
  readonly share: number
}

const NO_BINS: SolveBins = createSolveBins()

/**
 * One segment's bins laid out for a scan at one instant. Element i of the `since` arrays sums bins i, i+1, ... up to the
 * newest: what was seen of tasks solved since bin i began. Scratch memory of the scanner, filled anew at each look.
 */
export class Tape {
  length = 0
  /** First bin that nothing has been learned from yet: earlier ones are in the segment's level already. */
  unlearned = 0
  readonly start = new Float64Array(BINS_MAX)
  readonly end = new Float64Array(BINS_MAX)
  readonly reports = new Float64Array(BINS_MAX)
  readonly matured = new Float64Array(BINS_MAX)
  readonly issued = new Float64Array(BINS_MAX)
  readonly reportsSince = new Float64Array(BINS_MAX + 1)
  readonly maturedSince = new Float64Array(BINS_MAX + 1)

  /**
   * @param factor expected reports per unit of the bins' exposure
   * @param weights of the delay curve's parts
   * @param learnedBefore tasks solved before this have taught the segment's level
   */
  load(
    bins: SolveBins,
    factor: number,
    now: Instant,
    weights: readonly number[],
    learnedBefore: Instant,
  ): void {
    const by = maturedBy(now)
    this.length = bins.length
    this.unlearned = bins.length
    this.reportsSince[bins.length] = 0
    this.maturedSince[bins.length] = 0
    for (let i = bins.length - 1; i >= 0; i--) {
      this.start[i] = binStart(bins, i)
      if ((this.start[i] as number) >= learnedBefore) this.unlearned = i
      this.end[i] = binEnd(bins, i)
      const reports = binReports(bins, i)
      const matured = factor * binMatured(bins, i, by, weights)
      this.reports[i] = reports
      this.matured[i] = matured
      this.issued[i] = factor * binIssued(bins, i)
      this.reportsSince[i] = (this.reportsSince[i + 1] as number) + reports
      this.maturedSince[i] = (this.maturedSince[i + 1] as number) + matured
    }
  }

  /**
   * Lays several segments' bins out as one tape, on the bins of the one that has most. The others do not line up with them, so each of
   * their bins is spread evenly over its own time.
   */
  loadSum(parts: readonly SummedPart[], now: Instant, learnedBefore: Instant): void {
    const by = maturedBy(now)
    const grid = parts.reduce((most, part) => (part.bins.length > most.length ? part.bins : most), NO_BINS)
    const first = Math.min(...parts.map(({ bins }) => (bins.length === 0 ? Infinity : binStart(bins, 0))))
    this.length = grid.length
    for (let i = 0; i < grid.length; i++) {
      // Bins join, so that nothing of the others falls into a gap; the first reaches back to the earliest of all.
      this.start[i] = i === 0 ? Math.min(first, binStart(grid, 0)) : (this.end[i - 1] as number)
      this.end[i] = binEnd(grid, i)
      this.reports[i] = 0
      this.matured[i] = 0
      this.issued[i] = 0
    }
    for (const { bins, factor, weights, share } of parts)
      for (let b = 0; b < bins.length; b++) {
        const from = binStart(bins, b)
        const to = binEnd(bins, b)
        const reports = share * binReports(bins, b)
        const matured = share * factor * binMatured(bins, b, by, weights)
        const issued = share * factor * binIssued(bins, b)
        for (let i = this.length - 1; i >= 0 && (this.end[i] as number) > from; i--) {
          const isLast = i === this.length - 1
          const end = isLast ? Infinity : (this.end[i] as number)
          const overlap = (Math.min(end, to) - Math.max(this.start[i] as number, from)) / (to - from)
          if (overlap <= 0) continue
          this.reports[i] = (this.reports[i] as number) + overlap * reports
          this.matured[i] = (this.matured[i] as number) + overlap * matured
          this.issued[i] = (this.issued[i] as number) + overlap * issued
        }
      }
    this.unlearned = this.length
    this.reportsSince[this.length] = 0
    this.maturedSince[this.length] = 0
    for (let i = this.length - 1; i >= 0; i--) {
      if ((this.start[i] as number) >= learnedBefore) this.unlearned = i
      this.reportsSince[i] = (this.reportsSince[i + 1] as number) + (this.reports[i] as number)
      this.maturedSince[i] = (this.maturedSince[i + 1] as number) + (this.matured[i] as number)
    }
  }

  /**
   * Takes another segment's tape, which is part of this one, out of it. Bins do not line up: where one straddles, its
   * reports go and its expectation stays, so that the rest can look better than it is, never worse.
   */
  subtract(part: Tape): void {
    let at = part.length
    let before = this.reportsSince[this.length] as number
    let maturedBefore = 0
    for (let i = this.length - 1; i >= 0; i--) {
      const start = this.start[i] as number
      while (at > 0 && (part.start[at - 1] as number) >= start) at--
      const straddling = at > 0 && (part.end[at - 1] as number) > start ? at - 1 : at
      this.reportsSince[i] = Math.max(
        before,
        (this.reportsSince[i] as number) - (part.reportsSince[straddling] as number),
      )
      this.maturedSince[i] = Math.max(
        maturedBefore,
        (this.maturedSince[i] as number) - (part.maturedSince[at] as number),
      )
      this.reports[i] = (this.reportsSince[i] as number) - before
      this.matured[i] = (this.maturedSince[i] as number) - maturedBefore
      before = this.reportsSince[i] as number
      maturedBefore = this.maturedSince[i] as number
    }
  }

  /** Sets each bin's reports anew; null leaves what is there. */
  setReports(of: (i: number) => number | null): void {
    for (let i = this.length - 1; i >= 0; i--) {
      this.reports[i] = of(i) ?? (this.reports[i] as number)
      this.reportsSince[i] = (this.reportsSince[i + 1] as number) + (this.reports[i] as number)
    }
  }

  /** Takes reports out, their expectation stays: the rest can look better than it is, never worse. @param since reports since each bin */
  takeOut(since: Float64Array): void {
    for (let i = this.length - 1; i >= 0; i--) {
      this.reports[i] = Math.max(
        0,
        (this.reports[i] as number) - ((since[i] as number) - (since[i + 1] as number)),
      )
      this.reportsSince[i] = (this.reportsSince[i + 1] as number) + (this.reports[i] as number)
    }
  }

  /** Reports of tasks solved before bin i that no level has learned from. */
  reportsBefore(i: number): number {
    return i <= this.unlearned
      ? 0
      : (this.reportsSince[this.unlearned] as number) - (this.reportsSince[i] as number)
  }

  /** Expectation matured of tasks solved before bin i that no level has learned from. */
  maturedBefore(i: number): number {
    return i <= this.unlearned
      ? 0
      : (this.maturedSince[this.unlearned] as number) - (this.maturedSince[i] as number)
  }

  /** Index of the first bin that begins at or after `at`. */
  indexSince(at: Instant): number {
    let i = this.length
    while (i > 0 && (this.start[i - 1] as number) >= at) i--
    return i
  }

  /** Index of the bin that holds `at`; -1 if none does. */
  indexOf(at: Instant): number {
    let i = this.length - 1
    while (i >= 0 && (this.start[i] as number) > at) i--
    return i >= 0 && at < (this.end[i] as number) ? i : -1
  }
}

/** Expected reports matured of tasks solved since an instant; the bin that holds it counts in proportion. */
export function maturedSinceOf(tape: Tape, at: Instant): number {
  const i = tape.indexSince(at)
  let sum = tape.maturedSince[i] as number
  if (i > 0) {
    const start = tape.start[i - 1] as number
    const end = tape.end[i - 1] as number
    if (end > at) sum += ((tape.matured[i - 1] as number) * (end - Math.max(at, start))) / (end - start)
  }
  return sum
}

/** Reports on tasks solved since an instant; the bin that holds it counts in proportion. */
export function reportsSinceOf(tape: Tape, since: Instant): number {
  let sum = 0
  for (let i = tape.length - 1; i >= 0 && (tape.end[i] as number) > since; i--) {
    const start = tape.start[i] as number
    const end = tape.end[i] as number
    sum += (tape.reports[i] as number) * Math.min(1, (end - since) / (end - start))
  }
  return sum
}

/** The same number from a segment's bins, without laying out those before the instant. @param weights of the delay curve's parts */
export function maturedSinceIn(
  bins: SolveBins,
  factor: number,
  now: Instant,
  weights: readonly number[],
  at: Instant,
): number {
  const by = maturedBy(now)
  let sum = 0
  for (let i = bins.length - 1; i >= 0; i--) {
    const start = binStart(bins, i)
    if (start >= at) {
      sum += factor * binMatured(bins, i, by, weights)
      continue
    }
    const end = binEnd(bins, i)
    return end > at ? sum + (factor * binMatured(bins, i, by, weights) * (end - at)) / (end - start) : sum
  }
  return sum
}
