import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Outcome } from '../domain/outcome.ts'
import { OutcomeBook } from './outcome-book.ts'

/** A store that keeps sums, and fails when told to. */
function scene() {
  const counted: Partial<Record<Outcome, number>> = {}
  const state = { isAway: false, calls: 0 }
  const book = new OutcomeBook({
    async countOutcomes(counts) {
      state.calls++
      if (state.isAway) throw new Error('away')
      for (const [name, count] of Object.entries(counts) as [Outcome, number][])
        counted[name] = (counted[name] ?? 0) + count
    },
  })
  return { book, counted, state }
}

test('only what the store has not counted itself is handed to it', async () => {
  const { book, counted } = scene()
  book.storeCounted('recorded')
  book.count('malformed')
  book.count('malformed')
  await book.flush()
  assert.deepEqual(counted, { malformed: 2 })
  assert.equal(book.totals.recorded, 1)
  assert.equal(book.totals.malformed, 2)
})

test('a recount moves one request, and the sum stays', async () => {
  const { book, counted } = scene()
  book.recount('unknown-task', 'throttled')
  await book.flush()
  assert.deepEqual(counted, { 'unknown-task': -1, throttled: 1 })
  assert.equal(book.totals.throttled, 1)
  assert.equal(book.totals['unknown-task'], 0)
})

test('counts wait while the store is away, and are handed over once', async () => {
  const { book, counted, state } = scene()
  book.count('unavailable')
  state.isAway = true
  await assert.rejects(book.flush(), /away/)
  book.count('unavailable')
  state.isAway = false
  await Promise.all([book.flush(), book.flush()])
  assert.deepEqual(counted, { unavailable: 2 })
})

test('what is counted while a flush is under way goes with the next', async () => {
  const { book, counted } = scene()
  book.count('method')
  const flushing = book.flush()
  book.count('method')
  await flushing
  assert.deepEqual(counted, { method: 1 })
  await book.flush()
  assert.deepEqual(counted, { method: 2 })
})

test('nothing to hand over asks nothing of the store', async () => {
  const { book, state } = scene()
  await book.flush()
  assert.equal(state.calls, 0)
})
