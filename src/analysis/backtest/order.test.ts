import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Column } from './columns.ts'
import { allRows, orderByInstant } from './order.ts'

test('rows come in the order of their instants, ties by contents, whatever order they were read in', () => {
  // Spans of one instant, of hours, and of more than 32 bits; before 1970 too.
  const spans = fc.constantFrom(0, 5, 3_600_000, 2 ** 41)
  fc.assert(
    fc.property(
      spans,
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(3))),
      (span, list) => {
        const rows = list.map(([share, content]) => ({ at: Math.floor(share * span) - 1_000, content }))
        const instants = Float64Array.from(rows, ({ at }) => at)
        const order = orderByInstant(
          allRows(rows.length),
          instants,
          (a, b) => rows[a]!.content - rows[b]!.content,
        )
        assert.deepEqual(
          [...order].map((row) => rows[row]),
          rows.toSorted((a, b) => a.at - b.at || a.content - b.content),
        )
        assert.equal(new Set(order).size, rows.length)
      },
    ),
  )
})

test('a column keeps what it was given across its chunks', () => {
  const column = Column.ofIndices()
  const count = 2 ** 16 + 3
  for (let i = 0; i < count; i++) column.push(i ^ 0x5a5a)
  column.set(2 ** 16, 7)
  assert.equal(column.length, count)
  for (const row of [0, 1, 2 ** 16 - 1, 2 ** 16 + 2]) assert.equal(column.get(row), row ^ 0x5a5a)
  assert.equal(column.get(2 ** 16), 7)
})
