import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { IncidentFacts, Where } from '../domain/incident.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/instant.ts'
import type { Alarm } from './alarm.ts'
import { openAlarm } from './alarm.ts'
import { AlarmBook } from './alarm-book.ts'
import { Backdating } from './backdating.ts'
import { BASE_FAILURE_SHARE } from './credibility/record.ts'
import { totals } from './credibility/reporter-book.ts'
import { FIT_EVERY_MS } from './effects.ts'
import { addToMix, MixIndex } from './mix-table.ts'
import type { Group } from './parties.ts'
import { PartyIndex } from './parties.ts'
import { enterReport, pushReport } from './report-ring.ts'
import { Reporters } from './reporters.ts'
import type { Leaf } from './segments.ts'
import { SegmentIndex } from './segments.ts'
import { addExposure, pendingFactors, slotOf } from './solve-bins.ts'
import { createState } from './state.ts'

const NOW = Date.UTC(2026, 8, 9, 10)

/** An installation past its first fit, at ten in the morning. */
function bench() {
  const state = createState()
  Object.assign(state, { now: NOW, since: NOW - 9 * DAY_MS, fitted: Math.floor(NOW / FIT_EVERY_MS) })
  state.parties.known = true
  const index = new SegmentIndex(state.segments, state.leaves)
  const parties = new PartyIndex(state.parties)
  const mix = new MixIndex(state.mixTable)
  const book = new AlarmBook(state, index)
  const reporters = new Reporters(state, index, mix, book)
  const backdating = new Backdating(state, index, mix, reporters)
  const groupOf = (name: string): number => parties.group(name)
  const leafOf = (site: string): Leaf => {
    const maker = state.parties.groups[groupOf('maker')] as Group
    const leaf = index.leaf({ type: 'T', site, solver: '1', region: null, labels: {} }, maker, NOW)
    state.leaves.mix[leaf.index] = 1
    return leaf
  }
  return { state, index, parties, mix, book, reporters, backdating, groupOf, leafOf }
}

function alarmOn(where: Where, name: string, openedAt = NOW): Alarm {
  const from = NOW - HOUR_MS
  const facts: IncidentFacts = {
    situation: 'regression',
    where,
    onset: { at: from, from, to: from },
    ratio: { estimate: 10, low: 6, high: 15 },
    reports: 12,
    expected: 1,
    accounts: 3,
    alternatives: [],
    because: '',
  }
  return openAlarm(name, 0, -1, facts, null, { at: openedAt, seq: 1 }).alarm
}

describe('the failure share of a site', () => {
  test('is what others settled there, and nothing of the group itself', () => {
    const { state, reporters, mix, groupOf, leafOf } = bench()
    const { site } = leafOf('hard.example')
    const [a, b] = [groupOf('a'), groupOf('b')]
    // Where 2 are usual, one group has 30.
    addToMix(state.mixTable, mix.row(site.index, a), 3, 2, 30)
    assert.equal(reporters.failureShare(site, b), BASE_FAILURE_SHARE, 'nothing is known before the first fit')
    for (let i = 0; i < 2_000; i++) reporters.noteTask(leafOf('easy.example'), a, NOW, 0.02)
    reporters.refit()
    assert.equal(reporters.failureShare(site, a), BASE_FAILURE_SHARE)
    // Shrunk as a site's effect is; the newcomer counts as one who reports readily.
    const usual = 2 * (state.parties.groups[a] as Group).effect
    const share = (BASE_FAILURE_SHARE * (1 + 30)) / (1 + usual)
    assert.ok(Math.abs(reporters.failureShare(site, b) - share) < 1e-6)
  })
})

