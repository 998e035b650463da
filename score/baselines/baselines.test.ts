import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { DAY_MS, HOUR_MS, MINUTE_MS, WEEK_MS } from '../../src/domain/instant.ts'
import { exponential } from '../../src/simulator/draws.ts'
import { Random } from '../../src/simulator/random.ts'
import type { AlarmLog } from './alarm-log.ts'
import { countIncidents, retune } from './alarm-log.ts'
import type { Baseline } from './baseline.ts'
import { createBurnRate } from './burn-rate.ts'
import { createErrorTracker } from './error-tracker.ts'
import { createEwma } from './ewma.ts'
import { oracleThreshold } from './oracle.ts'
import { SegmentHistory } from './segment-history.ts'
import { staticThreshold } from './static-threshold.ts'

/** A Thursday, at the beginning of an hour. */
const START = 20_000 * DAY_MS
const SEGMENT = 3

/** Tells a baseline of a report at each of these instants. @returns what it said to the last */
function tell(baseline: Baseline, history: SegmentHistory, ...instants: number[]): number {
  let said = 0
  for (const at of instants) {
    history.addReport(SEGMENT, at)
    said = baseline.strictness(history, SEGMENT, at)
  }
  return said
}

function historyWith(hourlyReports: number, hours: number, hourlyTasks = 0): SegmentHistory {
  const history = new SegmentHistory()
  for (let hour = 0; hour < hours; hour++) {
    for (let i = 0; i < hourlyTasks; i++)
      history.addTask(SEGMENT, START + hour * HOUR_MS + (i * HOUR_MS) / hourlyTasks)
    for (let i = 0; i < hourlyReports; i++) history.addReport(SEGMENT, START + hour * HOUR_MS + i)
  }
  return history
}

test('no baseline knows the analysis', () => {
  for (const file of globSync('*.ts', { cwd: import.meta.dirname }))
    assert.doesNotMatch(readFileSync(join(import.meta.dirname, file), 'utf8'), /from '[^']*analysis\//, file)
})

describe('the history of a segment', () => {
  test('holds hours for a week and slots for six hours, and forgets what has gone round', () => {
    const history = historyWith(2, 170, 10)
    const now = START + 169 * HOUR_MS + 30 * MINUTE_MS
    assert.equal(history.reportsInHour(SEGMENT, now), 2)
    assert.equal(history.reportsInHour(SEGMENT, now, 168), 2)
    assert.deepEqual(history.inHours(SEGMENT, now, 10), { tasks: 100, reports: 20 })
    // A task every six minutes: one in the last five, five in the last half hour.
    assert.equal(history.inSlots(SEGMENT, now, 1).tasks, 1)
    assert.equal(history.inSlots(SEGMENT, now, 6).tasks, 5)
    const much = now + 3 * WEEK_MS
    history.addReport(SEGMENT, much)
    assert.deepEqual(history.inHours(SEGMENT, much, 192), { tasks: 0, reports: 1 })
    assert.deepEqual(history.inSlots(SEGMENT, much, 72), { tasks: 0, reports: 1 })
    assert.equal(history.reportsInHour(SEGMENT + 5_000, much), 0, 'a segment never heard of')
  })
})

describe('the static threshold', () => {
  test('wants three reports in an hour and three times the usual', () => {
    const at = START + 100 * HOUR_MS
    assert.equal(tell(staticThreshold, historyWith(0, 1, 1), at, at + 1), 2)
    assert.equal(tell(staticThreshold, historyWith(0, 1, 1), at, at + 1, at + 2), 3)
    assert.equal(tell(staticThreshold, historyWith(2, 100), at, at + 1, at + 2, at + 3, at + 4), 0)
    assert.equal(tell(staticThreshold, historyWith(2, 100), at, at + 1, at + 2, at + 3, at + 4, at + 5), 6)
  })
})

describe('the EWMA', () => {
  test('alarms at a single report out of nothing, as the plain chart does', () => {
    assert.ok(tell(createEwma(), historyWith(0, 1, 1), START + 100 * HOUR_MS) >= 3)
  })

  test('follows a steady rate, and counts in deviations from it', () => {
    const history = new SegmentHistory()
    const chart = createEwma()
    let last = 0
    for (let hour = 0; hour < 100; hour++)
      for (let i = 0; i < 5 + (hour % 3); i++) last = tell(chart, history, START + hour * HOUR_MS + i)
    assert.ok(last < 3, `${last}`)
    const burst = Array.from({ length: 12 }, (_, i) => START + 100 * HOUR_MS + i)
    assert.ok(tell(chart, history, ...burst) > 3)
  })
})

