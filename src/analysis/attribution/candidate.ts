import type { Cuboid } from './cuboids.ts'
import { gain, gainOfCounts, ratio, rest } from './gain.ts'
import type { Sum } from './leaf.ts'
import type { LeafTable } from './table.ts'

/** A set that might be the cause: one or more combinations of values of the same attributes. */
export interface Candidate extends Sum {
  /** Places of the attributes, ascending. */
  readonly at: readonly number[]
  /** One list of value codes a combination, in the order of `at`; the combinations ascending. */
  readonly combinations: readonly (readonly number[])[]
  /** Nats, over-dispersion taken out. */
  readonly gain: number
  /** Nats: the length of its description. */
  readonly price: number
}

/** What a scan goes by. */
export interface ScanRules {
  readonly dispersion: number
  readonly combinationsMax: number
  /** What the first combination costs, as a share of its price; each further one costs all of it. */
  readonly priceShare: number
  /** Nats of a combination's price that are paid already: those of the coarser set within which it is sought. */
  readonly paid?: number
}

/** A set is a cause only if it lies this much above the rest; closer than this counts as level with it. */
export const LEVEL = 1.2

/** Ratios that a set of several combinations is sought for; the same grid as the alarm's. */
const RATIOS = [1.5, 2, 3, 5, 9, 16, 32, 64] as const

/**
 * Nats that naming one combination costs: two for each attribute, and the choice among its values.
 *
 *   price = sum over its attributes of 2 + ln(number of values + 1)
 */
export function priceOf(table: LeafTable, at: readonly number[]): number {
  let price = 0
  for (const attribute of at) price += 2 + Math.log(table.values[attribute]!.length + 1)
  return price
}

/**
 * The best set of one combination in a cuboid, the best of two, and so on. One combination: every cell is tried.
 * Several: for each ratio r of a grid the log likelihood of "raised r times" is a sum over cells,
 *
 *   score = O ln r - b E (r - 1),   b = ratio outside the best single cell
 *
 * so the best set of k is the k cells of the highest score (Neill 2012, Speakman et al. 2016), no search needed. A cell
 * joins only if its score pays its own price.
 *
 * @returns only sets that lie above the rest and pay; at most one a size, by size
 */
export function candidatesOf(
  table: LeafTable,
  cuboid: Cuboid,
  whole: Sum,
  rules: ScanRules,
): readonly Candidate[] {
  const price = priceOf(table, cuboid.at) - (rules.paid ?? 0)
  const found: Candidate[] = []
  const single = bestCell(cuboid, whole, rules.dispersion)
  if (single < 0) return found
  const keep = (cells: readonly number[]): void => {
    const sum = sumOf(cuboid, cells)
    const nats = risesAbove(sum, whole) ? gain(sum, whole, rules.dispersion) : 0
    const total = price * (cells.length - 1 + rules.priceShare)
    const known = found.findIndex((one) => one.combinations.length === cells.length)
    if (nats <= total || (known >= 0 && found[known]!.gain >= nats)) return
    const combinations = cells
      .map((cell) => cuboid.at.map((attribute) => table.codes[attribute]![cuboid.sample[cell]!]!))
      .sort(compareCodes)
    found.splice(known < 0 ? found.length : known, known < 0 ? 0 : 1, {
      ...sum,
      at: cuboid.at,
      combinations,
      gain: nats,
      price: total,
    })
  }
  keep([single])
  if (rules.combinationsMax < 2) return found
  const outside = ratio(rest(sumOf(cuboid, [single]), whole))
  for (const raised of RATIOS) {
    const best = highest(cuboid, raised, outside, price * rules.dispersion, rules.combinationsMax)
    for (let size = 2; size <= best.length; size++) keep(best.slice(0, size))
  }
  return found
}

/** @returns whether a set lies clearly enough above the rest to be called raised. */
function risesAbove(sum: Sum, whole: Sum): boolean {
  return ratio(sum) > LEVEL * ratio(rest(sum, whole))
}

/** @returns the cell of the largest gain, -1 where none lies above the rest. Of equals, the one first in the table. */
function bestCell(cuboid: Cuboid, whole: Sum, dispersion: number): number {
  const { observed, expected } = cuboid
  // No cell below the whole's own ratio can be above the rest.
  const level = ratio(whole)
  let best = -1
  let most = 0
  for (let cell = 0; cell < cuboid.size; cell++) {
    if (observed[cell]! <= level * expected[cell]!) continue
    const nats = gainOfCounts(observed[cell]!, expected[cell]!, whole, dispersion)
    if (nats > most && risesAbove(sumOf(cuboid, [cell]), whole)) {
      best = cell
      most = nats
    }
  }
  return best
}

/** @returns at most `most` cells whose score for one ratio exceeds the least, highest first. */
function highest(cuboid: Cuboid, raised: number, outside: number, least: number, most: number): number[] {
  const nats = Math.log(raised)
  const cells: number[] = []
  const scores: number[] = []
  for (let cell = 0; cell < cuboid.size; cell++) {
    const score = cuboid.observed[cell]! * nats - outside * cuboid.expected[cell]! * (raised - 1)
    if (score <= least || (cells.length === most && score <= scores[most - 1]!)) continue
    let place = cells.length
    while (place > 0 && scores[place - 1]! < score) place--
    cells.splice(place, 0, cell)
    scores.splice(place, 0, score)
    if (cells.length > most) {
      cells.pop()
      scores.pop()
    }
  }
  return cells
}

function sumOf(cuboid: Cuboid, cells: readonly number[]): Sum {
  let observed = 0
  let expected = 0
  for (const cell of cells) {
    observed += cuboid.observed[cell]!
    expected += cuboid.expected[cell]!
  }
  return { observed, expected }
}

/** Orders lists of value codes of one length. */
export function compareCodes(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return 0
}

/** @returns by leaf: 1 where it belongs to the candidate. */
export function membership(table: LeafTable, { at, combinations }: Candidate): Uint8Array {
  const member = new Uint8Array(table.observed.length)
  for (const codes of combinations)
    for (let leaf = 0; leaf < member.length; leaf++) {
      let i = 0
      while (i < at.length && table.codes[at[i]!]![leaf] === codes[i]) i++
      if (i === at.length) member[leaf] = 1
    }
  return member
}
