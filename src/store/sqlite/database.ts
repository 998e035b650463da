import { DatabaseSync } from 'node:sqlite'
import { StoreRefused, StoreUnavailable } from '../contract.ts'

// Primary result codes of SQLite (sqlite.org/rescode.html); the low byte of an extended code.
const BUSY = 5
const LOCKED = 6
const READONLY = 8
const IOERR = 10
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const NOTADB = 26

const PASSING = new Map([
  [BUSY, 'another process is writing to it'],
  [LOCKED, 'another connection is writing to it'],
  [READONLY, 'it is read-only'],
  [IOERR, 'the disk reports an error'],
  [FULL, 'the disk is full'],
  [CANTOPEN, 'the file cannot be opened'],
])

interface SqliteError extends Error {
  readonly code: string
  readonly errcode?: number
  readonly errstr?: string
}

function isSqliteError(error: unknown): error is SqliteError {
  return (
    error instanceof Error &&
    (error as SqliteError).code?.startsWith('ERR_') &&
    isEngineCode(error as SqliteError)
  )
}

// ERR_INVALID_STATE is what node:sqlite throws for a database that has been closed.
function isEngineCode(error: SqliteError): boolean {
  return error.code === 'ERR_SQLITE_ERROR' || error.code === 'ERR_INVALID_STATE'
}

/**
 * What a failure of the engine means to callers of the store.
 * @returns StoreUnavailable where a later try may succeed, StoreRefused where the file is damaged; any other error,
 *   which would be a mistake of ours, unchanged
 */
export function asStoreError(error: unknown, path: string): unknown {
  if (!isSqliteError(error)) return error
  if (error.code === 'ERR_INVALID_STATE')
    return new StoreUnavailable(`the store ${path} is closed`, { cause: error })
  const code = (error.errcode ?? 0) & 0xff
  if (code === CORRUPT || code === NOTADB) {
    return new StoreRefused(
      `${path} is damaged or is no Assay store (${error.message}); restore it from a backup, or start with another data folder`,
      { cause: error },
    )
  }
  const why = PASSING.get(code)
  return why === undefined
    ? error
    : new StoreUnavailable(`the store ${path} cannot be used now: ${why} (${error.message})`, {
        cause: error,
      })
}

/** How a connection is set up; every figure was measured (docs/decisions/0003). */
export interface ConnectionSettings {
  /** FULL: a commit is on disk when it returns. NORMAL: a power cut may take the last commits, never the file. */
  readonly synchronous: 'FULL' | 'NORMAL'
  readonly cacheKiB: number
  /** Pages in the write-ahead log at which a commit also copies them into the file. */
  readonly checkpointPages: number
}

/**
 * No second writer can be there (lockForWriting), but a reader that opens or recovers the log's index holds its locks for a
 * moment: waiting it out beats telling customers to come again.
 */
const WRITER_PATIENCE_MS = 1_000

/** Opens a database for writing, in WAL mode. @throws StoreRefused, StoreUnavailable */
export function openForWriting(path: string, settings: ConnectionSettings): DatabaseSync {
  return opening(path, () => {
    const db = new DatabaseSync(path, { timeout: WRITER_PATIENCE_MS })
    db.exec(`PRAGMA journal_mode = WAL;
             PRAGMA synchronous = ${settings.synchronous};
             PRAGMA cache_size = ${-settings.cacheKiB};
             PRAGMA wal_autocheckpoint = ${settings.checkpointPages};
             PRAGMA journal_size_limit = ${settings.checkpointPages * 4096 * 2};
             PRAGMA temp_store = MEMORY`)
    return db
  })
}

/** Opens a database that another connection may be writing to. @throws StoreRefused, StoreUnavailable */
export function openForReading(path: string, cacheKiB: number): DatabaseSync {
  return opening(path, () => {
    const db = new DatabaseSync(path, { readOnly: true, timeout: 1000 })
    db.exec(`PRAGMA cache_size = ${-cacheKiB}; PRAGMA temp_store = MEMORY`)
    return db
  })
}

/**
 * Makes sure that nobody else writes this store: two writers, each with an index of its own, would count a report twice.
 * The lock is SQLite's own on an empty database beside the store, so that it ends with the process however that ends.
 * @returns what to close last
 * @throws StoreRefused when it is taken
 */
export function lockForWriting(path: string): DatabaseSync {
  return opening(path, () => {
    const lock = new DatabaseSync(`${path}-lock`, { timeout: 0 })
    try {
      lock.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      lock.close()
      if (isSqliteError(error) && ((error.errcode ?? 0) & 0xff) === BUSY)
        throw new StoreRefused(
          `${path} is open in another process (or twice in this one): one at a time may write it`,
        )
      throw error
    }
    return lock
  })
}

function opening<T>(path: string, open: () => T): T {
  try {
    return open()
  } catch (error) {
    throw asStoreError(error, path)
  }
}
