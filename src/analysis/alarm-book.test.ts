import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { IncidentFacts, Where } from '../domain/incident.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/instant.ts'
import type { Attributes } from '../domain/task.ts'
import type { Alarm } from './alarm.ts'
import { openAlarm } from './alarm.ts'
import { AlarmBook } from './alarm-book.ts'
import { forgetGroup, forgetIncident, takeOutExcess } from './forgetting.ts'
import { createEyes } from './look.ts'
import { PartyIndex } from './parties.ts'
import type { Group } from './parties.ts'
import { isWithin, placeOf } from './place.ts'
import { eachReport, enterReport, pushReport } from './report-ring.ts'
import type { Segment } from './segment.ts'
import type { Leaf } from './segments.ts'
import { SegmentIndex } from './segments.ts'
import { addReport, binReports, SLOT_MS, slotOf } from './solve-bins.ts'
import { createState } from './state.ts'
import { START } from './test-stream.ts'

const ONSET = START + DAY_MS
const OPENED = ONSET + HOUR_MS
const NOW = START + 2 * DAY_MS

function attributes(over: Partial<Attributes> = {}): Attributes {
  return { type: 'T', site: 'a.example', solver: '1', region: null, labels: {}, ...over }
}

function factsOf(where: Where, situation: IncidentFacts['situation'] = 'regression'): IncidentFacts {
  return {
    situation,
    where,
    onset: { at: ONSET, from: ONSET - MINUTE_MS, to: ONSET + MINUTE_MS },
    ratio: { estimate: 4, low: 3, high: 5 },
    reports: 8,
    expected: 2,
    accounts: 3,
    alternatives: [],
    because: '',
  }
}

function world() {
  const state = createState()
  state.now = NOW
  const index = new SegmentIndex(state.segments, state.leaves)
  const parties = new PartyIndex(state.parties)
  const accounts = ['a', 'b', 'c'].map((name) => parties.account(name, name))
  const payer = state.parties.groups[1] as Group
  const book = new AlarmBook(state, index)
  let seq = 0
  const open = (where: Where, rejecting: readonly string[] | null = null, over: Partial<Alarm> = {}) => {
    seq += 1
    const facts = factsOf(where, over.situation)
    const { alarm } = openAlarm('x', 0, over.group ?? -1, facts, rejecting, { at: OPENED, seq })
    Object.assign(alarm, over)
    book.add(alarm)
    return alarm
  }
  const leafOf = (over: Partial<Attributes> = {}) => index.leaf(attributes(over), payer, START)
  /** Enters a report as the model does. */
  const report = (leaf: Leaf, solvedAt: number, account = 0) => {
    const entry = { solvedAt, account: accounts[account] as number, unproven: false, leaf: leaf.index }
    const number = enterReport(state.reports, `t${state.reports.count}`, {
      ...entry,
      atSite: true,
      atType: true,
    })
    for (const segment of [leaf.type, leaf.site, leaf.pair, ...leaf.aspects, index.everything]) {
      addReport(segment.ownBins(), slotOf(solvedAt), slotOf(NOW), 1)
      pushReport(state.reports, segment.ownRing(), number)
    }
  }
  const inBins = ({ bins }: Segment) => {
    let sum = 0
    for (let i = 0; i < bins.length; i++) sum += binReports(bins, i)
    return sum
  }
  const inRing = (segment: Segment) => {
    const solvedAts: number[] = []
    eachReport(state.reports, segment.ring, ({ solvedAt }) => solvedAts.push(solvedAt))
    return solvedAts.sort((a, b) => a - b)
  }
  return { state, index, book, open, leafOf, report, inBins, inRing, eyes: createEyes(state, index) }
}

