import assert from 'node:assert/strict'
import { test } from 'node:test'
import { permutation } from './permutation.ts'

test('every number comes exactly once, for sizes that are and are not powers of two', () => {
  for (const size of [1, 2, 3, 10, 1000, 4096, 100_003]) {
    const at = permutation(size, 7)
    const seen = new Uint8Array(size)
    for (let i = 0; i < size; i++) seen[at(i)]! += 1
    assert.ok(
      seen.every((count) => count === 1),
      `size ${size}`,
    )
  }
})

test('ids over 2^40 are spread evenly and unlike those of another seed', () => {
  const at = permutation(2 ** 40, 1)
  const other = permutation(2 ** 40, 2)
  const parts = new Uint32Array(16)
  let same = 0
  for (let i = 0; i < 16_000; i++) {
    parts[Math.floor(at(i) / 2 ** 36)]! += 1
    if (at(i) === other(i)) same++
  }
  assert.equal(same, 0)
  // 1000 in each part, standard deviation 31: five of them.
  for (const count of parts) assert.ok(Math.abs(count - 1000) < 155, String(count))
})
