import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Action } from '../../../src/domain/action.ts'
import type { ActionQuery, Store } from '../../../src/store/contract.ts'
import { wholeLog } from './change-log.ts'
import { HOUR_MS, NOW, onStore, report, task } from './fixtures.ts'
import type { OpenSubject } from './fixtures.ts'

export function action(id: string, fields: Partial<Action> = {}): Action {
  return {
    id,
    kind: 'solver-release',
    at: NOW - HOUR_MS,
    where: { type: 'TurnstileTask', solver: '3.8.2' },
    note: null,
    ...fields,
  }
}

async function listed(store: Store, query: Omit<ActionQuery, 'limit'> = {}): Promise<string[]> {
  return (await store.listActions({ ...query, limit: 1_000 })).items.map(({ id }) => id)
}

export function actionContract(open: OpenSubject): void {
  describe('actions', () => {
    it(
      'are kept with all that was said, and one id is one action',
      onStore(open, async (store, subject) => {
        const first = action('a', { note: 'rolled out' })
        const second = action('b', { kind: 'other', where: {}, at: NOW })
        assert.equal(await store.addAction(first, NOW), true)
        assert.equal(await store.addAction(second, NOW + 1), true)
        assert.equal(await store.addAction(action('a', { note: 'again' }), NOW + 2), false)
        const expected = [
          { ...second, recordedAt: NOW + 1 },
          { ...first, recordedAt: NOW },
        ]
        assert.deepEqual(await store.listActions({ limit: 10 }), { items: expected, next: null })
        assert.deepEqual(await store.findAction('a'), expected[1])
        assert.equal(await store.findAction('c'), null)
        const reopened = subject.reopen === null ? null : await subject.reopen()
        if (reopened === null) return
        assert.deepEqual((await reopened.store.listActions({ limit: 10 })).items, expected)
        await reopened.dispose()
      }),
    )

    it(
      'are in the change log where they were recorded, however long ago they were done',
      onStore(open, async (store) => {
        await store.recordTasks([task(1)], NOW)
        await store.addAction(action('a', { at: NOW - 48 * HOUR_MS }), NOW + 5)
        await store.recordReports([report(1)])
        await store.appendIncidentEvents([
          { incidentId: 'i', event: 'resolved', at: NOW + 6, by: 'ops', key: 'r' },
        ])
        await store.addAction(action('b'), NOW + 7)
        await store.addAction(action('b'), NOW + 8)
        await store.recordTasks([task(2)], NOW + 9)
        const log = await wholeLog(store)
        assert.deepEqual(
          log.map((change) => (change.kind === 'act' ? change.act : change.kind)),
          ['task', 'action', 'report', 'resolved', 'action', 'task'],
        )
        const { seq: _seq, ...change } = log[1] as (typeof log)[0]
        assert.deepEqual(change, {
          kind: 'act',
          act: 'action',
          action: action('a', { at: NOW - 48 * HOUR_MS }),
          at: NOW + 5,
        })
        for (const limit of [1, 2, 3]) assert.deepEqual(await wholeLog(store, limit), log)
      }),
    )

    it(
      'are the end of the log, when nothing came after them',
      onStore(open, async (store) => {
        await store.recordTasks([task(1)], NOW)
        const before = await store.head()
        await store.addAction(action('a'), NOW)
        assert.ok((await store.head()) > before)
        assert.equal(await store.head(), (await wholeLog(store)).at(-1)?.seq)
      }),
    )

    it(
      'are listed by kind and by when they took effect, page by page, while more are recorded',
      onStore(open, async (store) => {
        const ids = Array.from({ length: 7 }, (_, i) => `a${i}`)
        for (const [i, id] of ids.entries())
          await store.addAction(
            action(id, { at: NOW + i, kind: i % 2 === 0 ? 'other' : 'model-update' }),
            NOW + 10 - i,
          )
        assert.deepEqual(await listed(store), ids.toReversed())
        assert.deepEqual(await listed(store, { kind: 'model-update' }), ['a5', 'a3', 'a1'])
        assert.deepEqual(await listed(store, { from: NOW + 2, to: NOW + 4 }), ['a3', 'a2'])
        const first = await store.listActions({ limit: 3 })
        assert.deepEqual(
          first.items.map(({ id }) => id),
          ['a6', 'a5', 'a4'],
        )
        await store.addAction(action('late'), NOW)
        const second = await store.listActions({ limit: 4, after: first.next ?? '' })
        assert.deepEqual(
          second.items.map(({ id }) => id),
          ['a3', 'a2', 'a1', 'a0'],
        )
        assert.equal(second.next, null)
        await assert.rejects(store.listActions({ limit: 0 }), RangeError)
        await assert.rejects(store.listActions({ limit: 10, after: 'x' }), RangeError)
      }),
    )
  })

  describe('incident events', () => {
    it(
      'come back with all that an event can carry',
      onStore(open, async (store) => {
        const facts = {
          situation: 'split' as const,
          where: { type: 'TurnstileTask', solver: '3.8.1' },
          onset: { at: NOW, from: NOW - 2, to: NOW + 1 },
          ratio: { estimate: 11.2, low: 7.9, high: 15.1 },
          reports: 12,
          expected: 1.1,
          accounts: 4,
          sites: { rejecting: ['a.example'], accepting: ['b.example', 'c.example'], undecided: [] },
          alternatives: [{ where: { region: 'eu' }, strength: 0.4 }],
          because: 'Some sites reject.',
        }
        const head = { incidentId: 'i', at: NOW, by: null, method: '2' }
        const events = [
          { ...head, event: 'opened' as const, facts, key: 'opened' },
          { ...head, event: 'merged' as const, other: 'j', because: 'The same reports.', key: 'm' },
          { ...head, event: 'unmerged' as const, other: 'j', because: 'Other sites.', key: 'u' },
          { ...head, event: 'split' as const, because: 'Two faults.', key: 's' },
          { ...head, event: 'action' as const, action: 'act-1', key: 'action:act-1' },
          { ...head, event: 'confirmed-fixed' as const, because: 'None since.', key: 'f' },
          { ...head, event: 'not-fixed' as const, because: 'Nine since.', key: 'n' },
          { ...head, event: 'reopened' as const, facts, because: 'Again.', key: 'r' },
          { ...head, event: 'note' as const, by: 'ann', note: 'looking', key: 'note' },
        ]
        await store.appendIncidentEvents(events)
        assert.deepEqual(await store.incidentEvents(), events)
      }),
    )
  })
}
