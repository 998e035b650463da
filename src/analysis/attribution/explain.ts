import type { Where } from '../../domain/incident.ts'
import type { Candidate, ScanRules } from './candidate.ts'
import { candidatesOf, membership } from './candidate.ts'
import { likeliest, simplest } from './choose.ts'
import { eachCuboid } from './cuboids.ts'
import { dispersionOf } from './dispersion.ts'
import { ratio, rest } from './gain.ts'
import type { Leaf, Sum } from './leaf.ts'
import { rivals } from './rivals.ts'
import type { LeafTable } from './table.ts'
import { leafTable } from './table.ts'

/** A set of combinations and how well it explains. */
export interface Cause {
  /** One combination, or several of the same attributes; `[{}]`: everything, evenly. */
  readonly where: readonly Where[]
  readonly observed: number
  readonly expected: number
  /** Observed over expected, as counted: at alarm time an over-estimate (the winner's curse). At most 1000. */
  readonly ratio: number
  /** Nats by which "raised here" beats "the same everywhere". */
  readonly gain: number
  /** Nats that the description costs. */
  readonly price: number
  /** gain - price. */
  readonly score: number
}

/** A cause, and others that might be meant. */
export interface Explanation extends Cause {
  /** Sets of other attributes that share the cause's excess, likeliest first. */
  readonly alternatives: readonly Alternative[]
}

export interface Alternative extends Cause {
  /** Likelihood beside the cause's, in (0, 1]; 1: the counts cannot tell the two apart. */
  readonly strength: number
}

export interface ExplainOptions {
  /** Variance over mean of healthy counts, >= 1; default: estimated from the leaves outside the likeliest cause. */
  readonly dispersion?: number
  /**
   * `simplest` (default): of all sets that explain at least half as well as the best, the simplest, made finer step by
   * step. For plenty of counts, which no model describes exactly. `likeliest`: the largest gain beyond its
   * price, the first combination at half of it. For a handful of reports in a place where an alarm has already said that something is raised: each nat counts.
   */
  readonly choice?: 'simplest' | 'likeliest'
  /** Causes looked for, one after another; default 3. */
  readonly causesMax?: number
  /** Combinations of one cause; default 3. */
  readonly combinationsMax?: number
  /** Attributes of one combination; default 4. */
  readonly attributesMax?: number
  /** Alternatives of one cause; default 5. */
  readonly alternativesMax?: number
}

/** Nats above which the whole counts as raised: 20 to 1. */
const WHOLE_RAISED = Math.log(20)

/** Where an alarm has spoken, that something is raised need not be proved again: a name costs half. */
const ALARMED_PRICE_SHARE = 0.5

/** A further cause carries at least this share of the first one's excess. */
const SHARE_OF_FIRST = 0.1

/**
 * Which combination of attributes explains why more was observed than expected: a subset scan for Poisson counts with a
 * price on the length of the description. Causes are found one after another, each cause's leaves being levelled with the
 * rest before the next is looked for.
 *
 * @param attributes their names; the work grows with the number of cuboids, 56 for six attributes
 * @param leaves any order; leaves of equal values count as one
 * @returns the causes, largest first. None: nothing is raised. One with `where` `[{}]`: everything is, evenly, and no
 *   label explains it
 * @throws RangeError for a leaf that does not fit the attributes, or a count that is negative or not finite
 */
export function explain(
  attributes: readonly string[],
  leaves: readonly Leaf[],
  options: ExplainOptions = {},
): readonly Explanation[] {
  const choice = options.choice ?? 'simplest'
  const combinationsMax = options.combinationsMax ?? 3
  const depth = options.attributesMax ?? 4
  const table = leafTable(attributes, leaves)
  const rules: ScanRules = {
    dispersion: options.dispersion ?? dispersionOutsideCause(table, depth, combinationsMax),
    combinationsMax,
    priceShare: choice === 'simplest' ? 1 : ALARMED_PRICE_SHARE,
  }
  const found: Explanation[] = []
  let left = table
  let firstExcess = 0
  while (found.length < (options.causesMax ?? 3)) {
    const whole = sumOf(left)
    const candidates = scan(left, whole, depth, rules)
    const cause =
      choice === 'simplest' ? simplest(left, whole, candidates, depth, rules) : likeliest(candidates)
    if (cause === null) break
    const level = ratio(rest(cause, whole))
    const excess = cause.observed - level * cause.expected
    if (found.length > 0 && excess < SHARE_OF_FIRST * firstExcess) break
    if (found.length === 0) firstExcess = excess
    found.push({
      ...describe(table, cause),
      alternatives: rivals(left, whole, cause, candidates, options.alternativesMax ?? 5).map((one) => ({
        ...describe(table, one.candidate),
        strength: one.strength,
      })),
    })
    left = levelled(left, cause, level)
  }
  if (found.length > 0) return found
  const whole = everything(sumOf(table), rules.dispersion)
  return whole.gain > WHOLE_RAISED ? [whole] : []
}

/**
 * What happened must not pass for noise: over-dispersion is read off the leaves outside the cause that would be named if
 * the counts were Poisson.
 */
function dispersionOutsideCause(table: LeafTable, depth: number, combinationsMax: number): number {
  const whole = sumOf(table)
  const rules = { dispersion: 1, combinationsMax, priceShare: 1 }
  const cause = simplest(table, whole, scan(table, whole, depth, rules), depth, rules)
  return dispersionOf(table, cause === null ? undefined : membership(table, cause))
}

function scan(table: LeafTable, whole: Sum, depth: number, rules: ScanRules): Candidate[] {
  const candidates: Candidate[] = []
  eachCuboid(table, depth, (cuboid) => candidates.push(...candidatesOf(table, cuboid, whole, rules)))
  return candidates
}

/** The leaves of a cause as if they had been raised no more than the rest: what they show is explained. */
function levelled(table: LeafTable, cause: Candidate, level: number): LeafTable {
  const member = membership(table, cause)
  return {
    ...table,
    observed: table.observed.map((count, leaf) =>
      member[leaf] === 1 ? Math.min(count, level * table.expected[leaf]!) : count,
    ),
  }
}

function sumOf(table: LeafTable): Sum {
  let observed = 0
  let expected = 0
  for (let leaf = 0; leaf < table.observed.length; leaf++) {
    observed += table.observed[leaf]!
    expected += table.expected[leaf]!
  }
  return { observed, expected }
}

/** Everything, evenly. Its gain: nats by which "raised" beats "as expected", [O ln(O/E) - (O - E)] / phi, 0 if not above. */
function everything(whole: Sum, dispersion: number): Explanation {
  const { observed, expected } = whole
  const nats =
    observed <= expected
      ? 0
      : Math.max(0, observed * Math.log(ratio(whole)) - (observed - expected)) / dispersion
  return {
    where: [{}],
    observed,
    expected,
    ratio: ratio(whole),
    gain: nats,
    price: 0,
    score: nats,
    alternatives: [],
  }
}

function describe(table: LeafTable, candidate: Candidate): Cause {
  const { at, combinations, observed, expected, price } = candidate
  return {
    where: combinations.map((codes) =>
      Object.fromEntries(
        at.map((attribute, i) => [table.attributes[attribute]!, table.values[attribute]![codes[i]!]!]),
      ),
    ),
    observed,
    expected,
    ratio: ratio({ observed, expected }),
    gain: candidate.gain,
    price,
    score: candidate.gain - price,
  }
}
