import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { reportKey, taskKey } from './index-key.ts'
import { SeqIndex } from './seq-index.ts'
import type { IndexKey } from './seq-index.ts'

function candidates(index: SeqIndex, key: IndexKey): number[] {
  const seqs: number[] = []
  index.find(key, (seq) => {
    seqs.push(seq)
    return false
  })
  return seqs
}

/** Keys that meet in one place and share a print as often as chance can make them. */
const key = fc.record({
  place: fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1),
  print: fc.constantFrom(0, 1, 4095, 4096),
})

describe('the index', () => {
  it('never misses a row, whatever was inserted, removed, taken back or kept', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('insert' as const), key, skip: fc.nat({ max: 3 }) }),
      fc.record({ do: fc.constant('remove' as const), pick: fc.nat() }),
      fc.record({ do: fc.constant('claim' as const), pick: fc.nat(), claim: fc.nat({ max: 3 }) }),
      fc.record({ do: fc.constant('keep' as const) }),
      fc.record({ do: fc.constant('undo' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const index = new SeqIndex(4)
        let rows = new Map<number, { key: IndexKey; claim: number }>()
        let kept = new Map(rows)
        let last = 0
        let keptLast = 0
        for (const one of steps) {
          const seqs = [...rows.keys()]
          if (one.do === 'insert') {
            last += 1 + one.skip
            index.insert(one.key, last)
            rows.set(last, { key: one.key, claim: 0 })
          } else if (one.do === 'keep') {
            index.keep()
            kept = new Map(rows)
            keptLast = last
          } else if (one.do === 'undo') {
            index.undo()
            rows = new Map(kept)
            last = keptLast
          } else if (seqs.length > 0) {
            const seq = seqs[one.pick % seqs.length] as number
            const row = rows.get(seq) as { key: IndexKey; claim: number }
            if (one.do === 'claim') {
              index.setClaim(seq, one.claim)
              rows.set(seq, { ...row, claim: one.claim })
            } else if (row.claim === 0) {
              index.remove(row.key, seq)
              rows.delete(seq)
            }
          }
        }
        for (const [seq, row] of rows) {
          assert.ok(candidates(index, row.key).includes(seq), `seq ${seq} is not found`)
          assert.equal(index.claimAt(seq), row.claim)
          assert.equal(
            index.find(row.key, (candidate) => candidate === seq),
            seq,
          )
        }
        // Nor does it show what was never there or is gone.
        const known = [...rows.keys()]
        for (const { key: wanted } of rows.values()) {
          for (const seq of candidates(index, wanted)) assert.ok(known.includes(seq))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('shows newer segments first, so that a task that settled is found where it is now', () => {
    const index = new SeqIndex(4)
    const one = taskKey(7)
    for (const seq of [3, 20, 40]) index.insert(one, seq)
    assert.deepEqual(candidates(index, one), [40, 20, 3])
  })

  it('holds as many entries as a segment has seqs', () => {
    const index = new SeqIndex(4)
    const same = { place: 2 ** 32 - 1, print: 5 }
    for (let seq = 0; seq < 32; seq++) index.insert(same, seq)
    assert.equal(candidates(index, same).length, 32)
    assert.deepEqual(candidates(index, { place: 2 ** 32 - 1, print: 6 }), [])
  })

  it('refuses to write where a segment was dropped', () => {
    const index = new SeqIndex(4)
    index.insert(taskKey(1), 1)
    index.insert(taskKey(2), 17)
    index.keep()
    index.drop(0)
    assert.equal(index.claimAt(1), 0)
    assert.throws(() => index.insert(taskKey(3), 2), /dropped/)
  })

  it('reads few rows for nothing: its two hashes are independent', () => {
    const index = new SeqIndex(12)
    const size = 4096 * 8
    for (let seq = 0; seq < size; seq++) index.insert(taskKey(seq * 977 + 13), seq)
    let falseHits = 0
    for (let i = 0; i < size; i++) falseHits += candidates(index, taskKey(`unknown-${i}`)).length
    for (let i = 0; i < size; i++) falseHits += candidates(index, taskKey(2 ** 40 + i)).length
    for (let i = 0; i < size; i++) falseHits += candidates(index, reportKey(i + 1)).length
    // A miss passes 1.5 entries of each of 8 half-full segments, each alike by chance of 1 in 4095: 0.3 %.
    const rate = falseHits / (3 * size)
    assert.ok(rate < 0.006, `false hits per look-up: ${rate}`)
  })
})
