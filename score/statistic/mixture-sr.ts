import type { Statistic } from './task-stream.ts'

/** The grid of rate ratios that the method names, equally weighted. */
const RATIOS: readonly number[] = [1.5, 2, 3, 5, 9, 16, 32, 64]

/**
 * The Shiryaev-Roberts sum over a grid of ratios, in arrival order and without delays, written down once more from the formula: what
 * the analysis' own statistic is held against, and what is held against the published table.
 *
 *   R_j <- R_j * exp(-(g_j - 1) D) + (1 - exp(-(g_j - 1) D)) / (g_j - 1)   as D reports become due;   R_j <- R_j * g_j at a report
 *
 * @param rate reports expected of one task
 * @returns ln of the mean of R_j
 * @see A. N. Shiryaev (1963), Theory of Probability and its Applications 8(1); S. W. Roberts (1966), Technometrics 8(3)
 */
export function createMixtureSr(rate: number): Statistic {
  const ratios = RATIOS.filter((ratio) => ratio * rate <= 1)
  const sums = ratios.map(() => 0)
  const advance = (tasks: number): void => {
    ratios.forEach((ratio, j) => {
      const decay = Math.exp(-(ratio - 1) * rate * tasks)
      sums[j] = (sums[j] as number) * decay + (1 - decay) / (ratio - 1)
    })
  }
  return {
    reset() {
      sums.fill(0)
    },
    quiet: advance,
    report() {
      advance(1)
      let total = 0
      ratios.forEach((ratio, j) => {
        const sum = (sums[j] as number) * ratio
        sums[j] = sum
        total += sum
      })
      return Math.log(total / ratios.length)
    },
  }
}
