import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/domain/instant.ts'
import type { Fault } from '../../src/simulator/breaks.ts'
import { THREE_EXPONENTIALS } from '../../src/simulator/delays.ts'
import { informationBy, informationCourse } from '../../src/simulator/information.ts'
import { MaturityCurve } from '../../src/simulator/maturity-curve.ts'
import { DelayCurve } from './delay-curve.ts'
import { FaultWatch } from './fault-watch.ts'
import type { Leaf } from './leaf-tasks.ts'

const FROM = 100 * DAY_MS
const LEAF: Leaf = {
  index: 0,
  account: null,
  attributes: { type: 'TurnstileTask', site: 'shop.example', solver: '1', region: null, labels: {} },
}
const MATURITY = new MaturityCurve(THREE_EXPONENTIALS, [{ factor: 1, flushEveryMs: null, weight: 1 }], DAY_MS)

/** Six hundred tasks an hour, each six seconds after the other, from a day before to two days after the break. */
function watchOf(perHour: number, ratio: number, hours = 12): FaultWatch {
  const fault: Fault = {
    name: 'one',
    where: [{ site: 'shop.example' }],
    from: FROM,
    until: FROM + hours * HOUR_MS,
    effect: { kind: 'factor', factor: ratio },
    course: { kind: 'sudden' },
  }
  const course = informationCourse(fault, () => perHour, MATURITY)
  const watch = new FaultWatch(
    {
      fault,
      situation: 'regression',
      cells: [],
      split: null,
      tasksPerHour: 600,
      healthyReportsPerHour: perHour,
      brokenReportsPerHour: ratio * perHour,
      ratio,
      course,
      information: informationBy(course, ratio, Infinity),
    },
    FROM + 2 * DAY_MS,
  )
  for (let at = FROM - DAY_MS; at < FROM + 2 * DAY_MS; at += 6_000) watch.task(LEAF, at)
  return watch
}

describe('the limit that knows of late reports', () => {
  const LN_THRESHOLD = Math.log(1e5)

  test('is the published one: in minutes, and in reports what the information of one says', () => {
    for (const [perHour, ratio, minutes, reports] of [
      [6, 10, 22.5, 8.2],
      [6, 3, 128, 26.7],
      [0.6, 30, 35, 4.73],
    ] as const) {
      const limit = watchOf(perHour, ratio).limit(LN_THRESHOLD)
      assert.ok(limit !== null && Math.abs(limit.minutes / minutes - 1) < 0.03, `${ratio}: ${limit?.minutes}`)
      assert.ok(Math.abs(limit.reports / reports - 1) < 0.03, `${ratio}: ${limit.reports}`)
    }
  })

  test('is none where the fault, or the story, is over before there can be enough', () => {
    assert.equal(watchOf(0.6, 3, 1).limit(LN_THRESHOLD), null)
    assert.equal(watchOf(6, 1).limit(LN_THRESHOLD), null)
    assert.equal(watchOf(0.01, 10, 1_000).limit(LN_THRESHOLD), null)
  })
})

test('what has matured is the sum over the tasks of the share of their reports that is due', () => {
  const curve = new DelayCurve()
  for (let minute = 0; minute < 24 * 60; minute++) {
    const count = Math.round(
      1e5 * (MATURITY.at((minute + 1) * MINUTE_MS) - MATURITY.at(Math.max(0, minute) * MINUTE_MS)),
    )
    for (let i = 0; i < count; i++) curve.add(minute * MINUTE_MS + 1)
  }
  const watch = watchOf(6, 10)
  for (const [fromMinutes, untilMinutes, atMinutes] of [
    [0, Infinity, 22.5],
    [0, Infinity, 600],
    [-45, 20, 300],
    [7, 9, 60],
  ] as const) {
    const [from, until, at] = [fromMinutes, untilMinutes, atMinutes].map(
      (minutes) => FROM + minutes * MINUTE_MS,
    )
    let exact = 0
    for (let solvedAt = from as number; solvedAt < Math.min(until as number, at as number); solvedAt += 6_000)
      exact += 0.01 * MATURITY.at((at as number) - solvedAt)
    const matured = watch.matured(curve, at as number, from as number, until)
    assert.ok(
      Math.abs(matured / exact - 1) < 0.03,
      `${fromMinutes} to ${untilMinutes}: ${matured}, not ${exact}`,
    )
  }
})

test('reports are counted by when their tasks were solved and by when they came', () => {
  const watch = watchOf(6, 10)
  watch.badReport(LEAF, FROM - HOUR_MS, FROM + HOUR_MS)
  watch.badReport(LEAF, FROM + 1, FROM + 2 * HOUR_MS)
  watch.badReport(LEAF, FROM + 2, FROM + 3 * HOUR_MS)
  assert.equal(watch.reportsBy(FROM + 2 * HOUR_MS, FROM), 1)
  assert.equal(watch.reportsBy(Infinity, FROM - DAY_MS, FROM), 1)
  assert.equal(watch.timeOfReport(2), FROM + 3 * HOUR_MS)
  assert.equal(watch.timeOfReport(3), null)
})
