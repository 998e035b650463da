import type { Leaf } from './leaf.ts'

/** Leaves as columns: values as numbers, leaves of equal values merged, in an order that does not depend on the input's. */
export interface LeafTable {
  readonly attributes: readonly string[]
  /** By attribute: the values that occur, in code-unit order. */
  readonly values: readonly (readonly string[])[]
  /** By attribute: each leaf's place in `values`, -1 for none. */
  readonly codes: readonly Int32Array[]
  readonly observed: Float64Array
  readonly expected: Float64Array
}

/**
 * Sorts and merges leaves. The sums that follow add in this order, so that the same leaves in another order, or split
 * into equal halves, give the same explanation.
 *
 * @throws RangeError for a leaf with another number of values, or a count that is negative or not finite
 */
export function leafTable(attributes: readonly string[], leaves: readonly Leaf[]): LeafTable {
  const books = attributes.map(() => new Map<string, number>())
  for (const { values, observed, expected } of leaves) {
    if (values.length !== attributes.length)
      throw new RangeError(`a leaf has ${values.length} values for ${attributes.length} attributes`)
    if (!(observed >= 0) || !(expected >= 0) || observed === Infinity || expected === Infinity)
      throw new RangeError(`a leaf's counts must be finite and not negative: ${observed}, ${expected}`)
    values.forEach((value, at) => value !== null && books[at]!.set(value, 0))
  }
  const names = books.map((book) => [...book.keys()].sort(byCodeUnit))
  names.forEach((list, at) => list.forEach((name, code) => books[at]!.set(name, code)))
  const rows = leaves.map((leaf) => ({
    codes: leaf.values.map((value, at) => (value === null ? -1 : books[at]!.get(value)!)),
    leaf,
  }))
  rows.sort((a, b) => compare(a.codes, b.codes) || compareCounts(a.leaf, b.leaf))
  const merged: { codes: number[]; observed: number; expected: number }[] = []
  for (const { codes, leaf } of rows) {
    const last = merged.at(-1)
    if (last !== undefined && compare(last.codes, codes) === 0) {
      last.observed += leaf.observed
      last.expected += leaf.expected
    } else merged.push({ codes, observed: leaf.observed, expected: leaf.expected })
  }
  return {
    attributes,
    values: names,
    codes: attributes.map((_, at) => Int32Array.from(merged, (row) => row.codes[at]!)),
    observed: Float64Array.from(merged, (row) => row.observed),
    expected: Float64Array.from(merged, (row) => row.expected),
  }
}

function compareCounts(a: Leaf, b: Leaf): number {
  return a.observed - b.observed || a.expected - b.expected
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return 0
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