describe('the owner of a task', () => {
  test('is the most specific alarm that covers it, of equals the latest', () => {
    const { book, open, leafOf } = world()
    const leaf = leafOf()
    assert.equal(book.ownerOf(leaf), null)
    const type = open({ type: 'T' })
    assert.equal(book.ownerOf(leaf), type)
    const split = open({ type: 'T' }, ['a.example', 'b.example'])
    assert.equal(book.ownerOf(leaf), split)
    const pair = open({ type: 'T', site: 'a.example', solver: '1' })
    open({ type: 'T', site: 'a.example' })
    assert.equal(book.ownerOf(leaf), pair)
    assert.equal(book.ownerOf(leafOf({ solver: '2' }))?.where['site'], 'a.example')
    assert.equal(book.ownerOf(leafOf({ site: 'c.example' })), type)
    assert.equal(book.ownerOf(leafOf({ type: 'U' })), null)
  })

  test('is never one account’s finding, nor what is fixed or over', () => {
    const { book, open, leafOf } = world()
    const leaf = leafOf()
    open({ account: 'a', type: 'T', site: 'a.example' }, null, { situation: 'one-account', group: 1 })
    assert.equal(book.ownerOf(leaf), null)
    const fixed = open({ type: 'T', site: 'a.example' })
    fixed.fixedAt = NOW
    book.moved()
    assert.equal(book.ownerOf(leaf), null)
    const standing = open({ type: 'T' })
    assert.equal(book.ownerOf(leaf), standing)
    book.end(standing, NOW)
    assert.equal(book.ownerOf(leaf), null)
    assert.deepEqual(book.standing(), [])
  })
})

describe('a task under an incident', () => {
  test('teaches nothing from the earliest onset until the fix', () => {
    const { book, open, leafOf } = world()
    const leaf = leafOf()
    assert.ok(book.mayTeach(leaf, NOW))
    const alarm = open({ type: 'T', site: 'a.example' })
    const { from } = alarm.onset
    for (const [at, may] of [
      [from - 1, true],
      [from, false],
      [NOW, false],
    ] as const)
      assert.equal(book.mayTeach(leaf, at), may)
    assert.ok(book.mayTeach(leafOf({ site: 'b.example' }), NOW))
    alarm.fixedAt = NOW
    book.moved()
    assert.ok(!book.mayTeach(leaf, NOW - 1))
    assert.ok(book.mayTeach(leaf, NOW))
  })

  test('counts, once it is open, only in segments that lie within the place', () => {
    const { book, open, leafOf } = world()
    const leaf = leafOf({ region: 'eu' })
    assert.equal(book.countsIn(leaf, NOW, 'exposure'), null)
    const alarm = open({ type: 'T', site: 'a.example' })
    assert.equal(book.countsIn(leaf, alarm.openedAt - 1, 'exposure'), null)
    assert.deepEqual(book.countsIn(leaf, alarm.openedAt, 'exposure'), new Set([leaf.site, leaf.pair]))
    assert.equal(book.countsIn(leafOf({ site: 'b.example' }), NOW, 'exposure'), null)
    book.end(alarm, NOW)
    assert.equal(book.countsIn(leaf, NOW, 'exposure'), null)
    open({ type: 'T', region: 'eu' })
    assert.deepEqual(book.countsIn(leaf, NOW, 'exposure'), new Set([leaf.aspects[1]]))
  })

  test('counts in exactly the views that lie within its owner', () => {
    const where = fc.record(
      { type: fc.constant('T'), site: fc.constant('a.example'), solver: fc.constantFrom('1', '2') },
      { requiredKeys: [], noNullPrototype: true },
    )
    fc.assert(
      fc.property(fc.array(where, { minLength: 1, maxLength: 4 }), (places) => {
        const { index, book, open, leafOf } = world()
        for (const one of places) open(one as Where)
        const leaf = leafOf()
        const owner = book.ownerOf(leaf)
        const its = book.countsIn(leaf, NOW, 'exposure')
        assert.equal(its === null, owner === null)
        for (const segment of [leaf.type, leaf.site, leaf.pair, ...leaf.aspects, index.everything])
          if (its !== null && owner !== null)
            assert.equal(its.has(segment), isWithin(placeOf(segment), owner), segment.kind)
      }),
    )
  })

  test('touches every view of which it may be a part', () => {
    const { book, open, leafOf } = world()
    const { site, type, aspects } = leafOf()
    const other = leafOf({ site: 'b.example' }).site
    const alarm = open({ type: 'T', site: 'a.example' })
    for (const segment of [site, type, ...aspects]) assert.deepEqual(book.touching(segment), [alarm])
    assert.deepEqual(book.touching(other), [])
  })
})

