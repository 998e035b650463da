import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ReportChange } from '../../../src/domain/change.ts'
import type { ReportQuery, Store } from '../../../src/store/contract.ts'
import { wholeLog } from './change-log.ts'
import { DAY_MS, HOUR_MS, NOW, onStore, report, said, task } from './fixtures.ts'
import type { OpenSubject } from './fixtures.ts'

async function listed(store: Store, query: Omit<ReportQuery, 'limit'> = {}): Promise<unknown[]> {
  return (await store.listReports({ ...query, limit: 1000 })).items.map(({ taskId }) => taskId)
}

export function listContract(open: OpenSubject): void {
  describe('the list of reports', () => {
    it(
      'holds what stands, in the order of commit',
      onStore(open, async (store) => {
        await store.recordTasks([task(1), task(2), task(3, { account: 'cove' })], NOW)
        await store.recordReports([
          report(3, { account: 'cove', receivedAt: NOW + 5 }),
          report(1),
          report(2, { receivedAt: NOW + 1 }),
          report(1, { claim: 'good', receivedAt: NOW + 2 }),
        ])
        const { items, next } = await store.listReports({ limit: 10 })
        assert.equal(next, null)
        assert.deepEqual(items.map(said), [
          { taskId: 3, account: 'cove', claim: 'bad', receivedAt: NOW + 5, flags: [] },
          { taskId: 2, account: 'acme', claim: 'bad', receivedAt: NOW + 1, flags: [] },
          { taskId: 1, account: 'acme', claim: 'good', receivedAt: NOW + 2, flags: ['claim-changed'] },
        ])
        // With its place in the log, and what there is to judge it by.
        const log = (await wholeLog(store)).filter((change) => change.kind === 'report')
        assert.deepEqual(
          items,
          [0, 2, 3].map((i) => {
            const { kind: _kind, replaces: _replaces, ...change } = log[i] as ReportChange
            return change
          }),
        )
        for (const item of items) assert.deepEqual(await store.findReport(item.taskId), item)
        assert.deepEqual(await listed(store, { account: 'acme' }), [2, 1])
        assert.deepEqual(await listed(store, { account: 'nobody' }), [])
      }),
    )

    it(
      'is cut by receipt time, from included and to not',
      onStore(open, async (store) => {
        const solvedAt = NOW - 2 * HOUR_MS
        await store.recordTasks(
          [1, 2, 3].map((id) => task(id, { solvedAt })),
          NOW,
        )
        await store.recordReports([
          report(1, { receivedAt: NOW }),
          report(2, { receivedAt: NOW + HOUR_MS }),
          report(3, { receivedAt: NOW + 2 * HOUR_MS }),
        ])
        assert.deepEqual(await listed(store, { from: NOW + 1 }), [2, 3])
        assert.deepEqual(await listed(store, { from: NOW, to: NOW + HOUR_MS }), [1])
        assert.deepEqual(await listed(store, { to: NOW + HOUR_MS + 1 }), [1, 2])
        assert.deepEqual(await listed(store, { from: NOW + 3 * DAY_MS }), [])
        assert.deepEqual(await listed(store, { from: NOW + 5, to: NOW }), [])
      }),
    )

    it(
      'turns its pages without a gap or a repeat, while it grows',
      onStore(open, async (store) => {
        const ids = Array.from({ length: 25 }, (_, i) => i + 1)
        await store.recordTasks(
          ids.map((id) => task(id)),
          NOW,
        )
        await store.recordReports(ids.map((id) => report(id, { receivedAt: NOW + id })))
        for (const limit of [1, 4, 25, 26]) {
          const seen: unknown[] = []
          let after: string | undefined
          do {
            const { items, next } = await store.listReports({
              limit,
              ...(after === undefined ? {} : { after }),
            })
            seen.push(...items.map(({ taskId }) => taskId))
            after = next ?? undefined
            assert.ok(items.length <= limit)
          } while (after !== undefined)
          assert.deepEqual(seen, ids)
        }
        const { next } = await store.listReports({ limit: 20 })
        await store.recordTasks([task(99)], NOW)
        await store.recordReports([report(99)])
        assert.deepEqual(await listed(store, { after: next ?? '' }), [21, 22, 23, 24, 25, 99])
      }),
    )

    it(
      'refuses a limit or a cursor that is none',
      onStore(open, async (store) => {
        for (const limit of [0, 1001, 1.5, Number.NaN])
          await assert.rejects(store.listReports({ limit }), RangeError)
        await assert.rejects(store.listReports({ limit: 1, after: 'x' }), RangeError)
      }),
    )
  })
}
