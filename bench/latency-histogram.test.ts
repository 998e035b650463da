import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LatencyHistogram } from './latency-histogram.ts'

test('a quantile is within 0.8 % of the sorted list', () => {
  const histogram = new LatencyHistogram()
  const values: number[] = []
  // Spread over seven powers of ten, so that every width of bucket is used.
  for (let i = 1; i <= 20_000; i++) values.push(10 ** ((i / 20_000) * 7 - 3))
  for (const value of values) histogram.record(value)
  values.sort((a, b) => a - b)
  for (const q of [0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1]) {
    const exact = values[Math.ceil(q * values.length) - 1]!
    const error = Math.abs(histogram.quantileMs(q) - exact)
    assert.ok(error <= Math.max(0.008 * exact, 0.0011), `q ${q}: ${histogram.quantileMs(q)} for ${exact}`)
  }
  assert.equal(histogram.total, 20_000)
})

test('the largest value is exact, nothing recorded is not a number', () => {
  const histogram = new LatencyHistogram()
  assert.ok(Number.isNaN(histogram.quantileMs(0.5)))
  histogram.record(0)
  histogram.record(12.345)
  assert.equal(histogram.maxMs, 12.345)
  assert.equal(histogram.quantileMs(1), 12.345)
  assert.equal(histogram.quantileMs(0.5), 0)
})