describe('the burn rate', () => {
  test('of a sparse segment is far above 14.4 at one report', () => {
    const history = historyWith(0, 48, 1)
    // Everything else has one report in a hundred tasks.
    for (let hour = 0; hour < 48; hour++)
      for (let i = 0; i < 100; i++) {
        history.addTask(0, START + hour * HOUR_MS + i)
        if (i === 0) history.addReport(0, START + hour * HOUR_MS)
      }
    const at = START + 48 * HOUR_MS
    history.addTask(SEGMENT, at)
    assert.ok(tell(createBurnRate(0), history, at + 1) > 2)
  })

  test('needs the short window as well as the long one', () => {
    const calm = historyWith(1, 72, 100)
    const baseline = createBurnRate(SEGMENT)
    const at = START + 72 * HOUR_MS
    for (let i = 0; i < 100; i++) calm.addTask(SEGMENT, at + i)
    const burst = Array.from({ length: 40 }, (_, i) => at + 200 + i)
    assert.ok(tell(baseline, calm, ...burst) > 1)
    // Fifty minutes on, the hour is still bad and the last five minutes are not.
    for (let i = 0; i < 1_000; i++) calm.addTask(SEGMENT, at + 50 * MINUTE_MS + i)
    const long = calm.inSlots(SEGMENT, at + 50 * MINUTE_MS + 2_000, 12)
    const short = calm.inSlots(SEGMENT, at + 50 * MINUTE_MS + 2_000, 1)
    assert.deepEqual([long.reports > 30, short.reports], [true, 0])
  })
})

describe('the error tracker', () => {
  test('compares with the same hour last week', () => {
    const at = START + WEEK_MS + HOUR_MS
    const burst = Array.from({ length: 7 }, (_, i) => at + i)
    assert.equal(tell(createErrorTracker(), historyWith(2, 168), ...burst), 3.5)
  })

  test('calls a group regressed that is seen again after a week of silence', () => {
    const tracker = createErrorTracker()
    const history = new SegmentHistory()
    assert.equal(tell(tracker, history, START), 0)
    assert.equal(tell(tracker, history, START + 6 * DAY_MS), 1)
    assert.equal(tell(tracker, history, START + 14 * DAY_MS), 3)
    assert.equal(tell(tracker, history, START + 14 * DAY_MS + 1), 6)
  })
})

describe('false incidents at a setting', () => {
  const log = (...entries: [segment: number, hour: number, strictness: number][]): AlarmLog => ({
    segments: Int32Array.from(entries, ([segment]) => segment),
    at: Float64Array.from(entries, ([, hour]) => hour * HOUR_MS),
    strictness: Float64Array.from(entries, ([, , strictness]) => strictness),
  })

  test('are at most one a segment in 24 hours', () => {
    const alarms = log([1, 0, 3], [1, 23, 9], [2, 23.5, 4], [1, 24, 3], [1, 30, 9])
    assert.equal(countIncidents(alarms, 3), 3)
    assert.equal(countIncidents(alarms, 5), 1)
    assert.equal(countIncidents(alarms, 10), 0)
  })

  test('decide the lowest setting that keeps to what is allowed', () => {
    const alarms = [log([1, 0, 3], [2, 1, 7], [3, 2, 5]), log([1, 0, 4], [2, 1, 6])]
    for (const [allowed, count] of [
      [5, 5],
      [2, 2],
      [1, 1],
      [0, 0],
    ] as const) {
      const setting = retune(alarms, 3, allowed)
      const at = (one: number): number => alarms.reduce((sum, each) => sum + countIncidents(each, one), 0)
      assert.equal(at(setting), count, `${allowed} allowed`)
    }
    assert.equal(retune([], 3, 0), 3)
  })
})

test('the oracle’s threshold gives the run length it is asked for', () => {
  const random = Random.of('oracle')
  for (const [ratio, runLength] of [
    [3, 300],
    [10, 300],
    [30, 1_000],
  ] as const) {
    const threshold = oracleThreshold(ratio, runLength)
    const runs = 600
    let total = 0
    for (let run = 0; run < runs; run++) {
      for (let sum = 0; sum < threshold;) {
        const wait = exponential(random)
        total += wait
        sum = Math.max(0, sum - (ratio - 1) * wait) + Math.log(ratio)
      }
    }
    // Three standard errors, and what the steps of the lattice leave.
    const mean = total / runs
    assert.ok(Math.abs(mean / runLength - 1) < 0.18, `ratio ${ratio}: ${mean} for ${runLength}`)
  }
})
