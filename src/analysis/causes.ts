import type { Where } from '../domain/incident.ts'
import type { Instant } from '../domain/instant.ts'
import type { Explanation } from './attribution/explain.ts'
import { explain } from './attribution/explain.ts'
import type { Leaf as Cell } from './attribution/leaf.ts'
import { delaysOf } from './delay-book.ts'
import { factorOf } from './learning.ts'
import type { Eyes } from './look.ts'
import { Look } from './look.ts'
import { eachReport } from './report-ring.ts'
import { EVERYTHING } from './segments.ts'
import type { Leaf } from './segments.ts'
import type { Segment } from './segment.ts'
import { meanRateBefore } from './scan.ts'
import { sawSince } from './solve-bins.ts'
import { maturedSinceIn } from './tape.ts'

// What is expected has been learned per site and customer, so healthy counts are hardly more spread than chance; and an alarm has
// said already that something is raised, so the likeliest name is wanted, however few the reports.
const AT_ALARM = { dispersion: 1, causesMax: 2, choice: 'likeliest' } as const

/** A site without reports since then explains nothing by itself: all such are one. */
const QUIET_SITES = '\u0000quiet'

/**
 * What explains the reports on tasks solved since an instant: the leaves with their observed and expected reports, given to the
 * attribution scan.
 *
 * Expectation is exact for each solver at each site; among the regions and labels there it is split by the recent mix. Sites
 * without a report are taken together, which changes no sum and keeps the table as small as the reports are few.
 *
 * @param types whose reports are to be explained: one, several, or all
 * @param isOut leaves that are explained already
 */
export function causesOf(
  eyes: Eyes,
  types: readonly Segment[],
  since: Instant,
  isOut: ((leaf: Leaf) => boolean) | null,
): Causes {
  const table = new CellTable(types.length > 1)
  for (const type of types) addType(eyes, type, since, isOut, table)
  const attributes = table.attributes()
  const cells = table.cells()
  return {
    explanations: explain(attributes, cells, AT_ALARM),
    isRaisedBeyond: (place, part) => {
      const rest = table.sumOf((values) => isIn(values, place) && !isIn(values, part))
      const inside = table.sumOf((values) => isIn(values, part))
      const alike = Math.sqrt(inside.observed / Math.max(inside.expected, 1e-6))
      const isAcross = place['type'] === undefined
      return (
        rest.observed >= REST_REPORTS_MIN &&
        rest.observed > Math.max(REST_RATIO_MIN, Math.min(ALIKE_MAX, alike)) * rest.expected &&
        lnRaised(rest) >= (isAcross ? ACROSS_NATS : REST_NATS)
      )
    },
    sumOf: (place) => table.sumOf((values) => isIn(values, place)),
  }
}

export interface Causes {
  readonly explanations: readonly Explanation[]
  /** Does anything say that more of a place is raised than a part of it? An incident is named as wide as that, and no wider. */
  isRaisedBeyond(place: Where, part: Where): boolean
  /** Reports and expectation of a place since then. */
  sumOf(place: Where): Counts
}

export interface Counts {
  readonly observed: number
  readonly expected: number
}

// The rest of a place is raised when that is three times as likely as chance, and in kind: by half at least, and by the square root of
// what the part is raised by, for one fault raises all it hits alike. Across types it takes 20 to 1: a whole installation's counts
// are never quite as expected.
const REST_NATS = Math.log(3)
// One report can be anybody's.
const REST_REPORTS_MIN = 2
const ACROSS_NATS = Math.log(20)
const REST_RATIO_MIN = 1.5
const ALIKE_MAX = 5

/** Nats by which "raised" beats "as expected". */
export function lnRaised({ observed, expected }: Counts): number {
  if (observed <= expected || observed === 0) return 0
  return observed * Math.log(observed / Math.max(expected, 1e-6)) - (observed - expected)
}

function isIn(values: ReadonlyMap<string, string>, where: Where): boolean {
  for (const name in where) if (values.get(name) !== where[name]) return false
  return true
}

