import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { StoreUnavailable } from '../../src/store/contract.ts'
import type { Store } from '../../src/store/contract.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import { wholeLog } from './contract/change-log.ts'
import { account, DAY_MS, decided, NOW, processing, report, SETTINGS, task } from './contract/fixtures.ts'

/** All that can be asked, as one value. */
async function everything(store: Store, ids: readonly number[]): Promise<unknown> {
  const { bytes: _bytes, ...stats } = await store.stats()
  return {
    stats,
    log: await wholeLog(store),
    head: await store.head(),
    outcomes: await store.outcomes(),
    accounts: await store.listAccounts(),
    events: await store.incidentEvents(),
    tasks: await Promise.all(ids.map((id) => store.findTask(id))),
    reports: await Promise.all(ids.map((id) => store.findReport(id))),
  }
}

describe('a store that cannot write', () => {
  it('says so, has changed nothing, and goes on when there is room again', async () => {
    let db = null as unknown as DatabaseSync
    const store = openSqliteStore(':memory:', SETTINGS, { segmentBits: 6, onConnection: (one) => (db = one) })
    await store.addAccount(account('acme'))
    await store.recordReports([report(900), report(901), report(902)])
    await store.recordTasks(
      Array.from({ length: 200 }, (_, i) => task(i + 1, { solvedAt: NOW - 5 * DAY_MS })),
      NOW,
    )
    const { page_count: pages } = db.prepare('PRAGMA page_count').get() as { page_count: number }
    db.exec(`PRAGMA max_page_count = ${pages + 2}`)

    const ids = [1, 2, 900, 901, 902, ...Array.from({ length: 500 }, (_, i) => 1000 + i)]
    const before = await everything(store, ids)
    // Settles, adopts, new attributes, many segments: and then the disk is full.
    const batch = [
      task(900),
      processing(901),
      task(902, { site: 'new.example' }),
      ...Array.from({ length: 500 }, (_, i) => task(1000 + i, { site: `s${i}.example` })),
    ]
    await assert.rejects(store.recordTasks(batch, NOW), (error) => {
      assert.ok(error instanceof StoreUnavailable)
      assert.match(error.message, /the disk is full/)
      return true
    })
    assert.deepEqual(await everything(store, ids), before)

    db.exec('PRAGMA max_page_count = 100000')
    const fates = await store.recordTasks(batch, NOW)
    assert.ok(fates.every(({ fate }) => fate === 'recorded'))
    assert.deepEqual((await store.findReport(900))?.flags, ['early'])
    assert.equal((await store.stats()).parked, 1)
    assert.deepEqual(await store.recordReports([report(1499)]), [decided('recorded')])
    await store.close()
  })

  it('waits for nobody: a file that another connection is writing to is unavailable at once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-store-'))
    const path = join(folder, 'ledger.sqlite')
    try {
      const store = openSqliteStore(path, SETTINGS)
      await store.addAccount(account('acme'))
      const other = new DatabaseSync(path)
      other.exec('BEGIN IMMEDIATE')
      await assert.rejects(store.recordTasks([task(1)], NOW), StoreUnavailable)
      assert.equal(await store.findTask(1), null)
      other.exec('ROLLBACK')
      other.close()
      assert.deepEqual(await store.recordTasks([task(1)], NOW), [{ fate: 'recorded' }])
      await store.close()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('is as it was before, wherever in a batch the failure strikes', async () => {
    const ids = Array.from({ length: 12 }, (_, i) => i + 1)
    const op = fc.record({
      /** Rows of this batch that still get written before the failure; beyond the batch's size, none fails. */
      failAfter: fc.nat({ max: 12 }),
      feed: fc.boolean(),
      items: fc.array(
        fc.record({
          id: fc.constantFrom(...ids),
          ready: fc.boolean(),
          good: fc.boolean(),
          site: fc.constantFrom('a.example', 'b.example', 'c.example'),
        }),
        { minLength: 1, maxLength: 8 },
      ),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(op, { maxLength: 12 }), async (ops) => {
        const failing = openFailing()
        // The same life without the batches that failed.
        const sound = openSqliteStore(':memory:', SETTINGS, { segmentBits: 4 })
        for (const store of [failing.store, sound]) await store.addAccount(account('acme'))
        for (const { failAfter, feed, items } of ops) {
          const run = (store: Store): Promise<unknown> =>
            feed
              ? store.recordTasks(
                  items.map(({ id, ready, site }) => (ready ? task(id, { site }) : processing(id, { site }))),
                  NOW,
                )
              : store.recordReports(items.map(({ id, good }) => report(id, { claim: good ? 'good' : 'bad' })))
          failing.left = failAfter
          const answer = await run(failing.store).catch(() => 'failed')
          if (answer !== 'failed') assert.deepEqual(answer, await run(sound))
          failing.left = Infinity
          assert.deepEqual(await everything(failing.store, ids), await everything(sound, ids))
        }
        await failing.store.close()
        await sound.close()
      }),
      { numRuns: process.env.ASSAY_TEST_FULL === '1' ? 2000 : 150 },
    )
  })
})

/** A store whose tables refuse the row after the next `left`. */
function openFailing(): { store: Store; left: number } {
  const failing = { left: Infinity, store: undefined as unknown as Store }
  failing.store = openSqliteStore(':memory:', SETTINGS, {
    segmentBits: 4,
    onConnection(db) {
      db.function('allowed', () => {
        if (failing.left-- <= 0) throw new Error('the disk broke')
        return 1
      })
      for (const table of ['task', 'report', 'parked', 'attributes', 'tally'])
        db.exec(`CREATE TEMP TRIGGER fail_${table} BEFORE INSERT ON ${table} BEGIN SELECT allowed(); END`)
    },
  })
  return failing
}