describe('an alarm', () => {
  test('that another absorbs leaves it its tasks, and its reports are listed under it', () => {
    const { book, reporters, groupOf, leafOf } = bench()
    const leaf = leafOf('one.example')
    const group = groupOf('a')
    const small = alarmOn({ type: 'T', site: 'one.example' }, 'small')
    book.add(small)
    for (let i = 0; i < 5; i++) reporters.noteTask(leaf, group, NOW - MINUTE_MS, 0.02)
    reporters.noteReport(leaf, group, NOW - MINUTE_MS, 1)
    const wide = alarmOn({ type: 'T' }, 'wide')
    book.add(wide)
    book.end(small, NOW, wide)
    const incident = reporters.incidentOf(leaf, NOW - MINUTE_MS)
    assert.ok(incident !== null)
    assert.equal(reporters.listedUnder(incident), wide)
    assert.equal(reporters.listedUnder(small), wide)
    const { tasks, reports } = wide.tally.groups.get(group) ?? { tasks: 0, reports: 0 }
    assert.deepEqual([tasks, reports], [5, 1])
    assert.equal(reporters.incidentOf(leaf, NOW - 2 * HOUR_MS), null)
  })

  test('takes over what had been taken for quiet since its onset: nothing is lost, nothing counted twice', () => {
    const { state, book, reporters, backdating, groupOf, leafOf, parties } = bench()
    const leaf = leafOf('one.example')
    const group = groupOf('a')
    const account = parties.account('a', 'a')
    const factors = new Float64Array(4)
    // Ten hours of this half-day, one task a minute; every tenth of the last hour is reported.
    for (let minute = 600; minute > 0; minute--) {
      const solvedAt = NOW - minute * MINUTE_MS
      reporters.noteTask(leaf, group, solvedAt, 0.02)
      pendingFactors(solvedAt, factors)
      addExposure(leaf.site.ownBins(), slotOf(solvedAt), slotOf(NOW), 0.02, factors)
      if (minute > 60 || minute % 10 !== 0) continue
      reporters.noteReport(leaf, group, solvedAt, 1)
      const entry = { solvedAt, account, unproven: false, leaf: leaf.index, atSite: true, atType: true }
      pushReport(state.reports, leaf.site.ownRing(), enterReport(state.reports, minute, entry))
    }
    assert.deepEqual(countsOf(), { tasks: 600, reports: 6 })
    const alarm = alarmOn({ type: 'T', site: 'one.example' }, 'site')
    book.add(alarm)
    backdating.backdate(alarm)
    const its = alarm.tally.groups.get(group)
    assert.ok(its !== undefined)
    assert.equal(its.reports, 6)
    assert.ok(Math.abs(its.tasks - 60) < 1, `${its.tasks} tasks`)
    const left = countsOf()
    assert.equal(left.reports, 0)
    assert.ok(Math.abs(left.tasks + its.tasks - 600) < 1e-3)

    const once = structuredClone(alarm.tally)
    backdating.backdate(alarm)
    assert.deepEqual(alarm.tally, once)

    function countsOf() {
      const { tasks, reports } = totals(state.reporters, group)
      return { tasks, reports }
    }
  })

  test('goes into the records a day after its end', () => {
    const { state, book, reporters, groupOf, leafOf } = bench()
    const leaf = leafOf('one.example')
    const group = groupOf('a')
    const alarm = alarmOn({ type: 'T', site: 'one.example' }, 'site')
    alarm.tally.begun = true
    book.add(alarm)
    for (let i = 0; i < 50; i++) reporters.noteTask(leaf, group, NOW - MINUTE_MS, 0.02)
    book.end(alarm, NOW)
    state.now += DAY_MS - 1
    reporters.settle()
    assert.equal(totals(state.reporters, group).tasks, 0)
    state.now += 1
    reporters.settle()
    assert.equal(totals(state.reporters, group).tasks, 50)
    reporters.settle()
    reporters.noteReport(leaf, group, NOW - MINUTE_MS, 1)
    assert.deepEqual(totals(state.reporters, group).reports, 1)
    assert.equal(alarm.tally.groups.get(group)?.reports, 0)
  })
})
