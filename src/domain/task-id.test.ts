import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { hashTaskId, parseTaskId, SLOTS, slotOf } from './task-id.ts'

describe('a task id', () => {
  test('is one id as an integer and as its decimal string', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (id) => {
        assert.equal(parseTaskId(id), id)
        assert.equal(parseTaskId(String(id)), id)
      }),
    )
  })

  test('is refused when zero, signed, fractional, unsafe or of another type', () => {
    for (const bad of [
      0,
      -0,
      -7,
      1.5,
      2 ** 53,
      NaN,
      Infinity,
      '0',
      '00',
      '-7',
      '+7',
      '1.5',
      '',
      null,
      undefined,
      true,
      {},
      [7],
    ])
      assert.equal(parseTaskId(bad), null, JSON.stringify(bad))
  })

  test('is an opaque, case-sensitive string of at most 64 characters otherwise', () => {
    for (const id of [
      '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
      'A',
      'a',
      '007',
      '9007199254740993',
      'x'.repeat(64),
    ])
      assert.equal(parseTaskId(id), id)
    assert.equal(parseTaskId('x'.repeat(65)), null)
    assert.equal(parseTaskId('a\nb'), null)
    assert.equal(parseTaskId('\ud800'), null)
  })

  test('has a slot that never changes: the values are part of the stored format', () => {
    assert.deepEqual(
      [1, 7654321, 2 ** 40 + 5, 'a', '3f2504e0-4f89-41d3-9a0c-0305e82c3301'].map(slotOf),
      EXPECTED_SLOTS,
    )
  })

  test('spreads evenly over the slots, whether dense or sparse', () => {
    for (const step of [1, 64, 4096, 2 ** 32]) {
      const counts = new Uint32Array(SLOTS)
      for (let i = 1; i <= 64_000; i++) counts[slotOf(i * step)]!++
      assert.ok(
        Math.min(...counts) > 850 && Math.max(...counts) < 1150,
        `step ${step}: ${Math.min(...counts)}..${Math.max(...counts)}`,
      )
    }
    assert.ok(hashTaskId(1) !== hashTaskId('1x'))
  })
})

const EXPECTED_SLOTS = [43, 44, 31, 38, 15]
