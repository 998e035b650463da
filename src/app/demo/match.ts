import type { Where } from '../../domain/incident.ts'
import { HOUR_MS } from '../../domain/instant.ts'
import type { FaultTruth } from '../../simulator/truth.ts'
import type { SeenIncident } from './operator.ts'

/**
 * How an incident stands to what is true: it says it `right`; or of a place that is `narrower` or `wider`; or it is one customer's
 * `part` in what broke for all.
 */
export type Match = 'right' | 'narrower' | 'wider' | 'part'

/** How long after its end a fault may still be spoken of: reports of what was solved before go on coming in. */
const AFTERMATH_MS = 3 * HOUR_MS

/** @returns what broke that an incident speaks of, the best first choice; null where nothing of what broke explains it */
export function truthBehind(
  incident: SeenIncident,
  truths: readonly FaultTruth[],
): { readonly truth: FaultTruth; readonly match: Match } | null {
  const openedAt = Date.parse(incident.openedAt)
  let best: { truth: FaultTruth; match: Match } | null = null
  for (const truth of truths) {
    const { from, until } = truth.fault
    if (openedAt < from || Date.parse(incident.onset.at) >= until || openedAt >= until + AFTERMATH_MS)
      continue
    const match = matchOf(incident, truth)
    if (match !== null && (best === null || ORDER.indexOf(match) < ORDER.indexOf(best.match)))
      best = { truth, match }
  }
  return best
}

const ORDER: readonly Match[] = ['right', 'narrower', 'part', 'wider']

function matchOf(incident: SeenIncident, truth: FaultTruth): Match | null {
  const { where, situation } = incident
  const { split, fault } = truth
  if (split !== null && situation === 'split') {
    if (!isSame(where, split.class)) return isWithin(split.class, where) ? 'wider' : null
    const said = incident.sites?.rejecting ?? []
    return said.length > 0 && said.every((site) => split.rejecting.includes(site)) ? 'right' : 'wider'
  }
  if (situation === 'one-account' && truth.situation !== 'one-account') {
    const { account, ...place } = where
    return account !== undefined && fault.where.some((one) => agree(place, one)) ? 'part' : null
  }
  if (split === null && truth.situation === situation && fault.where.some((one) => isSame(where, one)))
    return 'right'
  if (fault.where.some((one) => isWithin(where, one))) return 'narrower'
  return fault.where.some((one) => isWithin(one, where)) ? 'wider' : null
}

/** Whether a place lies within another, or is it: it names at least the same. */
function isWithin(place: Where, other: Where): boolean {
  return Object.entries(other).every(([name, value]) => place[name] === value)
}

function isSame(place: Where, other: Where): boolean {
  return isWithin(place, other) && isWithin(other, place)
}

/** Whether two places have tasks in common, as far as their names say. */
function agree(place: Where, other: Where): boolean {
  return Object.entries(place).every(([name, value]) => (other[name] ?? value) === value)
}
