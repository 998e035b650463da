import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AliasTable, zipfWeights } from './alias-table.ts'
import { Random } from './random.ts'

test('indices come as often as their weights say', () => {
  for (const weights of [[1], [0, 3, 1], zipfWeights(50, 1), zipfWeights(7, 0)]) {
    const random = Random.of(`alias ${weights.length}`)
    const table = new AliasTable(weights)
    const counts = weights.map(() => 0)
    const draws = 200_000
    for (let i = 0; i < draws; i++) {
      const index = table.draw(random)
      counts[index] = (counts[index] as number) + 1
    }
    const sum = weights.reduce((total, weight) => total + weight, 0)
    weights.forEach((weight, index) => {
      const share = weight / sum
      const off = Math.abs((counts[index] as number) - share * draws)
      assert.ok(off <= 4.5 * Math.sqrt(draws * share * (1 - share)), `index ${index}: ${counts[index]}`)
    })
  }
})

test('weights that are no weights are refused', () => {
  for (const weights of [[], [0, 0], [1, -1, 1], [NaN], [Infinity]])
    assert.throws(() => new AliasTable(weights), RangeError, String(weights))
})

test('Zipf’s weights fall as 1 / rank^exponent and sum to 1', () => {
  const weights = zipfWeights(3_000, 1)
  assert.ok(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-12)
  // The harmonic number of 3,000 is 8.5837498899.
  assert.ok(Math.abs((weights[0] as number) * 8.5837498899 - 1) < 1e-9)
  assert.ok(Math.abs((weights[9] as number) * 10 - (weights[0] as number)) < 1e-12)
})
