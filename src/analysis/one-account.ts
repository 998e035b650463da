import type { IncidentFacts, Where } from '../domain/incident.ts'
import { pairExpectedTogether } from './cap.ts'
import type { Eyes } from './look.ts'
import { lnThresholdOf, Look } from './look.ts'
import { loudPair } from './loud.ts'
import { LEAVE_OUT_NATS } from './method.ts'
import { ratioOfCounts } from './reading.ts'
import { lnMixture } from './scan.ts'
import type { Segment } from './segment.ts'
import { whereOf } from './segment.ts'
import { becauseOf } from './wording.ts'

// One account's finding is one in which it sends at least this share of the reports; below, it is too early to tell.
const OWN_SHARE_MIN = 0.75
// Fewer reports than this are nothing to be told of.
const OWN_REPORTS_MIN = 3
// Below this expectation of a pair, a burst is weighed as if this much had been expected.
const PAIR_EXPECTED_MIN = 0.01

/** One group's own trouble at a place; null where too much of it is others'. */
export function oneAccountFacts(
  eyes: Eyes,
  segment: Segment,
  group: number,
): { segment: Segment; facts: IncidentFacts } | null {
  const { state, index } = eyes
  const look = Look.at(eyes, segment)
  const reading = look.read()
  if (reading === null) return null
  let reports = 0
  let all = 0
  const accounts = new Set<number>()
  const sites = new Set<Segment>()
  look.eachReport((entry) => {
    if (entry.solvedAt < reading.onset.at) return
    all += 1
    if ((state.parties.accounts[entry.account]?.group ?? 0) !== group) return
    reports += 1
    accounts.add(entry.account)
    sites.add(index.leafAt(entry.leaf).site)
  })
  if (reports < OWN_REPORTS_MIN || reports < OWN_SHARE_MIN * all || reading.ratio.low <= 1) return null
  const only = accounts.size === 1 ? ([...accounts][0] as number) : -1
  const where = sites.size === 1 ? ([...sites][0] as Segment) : segment
  const { onset, ratio, expected } = reading
  return { segment: where, facts: factsOf(eyes, where, group, only, { onset, ratio, reports, expected }) }
}

/**
 * A group so loud that the cap keeps most of its reports from counting: weighed alone, by the hour.
 * @param isNews asked before the work is done
 */
export function judgeLoud(
  eyes: Eyes,
  site: Segment,
  group: number,
  capGroup: number,
  isNews: (reports: number) => boolean,
): IncidentFacts | null {
  const { state } = eyes
  const pair = loudPair(state.loud, site.index, group)
  if (pair === null || !isNews(pair.reports)) return null
  const expected = Math.max(PAIR_EXPECTED_MIN, pairExpectedTogether(state.pairs, site.index, capGroup))
  const look = Look.at(eyes, site)
  const ln = Math.log(expected) + lnMixture(pair.reports, expected, look.ratios)
  if (ln < lnThresholdOf(state, 'site') + LEAVE_OUT_NATS || !look.isQuietWithout(group)) return null
  // Reports at a steady rate began at most three mean gaps before the first of them, with 95 % certainty.
  const gap = (pair.last - pair.first) / Math.max(1, pair.reports - 1)
  const onset = { at: pair.first, from: Math.floor(pair.first - 3 * gap), to: pair.first }
  const ratio = ratioOfCounts(pair.reports, expected)
  return factsOf(eyes, site, group, pair.account, { onset, ratio, reports: pair.reports, expected })
}

function factsOf(
  { state }: Eyes,
  segment: Segment,
  group: number,
  account: number,
  said: Pick<IncidentFacts, 'onset' | 'ratio' | 'reports' | 'expected'>,
): IncidentFacts {
  const { parties } = state
  const who: Where =
    account >= 0
      ? { account: parties.accounts[account]?.id ?? '' }
      : { group: parties.groups[group]?.id ?? '' }
  const known = {
    situation: 'one-account' as const,
    where: { ...who, ...whereOf(segment) },
    ...said,
    accounts: 1,
  }
  return { ...known, alternatives: [], because: becauseOf(known) }
}
