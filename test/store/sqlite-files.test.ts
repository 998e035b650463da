import assert from 'node:assert/strict'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { DatabaseSync } from 'node:sqlite'
import { crc32 } from 'node:zlib'
import { StoreRefused, StoreUnavailable } from '../../src/store/contract.ts'
import type { Store } from '../../src/store/contract.ts'
import { dumpSchema } from '../../src/store/sqlite/migrate.ts'
import { openChangeReader, openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { SqliteStore } from '../../src/store/sqlite/open.ts'
import { wholeLog } from './contract/change-log.ts'
import { account, DAY_MS, decided, NOW, report, SETTINGS, task } from './contract/fixtures.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'assay-store-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const OPTIONS = { segmentBits: 6, connection: { synchronous: 'NORMAL' } } as const

function openIn(folder: string): SqliteStore {
  return openSqliteStore(join(folder, 'ledger.sqlite'), SETTINGS, OPTIONS)
}

function newFolder(name: string): string {
  mkdirSync(join(root, name))
  return join(root, name)
}

/** Copies what is on disk now, as if the machine had stopped here. */
function image(from: string, name: string): string {
  const to = newFolder(name)
  cpSync(from, to, { recursive: true })
  return to
}

// Tasks 1..LAST-1 end in the second half of a segment.
const LAST = 421

const ids = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

/** A life of several segments: tasks, reports of the even ones, some changed. */
async function populate(store: Store, from: number, to: number): Promise<void> {
  for (let start = from; start < to; start += 20) {
    const some = ids(start, Math.min(start + 20, to))
    await store.recordTasks(
      some.map((id) => task(id)),
      NOW,
    )
    const even = some.filter((id) => id % 2 === 0)
    await store.recordReports(even.map((id) => report(id)))
    await store.recordReports(even.filter((id) => id % 8 === 0).map((id) => report(id, { claim: 'good' })))
  }
}

/** That every task is known, exactly the even ones are reported, and nothing is counted twice. */
async function assertIntact(store: Store, to: number): Promise<void> {
  const all = ids(1, to)
  for (const id of all) {
    assert.equal((await store.findTask(id))?.taskId, id)
    const found = await store.findReport(id)
    assert.equal(found?.claim, id % 2 !== 0 ? undefined : id % 8 === 0 ? 'good' : 'bad')
  }
  assert.equal(await store.findTask(to), null)
  const fates = await store.recordReports(all.filter((id) => id % 2 === 0).map((id) => report(id)))
  assert.ok(fates.every(({ outcome }) => outcome === 'repeated'))
  assert.ok(
    (
      await store.recordTasks(
        all.map((id) => task(id)),
        NOW,
      )
    ).every(({ fate }) => fate === 'unchanged'),
  )
  const log = await wholeLog(store)
  assert.equal(log.filter(({ kind }) => kind === 'task').length, all.length)
  // And it goes on: an odd one can still be reported, once.
  assert.deepEqual(await store.recordReports([report(1), report(1)]), [
    decided('recorded'),
    decided('repeated'),
  ])
  const page = await store.listReports({ limit: 1000, from: NOW, to: NOW + 1 })
  assert.equal(page.items.length, all.filter((id) => id % 2 === 0).length + 1)
}

describe('index files', () => {
  it('a store that was killed at any moment opens with all it had committed', async () => {
    const home = newFolder('home')
    const store = openIn(home)
    await store.addAccount(account('acme'))
    const images: [string, number][] = []
    for (let to = 21; to <= 401; to += 20) {
      await populate(store, to - 20, to)
      images.push([image(home, `image-${to}`), to])
    }
    await store.close()
    for (const [folder, to] of images) {
      const again = openIn(folder)
      await assertIntact(again, to)
      await again.close()
    }
  })

  it('are written for the last segment too when a store is closed, and believed when it opens', async () => {
    const home = await closedStore()
    const folder = join(home, 'ledger.sqlite-index')
    const names = readdirSync(folder).filter((name) => name.startsWith('segment-'))
    assert.ok(names.some((name) => /^segment-\d+-to-\d+$/.test(name)))
    const store = openIn(image(home, 'untouched'))
    await assertIntact(store, LAST)
    await store.close()
    // Files that the database vouches for are not compared with the tables: empty ones find nothing.
    const db = new DatabaseSync(join(home, 'ledger.sqlite'))
    for (const name of names) {
      const empty = new Uint8Array(readFileSync(join(folder, name)).length)
      writeFileSync(join(folder, name), empty)
      db.prepare('UPDATE index_file SET checksum = ? WHERE name = ?').run(crc32(empty), name)
    }
    db.close()
    const misled = openIn(home)
    assert.equal(await misled.findTask(1), null)
    await misled.close()
  })

  const damages: [string, (file: string) => void][] = [
    ['missing', (file) => rmSync(file)],
    ['cut short', (file) => truncateSync(file, readFileSync(file).length - 4)],
    ['empty', (file) => truncateSync(file)],
    [
      'changed in one bit',
      (file) => {
        const bytes = readFileSync(file)
        bytes[40] = (bytes[40] as number) ^ 1
        writeFileSync(file, bytes)
      },
    ],
  ]
  for (const [what, damage] of damages) {
    it(`that are ${what}, one or all, are read from the tables again`, async () => {
      const home = await closedStore()
      const names = readdirSync(join(home, 'ledger.sqlite-index'))
      assert.ok(names.length > 5)
      for (const chosen of [...names.map((name) => [name]), names]) {
        const folder = image(home, `damaged-${chosen.length}-${chosen[0]}`)
        for (const name of chosen) damage(join(folder, 'ledger.sqlite-index', name))
        const store = openIn(folder)
        await assertIntact(store, LAST)
        await store.close()
      }
    })
  }

  it('of a later time than the database, after a restore, are not believed', async () => {
    const home = newFolder('home')
    let store = openIn(home)
    await store.addAccount(account('acme'))
    await populate(store, 1, 101)
    await store.close()
    const backup = image(home, 'backup')
    store = openIn(home)
    await populate(store, 101, 301)
    await store.close()
    // The database goes back; the index folder stays as it is.
    cpSync(join(backup, 'ledger.sqlite'), join(home, 'ledger.sqlite'))
    store = openIn(home)
    await assertIntact(store, 101)
    await store.close()
    store = openIn(home)
    assert.equal(await store.findTask(150), null)
    await store.close()
  })

  it('go when their rows have all been retired', async () => {
    const home = await closedStore()
    const store = openIn(home)
    await store.recordTasks([task(9999, { solvedAt: NOW + DAY_MS })], NOW + DAY_MS)
    while ((await store.retire(Math.floor(NOW / DAY_MS) + 1, 50)) === 50);
    assert.equal((await store.stats()).tasks, 1)
    await store.close()
    const left = readdirSync(join(home, 'ledger.sqlite-index'))
    assert.ok(left.filter((name) => name.startsWith('segment-')).length <= 1, left.join())
    const again = openIn(home)
    assert.equal((await again.findTask(9999))?.taskId, 9999)
    assert.equal(await again.findTask(1), null)
    await again.close()
  })

  async function closedStore(): Promise<string> {
    const home = newFolder('home')
    const store = openIn(home)
    await store.addAccount(account('acme'))
    await populate(store, 1, LAST)
    await store.close()
    return home
  }
})

describe('the file', () => {
  it('has the schema that was reviewed', () => {
    const path = join(root, 'ledger.sqlite')
    openSqliteStore(path, SETTINGS).sync.close()
    const db = new DatabaseSync(path)
    const reviewed = new URL('../../src/store/sqlite/schema.sql', import.meta.url)
    const dump = dumpSchema(db)
    db.close()
    if (process.env.ASSAY_WRITE_SCHEMA === '1') writeFileSync(reviewed, dump)
    assert.equal(dump, readFileSync(reviewed, 'utf8'))
  })

  it('is synced at every commit, by way of a write-ahead log', () => {
    openSqliteStore(join(root, 'ledger.sqlite'), SETTINGS, {
      onConnection(db) {
        assert.deepEqual({ ...db.prepare('PRAGMA journal_mode').get() }, { journal_mode: 'wal' })
        assert.deepEqual({ ...db.prepare('PRAGMA synchronous').get() }, { synchronous: 2 })
      },
    }).sync.close()
  })

  it('of a newer Assay is refused in plain words, and left alone', () => {
    const path = join(root, 'ledger.sqlite')
    openSqliteStore(path, SETTINGS).sync.close()
    const db = new DatabaseSync(path)
    db.exec('PRAGMA user_version = 99')
    db.close()
    const before = readFileSync(path)
    assert.throws(
      () => openSqliteStore(path, SETTINGS),
      (error) => error instanceof StoreRefused && /schema 99.*newer version/.test(error.message),
    )
    assert.deepEqual(readFileSync(path), before)
  })

  it('that is no database is refused', () => {
    const path = join(root, 'ledger.sqlite')
    writeFileSync(path, 'not a database, but long enough to be looked at as one: '.repeat(100))
    assert.throws(() => openSqliteStore(path, SETTINGS), StoreRefused)
  })

  it('in a folder that is not there is unavailable', () => {
    assert.throws(() => openSqliteStore(join(root, 'nowhere', 'ledger.sqlite'), SETTINGS), StoreUnavailable)
    assert.throws(() => openChangeReader(join(root, 'ledger.sqlite')), StoreUnavailable)
  })

  it('is written by one at a time', () => {
    const path = join(root, 'ledger.sqlite')
    const store = openSqliteStore(path, SETTINGS)
    assert.throws(
      () => openSqliteStore(path, SETTINGS),
      (error) => error instanceof StoreRefused && /open/.test(error.message),
    )
    store.sync.close()
    openSqliteStore(path, SETTINGS).sync.close()
  })
})

describe('a reader of its own', () => {
  it('follows the log while the store is written, and sees each commit whole', async () => {
    const store = openIn(root)
    await store.addAccount(account('acme'))
    const reader = openChangeReader(join(root, 'ledger.sqlite'))
    let cursor = 0
    const seen: number[] = []
    for (let to = 21; to <= 201; to += 20) {
      await populate(store, to - 20, to)
      for (;;) {
        const page = reader.changesSince(cursor, 7)
        if (page.length === 0) break
        seen.push(...page.map(({ seq }) => seq))
        cursor = page.at(-1)?.seq ?? cursor
      }
      assert.equal(reader.head(), await store.head())
    }
    assert.deepEqual(
      seen,
      (await wholeLog(store)).map(({ seq }) => seq),
    )
    assert.deepEqual(reader.listReports({ limit: 1000 }), await store.listReports({ limit: 1000 }))
    reader.close()
    assert.throws(() => reader.head(), StoreUnavailable)
    await store.close()
  })
})
