import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RATIOS } from './method.ts'
import { lnMixture, lnScan, possibleRatios, SETTLED } from './scan.ts'
import type { Prior } from './scan.ts'
import { createSolveBins, addExposure, addReport, pendingFactors, SLOT_MS, slotOf } from './solve-bins.ts'
import { Tape } from './tape.ts'
import { createChance } from './test-stream.ts'

/** Much learned: the rate is its expectation, and history is no question. */
const KNOWN: Prior = {
  belief: { worse: 1e6, better: 1e6 },
  mean: SETTLED,
  caution: 1,
  historyNeeded: 3,
  historyNats: () => 1e6,
}
const WEIGHTS = [1, 0, 0, 0]

test('the mixture is the mean likelihood ratio over the grid', () => {
  for (const [n, m] of [
    [0, 0.5],
    [3, 0.5],
    [9, 4],
    [40, 11],
  ] as const) {
    const mean = RATIOS.reduce((sum, g) => sum + g ** n * Math.exp(-(g - 1) * m), 0) / RATIOS.length
    assert.ok(Math.abs(lnMixture(n, m, RATIOS.length) - Math.log(mean)) < 1e-9)
  }
  assert.ok(Number.isFinite(lnMixture(5_000, 100, 8)), 'far beyond what a double holds')
})

test('a rate cannot exceed one report a task, so high ratios fall away where reports are common', () => {
  assert.equal(possibleRatios(0.001), 8)
  assert.equal(possibleRatios(0.1), 5)
  assert.equal(possibleRatios(0.9), 1)
})

describe('the scan', () => {
  test('is the sum over onsets of what was issued there times the mixture since', () => {
    const chance = createChance(3)
    const bins = createSolveBins()
    const factors = new Float64Array(4)
    const start = slotOf(1.8e12)
    for (let i = 0; i < 30; i++) {
      pendingFactors((start + i) * SLOT_MS + 1_000, factors)
      addExposure(bins, start + i, start + 30, chance(), factors)
      if (chance() < 0.5) addReport(bins, start + i, start + 30, 1)
    }
    const tape = new Tape()
    tape.load(bins, 1, (start + 31) * SLOT_MS, WEIGHTS, Infinity)
    let sum = 0
    for (let i = 0; i < 30; i++)
      sum +=
        (tape.issued[i] as number) *
        Math.exp(lnMixture(tape.reportsSince[i] as number, tape.maturedSince[i] as number, 8))
    // The upper point of a gamma of shape a million is within a thousandth of its mean.
    assert.ok(Math.abs(lnScan(tape, KNOWN, 8).ln - Math.log(sum)) < 0.05)
  })

  test('is never above the bound that lets it be skipped', () => {
    const chance = createChance(4)
    for (let run = 0; run < 200; run++) {
      const bins = createSolveBins()
      const factors = new Float64Array(4)
      const start = slotOf(1.8e12)
      for (let i = 0; i < 40; i++) {
        pendingFactors((start + i) * SLOT_MS + 1_000, factors)
        addExposure(bins, start + i, start + 40, chance() * 0.3, factors)
        for (let n = 0; n < 3; n++) if (chance() < 0.2) addReport(bins, start + i, start + 40, 1)
      }
      const tape = new Tape()
      tape.load(bins, 1, (start + 41) * SLOT_MS, WEIGHTS, 0)
      const prior: Prior = {
        belief: { worse: 1, better: 8 },
        mean: SETTLED,
        caution: 1,
        historyNeeded: 3,
        historyNats: () => 0,
      }
      const { ln } = lnScan(tape, prior, 8)
      assert.equal(lnScan(tape, prior, 8, ln - 1e-9).ln, ln, `run ${run}: skipped although it is reached`)
    }
  })

  test('alarms on a healthy stream no more often than promised', (t) => {
    // One segment of unit-rate reports, everything matured: the expected number of reports to an alarm is at least A.
    const chance = createChance(5)
    const A = 100
    let alarms = 0
    let expected = 0
    for (let run = 0; run < 60; run++) {
      const bins = createSolveBins()
      const factors = new Float64Array(4)
      let slot = slotOf(1.8e12)
      for (let step = 0; step < 1_000; step++, slot++) {
        pendingFactors(slot * SLOT_MS, factors)
        addExposure(bins, slot, slot, 1, factors)
        expected += 1
        let alarmed = false
        for (let u = chance(); u > Math.exp(-1); u *= chance()) {
          addReport(bins, slot, slot, 1)
          const tape = new Tape()
          tape.load(bins, 1, (slot + 1e4) * SLOT_MS, WEIGHTS, Infinity)
          alarmed ||= lnScan(tape, KNOWN, 8, Math.log(A)).ln >= Math.log(A)
        }
        if (!alarmed) continue
        alarms += 1
        break
      }
    }
    t.diagnostic(`${alarms} alarms in ${expected} expected reports at A = ${A}`)
    assert.ok(alarms <= expected / A, `${alarms} alarms in ${expected} expected reports`)
    assert.ok(alarms >= expected / A / 5, 'and not so much rarer that speed is given away')
  })
})
