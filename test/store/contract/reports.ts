import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OUTCOMES } from '../../../src/domain/outcome.ts'
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

export function reportContract(open: OpenSubject): void {
  describe('reports', () => {
    it(
      'are recorded once, repeated ever after',
      onStore(open, async (store) => {
        await store.recordTasks([task(1), task('a')], NOW)
        const batch = [report(1), report('a')]
        assert.deepEqual(await store.recordReports(batch), [decided('recorded'), decided('recorded')])
        const before = await store.listReports({ limit: 10 })
        assert.deepEqual(await store.recordReports([...batch, ...batch]), Array(4).fill(decided('repeated')))
        assert.deepEqual(await store.listReports({ limit: 10 }), before)
        const { total, outcomes } = await store.outcomes()
        assert.equal(total, 6)
        assert.equal(outcomes.recorded, 2)
        assert.equal(outcomes.repeated, 4)
      }),
    )

    it(
      'of one task in one batch are decided one after the other',
      onStore(open, async (store) => {
        await store.recordTasks([task(1)], NOW)
        const good = report(1, { claim: 'good', receivedAt: NOW + 1 })
        assert.deepEqual(await store.recordReports([report(1), report(1), good, report(1), good]), [
          decided('recorded'),
          decided('repeated'),
          decided('changed'),
          decided('repeated'),
          decided('repeated'),
        ])
        assert.deepEqual(said(await store.findReport(1)), {
          taskId: 1,
          account: 'acme',
          claim: 'good',
          receivedAt: NOW + 1,
          flags: ['claim-changed'],
        })
      }),
    )

    it(
      'change their claim once, either way',
      onStore(open, async (store) => {
        await store.recordTasks([task(1), task(2)], NOW)
        await store.recordReports([report(1), report(2, { claim: 'good' })])
        assert.deepEqual(await store.recordReports([report(1, { claim: 'good' }), report(2)]), [
          decided('changed'),
          decided('changed'),
        ])
        assert.deepEqual(await store.recordReports([report(1), report(2, { claim: 'good' })]), [
          decided('repeated'),
          decided('repeated'),
        ])
        assert.equal((await store.findReport(1))?.claim, 'good')
        assert.equal((await store.findReport(2))?.claim, 'bad')
      }),
    )

    it(
      'are late after the window, but a repeat is a repeat whenever it comes',
      onStore(open, async (store) => {
        const solvedAt = NOW - DAY_MS
        await store.recordTasks([task(1, { solvedAt }), task(2, { solvedAt })], NOW)
        assert.deepEqual(
          await store.recordReports([
            report(1, { receivedAt: NOW }),
            report(2, { receivedAt: NOW + 1 }),
            report(1, { receivedAt: NOW + 1 }),
            report(1, { receivedAt: NOW + 1, claim: 'good' }),
          ]),
          [decided('recorded'), decided('late'), decided('repeated'), decided('late')],
        )
        assert.equal(await store.findReport(2), null)
        assert.equal((await store.findReport(1))?.claim, 'bad')
      }),
    )

    it(
      'of tasks not ready, or failed, are refused as such and not kept',
      onStore(open, async (store) => {
        await store.recordTasks([processing(1), task(2, { status: 'failed' })], NOW)
        assert.deepEqual(await store.recordReports([report(1), report(2)]), [
          decided('not-ready'),
          decided('failed'),
        ])
        await store.recordTasks([task(1)], NOW)
        assert.equal(await store.findReport(1), null)
        assert.equal((await store.stats()).reports, 0)
      }),
    )

    it(
      'of a foreign task are answered exactly as of an unknown one',
      onStore(
        open,
        async (store) => {
          await store.recordTasks([task(1, { account: 'cove' })], NOW)
          const fates = await store.recordReports([report(1), report(999)])
          assert.deepEqual(fates, [UNKNOWN_PARKED, UNKNOWN_PARKED])
          assert.deepEqual(await store.recordReports([report(1), report(999)]), [
            UNKNOWN_PARKED,
            UNKNOWN_PARKED,
          ])
          // Beyond the bound too.
          await store.recordTasks([task(2, { account: 'cove' })], NOW)
          assert.deepEqual(await store.recordReports([report(2), report(998)]), [
            UNKNOWN_REFUSED,
            UNKNOWN_REFUSED,
          ])
          assert.equal(await store.findReport(1), null)
        },
        { parkedPerAccountMax: 2 },
      ),
    )

    it(
      'on the other class’s path count, and say so',
      onStore(open, async (store) => {
        await store.recordTasks(
          [task(1), task(2, { type: 'ImageToTextTask' }), task(3, { type: 'RiddleTaskProxyless' }), task(4)],
          NOW,
        )
        await store.recordReports([
          report(1, { pathClass: 'image' }),
          report(2, { pathClass: 'token' }),
          report(3, { pathClass: 'image' }),
          report(4, { pathClass: null }),
        ])
        const flags = []
        for (const id of [1, 2, 3, 4]) flags.push((await store.findReport(id))?.flags)
        assert.deepEqual(flags, [['class-mismatch'], ['class-mismatch'], [], []])
      }),
    )

    it(
      'on the other class’s path are refused under strict class, unparked',
      onStore(
        open,
        async (store) => {
          await store.recordTasks([task(1)], NOW)
          assert.deepEqual(await store.recordReports([report(1, { pathClass: 'image' })]), [
            { outcome: 'unknown-task', parked: false, classRefused: true },
          ])
          assert.deepEqual(await store.recordReports([report(1)]), [decided('recorded')])
          assert.equal((await store.stats()).parked, 0)
        },
        { strictClass: true },
      ),
    )

    it(
      'keep softId to themselves, whole or not',
      onStore(open, async (store) => {
        await store.recordTasks([task(1), task(2), task(3)], NOW)
        assert.deepEqual(
          await store.recordReports([
            report(1, { softId: 42 }),
            report(2, { softId: 0.5 }),
            report(3, { softId: null }),
          ]),
          Array(3).fill(decided('recorded')),
        )
      }),
    )

    it(
      'are found by their task, whoever asks',
      onStore(open, async (store) => {
        await store.recordTasks([task(1), task(2)], NOW)
        await store.recordReports([report(1, { receivedAt: NOW - HOUR_MS / 2 })])
        assert.deepEqual(said(await store.findReport(1)), {
          taskId: 1,
          account: 'acme',
          claim: 'bad',
          receivedAt: NOW - HOUR_MS / 2,
          flags: [],
        })
        assert.equal(await store.findReport(2), null)
        assert.equal(await store.findReport(3), null)
      }),
    )
  })

  describe('outcomes', () => {
    it(
      'start at zero, each named',
      onStore(open, async (store) => {
        const { total, outcomes, adopted } = await store.outcomes()
        assert.deepEqual(Object.keys(outcomes), [...OUTCOMES])
        assert.deepEqual([total, adopted, ...Object.values(outcomes)], Array(OUTCOMES.length + 2).fill(0))
      }),
    )

    it(
      'add what was decided elsewhere, or nothing at all',
      onStore(open, async (store) => {
        await store.countOutcomes({ 'bad-key': 2, malformed: 1 })
        await store.countOutcomes({ 'bad-key': 1, throttled: 0 })
        const before = await store.outcomes()
        assert.equal(before.total, 4)
        assert.equal(before.outcomes['bad-key'], 3)
        await assert.rejects(store.countOutcomes({ method: 1, malformed: 0.5 }), RangeError)
        assert.deepEqual(await store.outcomes(), before)
        // A request turns out to be of another outcome than it was counted under.
        await store.countOutcomes({ 'bad-key': -1, throttled: 1 })
        const { total, outcomes } = await store.outcomes()
        assert.deepEqual([total, outcomes['bad-key'], outcomes.throttled], [4, 2, 1])
      }),
    )
  })
}
