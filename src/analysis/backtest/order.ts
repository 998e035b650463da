const DIGIT_BITS = 11
const DIGITS = 2 ** DIGIT_BITS

/**
 * Rows in the order of their instants, ties by a comparison of their contents: the one order that a set of rows has, whatever
 * order they were read in.
 *
 * A radix sort on the instants (three passes for a quarter of a year), then only ties are compared. Measured on 5 million: 1.9 s of CPU
 * against 5.0 s for a sort by comparison, which besides needs the rows on the heap.
 *
 * @param rows numbers of rows; left as they are
 * @param instants integers, by row
 * @param compare decides among rows of one instant; rows that it finds equal must be the same in all that matters
 */
export function orderByInstant(
  rows: Uint32Array,
  instants: Float64Array,
  compare: (a: number, b: number) => number,
): Uint32Array {
  const sorted = sortByInstant(rows, instants)
  let start = 0
  while (start < sorted.length) {
    const instant = instants[sorted[start] as number]
    let end = start + 1
    while (end < sorted.length && instants[sorted[end] as number] === instant) end++
    if (end - start > 1) sorted.subarray(start, end).sort(compare)
    start = end
  }
  return sorted
}

/** @returns the numbers 0..count-1 */
export function allRows(count: number): Uint32Array {
  const rows = new Uint32Array(count)
  for (let row = 0; row < count; row++) rows[row] = row
  return rows
}

function sortByInstant(rows: Uint32Array, instants: Float64Array): Uint32Array {
  let earliest = Infinity
  let latest = -Infinity
  for (const row of rows) {
    const instant = instants[row] as number
    if (instant < earliest) earliest = instant
    if (instant > latest) latest = instant
  }
  let from = rows.slice()
  if (rows.length < 2) return from

  // Divided rather than shifted: a span may have more than 32 bits. `&` takes a quotient modulo 2^32, which keeps its digit.
  const units: number[] = []
  for (let unit = 1; unit <= latest - earliest; unit *= DIGITS) units.push(unit)
  const starts = units.map(() => new Uint32Array(DIGITS))
  for (const row of rows) {
    const offset = (instants[row] as number) - earliest
    for (let pass = 0; pass < units.length; pass++) {
      const tally = starts[pass] as Uint32Array
      const digit = (offset / (units[pass] as number)) & (DIGITS - 1)
      tally[digit] = (tally[digit] as number) + 1
    }
  }

  let to = new Uint32Array(rows.length)
  for (const [pass, unit] of units.entries()) {
    const next = sumBefore(starts[pass] as Uint32Array)
    for (const row of from) {
      const digit = (((instants[row] as number) - earliest) / unit) & (DIGITS - 1)
      const at = next[digit] as number
      next[digit] = at + 1
      to[at] = row
    }
    const sorted = to
    to = from
    from = sorted
  }
  return from
}

/** Turns how many there are of each digit into where the first of each goes. In place. */
function sumBefore(tally: Uint32Array): Uint32Array {
  let before = 0
  for (let digit = 0; digit < tally.length; digit++) {
    const here = tally[digit] as number
    tally[digit] = before
    before += here
  }
  return tally
}
