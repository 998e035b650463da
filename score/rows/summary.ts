/** Middle, mean and tail of some figures. */
export interface Summary {
  readonly median: number
  readonly mean: number
  readonly p90: number
  readonly count: number
}

/** @returns null where there is nothing to sum up: not a number that looks like one */
export function summarise(values: readonly number[]): Summary | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  return {
    median: quantile(sorted, 0.5),
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    p90: quantile(sorted, 0.9),
    count: values.length,
  }
}

function quantile(sorted: readonly number[], q: number): number {
  const rank = q * (sorted.length - 1)
  const below = sorted[Math.floor(rank)] as number
  const above = sorted[Math.ceil(rank)] as number
  return below + (above - below) * (rank - Math.floor(rank))
}

/**
 * A share with its 95 % interval, after Wilson: it stays inside [0, 1] and says something at 0 and at all.
 * @see E. B. Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22
 * @returns null of nothing
 */
export function shareOf(part: number, all: number): { value: number; low: number; high: number } | null {
  if (all === 0) return null
  const z = 1.959964
  const p = part / all
  const centre = p + (z * z) / (2 * all)
  const half = z * Math.sqrt((p * (1 - p)) / all + (z * z) / (4 * all * all))
  const scale = 1 + (z * z) / all
  return {
    value: p,
    low: Math.max(0, (centre - half) / scale),
    high: Math.min(1, (centre + half) / scale),
  }
}
