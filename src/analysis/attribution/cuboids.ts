import type { LeafTable } from './table.ts'

/** The sums of a table over those combinations of values of some attributes for which anything was observed. */
export interface Cuboid {
  /** Places of its attributes, ascending. */
  readonly at: readonly number[]
  /** Number of cells. The arrays are longer, and valid until the next cuboid is visited. */
  readonly size: number
  readonly observed: Float64Array
  readonly expected: Float64Array
  /** By cell: one of its leaves, from which its values can be read. */
  readonly sample: Int32Array
}

/** Leaves that lie in a cell with reports, and that cell; those with reports come first. */
interface Level {
  readonly leaves: Int32Array
  readonly cells: Int32Array
  count: number
}

/**
 * Visits every cuboid of at least one and at most `depth` attributes. Each is made from the one it extends, by numbering
 * the pairs (cell there, value here). A leaf whose cell has no reports is left behind for good: no finer cell around it
 * can have any. So the work shrinks with the number of reports.
 *
 * @param keep visit only cuboids that have these attributes (places, ascending) and at least one more
 */
export function eachCuboid(
  table: LeafTable,
  depth: number,
  visit: (cuboid: Cuboid) => void,
  keep: readonly number[] = [],
): void {
  const leaves = table.observed.length
  const kept = new Set(keep)
  const levels: Level[] = Array.from({ length: Math.max(depth, keep.length) + 1 }, () => ({
    leaves: new Int32Array(leaves),
    cells: new Int32Array(leaves),
    count: 0,
  }))
  const top = levels[0]!
  for (const reported of [true, false])
    for (let leaf = 0; leaf < leaves; leaf++)
      if (table.observed[leaf]! > 0 === reported) top.leaves[top.count++] = leaf
  const numbering = new PairNumbering(leaves)
  const observed = new Float64Array(leaves)
  const expected = new Float64Array(leaves)
  const sample = new Int32Array(leaves)

  /** Splits the cells of the level above by one more attribute. @returns the number of cells */
  const split = (above: Level, below: Level, attribute: number): number => {
    const codes = table.codes[attribute]!
    numbering.clear()
    below.count = 0
    let size = 0
    for (let place = 0; place < above.count; place++) {
      const leaf = above.leaves[place]!
      const code = codes[leaf]!
      if (code < 0) continue
      const count = table.observed[leaf]!
      const cell = numbering.of(above.cells[place]!, code, count > 0 ? size : -1)
      if (cell < 0) continue
      if (cell === size) {
        observed[size] = 0
        expected[size] = 0
        sample[size] = leaf
        size++
      }
      observed[cell]! += count
      expected[cell]! += table.expected[leaf]!
      below.leaves[below.count] = leaf
      below.cells[below.count++] = cell
    }
    return size
  }
  const extend = (at: readonly number[], from: number): void => {
    if (at.length >= depth) return
    for (let next = from; next < table.attributes.length; next++) {
      if (kept.has(next)) continue
      const size = split(levels[at.length]!, levels[at.length + 1]!, next)
      if (size === 0) continue
      const extended = [...at, next]
      const sorted = keep.length === 0 ? extended : extended.toSorted((a, b) => a - b)
      visit({ at: sorted, size, observed, expected, sample })
      extend(extended, next + 1)
    }
  }
  keep.forEach((attribute, level) => split(levels[level]!, levels[level + 1]!, attribute))
  extend(keep, 0)
}

/** Numbers pairs of small integers in order of first sight; an open-addressed table that is emptied by a stamp. */
class PairNumbering {
  readonly #mask: number
  readonly #first: Int32Array
  readonly #second: Int32Array
  readonly #number: Int32Array
  readonly #stamp: Int32Array
  #now = 0

  constructor(pairs: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(4, pairs * 2)))
    this.#mask = slots - 1
    this.#first = new Int32Array(slots)
    this.#second = new Int32Array(slots)
    this.#number = new Int32Array(slots)
    this.#stamp = new Int32Array(slots)
  }

  clear(): void {
    this.#now++
  }

  /** @returns the pair's number; of a new pair `next`, which becomes its number unless it is -1. */
  of(first: number, second: number, next: number): number {
    let slot = Math.imul(Math.imul(first, 0x9e3779b1) ^ second, 0x85ebca6b)
    slot = (slot ^ (slot >>> 15)) & this.#mask
    while (this.#stamp[slot] === this.#now) {
      if (this.#first[slot] === first && this.#second[slot] === second) return this.#number[slot]!
      slot = (slot + 1) & this.#mask
    }
    if (next < 0) return next
    this.#stamp[slot] = this.#now
    this.#first[slot] = first
    this.#second[slot] = second
    this.#number[slot] = next
    return next
  }
}
