/**
 * Two ranges of seeds that never meet. What is tuned (the baselines' thresholds; constants of the analysis, by whoever works on it) is
 * tuned on the first, and on the seeds of the tests, which are below a hundred; what is reported is reported on the second. Both are
 * printed with the score.
 */
export const TUNING_SEEDS = { from: 1_001, to: 1_999 } as const
export const REPORTING_SEEDS = { from: 20_001, to: 29_999 } as const

/** The n-th reporting seed. */
export function reportingSeed(n: number): number {
  return within(REPORTING_SEEDS, n)
}

/** The n-th tuning seed. */
export function tuningSeed(n: number): number {
  return within(TUNING_SEEDS, n)
}

function within({ from, to }: { readonly from: number; readonly to: number }, n: number): number {
  if (from + n > to) throw new RangeError(`there is no seed ${n} between ${from} and ${to}`)
  return from + n
}
