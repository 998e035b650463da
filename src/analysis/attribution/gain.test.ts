import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { gain, ratio } from './gain.ts'

const count = fc.integer({ min: 1, max: 1_000 })

test('is the difference of two maximised Poisson log likelihoods', () => {
  // O ln(r E) - r E with r = O/E, for two ratios against one; the constant ln O! cancels.
  const fit = (o: number, e: number) => o * Math.log((o / e) * e) - o
  const [inside, outside] = [
    { observed: 12, expected: 2 },
    { observed: 30, expected: 28 },
  ]
  const whole = { observed: 42, expected: 30 }
  const one = 12 * Math.log((42 / 30) * 2) + 30 * Math.log((42 / 30) * 28) - 42
  assert.ok(
    Math.abs(gain(inside, whole, 1) - (fit(12, 2) + fit(outside.observed, outside.expected) - one)) < 1e-9,
  )
  assert.ok(Math.abs(gain(inside, whole, 4) - gain(inside, whole, 1) / 4) < 1e-12)
})

test('is never negative, and nothing for a set that is not above the rest', () => {
  fc.assert(
    fc.property(count, count, count, count, (o1, e1, o2, e2) => {
      const whole = { observed: o1 + o2, expected: e1 + e2 }
      const nats = gain({ observed: o1, expected: e1 }, whole, 1)
      assert.ok(nats >= 0)
      if (o1 / e1 <= o2 / e2) assert.equal(nats, 0)
      else if (o1 / e1 > 1.01 * (o2 / e2)) assert.ok(nats > 0)
    }),
  )
})

test('a report where none was expected is worth no more than a thousandfold', () => {
  assert.equal(ratio({ observed: 1, expected: 0 }), 1000)
  assert.equal(ratio({ observed: 0, expected: 0 }), 1)
  assert.ok(Number.isFinite(gain({ observed: 3, expected: 0 }, { observed: 10, expected: 5 }, 1)))
})
