import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addBins, eachBin, packBins } from './day-bins.ts'
import type { BinCounts, PackedBins } from './day-bins.ts'

const LARGE = 2 ** 50
const counts = fc.record(
  {
    bin: fc.oneof(fc.nat({ max: 95 }), fc.nat({ max: 40 * 96 })),
    issued: fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: LARGE })),
    bad: fc.oneof(fc.nat({ max: 4 }), fc.integer({ min: -70, max: 70 })),
    good: fc.oneof(fc.nat({ max: 4 }), fc.integer({ min: -LARGE, max: LARGE })),
    expected: fc.oneof(fc.nat({ max: 100_000 }), fc.nat({ max: LARGE })),
  },
  { noNullPrototype: true },
)
const days = fc.oneof(
  fc.uniqueArray(counts, { selector: ({ bin }) => bin, maxLength: 1 }),
  fc.uniqueArray(counts, { selector: ({ bin }) => bin, maxLength: 96 }),
)

function unpacked(packed: PackedBins): BinCounts[] {
  const bins: BinCounts[] = []
  eachBin(packed, (bin, issued, bad, good, expected) => bins.push({ bin, issued, bad, good, expected }))
  return bins
}

function isSomething({ issued, bad, good, expected }: BinCounts): boolean {
  return issued !== 0 || bad !== 0 || good !== 0 || expected !== 0
}

test('packed bins come back in order, without those that hold nothing', () => {
  fc.assert(
    fc.property(days, (bins) => {
      const expected = bins.filter(isSomething).sort((a, b) => a.bin - b.bin)
      assert.deepEqual(unpacked(packBins(bins)), expected)
    }),
  )
})

test('adding is adding, bin by bin', () => {
  fc.assert(
    fc.property(days, days, (first, second) => {
      const sums = new Map<number, BinCounts>()
      for (const one of [...first, ...second]) {
        const sum = sums.get(one.bin) ?? { bin: one.bin, issued: 0, bad: 0, good: 0, expected: 0 }
        sum.issued += one.issued
        sum.bad += one.bad
        sum.good += one.good
        sum.expected += one.expected
        sums.set(one.bin, sum)
      }
      const expected = [...sums.values()].filter(isSomething).sort((a, b) => a.bin - b.bin)
      assert.deepEqual(unpacked(addBins(packBins(first), second)), expected)
    }),
  )
})

test('one bin with little in it is one integer that a reader gets as a number', () => {
  const small = { bin: 95, issued: 255, bad: 3, good: 3, expected: 2 ** 34 - 1 }
  assert.equal(packBins([small]), Number.MAX_SAFE_INTEGER - 2 ** 7 + 96)
  assert.deepEqual(unpacked(packBins([small])), [small])
  for (const over of [{ issued: 256 }, { bad: 4 }, { good: -1 }, { expected: 2 ** 34 }])
    assert.ok(typeof packBins([{ ...small, ...over }]) === 'string', JSON.stringify(over))
})

test('text that is cut short, or none of ours, is noticed', () => {
  const text = packBins([{ bin: 40, issued: 300, bad: 0, good: 0, expected: 21_000 }]) as string
  assert.equal(text.length, 9)
  for (let length = 1; length < text.length; length++)
    assert.throws(() => unpacked(text.slice(0, length)), /damaged/)
  assert.throws(() => unpacked(`${text} `), /damaged/)
})
