import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DAY_MS, decided, NOW, onStore, processing, report, task, UNKNOWN_PARKED } from './fixtures.ts'
import type { Store } from '../../../src/store/contract.ts'
import type { OpenSubject, Subject } from './fixtures.ts'
import { wholeLog } from './change-log.ts'

const TODAY = Math.floor(NOW / DAY_MS)

export function keepingContract(open: OpenSubject): void {
  describe('retention', () => {
    it(
      'forgets days that are over, in steps, reports with their tasks',
      onStore(open, async (store) => {
        const old = [1, 2, 3, 4, 5].map((id) => task(id, { solvedAt: NOW - 3 * DAY_MS }))
        await store.recordTasks(old, NOW)
        await store.recordTasks([task(6), task(7, { solvedAt: NOW - DAY_MS })], NOW)
        await store.recordReports([1, 2].map((id) => report(id, { receivedAt: NOW - 3 * DAY_MS + 10 })))
        await store.recordReports([report(6), report(99, { receivedAt: NOW - 3 * DAY_MS })])
        const head = await store.head()
        const removed: number[] = []
        do {
          removed.push(await store.retire(TODAY - 1, 3))
          // Between two steps too, no report is left without its task.
          const { items } = await store.listReports({ limit: 1000 })
          assert.equal(items.length, (await store.stats()).reports)
        } while (removed.at(-1) === 3)
        // 5 tasks, 2 reports, 1 parked.
        assert.deepEqual(removed, [3, 3, 2])
        assert.equal(await store.retire(TODAY - 1, 3), 0)
        assert.equal(await store.findTask(1), null)
        assert.equal(await store.findReport(1), null)
        assert.equal((await store.findTask(7))?.status, 'ready')
        const { tasks, reports, parked } = await store.stats()
        assert.deepEqual([tasks, reports, parked], [2, 1, 0])
        const kinds = (await wholeLog(store)).map(
          (change) => `${change.kind} ${'taskId' in change && change.taskId}`,
        )
        assert.deepEqual(kinds, ['task 6', 'task 7', 'report 6'])
        assert.equal(await store.head(), head)
        // What came too late to be known is unknown, and the counts of what was stay.
        assert.deepEqual(await store.recordReports([report(1)]), [UNKNOWN_PARKED])
        assert.equal((await store.outcomes()).outcomes.recorded, 3)
      }),
    )

    it(
      'gives no position of the log twice, even when all is gone',
      onStore(open, async (store, subject) => {
        await store.recordTasks([task(1), task(2)], NOW)
        const head = await store.head()
        await store.retire(TODAY + 1, 100)
        assert.equal((await store.stats()).tasks, 0)
        const later = subject.reopen === null ? subject : await subject.reopen()
        assert.equal(await later.store.head(), head)
        await later.store.recordTasks([task(1)], NOW)
        const [change] = await later.store.changesSince(head, 10)
        assert.ok(change !== undefined && change.seq > head)
        assert.deepEqual(await later.store.recordReports([report(1)]), [decided('recorded')])
        await later.dispose()
      }),
    )

    it(
      'refuses a limit that is none',
      onStore(open, async (store) => {
        await assert.rejects(store.retire(TODAY, 0), RangeError)
      }),
    )
  })

  describe('closing', () => {
    it(
      'can be said twice, and after it nothing works',
      onStore(open, async (store) => {
        await store.close()
        await store.close()
        await assert.rejects(store.findTask(1), { name: 'StoreUnavailable' })
        await assert.rejects(store.recordTasks([task(1)], NOW), { name: 'StoreUnavailable' })
      }),
    )

    it('and opening again keeps the order in which reports wait', async (t) => {
      const life = async (store: Store, first: Subject): Promise<void> => {
        if (first.reopen === null) return t.skip('this engine keeps nothing once it is closed')
        const good = { claim: 'good' } as const
        await store.recordReports([report(1), report(1, good), report(2, good)])
        const second = await first.reopen()
        await second.store.recordReports([report(2), report(3), report(3, good)])
        const third = (await second.reopen?.()) ?? second
        await third.store.recordTasks([task(1), task(2), task(3)], NOW)
        const claims: unknown[] = []
        for (const id of [1, 2, 3]) claims.push((await third.store.findReport(id))?.claim)
        assert.deepEqual(claims, ['good', 'bad', 'good'])
        await third.dispose()
      }
      await onStore(open, life, { parkedPerAccountMax: 10 })()
    })

    it('and opening again loses nothing', async (t) => {
      await onStore(open, async (_store, first) => {
        if (first.reopen === null) return t.skip('this engine keeps nothing once it is closed')
        let subject = first
        const ids = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? i + 1 : `opaque-${i}`))
        for (const [i, id] of ids.entries()) {
          const { store } = subject
          assert.deepEqual(await store.recordTasks([i % 5 === 0 ? processing(id) : task(id)], NOW), [
            { fate: 'recorded' },
          ])
          await store.recordReports([report(id), report(`early-${i % 4}`)])
          if (i % 7 === 0) await store.recordReports([report(id, { claim: 'good' })])
          const before = [
            await store.stats(),
            await store.outcomes(),
            await wholeLog(store),
            await store.head(),
          ]
          if (i % 10 === 9) subject = await (subject.reopen as NonNullable<typeof subject.reopen>)()
          const after = [
            await subject.store.stats(),
            await subject.store.outcomes(),
            await wholeLog(subject.store),
            await subject.store.head(),
          ]
          // What the file holds is the same; how many bytes that takes may change.
          assert.deepEqual({ ...(after[0] as object), bytes: 0 }, { ...(before[0] as object), bytes: 0 })
          assert.deepEqual(after.slice(1), before.slice(1))
        }
        const fates = await subject.store.recordReports(ids.map((id) => report(id)))
        assert.deepEqual(
          fates.map(({ outcome }) => outcome),
          ids.map((_, i) => (i % 5 === 0 ? 'not-ready' : 'repeated')),
        )
        await subject.store.recordTasks([task('early-1')], NOW)
        assert.deepEqual((await subject.store.findReport('early-1'))?.flags, ['early'])
        await subject.dispose()
      })()
    })
  })
}
