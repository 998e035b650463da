import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY_MS, HOUR_MS } from '../domain/instant.ts'
import { createClockEffect, clockEffect, teachClock } from './clock.ts'
import { createDelayTally, maturity, promptShare, tallyDelay } from './delay-curve.ts'
import { addToHour, hoursFrom } from './hour-ledger.ts'
import { isLearnable, reopen, shutForIncident, teachableBefore, teachSegment } from './learning.ts'
import { cautiousValue, createLevel, HALF_LIFE_MS, levelValue, teachLevel } from './level.ts'
import { EFFECT_K } from './method.ts'
import type { Segment } from './segment.ts'
import { SegmentIndex } from './segments.ts'
import { createState } from './state.ts'
import { createChance } from './test-stream.ts'

const HOUR = 500_000
const NOW = HOUR * HOUR_MS

function family() {
  const state = createState()
  const index = new SegmentIndex(state.segments)
  const site = index.site({ type: 'T', site: 'a.example', solver: '1', region: null, labels: {} })
  const [all, type] = state.segments as [Segment, Segment, Segment]
  return { state, all, type, site }
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

  test('keeps hours of an open incident from teaching anyone, and those before it do', () => {
    const { state, all, type, site } = family()
    for (const segment of [all, type, site])
      for (let hour = HOUR - 10; hour < HOUR; hour++)
        addToHour(segment.hours, hour, 1, hour >= HOUR - 4 ? 50 : 1)
    shutForIncident(state, site, NOW - 4 * HOUR_MS)
    for (const segment of [all, type, site]) {
      teachSegment(state, segment, HOUR + 24)
      assert.ok(segment.level.observed < 6.1, `${segment.kind} learned ${segment.level.observed} reports`)
      assert.ok(segment.level.observed > 5.9)
    }
    assert.ok(!isLearnable(site, type, NOW))
    assert.ok(isLearnable(site, type, NOW - 5 * HOUR_MS))
    reopen(site, NOW + HOUR_MS)
    assert.ok(!isLearnable(site, type, NOW + HOUR_MS - 1))
    assert.ok(isLearnable(site, type, NOW + HOUR_MS))
  })

  test('of a type covers its sites', () => {
    const { state, type, site } = family()
    addToHour(site.hours, HOUR, 1, 50)
    shutForIncident(state, type, NOW)
    teachSegment(state, site, HOUR + 24)
    assert.equal(site.level.observed, 0)
  })
})

test('what a parent has just learned its children do not learn a second time', () => {
  const { state, all, type, site } = family()
  for (const segment of [all, type, site]) addToHour(segment.hours, HOUR, 1_000, 3_000)
  for (const segment of [all, type, site]) teachSegment(state, segment, HOUR + 1)
  assert.ok(Math.abs(all.effect * type.effect * site.effect - 3) < 0.1)
  assert.ok(Math.abs(type.effect - 1) < 0.1 && Math.abs(site.effect - 1) < 0.1)
})

test('hours are kept in order whatever order they come in, and never fall below nothing', () => {
  const { site } = family()
  for (const hour of [5, 3, 9, 4, 3]) addToHour(site.hours, hour, 1, 1)
  addToHour(site.hours, 4, -7, -7)
  const seen: number[][] = []
  hoursFrom(site.hours, 4, (...entry) => seen.push(entry))
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
