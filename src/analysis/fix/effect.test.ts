import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { numbersIn, strayFigures } from '../test-sentence.ts'
import { effectOf } from './effect.ts'
import type { EffectEvidence } from './effect.ts'

const evidence: EffectEvidence = {
  before: { estimate: 10, low: 7.5, high: 13 },
  reports: 0,
  matured: 0.8,
  control: { reports: 95, expected: 100 },
  expectedPerHour: 0.4,
  hoursSince: 2.5,
}
const of = (change: Partial<EffectEvidence>) => effectOf({ ...evidence, ...change })

const count = fc.integer({ min: 0, max: 200 })
const amount = (max: number) => fc.double({ min: 0, max, noNaN: true })
const anyEvidence: fc.Arbitrary<EffectEvidence> = fc.record({
  before: fc.option(
    fc
      .record({
        estimate: fc.double({ min: 0.5, max: 60, noNaN: true }),
        low: fc.double({ min: 0.1, max: 1, noNaN: true }),
        high: fc.double({ min: 1, max: 3, noNaN: true }),
      })
      .map(({ estimate, low, high }) => ({ estimate, low: estimate * low, high: estimate * high })),
    { nil: null },
  ),
  reports: count,
  matured: amount(100),
  control: fc.record({ reports: count, expected: amount(200) }),
  expectedPerHour: amount(20),
  hoursSince: amount(400),
})

describe('whether an action helped', () => {
  test('yes: reports stay away though some were expected', () => {
    assert.deepEqual(of({}), {
      answer: 'helped',
      hoursLeft: null,
      because:
        'Helped: 0 reports on tasks solved in the 2.5 hours since the action, where 0.8 are usual by now; before the action there were ' +
        '10 times as many as usual (7.5 to 13); elsewhere there were 95 reports where 100 are usual.',
      now: of({}).now,
    })
  })

  test('not by as much as needed: fewer than before, more than usual', () => {
    const { answer, because, now } = of({ reports: 30, matured: 10 })
    assert.equal(answer, 'partly')
    assert.ok(now.low > 1 && now.high < 7.5)
    assert.match(because, /^Partly: 30 reports .* now 3\.1 times as many as usual \(2\.2 to 4\.1\)/)
  })

  test('no: as many as before; worse: more', () => {
    assert.equal(of({ reports: 9, matured: 0.9 }).answer, 'no-change')
    assert.equal(of({ reports: 60, matured: 1.5 }).answer, 'worse')
  })

  test('too early: so little could have been reported yet; the hours left follow from the traffic', () => {
    const early = of({ matured: 0.1, hoursSince: 0.25 })
    assert.equal(early.answer, 'too-early')
    assert.ok(early.hoursLeft !== null && early.hoursLeft > 0)
    const twice = of({ matured: 0.1, hoursSince: 0.25, expectedPerHour: 0.8 })
    assert.ok(Math.abs((twice.hoursLeft as number) * 2 - early.hoursLeft) < 1e-9)
    assert.match(early.because, /^Too early to tell: .* an answer takes about \d/)
  })

  test('cannot be told: no alarm before, a ratio that may be 1, or no traffic left', () => {
    assert.match(of({ before: null }).because, /^Cannot be verified: there was no alarm/)
    assert.match(
      of({ before: { estimate: 1.4, low: 0.9, high: 2 } }).because,
      /not certain that anything was wrong/,
    )
    const still = of({ matured: 0.05, expectedPerHour: 0.0001 })
    assert.equal(still.answer, 'unverifiable')
    assert.equal(still.hoursLeft, null)
    assert.equal(of({ matured: 0.05, expectedPerHour: 0 }).answer, 'unverifiable')
  })

  test('that people report less everywhere makes it no fix', () => {
    assert.equal(of({ matured: 0.5, control: { reports: 95, expected: 100 } }).answer, 'helped')
    assert.equal(of({ matured: 0.5, control: { reports: 20, expected: 100 } }).answer, 'too-early')
  })

  test('is said in a sentence whose figures are all in the evidence or the answer', () => {
    fc.assert(
      fc.property(anyEvidence, (given) => {
        const effect = effectOf(given)
        const stray = strayFigures(effect.because, [...numbersIn(given), ...numbersIn(effect)])
        assert.deepEqual(stray, [], effect.because)
        assert.match(effect.because, /^[A-Z].*\.$/)
        assert.doesNotMatch(effect.because, /NaN|Infinity|e-\d|undefined/)
      }),
      { numRuns: 400 },
    )
  })

  test('agrees with itself: hours only where it is too early, and figures that fit the word', () => {
    fc.assert(
      fc.property(anyEvidence, (given) => {
        const { answer, hoursLeft, now } = effectOf(given)
        assert.equal(hoursLeft !== null, answer === 'too-early')
        if (hoursLeft !== null) assert.ok(hoursLeft > 0)
        if (given.before === null) return assert.equal(answer, 'unverifiable')
        if (answer === 'worse') assert.ok(now.estimate > given.before.high)
        if (answer === 'partly') assert.ok(now.low > 1)
      }),
      { numRuns: 400 },
    )
  })
})
