import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY_MS, HOUR_MS } from '../../src/domain/instant.ts'
import type { Fault, FaultCourse } from '../../src/simulator/breaks.ts'
import { isOnsetNear, mismatch } from './matching.ts'

const FROM = 100 * DAY_MS
const SUDDEN: FaultCourse = { kind: 'sudden' }

function faultOf(hours: number, course: FaultCourse = SUDDEN): Fault {
  return {
    name: 'one',
    where: [{ site: 'shop.example' }],
    from: FROM,
    until: FROM + hours * HOUR_MS,
    effect: { kind: 'factor', factor: 10 },
    course,
  }
}

function near(fault: Fault, fromHours: number, toHours: number, end = Infinity): boolean {
  return isOnsetNear({ from: FROM + fromHours * HOUR_MS, to: FROM + toHours * HOUR_MS }, fault, end)
}

describe('an onset', () => {
  test('may be two hours off a short fault', () => {
    assert.ok(near(faultOf(4), -3, -2))
    assert.ok(near(faultOf(4), 2, 3))
    assert.ok(!near(faultOf(4), -3, -2.1))
    assert.ok(!near(faultOf(4), 2.1, 3))
  })

  test('may be a tenth of its duration off a long one', () => {
    assert.ok(near(faultOf(100), 9.9, 20))
    assert.ok(!near(faultOf(100), 10.1, 20))
  })

  test('of a fault that nobody repaired is held against what was seen of it', () => {
    const endless = { ...faultOf(1), until: Infinity }
    assert.ok(!near(endless, 9.9, 20, FROM + 50 * HOUR_MS))
    assert.ok(near(endless, 9.9, 20, FROM + 100 * HOUR_MS))
  })

  test('of a ramp is any moment until it is whole', () => {
    const ramp = faultOf(20, { kind: 'ramp', overMs: 10 * HOUR_MS })
    assert.ok(near(ramp, 11, 12))
    assert.ok(!near(ramp, 12.1, 13))
  })
})

describe('an incident has found a fault', () => {
  const fault = faultOf(4)
  const truth = { fault, situation: 'regression' as const }
  const right = { situation: 'regression' as const, onset: { from: FROM, to: FROM }, jaccard: 0.5 }

  test('when place, situation and onset are right', () => {
    assert.equal(mismatch(right, truth, Infinity), null)
  })

  test('otherwise it says what is wrong, the place first', () => {
    assert.equal(mismatch({ ...right, jaccard: 0.49, situation: 'split' }, truth, Infinity), 'another place')
    assert.equal(mismatch({ ...right, situation: 'split' }, truth, Infinity), 'another situation')
    const late = { from: FROM + 3 * HOUR_MS, to: FROM + 4 * HOUR_MS }
    assert.equal(mismatch({ ...right, onset: late }, truth, Infinity), 'another onset')
  })
})
