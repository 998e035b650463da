import type { Candidate } from './candidate.ts'
import { compareCodes, membership } from './candidate.ts'
import { ratio, rest } from './gain.ts'
import type { Sum } from './leaf.ts'
import type { LeafTable } from './table.ts'

/** Another set that might be meant, and how likely it is beside the chosen one. */
export interface Rival {
  readonly candidate: Candidate
  /** exp(gain - the chosen one's gain), at most 1. */
  readonly strength: number
}

/** A rival shares at least this much of the excess: a set elsewhere is another cause, not another name for this one. */
const SHARED = 0.5

/** A set less likely than this beside the chosen one is no alternative: the counts can tell. */
const STRENGTH_LEAST = 0.01

/**
 * Sets of other attributes that account for the same excess. A set that only adds attributes to the chosen one, or to a
 * better rival, or drops some, is a finer or coarser name and was settled by the choice; left are those which the data
 * may not tell apart, because one solver was only ever used on one site.
 *
 * @returns at most `most`, strongest first, then fewest attributes
 */
export function rivals(
  table: LeafTable,
  whole: Sum,
  chosen: Candidate,
  candidates: readonly Candidate[],
  most: number,
): readonly Rival[] {
  const members = membership(table, chosen)
  const level = ratio(rest(chosen, whole))
  const excess = chosen.observed - level * chosen.expected
  const shares = (one: Candidate): boolean => {
    const others = membership(table, one)
    let shared = 0
    for (let leaf = 0; leaf < members.length; leaf++)
      if (members[leaf] === 1 && others[leaf] === 1)
        shared += table.observed[leaf]! - level * table.expected[leaf]!
    return shared >= SHARED * excess
  }
  const ranked = candidates
    .filter((one) => !isNested(one.at, chosen.at) && !isNested(chosen.at, one.at))
    .map((candidate) => ({ candidate, strength: Math.min(1, Math.exp(candidate.gain - chosen.gain)) }))
    .filter(({ strength }) => strength >= STRENGTH_LEAST)
    .sort((a, b) => b.strength - a.strength || compareLength(a.candidate, b.candidate))
  const found: Rival[] = []
  for (const one of ranked) {
    const { at } = one.candidate
    if (found.length === most) break
    if (found.some((better) => isNested(better.candidate.at, at) || isNested(at, better.candidate.at)))
      continue
    if (shares(one.candidate)) found.push(one)
  }
  return found
}

function compareLength(a: Candidate, b: Candidate): number {
  return (
    a.at.length - b.at.length ||
    a.combinations.length - b.combinations.length ||
    b.gain - a.gain ||
    a.price - b.price ||
    compareCodes(a.at, b.at)
  )
}

/** Whether every attribute of the one is also among the other's. */
function isNested(one: readonly number[], other: readonly number[]): boolean {
  return one.every((attribute) => other.includes(attribute))
}
