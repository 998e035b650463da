import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from './random.ts'
import { TASK_NUMBERS, TaskNumbers } from './task-numbers.ts'

test('a million serial numbers give a million ids of 1..2^40, in no order', () => {
  const numbers = new TaskNumbers(Random.of(1))
  const seen = new Set<number>()
  let rising = 0
  let last = 0
  let sum = 0
  for (let serial = 0; serial < 1_000_000; serial++) {
    const id = numbers.of(serial)
    if (!(Number.isSafeInteger(id) && id >= 1 && id <= TASK_NUMBERS)) assert.fail(`${serial} gave ${id}`)
    seen.add(id)
    if (id > last) rising++
    last = id
    sum += id / TASK_NUMBERS
  }
  assert.equal(seen.size, 1_000_000)
  assert.ok(Math.abs(rising - 500_000) < 2_500, `${rising} of a million ids are larger than the one before`)
  assert.ok(Math.abs(sum / 1_000_000 - 0.5) < 0.0015, `mean ${sum / 1_000_000}`)
})

test('another world has other ids; a serial number outside the range is a mistake', () => {
  assert.notEqual(new TaskNumbers(Random.of(1)).of(0), new TaskNumbers(Random.of(2)).of(0))
  for (const serial of [-1, TASK_NUMBERS, NaN])
    assert.throws(() => new TaskNumbers(Random.of(1)).of(serial), RangeError)
})
