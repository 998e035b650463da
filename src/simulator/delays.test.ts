import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR_MS, MINUTE_MS } from '../domain/instant.ts'
import { drawDelay, LOG_NORMAL, nextFlush, THREE_EXPONENTIALS } from './delays.ts'
import { Random } from './random.ts'

const DRAWS = 100_000

function sample(family: Parameters<typeof drawDelay>[1]): Float64Array {
  const random = Random.of(family.kind)
  return Float64Array.from({ length: DRAWS }, () => drawDelay(random, family)).sort()
}

test('three exponentials: the share that has come by each age is that of the formula', () => {
  const delays = sample(THREE_EXPONENTIALS)
  for (const minutes of [5, 17, 60, 240, 720]) {
    const expected =
      1 - 0.5 * Math.exp(-minutes / 10) - 0.35 * Math.exp(-minutes / 60) - 0.15 * Math.exp(-minutes / 360)
    const seen = delays.findLastIndex((delay) => delay <= minutes * MINUTE_MS) / DRAWS
    assert.ok(
      Math.abs(seen - expected) < 4.5 * Math.sqrt((expected * (1 - expected)) / DRAWS),
      `${minutes} min: ${seen}`,
    )
  }
})

test('the second family has about the same mean and median, and another shape', () => {
  const [first, second] = [sample(THREE_EXPONENTIALS), sample(LOG_NORMAL)]
  const meanOf = (delays: Float64Array): number => delays.reduce((sum, delay) => sum + delay, 0) / DRAWS
  const at = (delays: Float64Array, share: number): number => delays[Math.floor(share * DRAWS)] as number
  assert.ok(Math.abs(meanOf(second) / meanOf(first) - 1) < 0.1)
  assert.ok(Math.abs(at(second, 0.5) / at(first, 0.5) - 1) < 0.05)
  assert.ok(at(second, 0.999) / at(first, 0.999) > 1.5, 'its tail is longer')
})

test('a flush is the first one that is not before', () => {
  const flushing = { everyMs: 2 * HOUR_MS, phaseMs: 5 * MINUTE_MS }
  assert.equal(nextFlush(flushing, 0), 5 * MINUTE_MS)
  assert.equal(nextFlush(flushing, 5 * MINUTE_MS), 5 * MINUTE_MS)
  assert.equal(nextFlush(flushing, 5 * MINUTE_MS + 1), 2 * HOUR_MS + 5 * MINUTE_MS)
})
