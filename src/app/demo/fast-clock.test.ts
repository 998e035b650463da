import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FastClock } from './fast-clock.ts'

test('time goes at the clock’s speed, from where it was when the speed was set', () => {
  let real = 500
  const clock = new FastClock(1_000_000, 10, () => real)
  assert.equal(clock.now(), 1_000_000)
  real += 7
  assert.equal(clock.now(), 1_000_070)
  clock.speed = 1_000
  assert.equal(clock.now(), 1_000_070)
  real += 2
  assert.equal(clock.now(), 1_002_070)
  clock.speed = 0
  real += 1_000
  assert.equal(clock.now(), 1_002_070)
})

test('whatever its speed is set to, the clock never goes back', () => {
  const steps = fc.array(
    fc.record({
      passed: fc.double({ min: 0, max: 1e4, noNaN: true }),
      speed: fc.option(fc.double({ min: 0, max: 1e5, noNaN: true })),
    }),
  )
  fc.assert(
    fc.property(steps, (all) => {
      let real = 0
      const clock = new FastClock(0, 1, () => real)
      let last = clock.now()
      for (const { passed, speed } of all) {
        real += passed
        if (speed !== null) clock.speed = speed
        assert.ok(clock.now() >= last)
        last = clock.now()
      }
    }),
  )
})

test('a clock does not run backwards or infinitely fast', () => {
  const clock = new FastClock(0, 1, () => 0)
  for (const speed of [-1, Infinity, NaN]) {
    assert.throws(() => (clock.speed = speed), RangeError)
  }
})
