import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Change, ReportChange, TaskChange } from '../../domain/change.ts'
import type { Claim } from '../../domain/report.ts'
import type { CounterQuery, CounterRow, CounterStore, Maturing } from '../contract.ts'
import { CounterNames } from './counter-names.ts'
import type { NamesMax } from './counter-names.ts'
import { CounterQueries } from './counter-queries.ts'
import { BLOCK, COUNTER_TABLES } from './counter-tables.ts'
import type { CounterTable } from './counter-tables.ts'
import { asStoreError, openForReading, openForWriting } from './database.ts'
import { addBins, BIN_MS, BINS_PER_DAY, MILLIONTHS, packBins } from './day-bins.ts'
import type { BinCounts, PackedBins } from './day-bins.ts'
import { migrate, readMigrations } from './migrate.ts'
import { PendingDays } from './pending-days.ts'

const MIGRATIONS = new URL('counter-migrations/', import.meta.url)
// After a power cut the last flushes may be missing, their cursor with them: then those changes are folded again.
const CONNECTION = { synchronous: 'NORMAL', cacheKiB: 8192, checkpointPages: 4000 } as const

/**
 * What is told apart. Whatever comes beyond is counted as `(other)`, so that a flood of made-up sites, labels or types costs a
 * bounded file and still adds up.
 */
const NAMES_MAX: NamesMax = { combinations: 1_000_000, types: 10_000 }

/**
 * Opens the counters' own file, making it as needed. One process writes it; any thread may read (openCounterReader).
 * @param path of the file, or `:memory:`
 * @param bounds made small by tests only
 * @throws StoreRefused when it is of a newer Assay or damaged; StoreUnavailable when it cannot be opened or written
 */
export function openCounters(path: string, bounds: NamesMax = NAMES_MAX): CounterStore {
  const db = openForWriting(path, CONNECTION)
  try {
    migrate(db, path, readMigrations(MIGRATIONS))
    return new Counters(db, path, bounds)
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
    return { query: (query, maturing) => queries.answer(query, maturing), close: () => db.close() }
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
  readonly #tables: readonly Pending[]
  readonly #saveCursor: StatementSync
  #cursor: number
  #open = true

  constructor(db: DatabaseSync, path: string, bounds: NamesMax) {
    this.#db = db
    this.#path = path
    this.#names = new CounterNames(db, bounds)
    this.#queries = new CounterQueries(db)
    this.#tables = COUNTER_TABLES.map((table) => ({
      table,
      days: new PendingDays(),
      find: prepareFind(db, table),
      put: preparePut(db, table),
    }))
    this.#saveCursor = db.prepare("UPDATE meta SET value = CAST(? AS INTEGER) WHERE name = 'cursor'")
    const { value } = db.prepare("SELECT value FROM meta WHERE name = 'cursor'").get() as { value: number }
    this.#cursor = value
  }

  cursor(): number {
    return this.#cursor
  }

  fold(change: Change, expected: number): void {
    if (change.seq <= this.#cursor) return
    if (change.kind === 'task') this.#foldTask(change, expected)
    else if (change.kind === 'report') this.#foldReport(change)
    this.#cursor = change.seq
  }

  flush(): void {
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      this.#names.writeNew()
      for (const one of this.#tables) writePending(one)
      this.#saveCursor.run(this.#cursor)
      this.#db.exec('COMMIT')
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw asStoreError(error, this.#path)
    }
    this.#names.keepNew()
    for (const { days } of this.#tables) days.clear()
  }

  query(query: CounterQuery, maturing: Maturing): CounterRow[] {
    return this.#queries.answer(query, maturing)
  }

  close(): void {
    if (!this.#open) return
    this.flush()
    this.#open = false
    this.#db.close()
  }

  // A backfill was never reportable: it is no exposure, so it is not counted as issued.
  #foldTask(change: TaskChange, expected: number): void {
    if (!change.exposed) return
    const millionths = Math.round(expected * MILLIONTHS)
    if (!Number.isSafeInteger(millionths) || millionths < 0)
      throw new RangeError(`${expected} reports are expected of the task at ${change.seq}`)
    for (const counts of this.#countsOf(change)) {
      counts.issued++
      counts.expected += millionths
    }
  }

  #foldReport(change: ReportChange): void {
    for (const counts of this.#countsOf(change)) {
      count(counts, change.claim, 1)
      if (change.replaces !== null) count(counts, change.replaces, -1)
    }
  }

  #countsOf({ attributes, account, group, solvedAt }: TaskChange | ReportChange): readonly BinCounts[] {
    const { attrs, core, type } = this.#names.numbersOf(attributes)
    const who = this.#names.account(account, group)
    const bin = Math.floor(solvedAt / BIN_MS)
    const day = Math.floor(bin / BINS_PER_DAY)
    const place = bin - day * BINS_PER_DAY
    return this.#tables.map(({ days, table }) => {
      if (table.inside === 'combination') return days.at(day, Math.floor(core / BLOCK), core % BLOCK, place)
      if (table.inside === 'type') return days.at(day, who, type, place)
      return days.at(day, table.what === 'type' ? type : attrs, table.hasAccount ? who : 0, place)
    })
  }
}

/** What was folded since the last flush, and how it is added to its table. */
interface Pending {
  readonly table: CounterTable
  /** By the keys of the table in their order then by what is told inside a row. */
  readonly days: PendingDays
  readonly find: StatementSync
  readonly put: StatementSync
}

function writePending({ table, days, find, put }: Pending): void {
  const write = (keys: readonly number[], bins: readonly BinCounts[]): void => {
    const stored = find.get(...keys) as unknown as [PackedBins] | undefined
    put.run(...keys, stored === undefined ? packBins(bins) : addBins(stored[0], bins))
  }
  days.each((day, first, its) => {
    if (table.inside !== 'nothing')
      write(
        [day, first],
        [...its].flatMap(([inside, bins]) =>
          bins.map((one) => ({ ...one, bin: inside * BINS_PER_DAY + one.bin })),
        ),
      )
    else
      for (const [second, bins] of its)
        write(table.keys.length === 1 ? [day, first] : [day, first, second], bins)
  })
}

function prepareFind(db: DatabaseSync, { table, keys }: CounterTable): StatementSync {
  const find = db.prepare(
    `SELECT bins FROM ${table} WHERE day = ? ${keys.map((key) => `AND ${key} = ?`).join(' ')}`,
  )
  find.setReturnArrays(true)
  return find
}

function preparePut(db: DatabaseSync, { table, keys }: CounterTable): StatementSync {
  return db.prepare(
    `INSERT INTO ${table} (day, ${keys.join(', ')}, bins) VALUES (?, ${keys.map(() => '?').join(', ')}, ?)
     ON CONFLICT DO UPDATE SET bins = excluded.bins`,
  )
}

function count(counts: BinCounts, claim: Claim, difference: 1 | -1): void {
  if (claim === 'bad') counts.bad += difference
  else counts.good += difference
}
