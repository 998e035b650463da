import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createChance } from '../test-stream.ts'
import { credibilityOf } from './credibility.ts'
import type { Credibility } from './credibility.ts'
import { DEFAULT_PRIORS, priorsOf } from './priors.ts'
import {
  addReporterReport,
  addReporterTask,
  BASE_FAILURE_SHARE,
  baseFailureShare,
  createReporterRecord,
  fadeReporterRecord,
} from './record.ts'
import type { ReporterRecord } from './record.ts'

const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`)

/** A record of exact counts: [P(bad), tasks, reports] of each kind of cell. */
function recordOf(...cells: readonly (readonly [number, number, number])[]): ReporterRecord {
  const record = createReporterRecord()
  for (const [pBad, tasks, reports] of cells) {
    addReporterTask(record, pBad, tasks)
    addReporterReport(record, pBad, reports)
  }
  return record
}

describe('the credibility of a group', () => {
  test('is undetermined for a new one', () => {
    const { lnRatio, informative } = credibilityOf(createReporterRecord())
    assert.ok(lnRatio.low < 0 && lnRatio.high > 3, JSON.stringify(lnRatio))
    assert.equal(informative, 0)
  })

  test('is clearly above 0 for one that reports a tenth of what fails', () => {
    const { alpha, lnRatio, informative } = credibilityOf(recordOf([0.02, 500, 1], [0.6, 100, 6]))
    assert.ok(lnRatio.low > 2, JSON.stringify(lnRatio))
    near(alpha, 0.1, 0.03)
    near(informative, 60, 1e-9)
  })

  test('is about 0 for one that reports everything, and for one that reports at random', () => {
    for (const record of [
      recordOf([0.02, 500, 500], [0.6, 100, 100]),
      recordOf([0.02, 1_000, 50], [0.6, 200, 10]),
    ]) {
      const { lnRatio } = credibilityOf(record)
      assert.ok(lnRatio.low < 0 && lnRatio.high < 1.5, JSON.stringify(lnRatio))
      near(lnRatio.estimate, 0, 0.5)
    }
  })

  test('of reports from quiet cells alone is not known, unless they are more than fail there', () => {
    // 0.2 % reported: a tenth of the failures, or none of them and something else.
    assert.ok(credibilityOf(recordOf([0.02, 5_000, 10])).lnRatio.low < 0)
    const { beta } = credibilityOf(recordOf([0.02, 5_000, 500]))
    near(beta, 0.1, 0.02)
  })

  test('is exact where a record is long: rates are found whatever the grid', () => {
    const { alpha, beta, lnRatio } = credibilityOf(
      recordOf([0.02, 1e6, 0.02e6 * 0.2 + 0.98e6 * 0.01], [0.6, 1e6, 0.6e6 * 0.2 + 0.4e6 * 0.01]),
    )
    near(alpha, 0.2, 0.002)
    near(beta, 0.01, 0.0003)
    near(lnRatio.estimate, Math.log(20), 0.03)
    assert.ok(lnRatio.high - lnRatio.low < 0.15)
  })

  test('has an interval that holds the truth nine times in ten', () => {
    const seed = 41
    const chance = createChance(seed)
    const runs = 150
    let held = 0
    for (let run = 0; run < runs; run++) {
      // Drawn from the prior of the usual groups, within what a record of this length can tell.
      const alpha = 0.02 + 0.3 * chance() ** 2
      const beta = 0.0005 + 0.01 * chance() ** 2
      const { lnRatio } = credibilityOf(simulated(chance, alpha, beta, 2_000, 200))
      const truth = Math.log(alpha / beta)
      if (lnRatio.low <= truth && truth <= lnRatio.high) held++
    }
    assert.ok(held / runs > 0.82, `${held} of ${runs}, seed ${seed}`)
  })

  test('tells honest reporters from those that report everything or at random, once there is something to compare', () => {
    const seed = 42
    const chance = createChance(seed)
    const share = (alpha: () => number, beta: () => number, is: (credibility: Credibility) => boolean) => {
      let count = 0
      for (let i = 0; i < 60; i++)
        if (is(credibilityOf(simulated(chance, alpha(), beta(), 1_000, 150)))) count++
      return count / 60
    }
    const honest = share(
      () => 0.05 + 0.15 * chance(),
      () => 0,
      ({ lnRatio }) => lnRatio.low > 0,
    )
    assert.ok(honest > 0.9, `honest: ${honest}, seed ${seed}`)
    const everything = share(
      () => 1,
      () => 1,
      ({ lnRatio }) => lnRatio.low <= 0,
    )
    assert.equal(everything, 1)
    let rate = 0
    const random = share(
      () => (rate = 0.02 + 0.2 * chance()),
      () => rate,
      ({ lnRatio }) => lnRatio.low <= 0,
    )
    assert.ok(random > 0.85, `random: ${random}, seed ${seed}`)
  })

  test('is refused for more reports than tasks', () => {
    assert.throws(() => credibilityOf(recordOf([0.02, 10, 12])), /12 reports on 10 tasks/)
    assert.throws(() => addReporterTask(createReporterRecord(), 1.2), RangeError)
  })
})

describe('a record', () => {
  test('is additive, and fades', () => {
    const record = createReporterRecord()
    for (let i = 0; i < 10; i++) addReporterTask(record, 0.02)
    addReporterReport(record, 0.02)
    assert.deepEqual(record, { ...recordOf([0.02, 10, 1]), bad: record.bad })
    fadeReporterRecord(record, 0.5)
    assert.equal(record.tasks[0], 5)
    assert.equal(record.reports[0], 0.5)
  })
})

describe('priors from all groups', () => {
  test('are the defaults without any, and follow what reporters do', () => {
    assert.deepEqual(priorsOf([]), DEFAULT_PRIORS)
    const mean = ({ a, b }: { a: number; b: number }) => a / (a + b)
    near(mean(DEFAULT_PRIORS.alpha), 1 / 7, 1e-12)
    const groups = Array.from({ length: 200 }, () => recordOf([0.02, 1_000, 6], [0.6, 100, 18]))
    near(mean(priorsOf(groups).alpha), 0.3, 0.02)
    assert.ok(mean(priorsOf(groups).beta) < 1 / 1_000)
  })

  test('are moved by no group alone, and not by those that never report or report everything', () => {
    const one = priorsOf([recordOf([0.02, 1e6, 1e6], [0.6, 1e5, 1e5])])
    near(one.beta.b, DEFAULT_PRIORS.beta.b, 1e-9)
    const silent = Array.from({ length: 500 }, () => recordOf([0.02, 1_000, 0], [0.6, 100, 0]))
    assert.deepEqual(priorsOf(silent), DEFAULT_PRIORS)
  })
})

describe('the failure share where nothing is wrong', () => {
  test('is 2 % until groups with a verdict on every task say otherwise', () => {
    assert.equal(baseFailureShare([]), BASE_FAILURE_SHARE)
    near(baseFailureShare([{ verdicts: 100_000, bad: 5_000 }]), 0.05, 0.001)
    assert.equal(baseFailureShare([{ verdicts: 100_000, bad: 100_000 }]), BASE_FAILURE_SHARE)
  })
})

/** The record of a group with these rates: tasks in quiet cells (2 % bad) and in one where 60 % are. */
function simulated(
  chance: () => number,
  alpha: number,
  beta: number,
  quiet: number,
  broken: number,
): ReporterRecord {
  const record = createReporterRecord()
  for (const [pBad, tasks] of [
    [0.02, quiet],
    [0.6, broken],
  ] as const)
    for (let i = 0; i < tasks; i++) {
      addReporterTask(record, pBad)
      if (chance() < (chance() < pBad ? alpha : beta)) addReporterReport(record, pBad)
    }
  return record
}
