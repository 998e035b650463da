import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Change } from '../../../src/domain/change.ts'
import type { Store } from '../../../src/store/contract.ts'
import { DAY_MS, HOUR_MS, NOW, onStore, processing, report, task } from './fixtures.ts'
import type { OpenSubject } from './fixtures.ts'

/** The whole log, read in pages of `limit` as a reader would. */
export async function wholeLog(store: Store, limit = 1000): Promise<Change[]> {
  const changes: Change[] = []
  for (;;) {
    const page = await store.changesSince(changes.at(-1)?.seq ?? 0, limit)
    assert.ok(page.length <= limit)
    if (page.length === 0) return changes
    changes.push(...page)
  }
}

export function changeLogContract(open: OpenSubject): void {
  describe('the change log', () => {
    it(
      'tells of each task settled and each claim accepted, in the order of commit, with all that is known',
      onStore(open, async (store) => {
        const labels = { pool: 'b' }
        await store.recordTasks(
          [processing(1), task(2, { region: 'eu', labels }), task(3, { status: 'failed' })],
          NOW,
        )
        await store.recordReports([report(2, { receivedAt: NOW + 1 }), report(1)])
        await store.recordTasks([task(1)], NOW + 2)
        await store.recordReports([report(2, { claim: 'good', receivedAt: NOW + 3, pathClass: 'image' })])
        const log = await wholeLog(store)
        const common = { account: 'acme', group: 'payer-1', solvedAt: NOW - HOUR_MS }
        const plain = {
          type: 'TurnstileTask',
          site: 'shop.example',
          solver: '3.8.1',
          region: null,
          labels: {},
        }
        const rich = { ...plain, region: 'eu', labels }
        assert.deepEqual(
          log.map(({ seq: _seq, ...change }) => change),
          [
            { kind: 'task', taskId: 2, ...common, attributes: rich, exposed: true },
            {
              kind: 'report',
              taskId: 2,
              ...common,
              attributes: rich,
              claim: 'bad',
              replaces: null,
              receivedAt: NOW + 1,
              flags: [],
            },
            { kind: 'task', taskId: 1, ...common, attributes: plain, exposed: true },
            {
              kind: 'report',
              taskId: 2,
              ...common,
              attributes: rich,
              claim: 'good',
              replaces: 'bad',
              receivedAt: NOW + 3,
              flags: ['class-mismatch', 'claim-changed'],
            },
          ],
        )
        const seqs = log.map(({ seq }) => seq)
        assert.deepEqual(
          seqs,
          [...seqs].sort((a, b) => a - b),
        )
        assert.equal(new Set(seqs).size, seqs.length)
        assert.equal(await store.head(), seqs.at(-1))
      }),
    )

    it(
      'gives the same whatever the size of a page',
      onStore(open, async (store) => {
        for (let i = 1; i <= 40; i++) {
          await store.recordTasks([i % 3 === 0 ? processing(i) : task(i)], NOW)
          await store.recordReports([report(i), report(i, { claim: 'good' })])
        }
        const whole = await wholeLog(store)
        assert.ok(whole.length > 60)
        for (const limit of [1, 2, 3, 7, 1000]) assert.deepEqual(await wholeLog(store, limit), whole)
        // From anywhere.
        for (const [i, { seq }] of whole.entries()) {
          assert.deepEqual(await store.changesSince(seq, 1000), whole.slice(i + 1))
        }
      }),
    )

    it(
      'goes on where a reader stopped, past tasks that never settle',
      onStore(open, async (store) => {
        await store.recordTasks([task(1)], NOW)
        const [first] = await store.changesSince(0, 10)
        const cursor = first?.seq ?? 0
        await store.recordTasks([processing(2), processing(3)], NOW)
        assert.deepEqual(await store.changesSince(cursor, 10), [])
        await store.recordTasks([processing(4)], NOW)
        assert.deepEqual(await store.changesSince(cursor, 10), [])
        await store.recordTasks([task(3), task(5)], NOW)
        const rest = await store.changesSince(cursor, 10)
        assert.deepEqual(
          rest.map((change) => change.kind === 'task' && change.taskId),
          [3, 5],
        )
        assert.deepEqual(await store.changesSince(0, 10), [first, ...rest])
      }),
    )

    it(
      'says of a task whether it was ever reportable',
      onStore(open, async (store) => {
        await store.recordTasks(
          [
            task(1, { solvedAt: NOW - DAY_MS }),
            task(2, { solvedAt: NOW - DAY_MS - 1 }),
            processing(3, { issuedAt: NOW - 2 * DAY_MS }),
          ],
          NOW,
        )
        await store.recordTasks([task(3, { solvedAt: NOW - 2 * DAY_MS + 5 })], NOW)
        const log = await wholeLog(store)
        assert.deepEqual(
          log.map((change) => change.kind === 'task' && change.exposed),
          [true, false, false],
        )
      }),
    )

    it(
      'tells of adopted reports after their task, and of nothing refused or repeated',
      onStore(open, async (store) => {
        await store.recordReports([report(1), report(1), report(2)])
        await store.recordTasks([task(1)], NOW)
        await store.recordReports([report(1)])
        const log = await wholeLog(store)
        assert.deepEqual(
          log.map(({ kind }) => kind),
          ['task', 'report'],
        )
      }),
    )

    it(
      'tells of incidents that people resolved',
      onStore(open, async (store) => {
        await store.recordTasks([task(1)], NOW)
        await store.appendIncidentEvents([
          { incidentId: 'i1', event: 'opened', at: NOW, by: null, key: 'a' },
          { incidentId: 'i1', event: 'resolved', at: NOW + 1, by: 'ops', key: 'b' },
          { incidentId: 'i2', event: 'resolved', at: NOW + 2, by: null, key: 'c' },
        ])
        await store.recordTasks([task(2)], NOW)
        const log = await wholeLog(store)
        assert.deepEqual(
          log.map(({ kind }) => kind),
          ['task', 'act', 'task'],
        )
        const { seq: _seq, ...act } = log[1] as Change
        assert.deepEqual(act, { kind: 'act', act: 'resolved', incidentId: 'i1', at: NOW + 1 })
      }),
    )

    it(
      'gives equal attributes as one object',
      onStore(open, async (store) => {
        await store.recordTasks([task(1), task(2), task(3, { site: 'other.example' })], NOW)
        const [a, b, c] = (await wholeLog(store)).map((change) => change.kind === 'task' && change.attributes)
        assert.equal(a, b)
        assert.notEqual(a, c)
      }),
    )

    it(
      'refuses a cursor or limit that is none',
      onStore(open, async (store) => {
        await assert.rejects(store.changesSince(-1, 10), RangeError)
        await assert.rejects(store.changesSince(0.5, 10), RangeError)
        await assert.rejects(store.changesSince(0, 0), RangeError)
      }),
    )
  })
}
