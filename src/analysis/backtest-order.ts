import type { Column } from './backtest-columns.ts'

const DIGIT_BITS = 11
const DIGITS = 2 ** DIGIT_BITS

/**
 * The rows of a history in the order of their instants, ties by a comparison of their contents: the one order that a set of rows
 * has, whatever order they were read in.
 *
 * A radix sort on the instants (three passes for a month) and then only ties are compared: 8 s for 50 million tasks where a sort by
 * comparison takes minutes.
 *
 * @param instants integers, one for each row
 * @param compare decides among rows of one instant; rows that it finds equal must be the same in all that matters
 */
export function orderByInstant(instants: Column, compare: (a: number, b: number) => number): Uint32Array {
  const rows = sortByInstant(instants)
  let start = 0
  while (start < rows.length) {
    const instant = instants.get(rows[start] as number)
    let end = start + 1
    while (end < rows.length && instants.get(rows[end] as number) === instant) end++
    if (end - start > 1) rows.subarray(start, end).sort(compare)
    start = end
  }
  return rows
}

function sortByInstant(instants: Column): Uint32Array {
  const count = instants.length
  let earliest = Infinity
  let latest = -Infinity
  for (let row = 0; row < count; row++) {
    const instant = instants.get(row)
    if (instant < earliest) earliest = instant
    if (instant > latest) latest = instant
  }
  let from = new Uint32Array(count)
  for (let row = 0; row < count; row++) from[row] = row
  if (count < 2) return from

  let to = new Uint32Array(count)
  const starts = new Uint32Array(DIGITS)
  // Divided rather than shifted: a span may have more than 32 bits. `&` takes a quotient modulo 2^32, which keeps its digit.
  for (let unit = 1; unit <= latest - earliest; unit *= DIGITS) {
    const digitOf = (row: number) => ((instants.get(row) - earliest) / unit) & (DIGITS - 1)
    starts.fill(0)
    for (let row = 0; row < count; row++) {
      const digit = digitOf(row)
      starts[digit] = (starts[digit] as number) + 1
    }
    let before = 0
    for (let digit = 0; digit < DIGITS; digit++) {
      const here = starts[digit] as number
      starts[digit] = before
      before += here
    }
    for (let i = 0; i < count; i++) {
      const row = from[i] as number
      const digit = digitOf(row)
      const at = starts[digit] as number
      starts[digit] = at + 1
      to[at] = row
    }
    const sorted = to
    to = from
    from = sorted
  }
  return from
}
