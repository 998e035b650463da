import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { keyHash, RowIndex } from './row-index.ts'

const key = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: -1, max: 2 ** 40 }), fc.nat(3))

test('finds what a map finds, through growth and collisions, and nothing else', () => {
  fc.assert(
    fc.property(
      fc.array(key, { maxLength: 400 }),
      fc.array(key),
      fc.boolean(),
      (entered, others, collide) => {
        const rows: [number, number, number][] = []
        const index = new RowIndex({
          isAt: (row, a, b, c) => rows[row]?.[0] === a && rows[row][1] === b && rows[row][2] === c,
          hashAt: (row) => keyHash(...(rows[row] as [number, number, number])),
        })
        const known = new Map<string, number>()
        for (const [a, b, c] of entered) {
          // Keys that differ only beyond 32 bits have one hash.
          const its: [number, number, number] = collide ? [a, b * 2 ** 32, c] : [a, b, c]
          const found = index.find(...its)
          assert.equal(found, known.get(its.join()) ?? -1)
          if (found >= 0) continue
          known.set(its.join(), rows.push(its) - 1)
          index.add(rows.length - 1)
        }
        for (const its of [...rows, ...others]) assert.equal(index.find(...its), known.get(its.join()) ?? -1)
      },
    ),
  )
})
