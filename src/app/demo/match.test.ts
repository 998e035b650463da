import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Situation, Where } from '../../domain/incident.ts'
import { HOUR_MS, MINUTE_MS, toIso } from '../../domain/instant.ts'
import type { FaultTruth } from '../../simulator/truth.ts'
import { truthBehind } from './match.ts'
import type { SeenIncident } from './operator.ts'
import { demoSettings, threeSituations } from './story.ts'

const { truths } = threeSituations(demoSettings(1, Date.UTC(2026, 10, 23)))
const [site, split, own] = truths as [FaultTruth, FaultTruth, FaultTruth]

function seen(situation: Situation, where: Where, of: FaultTruth, over: object = {}): SeenIncident {
  const { from } = of.fault
  return {
    id: 'A-1',
    situation,
    where,
    openedAt: toIso(from + 30 * MINUTE_MS),
    onset: { at: toIso(from), from: toIso(from), to: toIso(from) },
    ratio: { estimate: 9 },
    reports: 9,
    accounts: 4,
    state: 'open',
    because: '',
    history: [],
    ...over,
  }
}
const matchOf = (incident: SeenIncident): string => {
  const behind = truthBehind(incident, truths)
  return behind === null ? 'nothing' : `${truths.indexOf(behind.truth)} ${behind.match}`
}

test('an incident is held against what is true there and then', () => {
  const where = site.fault.where[0] as Where
  assert.equal(matchOf(seen('regression', where, site)), '0 right')
  assert.equal(matchOf(seen('regression', { ...where, region: 'eu-1' }, site)), '0 narrower')
  assert.equal(matchOf(seen('regression', { type: where.type as string }, site)), '0 wider')
  assert.equal(matchOf(seen('regression', {}, site)), '0 wider')
  assert.equal(matchOf(seen('regression', { site: 'elsewhere.example' }, site)), 'nothing')
  assert.equal(matchOf(seen('one-account', { ...where, account: 'acme' }, site)), '0 part')
})

test('not before it broke, and not long after it was mended', () => {
  const where = site.fault.where[0] as Where
  const opened = (at: number) => seen('regression', where, site, { openedAt: toIso(at) })
  assert.equal(matchOf(opened(site.fault.from - 1)), 'nothing')
  assert.equal(matchOf(opened(site.fault.until + 3 * HOUR_MS)), 'nothing')
})

test('a split is right if it names no site that accepts', () => {
  const { rejecting, accepting, class: ofClass } = split.split as NonNullable<FaultTruth['split']>
  const sites = (names: readonly string[]) => ({
    sites: { rejecting: names, accepting: [], undecided: [] },
  })
  assert.equal(matchOf(seen('split', ofClass, split, sites(rejecting))), '1 right')
  assert.equal(
    matchOf(seen('split', ofClass, split, sites([...rejecting, accepting[0] as string]))),
    '1 wider',
  )
  assert.equal(matchOf(seen('regression', split.fault.where[0] as Where, split)), '1 narrower')
})

test("one customer's own trouble is that customer's", () => {
  const where = own.fault.where[0] as Where
  assert.equal(matchOf(seen('one-account', where, own)), '2 right')
  const { account: _, ...place } = where
  assert.equal(matchOf(seen('regression', place, own)), '2 wider')
})
