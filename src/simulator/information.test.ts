import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DAY_MS, HOUR_MS } from '../domain/instant.ts'
import type { Fault } from './breaks.ts'
import { THREE_EXPONENTIALS } from './delays.ts'
import { delayAwareLimit, informationBy, informationCourse, informationPerReport } from './information.ts'
import { MaturityCurve } from './maturity-curve.ts'

const maturity = new MaturityCurve(THREE_EXPONENTIALS, [{ factor: 1, flushEveryMs: null, weight: 1 }], DAY_MS)
const fault = (lastsMs: number, course: Fault['course'] = { kind: 'sudden' }): Fault => ({
  name: 'test',
  where: [{}],
  from: 0,
  until: lastsMs,
  effect: { kind: 'factor', factor: 10 },
  course,
})
const courseOf = (one: Fault, perHour: number) => ({
  course: informationCourse(one, () => perHour, maturity),
})

test('information per expected report: 1.30, 14.0 and 73.0 nats at 3, 10 and 30 times as many', () => {
  // judgement note, 8.1
  assert.ok(Math.abs(informationPerReport(3) - 1.296) < 0.001)
  assert.ok(Math.abs(informationPerReport(10) - 14.026) < 0.001)
  assert.ok(Math.abs(informationPerReport(30) - 73.036) < 0.001)
  assert.equal(informationPerReport(1), 0)
})

test('the limit is the published one: 22.5 min, 128 min and 35 min at A = 1e5', () => {
  // Delays of 10 min, 1 h and 6 h in the mean; judgement note, 2.2.
  for (const [perHour, ratio, minutes] of [
    [6, 10, 22.5],
    [6, 3, 128],
    [0.6, 30, 35],
  ] as const) {
    const limit = delayAwareLimit(courseOf(fault(5 * DAY_MS), perHour), ratio, Math.log(1e5))
    assert.ok(limit !== null && Math.abs(limit / minutes - 1) < 0.015, `${perHour}/h x${ratio}: ${limit}`)
  }
})

test('at the limit the information is ln A; more traffic or a lower threshold brings it no later', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.05, max: 20, noNaN: true }),
      fc.double({ min: 2, max: 30, noNaN: true }),
      fc.double({ min: 2, max: 14, noNaN: true }),
      fc.constantFrom<Fault['course']>(
        { kind: 'sudden' },
        { kind: 'ramp', overMs: 6 * HOUR_MS },
        { kind: 'on-off', onMs: HOUR_MS, offMs: HOUR_MS },
      ),
      (perHour, ratio, lnA, course) => {
        const truth = courseOf(fault(DAY_MS, course), perHour)
        const limit = delayAwareLimit(truth, ratio, lnA)
        const all = informationBy(truth.course, ratio, Infinity)
        if (limit === null) return assert.ok(all < lnA)
        const atLimit = informationBy(truth.course, ratio, limit * 60_000)
        assert.ok(all >= lnA && atLimit >= lnA && atLimit < lnA * 1.02 + 0.05, `${atLimit} for ${lnA}`)
        const busier = delayAwareLimit(courseOf(fault(DAY_MS, course), 2 * perHour), ratio, lnA)
        assert.ok(busier !== null && busier <= limit + 0.02)
        const lower = delayAwareLimit(truth, ratio, 0.9 * lnA)
        assert.ok(lower !== null && lower <= limit + 0.02)
      },
    ),
    { numRuns: 40 },
  )
})

test('a fault that gives away less than ln A has no limit', () => {
  assert.equal(delayAwareLimit(courseOf(fault(HOUR_MS), 0.1), 3, 11.5), null)
})
