import { logGamma } from '../../numerics/log-gamma.ts'
import { DEFAULT_PRIORS } from './priors.ts'
import type { Beta, ReporterPriors } from './priors.ts'
import { STRATA } from './record.ts'
import type { ReporterRecord } from './record.ts'

/** How much a group's report says. */
export interface Credibility {
  /** P(report | bad), posterior mean. */
  readonly alpha: number
  /** P(report | good), posterior mean. */
  readonly beta: number
  /** ln(alpha / beta): median and 90 % interval, in nats. About 0: its reports say nothing. */
  readonly lnRatio: { readonly estimate: number; readonly low: number; readonly high: number }
  /** Tasks that can be held against each other: the smaller of known bad ones and known good ones. */
  readonly informative: number
}

/** What the two rates may be, as logarithms: from one report in 10,000 and in 200,000 tasks on. */
const WHOLE: Box = { alphaFrom: Math.log(1e-4), alphaTo: 0, betaFrom: Math.log(5e-6), betaTo: 0 }
const CELLS = 24
const ZOOMS_MAX = 6
/** A cell below this share of the likeliest one is outside. */
const OUTSIDE = Math.exp(-12)

/**
 * The two rates of a group, alpha = P(report | bad) and beta = P(report | good), and how far apart they are.
 *
 * A task with P(bad) = p is reported with probability p alpha + (1 - p) beta, so the record's likelihood is
 *
 *   product over strata of  y^reports (1 - y)^(tasks - reports) ,   y = p alpha + (1 - p) beta
 *
 * This is Dawid and Skene's model of raters with two coins, the truth of a task being known as far as its cell's P(bad) says; with the
 * tasks in four batches it needs no iteration. The posterior is summed over a grid in (ln alpha, ln beta) which is laid anew over where
 * the probability is until it fits. Both rates are uncertain together: a report from a quiet cell may be one of its few failures.
 *
 * Cost: about 1 ms; keep the answer while the record stands.
 *
 * @throws RangeError for a record with more reports than tasks (by more than a rounding and one task): a caller's mistake
 * @see A. P. Dawid and A. M. Skene (1979), "Maximum likelihood estimation of observer error-rates using the EM algorithm", Applied
 *   Statistics 28(1)
 */
export function credibilityOf(record: ReporterRecord, priors: ReporterPriors = DEFAULT_PRIORS): Credibility {
  const strata = strataOf(record)
  let box = WHOLE
  let grid = gridOver(box, strata, priors)
  for (let zoom = 0; zoom < ZOOMS_MAX; zoom++) {
    const inner = whereItIs(grid, box)
    if (areaOf(inner) > 0.4 * areaOf(box)) break
    box = inner
    grid = gridOver(box, strata, priors)
  }
  return { ...summed(grid, box), informative: informativeOf(record) }
}

/** The smaller of: P(bad) summed over tasks outside quiet cells; tasks in quiet cells. */
function informativeOf({ tasks, bad }: ReporterRecord): number {
  const [good = 0] = tasks
  return Math.min(
    good,
    bad.slice(1).reduce((sum, value) => sum + value, 0),
  )
}

interface Stratum {
  readonly pBad: number
  readonly reported: number
  readonly silent: number
}

function strataOf({ tasks, bad, reports }: ReporterRecord): Stratum[] {
  const strata: Stratum[] = []
  for (let i = 0; i < STRATA; i++) {
    const exposed = tasks[i] as number
    const reported = reports[i] as number
    // A report may be learned a little before its task is mature.
    if (reported > exposed * (1 + 1e-9) + 1)
      throw new RangeError(`${reported} reports on ${exposed} tasks of stratum ${i}`)
    if (exposed > 0)
      strata.push({ pBad: (bad[i] as number) / exposed, reported, silent: Math.max(0, exposed - reported) })
  }
  return strata
}

/** Bounds of ln alpha and ln beta. */
interface Box {
  readonly alphaFrom: number
  readonly alphaTo: number
  readonly betaFrom: number
  readonly betaTo: number
}

