import type { DatabaseSync } from 'node:sqlite'
import { StoreUnavailable } from '../contract.ts'
import type { ChangeLog, ReportStore, Store, StoreSettings } from '../contract.ts'
import { ChangeReader } from './change-reader.ts'
import { asStoreError, lockForWriting, openForReading, openForWriting } from './database.ts'
import type { ConnectionSettings } from './database.ts'
import { DayRanges } from './day-ranges.ts'
import { IndexFiles } from './index-files.ts'
import { IndexKeeper } from './index-keeper.ts'
import { fillIndex } from './index-open.ts'
import { Ledger } from './ledger.ts'
import { migrate, readMigrations } from './migrate.ts'
import { ReportList } from './report-list.ts'
import { retireRows } from './retention.ts'
import { SEGMENT_BITS, SeqIndex } from './seq-index.ts'

/** The same questions, answered before the call returns. */
export type Synchronous<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => Promise<infer R> ? (...args: A) => R : T[K]
}

export type SyncStore = Synchronous<Store>

export interface SqliteStore extends Store {
  /** For a thread that does nothing else: a call blocks until its commit is on disk. */
  readonly sync: SyncStore
}

/** Not for configuration: what tests make small and benchmarks vary. */
export interface SqliteOptions {
  /** Seqs of one index segment, as a power of two; 4..20. */
  readonly segmentBits?: number
  readonly connection?: Partial<ConnectionSettings>
  /** Is handed the writer's connection once its schema is there: how tests make writing fail. */
  readonly onConnection?: (db: DatabaseSync) => void
}

// Tasks are read at random, so no cache short of the whole table helps: this one holds the inner pages of 20 M rows.
const WRITER: ConnectionSettings = { synchronous: 'FULL', cacheKiB: 2048, checkpointPages: 4000 }
const READER_CACHE_KIB = 2048
const MIGRATIONS = new URL('migrations/', import.meta.url)

/**
 * Opens the embedded store, making the file and bringing its schema up to date as needed. One process may have it open.
 * @param path of the database file, or `:memory:` for one that ends with the process
 * @throws StoreRefused when the file is of a newer Assay, damaged or open already; StoreUnavailable when it cannot be opened or written
 */
export function openSqliteStore(
  path: string,
  settings: StoreSettings,
  options: SqliteOptions = {},
): SqliteStore {
  const lock = path === ':memory:' ? null : lockForWriting(path)
  let db: DatabaseSync | null = null
  try {
    db = openForWriting(path, { ...WRITER, ...options.connection })
    const schemaVersion = migrate(db, path, readMigrations(MIGRATIONS))
    options.onConnection?.(db)
    const answers = answersOf(db, lock, path, schemaVersion, settings, options)
    const sync = guarded(answers, db, path)
    return { ...promised(sync), sync }
  } catch (error) {
    db?.close()
    lock?.close()
    throw asStoreError(error, path)
  }
}

/** What a second connection may ask, in another thread, while the writer runs. */
export interface SqliteReader extends Synchronous<ChangeLog & Pick<ReportStore, 'listReports'>> {
  close(): void
}

/**
 * Opens the store's file for reading only. Each call sees what was committed when it began.
 * @throws StoreUnavailable when there is no such file
 */
export function openChangeReader(path: string): SqliteReader {
  const db = openForReading(path, READER_CACHE_KIB)
  try {
    const changes = new ChangeReader(db)
    const list = new ReportList(db)
    return guarded(
      {
        changesSince: (cursor: number, limit: number) => changes.changesSince(cursor, limit),
        head: () => changes.head(),
        listReports: (query: Parameters<ReportStore['listReports']>[0]) => list.list(query),
        close() {
          if (db.isOpen) db.close()
        },
      },
      db,
      path,
    )
  } catch (error) {
    db.close()
    throw asStoreError(error, path)
  }
}

