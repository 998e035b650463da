import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR_MS } from '../domain/instant.ts'
import { admitReport, beginHour, chargePair, createPairHours } from './cap.ts'

const HOUR = 500_000
const NOW = HOUR * HOUR_MS

function fresh() {
  const pairs = createPairHours()
  beginHour(pairs, HOUR)
  return pairs
}

const admitted = (pairs: ReturnType<typeof fresh>, times: number, solvedAt = NOW) =>
  Array.from({ length: times }, () => admitReport(pairs, 1, 7, solvedAt, NOW + 1)).filter(Boolean).length

test('at most 2 + ceil(8 l) reports of a pair count in an hour', () => {
  assert.equal(admitted(fresh(), 50), 2)
  const some = fresh()
  chargePair(some, 1, 7, 0.2)
  assert.equal(admitted(some, 50), 4)
  const much = fresh()
  for (let i = 0; i < 100; i++) chargePair(much, 1, 7, 0.1)
  assert.equal(admitted(much, 500), 82)
})

test('the hour before speaks for what is usual', () => {
  const pairs = fresh()
  for (let i = 0; i < 100; i++) chargePair(pairs, 1, 7, 0.1)
  beginHour(pairs, HOUR + 1)
  assert.equal(admitted(pairs, 500), 82)
  beginHour(pairs, HOUR + 3)
  assert.equal(admitted(pairs, 500), 2, 'two hours on it is forgotten')
})

test("once stopped, new exposure does not count either; the other pairs' clocks go on", () => {
  const pairs = fresh()
  assert.ok(chargePair(pairs, 1, 7, 0.1))
  admitted(pairs, 5)
  assert.ok(!chargePair(pairs, 1, 7, 0.1))
  assert.ok(chargePair(pairs, 1, 8, 0.1))
  assert.ok(chargePair(pairs, 2, 7, 0.1))
  beginHour(pairs, HOUR + 1)
  assert.ok(chargePair(pairs, 1, 7, 0.1))
})

test('a report on a task that was issued while the clock stood still does not count in the next hour', () => {
  const pairs = fresh()
  admitted(pairs, 5)
  beginHour(pairs, HOUR + 1)
  assert.equal(admitted(pairs, 1, NOW + 60_000), 0)
  assert.equal(admitted(pairs, 1, NOW - 60_000), 1)
})
