import type { Candidate, ScanRules } from './candidate.ts'
import { candidatesOf, compareCodes, LEVEL, membership, priceOf } from './candidate.ts'
import { eachCuboid } from './cuboids.ts'
import { gain, ratio, rest } from './gain.ts'
import type { Sum } from './leaf.ts'
import type { LeafTable } from './table.ts'

/** A set in the running has at least this share of the largest gain. */
const SHARE_OF_LARGEST_GAIN = 0.5

/** A finer set takes the place of a coarser one if it takes this share of its excess. */
const SHARE_OF_EXCESS = 0.9

/** Standard deviations that what is left of a set may lie above "level with the rest". */
const SLACK_SD = 2

/**
 * The set of the largest gain beyond its price: right where the counts are trusted to be Poisson and few.
 */
export function likeliest(candidates: readonly Candidate[]): Candidate | null {
  let chosen: Candidate | null = null
  for (const one of candidates)
    if (chosen === null || one.gain - one.price > chosen.gain - chosen.price) chosen = one
  return chosen
}

/**
 * The simplest set that explains most: among those with at least half of the largest gain, the one that names the fewest
 * values, then the fewest attributes, then the largest gain. It is widened where much of the excess lies in further
 * combinations of its attributes, and made finer as long as what is shed was not raised.
 */
export function simplest(
  table: LeafTable,
  whole: Sum,
  candidates: readonly Candidate[],
  depth: number,
  rules: ScanRules,
): Candidate | null {
  const largest = candidates.reduce((most, one) => Math.max(most, one.gain), 0)
  let chosen: Candidate | null = null
  for (const one of candidates)
    if (one.gain >= SHARE_OF_LARGEST_GAIN * largest && (chosen === null || isSimpler(one, chosen)))
      chosen = one
  if (chosen !== null) chosen = wider(whole, chosen, candidates)
  while (chosen !== null) {
    const finer = finerThan(table, whole, chosen, depth, rules)
    if (finer === null) return chosen
    chosen = finer
  }
  return null
}

/** Fewest values named, then fewest attributes, then the largest gain, then the lowest price. */
function isSimpler(one: Candidate, other: Candidate): boolean {
  return (
    (namesOf(one) - namesOf(other) ||
      one.at.length - other.at.length ||
      other.gain - one.gain ||
      one.price - other.price) < 0
  )
}

/** Values in a set's name: of two attributes, or of one attribute and two combinations, two. */
function namesOf(candidate: Candidate): number {
  return candidate.at.length * candidate.combinations.length
}

/**
 * The same cause with more combinations, if the set alone leaves more than a tenth of their joint excess to the rest.
 */
function wider(whole: Sum, chosen: Candidate, candidates: readonly Candidate[]): Candidate {
  let widest = chosen
  for (const one of candidates) {
    if (one.combinations.length <= widest.combinations.length || !contains(one, widest)) continue
    const level = ratio(rest(one, whole))
    const excess = one.observed - level * one.expected
    if (widest.observed - level * widest.expected >= SHARE_OF_EXCESS * excess) continue
    if (one.gain - one.price > widest.gain - widest.price) widest = one
  }
  return widest
}

function contains(one: Candidate, other: Candidate): boolean {
  return (
    compareCodes(one.at, other.at) === 0 &&
    one.at.length === other.at.length &&
    other.combinations.every((codes) => one.combinations.some((own) => compareCodes(own, codes) === 0))
  )
}

/**
 * A finer set inside a set, if it is the better name: it takes at least nine tenths of the excess, what it leaves out is
 * level with the rest (at most 1.2 times it and two standard deviations), and the gain pays for the longer name. A set
 * that is only as good because nothing is known of the remainder is not preferred: it does not pay.
 */
function finerThan(
  table: LeafTable,
  whole: Sum,
  coarse: Candidate,
  depth: number,
  rules: ScanRules,
): Candidate | null {
  const part = onlyMembers(table, membership(table, coarse))
  const level = ratio(rest(coarse, whole))
  const excess = coarse.observed - level * coarse.expected
  const within = {
    dispersion: rules.dispersion,
    priceShare: 1,
    combinationsMax: coarse.combinations.length,
    paid: priceOf(table, coarse.at),
  }
  let best: Candidate | null = null
  eachCuboid(
    part,
    depth,
    (cuboid) => {
      for (const one of candidatesOf(part, cuboid, coarse, within)) {
        const usual = level * (coarse.expected - one.expected)
        const left = coarse.observed - one.observed
        if (one.observed - level * one.expected < SHARE_OF_EXCESS * excess) continue
        if (left > LEVEL * usual + SLACK_SD * Math.sqrt(rules.dispersion * usual)) continue
        const nats = gain(one, whole, rules.dispersion)
        const price = priceOf(table, one.at) * one.combinations.length
        if (nats - coarse.gain <= price - coarse.price) continue
        const finer = { ...one, gain: nats, price }
        if (best === null || isSimpler(finer, best)) best = finer
      }
    },
    coarse.at,
  )
  return best
}

/** The leaves of a set alone. The values keep their codes, so that prices and names stay the same. */
function onlyMembers(table: LeafTable, member: Uint8Array): LeafTable {
  const isMember = (_: number, leaf: number): boolean => member[leaf] === 1
  return {
    ...table,
    codes: table.codes.map((codes) => codes.filter(isMember)),
    observed: table.observed.filter(isMember),
    expected: table.expected.filter(isMember),
  }
}
