import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TaskRecord } from '../../../src/domain/task.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, NOW, onStore, processing, task } from './fixtures.ts'
import type { OpenSubject } from './fixtures.ts'

const RECORDED = { fate: 'recorded' }
const UPDATED = { fate: 'updated' }
const UNCHANGED = { fate: 'unchanged' }

export function taskContract(open: OpenSubject): void {
  describe('tasks', () => {
    it(
      'are found again as they were fed',
      onStore(open, async (store) => {
        const full = task(7, {
          region: 'eu-1',
          labels: { pool: 'b', tier: 'gold' },
          issuedAt: NOW - HOUR_MS - 9_500,
        })
        assert.deepEqual(await store.recordTasks([full], NOW), [RECORDED])
        assert.deepEqual(await store.findTask(7), {
          taskId: 7,
          account: 'acme',
          attributes: {
            type: 'TurnstileTask',
            site: 'shop.example',
            solver: '3.8.1',
            region: 'eu-1',
            labels: { pool: 'b', tier: 'gold' },
          },
          status: 'ready',
          solvedAt: NOW - HOUR_MS,
          issuedAt: NOW - HOUR_MS - 9_500,
          day: Math.floor(NOW / DAY_MS),
        })
        assert.equal(await store.findTask(8), null)
      }),
    )

    it(
      'keep ids of every shape apart',
      onStore(open, async (store) => {
        const ids = [
          7,
          '007',
          '7.0e0',
          2 ** 53 - 1,
          2 ** 40 + 1,
          1,
          '9007199254740993',
          'a',
          'A',
          '4bf92f35-77b3-4da6-a3ce-929d0e0e4736',
          '4BF92F35-77B3-4DA6-A3CE-929D0E0E4736',
          '4bf92f3577b34da6a3ce929d0e0e4736',
          'é'.repeat(64),
          '𝔸-поле-字段',
          'x'.repeat(64),
        ]
        await store.recordTasks(
          ids.map((id, i) => task(id, { site: `s${i}.example` })),
          NOW,
        )
        for (const [i, id] of ids.entries()) {
          const found = await store.findTask(id)
          assert.equal(found?.taskId, id)
          assert.equal(found?.attributes.site, `s${i}.example`)
        }
        assert.equal((await store.stats()).tasks, ids.length)
      }),
    )

    it(
      'fed again, stale, or with less said, change nothing',
      onStore(open, async (store) => {
        const first = task(1, { region: 'eu', labels: { a: '1' } })
        const { region: _region, labels: _labels, ...less } = first
        const fates = await store.recordTasks(
          [first, first, less, processing(1, { region: 'eu' }), { ...first, issuedAt: NOW - 2 * HOUR_MS }],
          NOW,
        )
        assert.deepEqual(fates, [RECORDED, UNCHANGED, UNCHANGED, UNCHANGED, UNCHANGED])
        assert.equal((await store.stats()).tasks, 1)
      }),
    )

    it(
      'settle once, and keep the day of their first record',
      onStore(open, async (store) => {
        const midnight = Math.floor(NOW / DAY_MS) * DAY_MS
        await store.recordTasks([processing(1, { issuedAt: midnight - 5_000 })], NOW)
        const settle = task(1, { solvedAt: midnight + 7_000 })
        assert.deepEqual(await store.recordTasks([settle, settle], NOW), [UPDATED, UNCHANGED])
        const found = await store.findTask(1)
        assert.equal(found?.status, 'ready')
        assert.equal(found?.solvedAt, midnight + 7_000)
        assert.equal(found?.issuedAt, midnight - 5_000)
        assert.equal(found?.day, midnight / DAY_MS - 1)
        assert.equal((await store.stats()).tasks, 1)
      }),
    )

    it(
      'may learn solvedAt before they settle, and failed ones too',
      onStore(open, async (store) => {
        const solvedAt = NOW - HOUR_MS
        assert.deepEqual(
          await store.recordTasks(
            [processing(1), processing(1, { solvedAt }), task(1, { status: 'failed', solvedAt })],
            NOW,
          ),
          [RECORDED, UPDATED, UPDATED],
        )
        assert.deepEqual(
          await store.recordTasks(
            [
              task(2, { status: 'failed', solvedAt: null, issuedAt: NOW }),
              task(2, { status: 'failed', solvedAt: NOW }),
            ],
            NOW,
          ),
          [RECORDED, UPDATED],
        )
        assert.equal((await store.findTask(1))?.status, 'failed')
        assert.equal((await store.findTask(2))?.solvedAt, NOW)
      }),
    )

    const contradictions: [string, Partial<TaskRecord>, RegExp][] = [
      ['account', { account: 'cove' }, /account/],
      ['type', { type: 'turnstiletask' }, /type/],
      ['site', { site: 'other.example' }, /site was "shop.example", now "other.example"/],
      ['solver', { solver: '3.8.2' }, /solver/],
      ['region', { region: 'us' }, /region/],
      ['region where there was none', { region: 'eu' }, /region/],
      ['labels', { labels: { pool: 'c' } }, /labels/],
      ['fewer labels', { labels: {} }, /labels/],
      ['solvedAt', { solvedAt: NOW - HOUR_MS + 1 }, /solvedAt/],
      ['issuedAt', { issuedAt: NOW - 2 * HOUR_MS + 1 }, /issuedAt/],
      ['status', { status: 'failed' }, /status/],
    ]
    for (const [what, fields, words] of contradictions) {
      it(
        `hold against a record that contradicts them in ${what}`,
        onStore(open, async (store) => {
          const base = task(1, {
            labels: { pool: 'b' },
            issuedAt: NOW - 2 * HOUR_MS,
            ...(what === 'region' ? { region: 'eu' } : {}),
          })
          await store.recordTasks([base], NOW)
          const before = await store.findTask(1)
          const [fate] = await store.recordTasks([{ ...base, ...fields }], NOW)
          assert.ok(fate?.fate === 'rejected')
          assert.equal(fate.reason, 'conflict')
          assert.match(fate.detail, words)
          assert.deepEqual(await store.findTask(1), before)
        }),
      )
    }

    it(
      'are refused, each with its reason, without spoiling the others',
      onStore(open, async (store) => {
        const today = Math.floor(NOW / DAY_MS)
        const fates = await store.recordTasks(
          [
            task(1),
            task(2, { account: 'nobody' }),
            task(3, { solvedAt: (today - 90) * DAY_MS - 1 }),
            task(4, { solvedAt: (today - 90) * DAY_MS }),
            task(5, { solvedAt: NOW + 5 * MINUTE_MS + 1 }),
            task(6, { solvedAt: NOW + 5 * MINUTE_MS }),
            processing(7, { issuedAt: NOW + 5 * MINUTE_MS + 1 }),
            processing(8, { issuedAt: (today - 91) * DAY_MS }),
            task(9),
          ],
          NOW,
        )
        assert.deepEqual(
          fates.map((fate) => (fate.fate === 'rejected' ? fate.reason : fate.fate)),
          [
            'recorded',
            'unknown-account',
            'too-old',
            'recorded',
            'future',
            'recorded',
            'future',
            'too-old',
            'recorded',
          ],
        )
        for (const fate of fates) if (fate.fate === 'rejected') assert.notEqual(fate.detail, '')
        assert.equal((await store.stats()).tasks, 4)
        assert.equal(await store.findTask(5), null)
      }),
    )

    it(
      'keep label keys that are special to JavaScript',
      onStore(open, async (store) => {
        const labels = JSON.parse('{"__proto__":"x","constructor":"y","1":"z"}') as Record<string, string>
        await store.recordTasks([task(1, { labels })], NOW)
        const found = await store.findTask(1)
        assert.deepEqual(Object.entries(found?.attributes.labels ?? {}).sort(), Object.entries(labels).sort())
      }),
    )

    it(
      'an empty batch is a batch',
      onStore(open, async (store) => {
        assert.deepEqual(await store.recordTasks([], NOW), [])
        assert.deepEqual(await store.recordReports([]), [])
        assert.equal(await store.head(), 0)
      }),
    )
  })
}
