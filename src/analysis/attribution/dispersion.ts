import { ratio } from './gain.ts'
import type { Leaf } from './leaf.ts'

/** Below this many expected reports a leaf's residual says nothing of over-dispersion. */
const EXPECTED_LEAST = 5

/** Fewer leaves than this, and no over-dispersion can be estimated. */
const LEAVES_LEAST = 10

/** Median of chi-square with one degree of freedom. */
const CHI_SQUARE_MEDIAN = 0.4549

/**
 * Over-dispersion phi of the leaves that are not part of what happened: variance over mean of their counts, from the
 * median of squared residuals, so that a minority of raised leaves does not matter.
 *
 *   phi = median of (O - b E)^2 / (b E) / 0.4549,   b = median of O/E
 *
 * @returns at least 1; 1 where fewer than 10 leaves expect 5 reports or more
 */
export function dispersionOf(leaves: readonly Leaf[]): number {
  const known = leaves.filter((leaf) => leaf.expected >= EXPECTED_LEAST)
  if (known.length < LEAVES_LEAST) return 1
  const level = median(known.map(ratio))
  if (level === 0) return 1
  const residuals = known.map(({ observed, expected }) => (observed - level * expected) ** 2 / (level * expected))
  return Math.max(1, median(residuals) / CHI_SQUARE_MEDIAN)
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}
