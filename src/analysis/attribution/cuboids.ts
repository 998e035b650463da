import type { LeafTable } from './table.ts'

/** The sums of a table over every combination of values of some attributes. */
export interface Cuboid {
  /** Places of its attributes, ascending. */
  readonly at: readonly number[]
  /** By leaf: its cell, -1 where the leaf lacks one of the attributes. Valid until the next cuboid is visited. */
  readonly cellOf: Int32Array
  /** Number of cells. */
  readonly size: number
  readonly observed: Float64Array
  readonly expected: Float64Array
  /** By cell: one of its leaves, from which its values can be read. */
  readonly sample: Int32Array
}

/**
 * Visits every cuboid of at least one and at most `depth` attributes. Each is made from the one it extends, by numbering
 * the pairs (cell there, value here): one pass over the leaves a cuboid.
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
  const levels = Array.from({ length: Math.max(depth, keep.length) + 1 }, () => new Int32Array(leaves))
  const numbering = new PairNumbering(leaves)
  const observed = new Float64Array(leaves)
  const expected = new Float64Array(leaves)
  const sample = new Int32Array(leaves)

  /** Splits the cells of the level above by one more attribute. @returns the number of cells */
  const split = (level: number, attribute: number): number => {
    const parent = levels[level]!
    const cellOf = levels[level + 1]!
    const codes = table.codes[attribute]!
    numbering.clear()
    let size = 0
    for (let leaf = 0; leaf < leaves; leaf++) {
      const above = parent[leaf]!
      const code = codes[leaf]!
      if (above < 0 || code < 0) {
        cellOf[leaf] = -1
        continue
      }
      const cell = numbering.of(above, code, size)
      if (cell === size) {
        observed[size] = 0
        expected[size] = 0
        sample[size] = leaf
        size++
      }
      observed[cell]! += table.observed[leaf]!
      expected[cell]! += table.expected[leaf]!
      cellOf[leaf] = cell
    }
    return size
  }
  const extend = (at: readonly number[], from: number): void => {
    if (at.length >= depth) return
    for (let next = from; next < table.attributes.length; next++) {
      if (kept.has(next)) continue
      const size = split(at.length, next)
      const extended = [...at, next]
      visit({
        at: keep.length === 0 ? extended : extended.toSorted((a, b) => a - b),
        cellOf: levels[at.length + 1]!,
        size,
        observed,
        expected,
        sample,
      })
      extend(extended, next + 1)
    }
  }
  keep.forEach((attribute, level) => split(level, attribute))
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

  /** @returns the pair's number, or `next` after giving it that one. */
  of(first: number, second: number, next: number): number {
    let slot = (Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b)) & this.#mask
    while (this.#stamp[slot] === this.#now) {
      if (this.#first[slot] === first && this.#second[slot] === second) return this.#number[slot]!
      slot = (slot + 1) & this.#mask
    }
    this.#stamp[slot] = this.#now
    this.#first[slot] = first
    this.#second[slot] = second
    this.#number[slot] = next
    return next
  }
}
