import type { Instant } from '../domain/instant.ts'
import type { SolveBins } from './solve-bins.ts'
import { binEnd, binIssued, binMatured, binReports, binStart, maturedBy } from './solve-bins.ts'

const BINS_MAX = 64

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
