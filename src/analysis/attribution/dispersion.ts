import { ratio } from './gain.ts'
import type { Sum } from './leaf.ts'
import type { LeafTable } from './table.ts'

/** Below this many expected reports a leaf's residual says nothing of over-dispersion. */
const EXPECTED_LEAST = 5

/** Fewer leaves than this, and no over-dispersion can be estimated. */
const LEAVES_LEAST = 10

/** Median of chi-square with one degree of freedom. */
const CHI_SQUARE_MEDIAN = 0.4549

/**
 * Over-dispersion phi of leaves that are not part of what happened: variance over mean of their counts, from the median
 * of squared residuals, so that a minority of raised leaves does not matter.
 *
 *   phi = median of (O - b E)^2 / (b E) / 0.4549,   b = median of O/E
 *
 * @param skip by leaf: 1 where it is known to be raised
 * @returns at least 1; 1 where fewer than 10 leaves expect 5 reports or more: then nothing is known against Poisson
 */
export function dispersionOf(table: LeafTable, skip?: Uint8Array): number {
  const known: Sum[] = []
  for (let leaf = 0; leaf < table.observed.length; leaf++) {
    const sum = { observed: table.observed[leaf]!, expected: table.expected[leaf]! }
    if (sum.expected >= EXPECTED_LEAST && skip?.[leaf] !== 1) known.push(sum)
  }
  if (known.length < LEAVES_LEAST) return 1
  const level = median(known.map(ratio))
  if (level === 0) return 1
  const residuals = known.map(
    ({ observed, expected }) => (observed - level * expected) ** 2 / (level * expected),
  )
  return Math.max(1, median(residuals) / CHI_SQUARE_MEDIAN)
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}
