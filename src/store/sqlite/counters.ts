import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Change, ReportChange, TaskChange } from '../../domain/change.ts'
import type { Claim } from '../../domain/report.ts'
import type { CounterQuery, CounterRow, CounterStore } from '../contract.ts'
import { CellMap } from './cell-map.ts'
import type { Cell } from './cell-map.ts'
import { CounterNames } from './counter-names.ts'
import { CounterQueries } from './counter-queries.ts'
import { CUBOIDS, keysOf } from './cuboids.ts'
import type { Cuboid } from './cuboids.ts'
import { asStoreError, openForReading, openForWriting } from './database.ts'
import { migrate, readMigrations } from './migrate.ts'

const MIGRATIONS = new URL('counter-migrations/', import.meta.url)
// After a power cut the last flushes may be missing, their cursor with them: then those changes are folded again.
const CONNECTION = { synchronous: 'NORMAL', cacheKiB: 8192, checkpointPages: 4000 } as const

/**
 * Opens the counters' own file, making it as needed. One process writes it; any thread may read (openCounterReader).
 * @param path of the file, or `:memory:`
 * @throws StoreRefused when it is of a newer Assay or damaged; StoreUnavailable when it cannot be opened or written
 */
export function openCounters(path: string): CounterStore {
  const db = openForWriting(path, CONNECTION)
  try {
    migrate(db, path, readMigrations(MIGRATIONS))
    return new Counters(db, path)
  } catch (error) {
    db.close()
    throw asStoreError(error, path)
  }
}

/** What can be read of counters that another thread writes. */
export type CounterReader = Pick<CounterStore, 'query' | 'close'>

/** Answers from what has been flushed to `path`. @throws StoreUnavailable when there is no such file */
export function openCounterReader(path: string): CounterReader {
  const db = openForReading(path, CONNECTION.cacheKiB)
  try {
    const queries = new CounterQueries(db)
    return { query: (query) => queries.answer(query), close: () => db.close() }
  } catch (error) {
    db.close()
    throw asStoreError(error, path)
  }
}

class Counters implements CounterStore {
  readonly #db: DatabaseSync
  readonly #path: string
  readonly #names: CounterNames
  readonly #queries: CounterQueries
  readonly #grains: readonly Grain[]
  readonly #saveCursor: StatementSync
  #cursor: number
  #open = true

  constructor(db: DatabaseSync, path: string) {
    this.#db = db
    this.#path = path
    this.#names = new CounterNames(db)
    this.#queries = new CounterQueries(db)
    this.#grains = CUBOIDS.map((cuboid) => ({ cuboid, cells: new CellMap(), add: prepareAdd(db, cuboid) }))
    this.#saveCursor = db.prepare("UPDATE meta SET value = CAST(? AS INTEGER) WHERE name = 'cursor'")
    const { value } = db.prepare("SELECT value FROM meta WHERE name = 'cursor'").get() as { value: number }
    this.#cursor = value
  }

  cursor(): number {
    return this.#cursor
  }

  fold(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.seq <= this.#cursor) continue
      if (change.kind === 'task') this.#foldTask(change)
      else if (change.kind === 'report') this.#foldReport(change)
      this.#cursor = change.seq
    }
  }

  flush(): void {
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      for (const { cells, add, cuboid } of this.#grains) {
        for (const [time, account, what, { issued, bad, good }] of cells.entries()) {
          if (cuboid.hasAccount) add.run(time, account, what, issued, bad, good)
          else add.run(time, what, issued, bad, good)
        }
      }
      this.#saveCursor.run(this.#cursor)
      this.#db.exec('COMMIT')
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw asStoreError(error, this.#path)
    }
    for (const { cells } of this.#grains) cells.clear()
  }

  query(query: CounterQuery): CounterRow[] {
    return this.#queries.answer(query)
  }

  close(): void {
    if (!this.#open) return
    this.flush()
    this.#open = false
    this.#db.close()
  }

  // A backfill was never reportable: it is no exposure, so it is not counted as issued.
  #foldTask(change: TaskChange): void {
    if (!change.exposed) return
    for (const cell of this.#cellsOf(change)) cell.issued++
  }

  #foldReport(change: ReportChange): void {
    for (const cell of this.#cellsOf(change)) {
      count(cell, change.claim, 1)
      if (change.replaces !== null) count(cell, change.replaces, -1)
    }
  }

  #cellsOf({ attributes, account, group, solvedAt }: TaskChange | ReportChange): readonly Cell[] {
    const attrs = this.#names.attributes(attributes)
    const type = this.#names.type(attributes.type)
    const who = this.#names.account(account, group)
    return this.#grains.map(({ cells, cuboid }) =>
      cells.at(
        Math.floor(solvedAt / cuboid.widthMs),
        cuboid.hasAccount ? who : 0,
        cuboid.what === 'attrs' ? attrs : type,
      ),
    )
  }
}

/** What was folded since the last flush, and how it is added to a cuboid's table. */
interface Grain {
  readonly cuboid: Cuboid
  readonly cells: CellMap
  readonly add: StatementSync
}

function prepareAdd(db: DatabaseSync, cuboid: Cuboid): StatementSync {
  const keys = keysOf(cuboid)
  return db.prepare(
    `INSERT INTO ${cuboid.table} (${keys.join(', ')}, issued, bad, good)
     VALUES (${keys.map(() => '?').join(', ')}, ?, ?, ?)
     ON CONFLICT DO UPDATE SET
       issued = issued + excluded.issued, bad = bad + excluded.bad, good = good + excluded.good`,
  )
}

function count(cell: Cell, claim: Claim, difference: 1 | -1): void {
  if (claim === 'bad') cell.bad += difference
  else cell.good += difference
}
