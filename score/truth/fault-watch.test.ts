import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/domain/instant.ts'
import type { Fault } from '../../src/simulator/breaks.ts'
import { DelayCurve } from './delay-curve.ts'
import { FaultWatch } from './fault-watch.ts'
import type { Leaf } from './leaf-tasks.ts'

const FROM = 100 * DAY_MS
const LEAF: Leaf = {
  index: 0,
  account: null,
  attributes: { type: 'TurnstileTask', site: 'shop.example', solver: '1', region: null, labels: {} },
}

/** 50 % with a mean of 10 minutes, 35 % with an hour, 15 % with six hours; each minute as often as it should come. */
function curveOf(): DelayCurve {
  const share = (ms: number): number =>
    1 -
    0.5 * Math.exp(-ms / (10 * MINUTE_MS)) -
    0.35 * Math.exp(-ms / HOUR_MS) -
    0.15 * Math.exp(-ms / (6 * HOUR_MS))
  const curve = new DelayCurve()
  for (let minute = 0; minute < 24 * 60; minute++) {
    const count = Math.round(1e5 * (share((minute + 1) * MINUTE_MS) - share(minute * MINUTE_MS)))
    for (let i = 0; i < count; i++) curve.add(minute * MINUTE_MS + 1)
  }
  return curve
}

function watchOf(perHour: number, ratio: number, hours = 12): FaultWatch {
  const fault: Fault = {
    name: 'one',
    where: [{ site: 'shop.example' }],
    from: FROM,
    until: FROM + hours * HOUR_MS,
    effect: { kind: 'factor', factor: ratio },
    course: { kind: 'sudden' },
  }
  const truth = {
    fault,
    cells: [],
    tasksPerHour: 600,
    healthyReportsPerHour: perHour,
    brokenReportsPerHour: ratio * perHour,
  }
  const watch = new FaultWatch(truth, FROM + 2 * DAY_MS)
  for (let at = FROM - DAY_MS; at < FROM + 2 * DAY_MS; at += 6_000) watch.task(LEAF, at)
  return watch
}

describe('the limit that knows of late reports', () => {
  const curve = curveOf()
  const LN_THRESHOLD = Math.log(1e5)

  test('is the published one', () => {
    for (const [perHour, ratio, minutes] of [
      [6, 10, 22.5],
      [6, 3, 128],
      [0.6, 30, 35],
    ] as const) {
      const limit = watchOf(perHour, ratio).limit(curve, LN_THRESHOLD)
      assert.ok(limit !== null && Math.abs(limit.minutes / minutes - 1) < 0.02, `${ratio}: ${limit?.minutes}`)
    }
  })

  test('is in reports what the information of one says: 27, 8.2 and 4.7 of them', () => {
    for (const [perHour, ratio, reports] of [
      [6, 3, 26.7],
      [6, 10, 8.2],
      [0.6, 30, 4.73],
    ] as const) {
      const limit = watchOf(perHour, ratio).limit(curve, LN_THRESHOLD)
      assert.ok(limit !== null && Math.abs(limit.reports / reports - 1) < 0.02, `${ratio}: ${limit?.reports}`)
    }
  })

  test('is none where the fault is over before there can be enough', () => {
    assert.equal(watchOf(0.6, 3, 1).limit(curve, LN_THRESHOLD), null)
    assert.equal(watchOf(6, 1).limit(curve, LN_THRESHOLD), null)
  })
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
