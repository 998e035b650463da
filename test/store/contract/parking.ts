import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  DAY_MS,
  decided,
  HOUR_MS,
  NOW,
  onStore,
  processing,
  report,
  said,
  task,
  UNKNOWN_PARKED,
  UNKNOWN_REFUSED,
} from './fixtures.ts'
import type { OpenSubject } from './fixtures.ts'

export function parkingContract(open: OpenSubject): void {
  describe('reports before their task', () => {
    it(
      'wait, then count with their own receipt time',
      onStore(open, async (store) => {
        assert.deepEqual(await store.recordReports([report(1), report('uuid-like')]), [
          UNKNOWN_PARKED,
          UNKNOWN_PARKED,
        ])
        assert.equal((await store.stats()).parked, 2)
        await store.recordTasks([task(1), task('uuid-like')], NOW + 60_000)
        for (const taskId of [1, 'uuid-like']) {
          assert.deepEqual(said(await store.findReport(taskId)), {
            taskId,
            account: 'acme',
            claim: 'bad',
            receivedAt: NOW,
            flags: ['early'],
          })
        }
        const { total, outcomes, adopted } = await store.outcomes()
        assert.deepEqual([total, outcomes['unknown-task'], outcomes.recorded, adopted], [2, 2, 0, 2])
        const { parked, reports } = await store.stats()
        assert.deepEqual([parked, reports], [0, 2])
        assert.deepEqual(await store.recordReports([report(1)]), [decided('repeated')])
      }),
    )

    it(
      'park once however often they are repeated',
      onStore(open, async (store) => {
        await store.recordReports([report(1), report(1, { receivedAt: NOW + 1 })])
        assert.deepEqual(await store.recordReports([report(1, { receivedAt: NOW + 2 })]), [UNKNOWN_PARKED])
        assert.equal((await store.stats()).parked, 1)
        await store.recordTasks([task(1)], NOW + 3)
        assert.equal((await store.findReport(1))?.receivedAt, NOW)
        assert.equal((await store.outcomes()).adopted, 1)
      }),
    )

    it(
      'change the claim if they did, oldest first even within a millisecond',
      onStore(open, async (store) => {
        const good = { claim: 'good' } as const
        await store.recordReports([report(1), report(1, good), report(2, good), report(2)])
        await store.recordTasks([task(1), task(2)], NOW + 1)
        const first = await store.findReport(1)
        assert.deepEqual([first?.claim, first?.flags], ['good', ['claim-changed', 'early']])
        assert.equal((await store.findReport(2))?.claim, 'bad')
        assert.deepEqual(await store.recordReports([report(1), report(2, good)]), [
          decided('repeated'),
          decided('repeated'),
        ])
        assert.equal((await store.outcomes()).adopted, 4)
      }),
    )

    it(
      'wait on while the task is processing',
      onStore(open, async (store) => {
        await store.recordReports([report(1)])
        await store.recordTasks([processing(1)], NOW)
        assert.equal((await store.stats()).parked, 1)
        assert.equal(await store.findReport(1), null)
        await store.recordTasks([task(1)], NOW + 1)
        assert.equal((await store.findReport(1))?.receivedAt, NOW)
        assert.equal((await store.stats()).parked, 0)
      }),
    )

    it(
      'are dropped when the task failed',
      onStore(open, async (store) => {
        await store.recordReports([report(1), report(2)])
        await store.recordTasks([task(1, { status: 'failed' }), processing(2)], NOW)
        await store.recordTasks([task(2, { status: 'failed' })], NOW)
        assert.equal((await store.stats()).parked, 0)
        assert.equal((await store.stats()).reports, 0)
        assert.equal((await store.outcomes()).adopted, 0)
      }),
    )

    it(
      'are dropped when they waited too long, to the millisecond',
      onStore(open, async (store) => {
        await store.recordReports([report(1), report(2, { receivedAt: NOW - 1 })])
        await store.recordTasks(
          [task(1, { solvedAt: NOW + DAY_MS - HOUR_MS }), task(2, { solvedAt: NOW + DAY_MS - HOUR_MS })],
          NOW + DAY_MS,
        )
        assert.equal((await store.findReport(1))?.receivedAt, NOW)
        assert.equal(await store.findReport(2), null)
        assert.equal((await store.stats()).parked, 0)
      }),
    )

    it(
      'count only within the window of the task',
      onStore(
        open,
        async (store) => {
          await store.recordReports([report(1), report(2)])
          await store.recordTasks(
            [task(1, { solvedAt: NOW - HOUR_MS }), task(2, { solvedAt: NOW - HOUR_MS - 1 })],
            NOW,
          )
          assert.equal((await store.findReport(1))?.receivedAt, NOW)
          assert.equal(await store.findReport(2), null)
          assert.equal((await store.outcomes()).adopted, 1)
        },
        { reportWindowMs: HOUR_MS },
      ),
    )

    it(
      'never count for another account’s task',
      onStore(open, async (store) => {
        await store.recordReports([report(1), report(1, { account: 'bolt', claim: 'good' })])
        await store.recordTasks([task(1, { account: 'bolt' })], NOW)
        const found = await store.findReport(1)
        assert.deepEqual([found?.account, found?.claim], ['bolt', 'good'])
        assert.equal((await store.stats()).parked, 1)
      }),
    )

    it(
      'are bounded per account; what waits already is still welcome',
      onStore(open, async (store) => {
        const ids = [1, 2, 3, 4, 5, 6]
        const fates = await store.recordReports(ids.map((id) => report(id)))
        assert.deepEqual(fates, [...Array(5).fill(UNKNOWN_PARKED), UNKNOWN_REFUSED])
        assert.deepEqual(await store.recordReports([report(1), report(7, { account: 'cove' })]), [
          UNKNOWN_PARKED,
          UNKNOWN_PARKED,
        ])
        await store.recordTasks([task(6), task(1)], NOW)
        assert.equal(await store.findReport(6), null)
        // Adoption made room, and so does age.
        assert.deepEqual(await store.recordReports([report(8)]), [UNKNOWN_PARKED])
        const later = NOW + DAY_MS + 1
        assert.deepEqual(await store.recordReports([report(9, { receivedAt: later })]), [UNKNOWN_PARKED])
      }),
    )

    it(
      'are held to the class of the task when it comes',
      onStore(open, async (store) => {
        await store.recordReports([report(1, { pathClass: 'image' })])
        await store.recordTasks([task(1)], NOW)
        assert.deepEqual((await store.findReport(1))?.flags, ['class-mismatch', 'early'])
      }),
    )

    it(
      'are held to it strictly where the store is strict',
      onStore(
        open,
        async (store) => {
          await store.recordReports([report(1, { pathClass: 'image' }), report(2)])
          await store.recordTasks([task(1), task(2)], NOW)
          assert.equal(await store.findReport(1), null)
          assert.deepEqual((await store.findReport(2))?.flags, ['early'])
        },
        { strictClass: true },
      ),
    )
  })
}