function addType(
  eyes: Eyes,
  type: Segment,
  since: Instant,
  isOut: ((leaf: Leaf) => boolean) | null,
  table: CellTable,
): void {
  const { state, index } = eyes
  const observed = new Map<number, number>()
  const loudSites = new Set<number>()
  eachReport(state.reports, type.ring, (entry) => {
    if (entry.solvedAt < since || entry.solvedAt <= type.notBefore || !entry.atType) return
    const its = index.leafAt(entry.leaf)
    if (isOut?.(its) === true) return
    observed.set(entry.leaf, (observed.get(entry.leaf) ?? 0) + 1)
    loudSites.add(its.site.index)
  })
  const weights = delaysOf(state.delays, type.index, EVERYTHING, 'quick')
  // Until its level is learned, a type's own past says how much is usual.
  const { tape: whole, prior } = Look.at(eyes, type)
  const level = meanRateBefore(whole, prior, whole.indexSince(since))
  const { leaves } = index.members(type)
  const byPair = new Map<number, number[]>()
  for (const leaf of leaves) {
    const { pair } = index.leafAt(leaf)
    // Most places are idle at any time, and expect nothing.
    if (!sawSince(pair.bins, since)) continue
    const its = byPair.get(pair.index)
    if (its === undefined) byPair.set(pair.index, [leaf])
    else its.push(leaf)
  }
  for (const [pairIndex, its] of byPair) {
    const pair = index.at(pairIndex)
    const expected = level * maturedSinceIn(pair.bins, factorOf(index, pair), state.now, weights, since)
    if (expected <= 0) continue
    const mix = its.reduce((sum, leaf) => sum + (state.leaves.mix[leaf] as number), 0)
    for (const leaf of its) {
      const share = mix > 0 ? (state.leaves.mix[leaf] as number) / mix : 1 / its.length
      const handle = index.leafAt(leaf)
      if (isOut?.(handle) === true) continue
      table.add(handle, loudSites.has(handle.site.index), observed.get(leaf) ?? 0, share * expected)
    }
  }
}

/** Cells by what they are called; equal ones are one. */
class CellTable {
  readonly #cells = new Map<string, { values: Map<string, string>; observed: number; expected: number }>()
  readonly #attributes: string[]

  constructor(isAcrossTypes: boolean) {
    this.#attributes = isAcrossTypes ? ['type', 'site', 'solver', 'region'] : ['site', 'solver', 'region']
  }

  add(leaf: Leaf, isLoud: boolean, observed: number, expected: number): void {
    if (observed === 0 && expected === 0) return
    const key = isLoud ? `${leaf.site.index}/${leaf.aspectKey}` : leaf.aspectKey
    const known = this.#cells.get(key)
    if (known !== undefined) {
      known.observed += observed
      known.expected += expected
      return
    }
    const values = new Map<string, string>()
    values.set('type', leaf.type.type)
    values.set('site', isLoud ? leaf.site.name : QUIET_SITES)
    for (const aspect of leaf.aspects) {
      if (aspect.kind === 'label') {
        const name = `labels.${aspect.name}`
        if (!this.#attributes.includes(name)) this.#attributes.push(name)
        values.set(name, aspect.more)
      } else values.set(aspect.kind, aspect.name)
    }
    this.#cells.set(key, { values, observed, expected })
  }

  sumOf(holds: (values: ReadonlyMap<string, string>) => boolean): Counts {
    const sum = { observed: 0, expected: 0 }
    for (const { values, observed, expected } of this.#cells.values()) {
      if (!holds(values)) continue
      sum.observed += observed
      sum.expected += expected
    }
    return sum
  }

  attributes(): readonly string[] {
    return this.#attributes
  }

  cells(): Cell[] {
    return [...this.#cells.values()].map(({ values, observed, expected }) => ({
      values: this.#attributes.map((name) => values.get(name) ?? null),
      observed,
      expected,
    }))
  }
}

/** Whether a place is one that can be named: the quiet sites are no name. */
export function isNameable(where: Where): boolean {
  return where['site'] !== QUIET_SITES
}
