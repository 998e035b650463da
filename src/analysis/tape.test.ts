import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HOUR_MS } from '../domain/instant.ts'
import { delayWeights } from './delay-curve.ts'
import { addExposure, createSolveBins, pendingFactors, sawSince, SLOT_MS, slotOf } from './solve-bins.ts'
import { maturedSinceIn, maturedSinceOf, Tape } from './tape.ts'

const START = Date.UTC(2026, 10, 23)
const gaps = fc.array(fc.integer({ min: 0, max: 30 * SLOT_MS }), { maxLength: 120 })

test('what matured since an instant is one number, laid out as a tape or not', () => {
  fc.assert(
    fc.property(
      gaps,
      fc.integer({ min: -HOUR_MS, max: 3 * HOUR_MS }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (times, restMs, part) => {
        const bins = createSolveBins()
        const factors = new Float64Array(4)
        let at = START
        for (const gap of times) {
          at += gap
          pendingFactors(at, factors)
          addExposure(bins, slotOf(at), slotOf(at), 0.02, factors)
        }
        const now = at + Math.max(0, restMs)
        const since = Math.floor(START + part * (now + HOUR_MS - START))
        const weights = delayWeights(0.5)
        const tape = new Tape()
        tape.load(bins, 1.7, now, weights, 0)
        const matured = maturedSinceIn(bins, 1.7, now, weights, since)
        assert.equal(matured, maturedSinceOf(tape, since))
        if (!sawSince(bins, since)) assert.equal(matured, 0)
      },
    ),
  )
})
