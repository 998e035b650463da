import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { TaskId } from '../../domain/task-id.ts'
import { hashTaskId, parseTaskId } from '../../domain/task-id.ts'
import { Column } from './columns.ts'
import { IdTable } from './ids.ts'
import { RowIndex } from './index.ts'

const ids: fc.Arbitrary<TaskId> = fc
  .oneof(
    fc.maxSafeNat().map((n) => n + 1),
    fc.nat(5),
    fc.string({ maxLength: 64, unit: 'binary' }),
    fc.constantFrom('a', 'A', 'é', '\ud800', '\ud801', 'ab', 'a'.repeat(64), '漢'.repeat(64), '007'),
  )
  .map(parseTaskId)
  .filter((id) => id !== null)

test('an id comes back as it was, with the same hash, and is equal to itself alone', () => {
  fc.assert(
    fc.property(fc.array(ids, { maxLength: 30 }), (list) => {
      const table = new IdTable()
      const codes = list.map((id) => table.encode(id))
      const again = list.map((id) => table.encode(id))
      for (const [i, id] of list.entries()) {
        assert.equal(table.decode(codes[i]!), id)
        assert.equal(table.hash(codes[i]!), hashTaskId(id))
        for (const [j, other] of list.entries()) {
          const order = Math.sign(table.compare(codes[i]!, again[j]!))
          assert.equal(order === 0, id === other)
          assert.equal(order, -Math.sign(table.compare(again[j]!, codes[i]!)) || 0)
        }
      }
      const sorted = codes.toSorted((a, b) => table.compare(a, b)).map((code) => table.decode(code))
      assert.deepEqual(sorted, list.toSorted(byContents))
    }),
  )
})

test('spellings that do not fit a chunk go on in the next', () => {
  const table = new IdTable()
  const long = (i: number) => `${i}`.padStart(64, '漢')
  const codes = Array.from({ length: 20_000 }, (_, i) => table.encode(long(i)))
  for (const i of [0, 1, 8_120, 8_126, 8_127, 8_128, 16_253, 16_254, 19_999])
    assert.equal(table.decode(codes[i]!), long(i))
})

test('the index finds the first row of each id, and no other', () => {
  fc.assert(
    fc.property(fc.array(ids, { maxLength: 60 }), ids, (list, stranger) => {
      const table = new IdTable()
      const column = Column.ofDoubles()
      for (const id of list) column.push(table.encode(id))
      const index = new RowIndex(table, column, list.length)
      for (const [row, id] of list.entries()) {
        const first = list.indexOf(id)
        assert.equal(index.add(row), first)
        assert.equal(index.find(id), first)
      }
      assert.equal(index.find(stranger), list.indexOf(stranger))
    }),
  )
})

function byContents(a: TaskId, b: TaskId): number {
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1
  if (typeof b === 'number') return 1
  return a < b ? -1 : a > b ? 1 : 0
}
