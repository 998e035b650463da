import type { Instant } from '../domain/instant.ts'
import { DAY_MS } from '../domain/instant.ts'
import { roomAfter } from './row-index.ts'

/**
 * A leaf is one combination of all attributes but the account: the finest place that is told apart. As columns, like segments.
 * `mix` is its share of recent exposure, which splits a segment's exact expectation among attributes that have no view of
 * their own (a region at a site, a label of a solver).
 */
export interface LeafColumns {
  count: number
  /** Segments of each leaf: site, solver, region (-1: none), pair, and which set of labels. */
  places: Int32Array
  /** Exposure, an hour old worth 2^(-1/24) of a fresh one, in units of the instant `mixBase`. */
  mix: Float64Array
  mixBase: Instant
  /** Sets of label segments, each once. */
  readonly labelSets: number[][]
  /** Labels of the task that had most. */
  labelsMax: number
}

export const LEAF_SITE = 0
export const LEAF_SOLVER = 1
export const LEAF_REGION = 2
export const LEAF_PAIR = 3
export const LEAF_LABELS = 4
export const LEAF_PLACES = 5

const FIRST_ROWS = 64
const MIX_HALF_LIFE_MS = DAY_MS
// 2^512 and back is well inside a double.
const MIX_SPAN_MS = 512 * MIX_HALF_LIFE_MS

export function createLeafColumns(): LeafColumns {
  return {
    count: 0,
    places: new Int32Array(FIRST_ROWS * LEAF_PLACES),
    mix: new Float64Array(FIRST_ROWS),
    mixBase: -1,
    labelSets: [[]],
    labelsMax: 0,
  }
}

/** Appends a leaf. @returns its index */
export function addLeaf(
  leaves: LeafColumns,
  site: number,
  solver: number,
  region: number,
  pair: number,
  labels: number,
): number {
  const index = leaves.count++
  if (index >= leaves.mix.length) {
    const rows = roomAfter(index)
    const mix = new Float64Array(rows)
    mix.set(leaves.mix)
    leaves.mix = mix
    const places = new Int32Array(rows * LEAF_PLACES)
    places.set(leaves.places)
    leaves.places = places
  }
  leaves.places.set([site, solver, region, pair, labels], index * LEAF_PLACES)
  return index
}

export function leafPlace(leaves: LeafColumns, leaf: number, field: number): number {
  return leaves.places[leaf * LEAF_PLACES + field] as number
}

/** What exposure at this instant weighs in `mix`; computed once a slot. Rescales all leaves every year or so. */
export function mixWeight(leaves: LeafColumns, at: Instant): number {
  if (leaves.mixBase < 0) leaves.mixBase = at
  if (at - leaves.mixBase > MIX_SPAN_MS) {
    const kept = 2 ** ((leaves.mixBase - at) / MIX_HALF_LIFE_MS)
    for (let i = 0; i < leaves.count; i++) leaves.mix[i] = (leaves.mix[i] as number) * kept
    leaves.mixBase = at
  }
  return 2 ** ((at - leaves.mixBase) / MIX_HALF_LIFE_MS)
}