describe('an incident that is over', () => {
  test('leaves nothing up to then in its place, and elsewhere only takes its own reports out of the rings', () => {
    const { eyes, open, leafOf, report, inBins, inRing } = world()
    const leaf = leafOf()
    const beside = leafOf({ site: 'b.example' })
    const at = OPENED + 3 * HOUR_MS
    const slotEnd = (slotOf(at) + 1) * SLOT_MS
    const old = ONSET - 5 * HOUR_MS
    for (const solvedAt of [old, ONSET + MINUTE_MS, OPENED, at, slotEnd, slotEnd + HOUR_MS]) {
      report(leaf, solvedAt)
      report(beside, solvedAt)
    }
    const alarm = open({ type: 'T', site: 'a.example' })
    const before = inBins(leaf.type)
    forgetIncident(eyes, alarm, at)
    for (const segment of [leaf.site, leaf.pair]) {
      assert.deepEqual(inRing(segment), [slotEnd, slotEnd + HOUR_MS], segment.kind)
      assert.equal(inBins(segment), 2)
      assert.equal(segment.notBefore, slotEnd - 1)
    }
    assert.deepEqual(inRing(beside.site), [old, ONSET + MINUTE_MS, OPENED, at, slotEnd, slotEnd + HOUR_MS])
    assert.equal(inBins(beside.site), 6)
    for (const segment of [leaf.type, ...leaf.aspects]) {
      // All of the other site's, and of this one's what came before the incident and what came after it.
      assert.equal(inRing(segment).length, 6 + 3, segment.kind)
      assert.equal(segment.notBefore, -1)
    }
    assert.equal(inBins(leaf.type), before, 'its excess left when it began')
  })

  test('of one account takes that account’s reports out of the place, and no one else’s', () => {
    const { eyes, open, leafOf, report, inBins, inRing } = world()
    const leaf = leafOf()
    for (let i = 0; i < 5; i++) report(leaf, ONSET + i * HOUR_MS, 0)
    report(leaf, ONSET + 30 * MINUTE_MS, 1)
    const where = { account: 'a', type: 'T', site: 'a.example' }
    const alarm = open(where, null, { situation: 'one-account', group: 1, segment: leaf.site.index })
    forgetGroup(eyes, alarm, ONSET + 3 * HOUR_MS)
    assert.deepEqual(inRing(leaf.site), [ONSET + 30 * MINUTE_MS, ONSET + 4 * HOUR_MS])
    assert.equal(inBins(leaf.site), 2)
    assert.equal(inRing(leaf.type).length, 6, 'elsewhere they count as before')
  })
})

test('an incident that begins leaves wider views what was to be expected of it, and its own place everything', () => {
  const { eyes, open, leafOf, report, inBins } = world()
  const leaf = leafOf()
  const beside = leafOf({ site: 'b.example' })
  for (let i = 0; i < 40; i++) report(leaf, ONSET + i * MINUTE_MS)
  for (let i = 0; i < 7; i++) report(beside, ONSET + i * MINUTE_MS)
  report(leaf, ONSET - HOUR_MS)
  takeOutExcess(eyes, open({ type: 'T', site: 'a.example' }))
  for (const segment of [leaf.site, leaf.pair]) assert.equal(inBins(segment), 41)
  // A quarter of 40 was to be expected at four times as many.
  for (const segment of [leaf.type, leaf.aspects[0] as Segment, eyes.index.everything])
    assert.ok(Math.abs(inBins(segment) - (7 + 1 + 10)) <= 1, `${segment.kind}: ${inBins(segment)}`)
  assert.equal(inBins(beside.site), 7)
})
