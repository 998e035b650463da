import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/instant.ts'
import { drawDelay, LOG_NORMAL, nextFlush, THREE_EXPONENTIALS } from './delays.ts'
import { delayShare, MaturityCurve } from './maturity-curve.ts'
import { Random } from './random.ts'

const AGES = [1, 5, 17, 60, 240, 720, 1_440].map((minutes) => minutes * MINUTE_MS)

for (const family of [THREE_EXPONENTIALS, LOG_NORMAL])
  test(`${family.kind}: the share that has come by an age is that of the delays drawn`, () => {
    const random = Random.of(`maturity ${family.kind}`)
    const count = 40_000
    const plain = Array.from({ length: count }, () => drawDelay(random, family))
    const flushing = { everyMs: 4 * HOUR_MS, phaseMs: 0 }
    const flushed = Array.from({ length: count }, () => {
      const solvedAt = random.between(0, flushing.everyMs)
      return nextFlush(flushing, solvedAt + 2 * drawDelay(random, family)) - solvedAt
    })
    const curve = new MaturityCurve(
      family,
      [
        { factor: 1, flushEveryMs: null, weight: 3 },
        { factor: 2, flushEveryMs: flushing.everyMs, weight: 1 },
      ],
      DAY_MS,
    )
    const shareOf = (delays: readonly number[], age: number): number =>
      delays.filter((delay) => delay <= age).length / count
    for (const age of AGES) {
      assert.ok(Math.abs(delayShare(family, age) - shareOf(plain, age)) < 0.012, `${age} ms`)
      const expected = 0.75 * shareOf(plain, age) + 0.25 * shareOf(flushed, age)
      assert.ok(Math.abs(curve.at(age) - expected) < 0.015, `${age} ms: ${curve.at(age)} for ${expected}`)
    }
    assert.equal(curve.at(0), 0)
    assert.equal(curve.at(2 * DAY_MS), curve.at(DAY_MS), 'what is given up never comes')
  })

test('half of the log-normal delays are below the median, 97.5 % below 1.96 sigma', () => {
  assert.ok(Math.abs(delayShare(LOG_NORMAL, 17 * MINUTE_MS) - 0.5) < 1e-6)
  assert.ok(Math.abs(delayShare(LOG_NORMAL, 17 * MINUTE_MS * Math.exp(1.76 * 1.959964)) - 0.975) < 1e-6)
})
