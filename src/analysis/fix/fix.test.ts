import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createChance } from '../test-stream.ts'
import { beliefOf } from './belief.ts'
import { controlFactor, raised, slowed } from './control.ts'
import {
  aboveUsualEvidence,
  belowRatioEvidence,
  fixEvidence,
  fixEvidenceGiven,
  fixMaturedNeeded,
  LN_CONFIRM,
  notFixedEvidence,
} from './evidence.ts'
import { fixScan } from './fix-scan.ts'
import type { SolveBin } from './fix-scan.ts'

const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`)

describe('evidence of a fix', () => {
  test('is (1/r)^n exp((r - 1) M), and "not fixed" its mirror', () => {
    const after = { reports: 2, matured: 1.5, ratioLow: 7 }
    near(fixEvidence(after), Math.log(7 ** -2 * Math.exp(6 * 1.5)), 1e-12)
    assert.equal(notFixedEvidence(after), -fixEvidence(after))
  })

  test('needs 3.3, 0.45 and 0.12 expected reports for ratio 3, 10 and 30', () => {
    near(fixMaturedNeeded(3), 3.3, 0.05)
    near(fixMaturedNeeded(10), 0.45, 0.005)
    near(fixMaturedNeeded(30), 0.12, 0.005)
    assert.equal(fixMaturedNeeded(1), Infinity)
  })

  test('against a ratio known exactly is the same, whichever way it is written', () => {
    near(
      fixEvidenceGiven({ reports: 3, matured: 2 }, { shape: 1e7, rate: 1e6 }),
      fixEvidence({ reports: 3, matured: 2, ratioLow: 10 }),
      1e-3,
    )
  })

  test('is refused outside its range', () => {
    assert.throws(() => fixEvidence({ reports: -1, matured: 1, ratioLow: 3 }), RangeError)
    assert.throws(() => fixEvidence({ reports: 1, matured: 1, ratioLow: 0.9 }), RangeError)
    assert.throws(() => fixEvidenceGiven({ reports: 1, matured: 1 }, { shape: 0, rate: 1 }), RangeError)
  })

  // Each ratio: mean M to the confirmation over the limit, fully fixed; share ever confirmed, not fixed.
  for (const ratio of [3, 10, 30])
    test(`at ratio ${ratio} takes the limit on average, and confirms what is not fixed at most one time in 20`, () => {
      const seed = 31 + ratio
      const chance = createChance(seed)
      const limit = fixMaturedNeeded(ratio)
      const runs = 800
      let sum = 0
      let mistaken = 0
      for (let run = 0; run < runs; run++) {
        sum += walk(chance, limit, 1, ratio) as number
        if (walk(chance, limit, ratio, ratio) !== null) mistaken++
      }
      const mean = sum / runs / limit
      assert.ok(mean > 0.9 && mean < 1.1, `${mean} of the limit, seed ${seed}`)
      // 5 % and three standard errors.
      assert.ok(mistaken / runs <= 0.05 + 0.023, `${mistaken} of ${runs}, seed ${seed}`)
    })

  test('of something in between speaks against both, with time', () => {
    const after = { reports: 30, matured: 10, ratioLow: 10 }
    assert.ok(aboveUsualEvidence(after) > LN_CONFIRM && belowRatioEvidence(after) > LN_CONFIRM)
    const usual = { reports: 10, matured: 10, ratioLow: 10 }
    assert.ok(aboveUsualEvidence(usual) < 0)
    const old = { reports: 100, matured: 10, ratioLow: 10 }
    assert.ok(belowRatioEvidence(old) < 0)
  })
})

describe('what is known of a ratio', () => {
  test('is the gamma that has its estimate and interval', () => {
    // Gamma(10, 1): 5 % and 95 % points from printed chi-square tables (20 degrees: 10.851, 31.410).
    const { shape, rate } = beliefOf({ estimate: 10, low: 10.851 / 2, high: 31.41 / 2 })
    near(shape, 10, 0.01)
    near(rate, 1, 0.001)
  })

  test('has bounds: no width at all, or wider than any', () => {
    near(beliefOf({ estimate: 5, low: 5, high: 5 }).shape, 1e6, 10)
    near(beliefOf({ estimate: 5, low: 0, high: 500 }).shape, 0.25, 1e-6)
    assert.throws(() => beliefOf({ estimate: 5, low: 6, high: 5 }), RangeError)
  })
})

describe('the control', () => {
  test('slows a fix where reporting fell everywhere, and never hastens it', () => {
    near(controlFactor({ reports: 40, expected: 100 }), 50 / 110, 1e-12)
    near(slowed(2, { reports: 40, expected: 100 }), 100 / 110, 1e-12)
    assert.equal(slowed(2, { reports: 400, expected: 100 }), 2)
    assert.equal(raised(2, { reports: 40, expected: 100 }), 2)
    near(raised(2, { reports: 400, expected: 100 }), (2 * 410) / 110, 1e-12)
    assert.equal(controlFactor({ reports: 0, expected: 0 }), 1)
  })

  test('keeps silence of everybody from looking like a fix', () => {
    // Half of everybody's reports stay away, and the place is still ten times as bad: no confirmation more often than promised.
    const seed = 5
    const chance = createChance(seed)
    let mistaken = 0
    const runs = 600
    for (let run = 0; run < runs; run++) {
      let [reports, matured, elsewhere] = [0, 0, 0]
      for (let i = 0; i < 200; i++) {
        matured += 0.02
        reports += poisson(chance, 0.02 * 10 * 0.4)
        elsewhere += poisson(chance, 1 * 0.4)
        const counted = slowed(matured, { reports: elsewhere, expected: i + 1 })
        if (fixEvidence({ reports, matured: counted, ratioLow: 10 }) >= LN_CONFIRM) {
          mistaken++
          break
        }
      }
    }
    assert.ok(mistaken / runs < 0.2, `${mistaken} of ${runs}, seed ${seed}`)
  })
})

describe('a fix at an unknown moment', () => {
  const bins = (...counts: readonly number[]): SolveBin[] =>
    counts.map((reports) => ({ reports, matured: 0.5, issued: 0.5 }))
  const old = { shape: 50, rate: 5 }

  test('is found at the bin after which reports stay away', () => {
    const scan = fixScan(bins(5, 4, 6, 5, 0, 0, 1, 0, 0, 0), old)
    assert.ok(scan.lnEvidence > LN_CONFIRM, `${scan.lnEvidence}`)
    assert.equal(scan.firstBinAfter, 4)
    assert.deepEqual([scan.reports, scan.matured], [1, 3])
  })

  test('is not there while reports go on, and nothing at all is no evidence', () => {
    const scan = fixScan(bins(5, 4, 6, 5, 4, 6), old)
    assert.ok(scan.lnEvidence < 0)
    assert.equal(scan.firstBinAfter, null)
    near(fixScan([], old).lnEvidence, 0, 1e-12)
    near(fixScan([{ reports: 0, matured: 0, issued: 3 }], old).lnEvidence, 0, 1e-12)
  })

  test('is seen sooner where something was done then', () => {
    const seen = bins(5, 4, 6, 5, 0, 0)
    assert.ok(fixScan(seen, old, [4]).lnEvidence > fixScan(seen, old).lnEvidence + 1)
    // A hint at a bin that has not begun keeps its weight for later.
    near(fixScan([], old, [3]).lnEvidence, 0, 1e-12)
  })

  test('is an e-value: over all that may come while nothing is fixed its mean is 1', () => {
    // Two bins at a ratio known exactly: all counts of the Poisson distribution, summed.
    const ratio = 4
    const matured = [0.3, 0.7]
    let mean = 0
    for (let a = 0; a < 40; a++)
      for (let b = 0; b < 40; b++) {
        const probability = poissonMass(ratio * 0.3, a) * poissonMass(ratio * 0.7, b)
        const { lnEvidence } = fixScan(
          [a, b].map((reports, i) => ({ reports, matured: matured[i] as number, issued: 1 })),
          { shape: ratio * 1e7, rate: 1e7 },
          [1],
        )
        mean += probability * Math.exp(lnEvidence)
      }
    near(mean, 1, 1e-3)
  })

  test('is confirmed by mistake at most one time in 20', () => {
    const seed = 17
    const chance = createChance(seed)
    const runs = 300
    let mistaken = 0
    for (let run = 0; run < runs; run++) {
      const seen: SolveBin[] = []
      for (let i = 0; i < 96; i++) {
        seen.push({ reports: poisson(chance, 10 * 0.5), matured: 0.5, issued: 0.5 })
        if (fixScan(seen, { shape: 1e5, rate: 1e4 }).lnEvidence < LN_CONFIRM) continue
        mistaken++
        break
      }
    }
    assert.ok(mistaken / runs <= 0.05, `${mistaken} of ${runs}, seed ${seed}`)
  })

  test('is refused where nothing was wrong', () => {
    assert.throws(() => fixScan([], { shape: 1, rate: 1 }), /old ratio is 1/)
  })
})

/** Matured expectation at which E_fix confirms, at this true ratio; null if it has not by forty times the limit. */
function walk(chance: () => number, limit: number, truth: number, ratioLow: number): number | null {
  const step = limit / 50
  let [reports, matured] = [0, 0]
  for (let i = 0; i < 2_000; i++) {
    matured += step
    reports += poisson(chance, step * truth)
    const ln = fixEvidence({ reports, matured, ratioLow })
    if (ln >= LN_CONFIRM) return matured
    // From here it comes back once in 60,000.
    if (truth === ratioLow && ln < -8) return null
  }
  return null
}

function poisson(chance: () => number, mean: number): number {
  let n = 0
  for (let left = Math.exp(-mean), product = chance(); product > left; product *= chance()) n++
  return n
}

function poissonMass(mean: number, n: number): number {
  let mass = Math.exp(-mean)
  for (let i = 1; i <= n; i++) mass *= mean / i
  return mass
}