function answersOf(
  db: DatabaseSync,
  lock: DatabaseSync | null,
  path: string,
  schemaVersion: number,
  settings: StoreSettings,
  options: SqliteOptions,
): SyncStore {
  const changes = new ChangeReader(db)
  const list = new ReportList(db)
  const index = new SeqIndex(options.segmentBits ?? SEGMENT_BITS)
  const ranges = new DayRanges()
  const files = lock === null ? null : new IndexFiles(db, `${path}-index`)
  const { value: mark } = db.prepare("SELECT value FROM meta WHERE name = 'mark'").get() as { value: number }
  fillIndex(db, index, ranges, files, mark, changes.head())
  const ledger = new Ledger(db, index, ranges, changes.head(), settings)
  const keeper = files === null ? null : new IndexKeeper(ledger, files, path, mark)
  const pageSize = (db.prepare('PRAGMA page_size').get() as { page_size: number }).page_size
  const pageCount = db.prepare('PRAGMA page_count')
  return {
    engine: 'sqlite',
    stats: () => ({
      ...ledger.tally.rows(),
      parked: ledger.parking.size,
      actions: ledger.actions.count(),
      bytes: (pageCount.get() as { page_count: number }).page_count * pageSize,
      schemaVersion,
    }),
    retire(oldestDay, limit) {
      const removed = retireRows(ledger, oldestDay, limit)
      if (removed < limit) keeper?.dropEmpty()
      return removed
    },
    close() {
      if (!db.isOpen) return
      try {
        keeper?.save(true)
        // Closing the last connection does this too, but a reader may have another.
        if (keeper !== null) db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      } finally {
        db.close()
        lock?.close()
      }
    },
    recordTasks(records, now) {
      const fates = ledger.recordTasks(records, now)
      keeper?.afterCommit()
      return fates
    },
    findTask: (taskId) => ledger.findTask(taskId),
    recordReports(reports) {
      const fates = ledger.recordReports(reports)
      keeper?.afterCommit()
      return fates
    },
    countOutcomes: (counts) => ledger.countOutcomes(counts),
    outcomes: () => ledger.tally.outcomes(),
    findReport: (taskId) => ledger.findReport(taskId),
    listReports: (query) => list.list(query),
    changesSince: (cursor, limit) => changes.changesSince(cursor, limit),
    head: () => changes.head(),
    addAccount: (account) => ledger.addAccount(account),
    listAccounts: () => ledger.accounts.list(),
    addKey: (key) => ledger.addKey(key),
    revokeKey: (account, keyId, at) => ledger.revokeKey(account, keyId, at),
    listKeys: () => ledger.accounts.listKeys(),
    appendIncidentEvents: (events) => ledger.appendIncidentEvents(events),
    incidentEvents: () => ledger.incidents.all(),
    addAction: (action, recordedAt) => ledger.addAction(action, recordedAt),
    findAction: (id) => ledger.actions.find(id),
    listActions: (query) => ledger.actions.list(query),
  }
}

type Answers = Readonly<Record<string, unknown>>
type Method = (...args: unknown[]) => unknown

/** The same object, whose methods throw the store's own errors, and nothing else once the database is closed. */
function guarded<T extends object>(answers: T, db: DatabaseSync, path: string): T {
  return mapMethods(answers, (method, name) => (...args) => {
    if (!db.isOpen && name !== 'close') throw new StoreUnavailable(`the store ${path} is closed`)
    try {
      return method(...args)
    } catch (error) {
      throw asStoreError(error, path)
    }
  })
}

function promised(sync: SyncStore): Store {
  return mapMethods(
    sync as unknown as Store,
    (method) =>
      async (...args) =>
        method(...args),
  )
}

function mapMethods<T extends object>(object: T, wrap: (method: Method, name: string) => Method): T {
  return Object.fromEntries(
    Object.entries(object as Answers).map(([name, value]) => [
      name,
      typeof value === 'function' ? wrap(value as Method, name) : value,
    ]),
  ) as T
}
