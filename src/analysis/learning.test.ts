import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY_MS, HOUR_MS } from '../domain/instant.ts'
import { createClockEffect, clockEffect, teachClock } from './clock.ts'
import { createDelayTally, maturity, promptShare, tallyDelay } from './delay-curve.ts'
import { addToHour, createHourLedger, hoursFrom } from './hour-ledger.ts'
import { quarantine, teachableBefore, teachAspect } from './learning.ts'
import { cautiousValue, createLevel, HALF_LIFE_MS, levelValue, teachLevel } from './level.ts'
import { EFFECT_K } from './method.ts'
import { createParties, PartyIndex } from './parties.ts'
import type { Group } from './parties.ts'
import { placeOf } from './place.ts'
import type { Segment } from './segment.ts'
import { SegmentIndex } from './segments.ts'
import { createState } from './state.ts'
import { createChance } from './test-stream.ts'

const HOUR = 500_000
const NOW = HOUR * HOUR_MS

function group(): Group {
  const parties = createParties()
  new PartyIndex(parties).group('g')
  return parties.groups[1] as Group
}

function family() {
  const state = createState()
  const index = new SegmentIndex(state.segments, state.leaves)
  const leaf = index.leaf({ type: 'T', site: 'a.example', solver: '1', region: null, labels: {} }, group(), 0)
  const [solver] = leaf.aspects as [Segment]
  return { state, index, type: leaf.type, site: leaf.site, solver }
}

describe('a level', () => {
  test('is its parent without data, and its own ratio with much', () => {
    const level = createLevel()
    assert.equal(levelValue(level, 1), 1)
    teachLevel(level, NOW, 1_000, 3_000)
    assert.ok(Math.abs(levelValue(level, 1) - 3) < 0.01)
  })

  test('forgets by half in a fortnight', () => {
    const level = createLevel()
    teachLevel(level, NOW, 100, 200)
    teachLevel(level, NOW + HALF_LIFE_MS, 0, 0)
    assert.ok(Math.abs(level.expected - 50) < 1e-9 && Math.abs(level.observed - 100) < 1e-9)
    teachLevel(level, NOW, 10, 0)
    assert.ok(Math.abs(level.expected - 55) < 1e-9, 'what comes late counts by its own age')
  })

  test('believes the worse sooner than the better', () => {
    const worse = createLevel()
    const better = createLevel()
    teachLevel(worse, NOW, 2, 6)
    teachLevel(better, NOW, 6, 2)
    assert.ok(cautiousValue(worse, EFFECT_K) > 2)
    assert.ok(cautiousValue(better, EFFECT_K) > 0.7)
  })
})

describe('quarantine', () => {
  test('lasts a day, and nothing is taught before there is a whole day to teach', () => {
    assert.equal(teachableBefore(NOW, NOW - 47 * HOUR_MS), 0)
    assert.equal(teachableBefore(NOW, NOW - 48 * HOUR_MS), HOUR - 24)
  })

  test('takes the hours of an incident out of everything that sees a part of it, and leaves those before', () => {
    const { state, index, site, solver } = family()
    const other = index.leaf(
      { type: 'U', site: 'b.example', solver: '1', region: null, labels: {} },
      group(),
      0,
    )
    const [otherSolver] = other.aspects as [Segment]
    for (const segment of [solver, otherSolver])
      for (let hour = HOUR - 10; hour < HOUR; hour++)
        addToHour(segment.ownHours(), hour, 1, hour >= HOUR - 4 ? 50 : 1)
    quarantine(state, index, placeOf(site), NOW - 4 * HOUR_MS)
    for (const segment of [solver, otherSolver]) teachAspect(index, segment, HOUR + 24)
    assert.ok(solver.observed > 5.9 && solver.observed < 6.1, `learned ${solver.observed} reports`)
    assert.ok(otherSolver.observed > 190, 'another type is not concerned')
  })

  test('an aspect learns how it differs from its type, not what the type has learned', () => {
    const { index, type, solver } = family()
    type.effect = 3
    addToHour(solver.ownHours(), HOUR, 1_000, 3_000)
    teachAspect(index, solver, HOUR + 1)
    assert.ok(Math.abs(solver.effect - 1) < 0.1, String(solver.effect))
  })
})

test('hours are kept in order whatever order they come in, and never fall below nothing', () => {
  const ledger = createHourLedger()
  for (const hour of [5, 3, 9, 4, 3]) addToHour(ledger, hour, 1, 1)
  addToHour(ledger, 4, -7, -7)
  const seen: number[][] = []
  hoursFrom(ledger, 4, (...entry) => seen.push(entry))
  assert.deepEqual(seen, [
    [4, 0, 0],
    [5, 1, 1],
    [9, 1, 1],
  ])
})

test('the clock learns a daily rhythm and leaves the mean alone', () => {
  const clock = createClockEffect()
  const rhythm = (hour: number) => 1 + 0.5 * Math.sin((hour / 24) * 2 * Math.PI)
  for (let hour = HOUR; hour < HOUR + 28 * 24; hour++)
    teachClock(clock, hour, 80 * clockEffect(clock, hour), 80 * rhythm(hour))
  let sum = 0
  for (let hour = HOUR; hour < HOUR + 24; hour++) {
    assert.ok(Math.abs(clockEffect(clock, hour) - rhythm(hour)) < 0.1)
    sum += clockEffect(clock, hour)
  }
  assert.ok(Math.abs(sum / 24 - 1) < 0.02)
})

describe('the delay curve', () => {
  test('is the mixture it says it is', () => {
    assert.equal(maturity(0), 0)
    assert.ok(Math.abs(maturity(10 * 60_000) - (0.5 * 0.6321 + 0.35 * 0.1535 + 0.15 * 0.0274)) < 1e-3)
    assert.ok(maturity(DAY_MS) > 0.99)
  })

  test('learns that a type’s reports are prompt, and is not moved by ordinary ones', () => {
    const prompt = createDelayTally()
    const usual = createDelayTally()
    const chance = createChance(8)
    for (let i = 0; i < 10_000; i++) {
      tallyDelay(prompt, 5_000)
      const u = chance()
      const mean = u < 0.5 ? 10 : u < 0.85 ? 60 : 360
      tallyDelay(usual, -Math.log(1 - chance()) * mean * 60_000)
    }
    assert.equal(promptShare(prompt), 1)
    assert.ok(promptShare(usual) < 0.03)
    assert.equal(promptShare(createDelayTally()), 0)
  })
})
