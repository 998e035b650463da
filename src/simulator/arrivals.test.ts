import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR_MS, WEEK_MS } from '../domain/instant.ts'
import { Arrivals, FLAT, hourWeights } from './arrivals.ts'
import { Random } from './random.ts'

const CYCLE = { daily: 0.5, weekend: 0.7 }

test('an hour has the traffic of its place in the day and the week, and the mean is 1', () => {
  const weights = hourWeights(CYCLE)
  const of = (date: string): number => weights[(Date.parse(date) / HOUR_MS) % 168] as number
  assert.equal(weights.length, 168)
  assert.ok(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) / 168 - 1) < 1e-12)
  // Wednesday 18 November 2026; Saturday is the 21st.
  assert.ok(of('2026-11-18T14:00:00Z') / of('2026-11-18T02:00:00Z') > 2.9)
  assert.ok(Math.abs(of('2026-11-21T14:00:00Z') / of('2026-11-18T14:00:00Z') - 0.7) < 1e-12)
  assert.ok(Math.abs(of('2026-11-22T14:00:00Z') / of('2026-11-20T14:00:00Z') - 0.7) < 1e-12)
  assert.deepEqual(hourWeights(FLAT), new Float64Array(168).fill(1))
})

test('arrivals come as a Poisson process whose rate follows the hours', () => {
  const perWeek = 200_000
  const arrivals = new Arrivals(Random.of('arrivals'), CYCLE, perWeek)
  const start = Date.parse('2026-11-16T00:00:00Z')
  const byHour = Array.from({ length: 168 }, () => 0)
  const weights = hourWeights(CYCLE)
  let total = 0
  for (let at = arrivals.after(start); at < start + WEEK_MS; at = arrivals.after(at)) {
    const hour = Math.floor(at / HOUR_MS) % 168
    byHour[hour] = (byHour[hour] as number) + 1
    total++
  }
  assert.ok(Math.abs(total - perWeek) < 4.5 * Math.sqrt(perWeek), `${total} in a week`)
  // Each hour is Poisson with its own mean: the sum of squared deviations is chi-squared with 168 degrees of freedom.
  const chi = byHour.reduce((sum, count, hour) => {
    const mean = (perWeek / 168) * (weights[hour] as number)
    return sum + (count - mean) ** 2 / mean
  }, 0)
  assert.ok(chi > 108 && chi < 245, `chi-squared ${chi}`)
})

test('the rarest arrivals cross many weeks, and no rate is refused in silence', () => {
  const arrivals = new Arrivals(Random.of('rare'), CYCLE, 0.1)
  let at = 0
  for (let i = 0; i < 400; i++) at = arrivals.after(at)
  assert.ok(Math.abs(at / WEEK_MS / 4_000 - 1) < 0.25, `${at / WEEK_MS} weeks`)
  for (const perWeek of [0, -1, NaN, Infinity])
    assert.throws(() => new Arrivals(Random.of(1), FLAT, perWeek), RangeError)
})
