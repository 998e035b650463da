import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spreadOf } from './spread.ts'

test('median and quartiles are those of R, type 7', () => {
  assert.deepEqual(spreadOf([4, 1, 3, 2]), { median: 2.5, low: 1.75, high: 3.25, rounds: 4 })
  assert.deepEqual(spreadOf([5]), { median: 5, low: 5, high: 5, rounds: 1 })
})

test('a missing measurement is never a number', () => {
  assert.throws(() => spreadOf([]), RangeError)
  assert.throws(() => spreadOf([1, Number.NaN]), RangeError)
})
