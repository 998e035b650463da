import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { StoredTask, TaskRecord } from './task.ts'
import { dayOfRecord, mergeTask } from './task.ts'

const attributes = {
  type: 'TurnstileTask',
  site: 'shop.example',
  solver: '3.8.1',
  region: 'eu-1',
  labels: { pool: 'b' },
}
const processing: StoredTask = {
  taskId: 7,
  account: 'acme',
  attributes,
  status: 'processing',
  solvedAt: null,
  issuedAt: 1_000,
  day: 0,
}
const ready: StoredTask = { ...processing, status: 'ready', solvedAt: 5_000 }
const record = (over: Partial<TaskRecord>): TaskRecord => ({
  taskId: 7,
  account: 'acme',
  type: attributes.type,
  site: attributes.site,
  solver: attributes.solver,
  status: 'ready',
  solvedAt: 5_000,
  issuedAt: null,
  ...over,
})

describe('a later record of a known task', () => {
  test('may settle it once', () => {
    assert.deepEqual(mergeTask(processing, record({})), { kind: 'updated', status: 'ready', solvedAt: 5_000 })
    assert.deepEqual(mergeTask(processing, record({ status: 'failed', solvedAt: null, issuedAt: 1_000 })), {
      kind: 'updated',
      status: 'failed',
      solvedAt: null,
    })
  })

  test('changes nothing when it says the same, less, or is stale', () => {
    for (const over of [
      {},
      { region: 'eu-1' },
      { labels: { pool: 'b' } },
      { status: 'processing', solvedAt: null, issuedAt: 1_000 },
      { issuedAt: 1_000 },
    ] as const)
      assert.equal(mergeTask(ready, record(over)).kind, 'unchanged', JSON.stringify(over))
  })

  test('is refused, naming the field, when it contradicts what is known', () => {
    const cases: [StoredTask, Partial<TaskRecord>, string][] = [
      [ready, { account: 'other' }, 'account'],
      [ready, { type: 'X' }, 'type'],
      [ready, { site: 'x.example' }, 'site'],
      [ready, { solver: '4' }, 'solver'],
      [ready, { region: 'us' }, 'region'],
      [ready, { labels: {} }, 'labels'],
      [ready, { labels: { pool: 'c' } }, 'labels'],
      [ready, { solvedAt: 5_001 }, 'solvedAt'],
      [ready, { status: 'failed' }, 'status'],
      [processing, { status: 'processing', solvedAt: null, issuedAt: 1_001 }, 'issuedAt'],
      [{ ...processing, status: 'failed' }, {}, 'status'],
    ]
    for (const [stored, over, field] of cases) {
      const result = mergeTask(stored, record(over))
      assert.equal(result.kind, 'conflict', field)
      assert.ok(
        result.kind === 'conflict' && result.detail.startsWith(`${field} was `),
        JSON.stringify(result),
      )
    }
  })

  test('applied twice changes nothing the second time', () => {
    const status = fc.constantFrom('processing', 'ready', 'failed')
    const at = fc.option(fc.integer({ min: 1, max: 9 }))
    fc.assert(
      fc.property(status, at, at, (next, solvedAt, issuedAt) => {
        if (next === 'ready' && solvedAt === null) return
        if (solvedAt === null && issuedAt === null) return
        const incoming = record({ status: next, solvedAt, issuedAt })
        const first = mergeTask(processing, incoming)
        if (first.kind !== 'updated') return
        const after = { ...processing, status: first.status, solvedAt: first.solvedAt }
        assert.equal(mergeTask(after, incoming).kind, 'unchanged')
      }),
    )
  })
})

test('the day of a task is when it was solved, else when it was issued', () => {
  assert.equal(dayOfRecord(record({ solvedAt: 86_400_000, issuedAt: 1 })), 1)
  assert.equal(dayOfRecord(record({ status: 'processing', solvedAt: null, issuedAt: 86_399_999 })), 0)
  assert.throws(() => dayOfRecord(record({ solvedAt: null })), RangeError)
})
