import assert from 'node:assert/strict'
import { test } from 'node:test'
import { poissonInterval } from './poisson-interval.ts'

test('18 in 26 weeks are 0.41 to 1.09 a week', () => {
  const { low, high } = poissonInterval(18)
  assert.equal((low / 26).toFixed(2), '0.41')
  assert.equal((high / 26).toFixed(2), '1.09')
})

test('nothing seen is 0 to 3.69', () => {
  const { low, high } = poissonInterval(0)
  assert.equal(low, 0)
  assert.ok(Math.abs(high - -Math.log(0.025)) < 1e-9)
})

test('at either end the count is as far out as a fortieth', () => {
  for (const count of [1, 2, 5, 17, 60]) {
    const { low, high } = poissonInterval(count)
    assert.ok(Math.abs(atMost(count, high) - 0.025) < 1e-9, `${count}`)
    assert.ok(Math.abs(1 - atMost(count - 1, low) - 0.025) < 1e-9, `${count}`)
  }
})

test('what is no count is refused', () => {
  for (const bad of [-1, 0.5, NaN, Infinity]) assert.throws(() => poissonInterval(bad), RangeError)
})

function atMost(count: number, mean: number): number {
  let term = Math.exp(-mean)
  let sum = term
  for (let n = 1; n <= count; n++) {
    term *= mean / n
    sum += term
  }
  return sum
}
