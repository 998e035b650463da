import type { IncidentFacts } from '../domain/incident.ts'
import type { AlarmBook } from './alarm-book.ts'
import type { Eyes } from './look.ts'
import { Look } from './look.ts'
import { BUDGET, COLD_EXPECTED, LEAVE_OUT_NATS } from './method.ts'
import type { Named } from './naming.ts'
import { neverWorked, neverWorkedEvidence } from './never-worked/never-worked.ts'
import { placeOf } from './place.ts'
import type { Segment } from './segment.ts'
import { LOOKBACK_MS } from './solve-bins.ts'
import { becauseOf } from './wording.ts'

/**
 * A site that rejects nearly everything since its first task. It has no history that could have been better, so it is held against its
 * type: not against "as usual", which a hard site is not either, but against "a hard site" (never-worked/).
 *
 * Its budget counts places, not reports: each new site is one chance to be wrong.
 *
 * @returns null while that cannot be said
 */
export function neverWorkedAt(eyes: Eyes, site: Segment, book: AlarmBook): Named | null {
  const { state, index } = eyes
  if (site.bornAt < 0 || state.now - site.bornAt > LOOKBACK_MS) return null
  const type = index.at(site.parent)
  // Nobody can say "unlike its type" before it is known what is usual.
  if (index.everything.expected < COLD_EXPECTED || site.expected * site.effect >= COLD_EXPECTED) return null
  if (book.touching(type).some((alarm) => alarm.where['site'] === undefined)) return null
  const look = Look.at(eyes, site)
  const { tape } = look
  if (tape.length === 0) return null
  // Against the type: without the site's own effect, should it have learned one.
  const expected = (tape.maturedSince[0] as number) / site.effect
  const reports = tape.reportsSince[0] as number
  // Praise counts like blame: one good word does not make a place that works.
  if (site.good >= reports) return null
  const lnThreshold = Math.log(state.birthsPerFalseIncident / BUDGET.neverWorked)
  const { isNeverWorked, ratio } = neverWorked({ reports, expected }, lnThreshold)
  if (!isNeverWorked) return null
  const parties = look.heaviestSince(-Infinity)
  if (parties.length < 2) return null
  for (const { reports: its } of parties)
    if (neverWorkedEvidence({ reports: Math.max(0, reports - its), expected }) < lnThreshold - LEAVE_OUT_NATS)
      return null
  const solvedAts: number[] = []
  look.eachReport(({ solvedAt }) => solvedAts.push(solvedAt))
  const first = Math.min(...solvedAts, state.now)
  const known = {
    situation: 'never-worked' as const,
    where: placeOf(site).where,
    onset: { at: site.bornAt, from: site.bornAt, to: Math.max(site.bornAt, first) },
    ratio,
    reports: Math.round(reports),
    expected,
    accounts: look.groupsSince(-Infinity).size,
  }
  const facts: IncidentFacts = { ...known, alternatives: [], because: becauseOf(known) }
  const reading = { onset: facts.onset, ratio: facts.ratio, reports, expected }
  return { place: placeOf(site), segment: site, reading, facts }
}
