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
  const codes = books.map((book, at) =>
    Int32Array.from(leaves, ({ values }) => {
      const value = values[at]!
      return value === null ? -1 : book.get(value)!
    }),
  )
  const compareValues = (a: number, b: number): number => {
    for (const column of codes) if (column[a] !== column[b]) return column[a]! - column[b]!
    return 0
  }
  const order = leaves
    .map((_, place) => place)
    .sort(
      (a, b) =>
        compareValues(a, b) ||
        leaves[a]!.observed - leaves[b]!.observed ||
        leaves[a]!.expected - leaves[b]!.expected,
    )
  const firsts: number[] = []
  const observed: number[] = []
  const expected: number[] = []
  for (const place of order) {
    const leaf = leaves[place]!
    const last = firsts.length - 1
    if (last >= 0 && compareValues(firsts[last]!, place) === 0) {
      observed[last]! += leaf.observed
      expected[last]! += leaf.expected
    } else {
      firsts.push(place)
      observed.push(leaf.observed)
      expected.push(leaf.expected)
    }
  }
  return {
    attributes,
    values: names,
    codes: codes.map((column) => Int32Array.from(firsts, (place) => column[place]!)),
    observed: Float64Array.from(observed),
    expected: Float64Array.from(expected),
  }
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