/** Probability of each cell over that of the likeliest one; rows are alpha. */
function gridOver(box: Box, strata: readonly Stratum[], priors: ReporterPriors): Float64Array {
  const grid = new Float64Array(CELLS * CELLS)
  let largest = -Infinity
  const lnNorm = lnBetaFunction(priors.alpha) + lnBetaFunction(priors.beta)
  for (let i = 0; i < CELLS; i++) {
    const alpha = Math.exp(middle(box.alphaFrom, box.alphaTo, i))
    const lnAlpha = lnDensity(alpha, priors.alpha)
    for (let j = 0; j < CELLS; j++) {
      const beta = Math.exp(middle(box.betaFrom, box.betaTo, j))
      const usual = (1 - priors.wild) * Math.exp(lnAlpha + lnDensity(beta, priors.beta) - lnNorm)
      // The uniform density of a rate is the rate itself, of its logarithm.
      let ln = Math.log(usual + priors.wild * alpha * beta)
      for (const { pBad, reported, silent } of strata) {
        const rate = pBad * alpha + (1 - pBad) * beta
        ln += reported * Math.log(rate) + silent * Math.log1p(-rate)
      }
      grid[i * CELLS + j] = ln
      if (ln > largest) largest = ln
    }
  }
  return grid.map((ln) => Math.exp(ln - largest))
}

/** ln of the beta function. */
function lnBetaFunction({ a, b }: Beta): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b)
}

/** ln of a beta's density of the logarithm of the rate, but for its norm. */
function lnDensity(rate: number, { a, b }: Beta): number {
  return a * Math.log(rate) + (b - 1) * Math.log1p(-rate)
}

/** The cells that are not outside, and one more on each side, as far as the box goes. */
function whereItIs(grid: Float64Array, box: Box): Box {
  let [top, bottom, left, right] = [CELLS, -1, CELLS, -1]
  for (let i = 0; i < CELLS; i++)
    for (let j = 0; j < CELLS; j++) {
      if ((grid[i * CELLS + j] as number) < OUTSIDE) continue
      top = Math.min(top, i)
      bottom = Math.max(bottom, i)
      left = Math.min(left, j)
      right = Math.max(right, j)
    }
  const alphaStep = (box.alphaTo - box.alphaFrom) / CELLS
  const betaStep = (box.betaTo - box.betaFrom) / CELLS
  return {
    alphaFrom: Math.max(box.alphaFrom, box.alphaFrom + (top - 1) * alphaStep),
    alphaTo: Math.min(box.alphaTo, box.alphaFrom + (bottom + 2) * alphaStep),
    betaFrom: Math.max(box.betaFrom, box.betaFrom + (left - 1) * betaStep),
    betaTo: Math.min(box.betaTo, box.betaFrom + (right + 2) * betaStep),
  }
}

function summed(grid: Float64Array, box: Box): Omit<Credibility, 'informative'> {
  let [sum, alphas, betas] = [0, 0, 0]
  const cells: { lnRatio: number; weight: number }[] = []
  for (let i = 0; i < CELLS; i++)
    for (let j = 0; j < CELLS; j++) {
      const weight = grid[i * CELLS + j] as number
      if (weight < OUTSIDE) continue
      const lnAlpha = middle(box.alphaFrom, box.alphaTo, i)
      const lnBeta = middle(box.betaFrom, box.betaTo, j)
      sum += weight
      alphas += weight * Math.exp(lnAlpha)
      betas += weight * Math.exp(lnBeta)
      cells.push({ lnRatio: lnAlpha - lnBeta, weight })
    }
  cells.sort((a, b) => a.lnRatio - b.lnRatio)
  const quantile = (probability: number) => {
    let below = 0
    for (const { lnRatio, weight } of cells) {
      below += weight
      if (below >= probability * sum) return lnRatio
    }
    return (cells.at(-1) as { lnRatio: number }).lnRatio
  }
  return {
    alpha: alphas / sum,
    beta: betas / sum,
    lnRatio: { estimate: quantile(0.5), low: quantile(0.05), high: quantile(0.95) },
  }
}

function middle(from: number, to: number, i: number): number {
  return from + ((i + 0.5) * (to - from)) / CELLS
}

function areaOf(box: Box): number {
  return (box.alphaTo - box.alphaFrom) * (box.betaTo - box.betaFrom)
}
