import type { DatabaseSync } from 'node:sqlite'
import { BLOCK } from './counter-tables.ts'
import type { CounterTable } from './counter-tables.ts'
import { BINS_PER_DAY } from './day-bins.ts'
import type { PackedBins } from './day-bins.ts'

/** Rows one answer may read: about a second of work. */
const READ_MAX = 1_000_000
/** Looking a key up on one day costs about as much as passing by so many rows. */
const LOOKUP_COST = 5

// Days there can be, far beyond any clock.
const DAY_MIN = -1e8
const DAY_MAX = 1e8

type PackedDay = readonly [day: number, account: number, what: number, bins: PackedBins]
/** `what` is 0 where a row holds types, and the block where it holds combinations. */
export type PackedDayVisitor = (day: number, account: number, what: number, bins: PackedBins) => void

/** What a filter leaves of one key column. */
interface Wanted {
  readonly column: 'account' | 'attrs'
  readonly from: 'account' | 'attributes'
  readonly where: string
  readonly values: readonly string[]
}

/** Where the number of what a row counts stands, if not in a column named after it. */
const WHAT_COLUMN = { nothing: null, type: '0', combination: 'block' } as const

/** Finds the rows a question needs: by their keys where a filter leaves few, else by reading the days. */
export class CounterRows {
  readonly #db: DatabaseSync

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  /**
   * Shows the rows of the days that bins `first` up to `end` lie in. Rows that a filter leaves out may be among them:
   * whoever groups them looks at each name anyway.
   * @throws RangeError in plain words when there are more than READ_MAX
   */
  eachRow(
    table: CounterTable,
    filter: Readonly<Record<string, string>>,
    first: number,
    end: number,
    visit: PackedDayVisitor,
  ): void {
    const from = Number.isFinite(first) ? Math.floor(first / BINS_PER_DAY) : DAY_MIN
    const to = Number.isFinite(end) ? Math.ceil(end / BINS_PER_DAY) - 1 : DAY_MAX
    let read = 0
    const readWhere = (where: string, keys: readonly (readonly number[])[]): void => {
      const { table: name, hasAccount, what, inside } = table
      const column = WHAT_COLUMN[inside] ?? (what === 'type' ? 'type' : 'attrs')
      const select = this.#db.prepare(
        `SELECT day, ${hasAccount ? 'account' : '0'}, ${column}, bins FROM ${name} WHERE ${where}`,
      )
      select.setReturnArrays(true)
      for (const key of keys) {
        for (const [day, account, id, bins] of select.iterate(...key) as unknown as Iterable<PackedDay>) {
          if (++read > READ_MAX)
            throw new RangeError(
              `the time asked for holds more than ${READ_MAX} rows of counts: ask for a shorter one, or for one site or account`,
            )
          visit(day, account, id, bins)
        }
      }
    }
    const wanted = wantedBy(table, filter)
    if (wanted?.column === 'account' && table.what === 'attrs') {
      // The key begins with the combination there, so an index leads from the account to its rows.
      const accounts = this.#keys(wanted, READ_MAX)
      return readWhere(
        'account = ? AND day >= ? AND day <= ?',
        accounts.map((account) => [account, from, to]),
      )
    }
    const lookups = wanted === null ? null : this.#lookups(table, wanted, from, to)
    if (wanted === null || lookups === null) return readWhere('day >= ? AND day <= ?', [[from, to]])
    return readWhere(`day = ? AND ${table.inside === 'combination' ? 'block' : wanted.column} = ?`, lookups)
  }

  /** Each day with each key; null when reading the days is no dearer. */
  #lookups(
    { table, inside }: CounterTable,
    wanted: Wanted,
    from: number,
    to: number,
  ): [number, number][] | null {
    // The smallest table has a row for every day that has any.
    const days = this.#db
      .prepare('SELECT DISTINCT day FROM type_day WHERE day >= ? AND day <= ? ORDER BY day')
      .all(from, to) as { day: number }[]
    const keysMax = Math.ceil(READ_MAX / LOOKUP_COST / Math.max(1, days.length))
    const numbers = this.#keys(wanted, keysMax + 1)
    if (numbers.length > keysMax) return null
    const keys =
      inside === 'combination' ? [...new Set(numbers.map((id) => Math.floor(id / BLOCK)))] : numbers
    const worth = keys.length * days.length * LOOKUP_COST
    const { passed } = this.#db
      .prepare(
        `SELECT count(*) AS passed FROM (SELECT 1 FROM ${table} WHERE day >= ? AND day <= ? LIMIT ${worth})`,
      )
      .get(from, to) as { passed: number }
    if (passed < worth) return null
    return days.flatMap(({ day }) => keys.map((key): [number, number] => [day, key]))
  }

  #keys({ from, where, values }: Wanted, limit: number): number[] {
    const id = from === 'account' ? 'num' : 'id'
    const rows = this.#db
      .prepare(`SELECT ${id} AS id FROM ${from} WHERE ${where} LIMIT ${limit}`)
      .all(...values) as { id: number }[]
    return rows.map((row) => row.id)
  }
}

const COLUMNS = {
  type: 'type',
  site: 'site',
  solver: 'solver',
  region: 'region',
  account: 'id',
  group: 'payer',
}

/** The key column that a filter narrows most, and how its numbers are found. Labels narrow none. */
function wantedBy(
  { hasAccount, what }: CounterTable,
  filter: Readonly<Record<string, string>>,
): Wanted | null {
  const among = (names: readonly (keyof typeof COLUMNS)[]) =>
    names.filter((name) => Object.hasOwn(filter, name))
  const made = (
    column: Wanted['column'],
    from: Wanted['from'],
    names: readonly (keyof typeof COLUMNS)[],
  ) => ({
    column,
    from,
    where: names.map((name) => `${COLUMNS[name]} = ?`).join(' AND '),
    values: names.map((name) => filter[name] as string),
  })
  const attrs = what === 'type' ? [] : among(['type', 'site', 'solver', 'region'])
  const accounts = hasAccount ? among(['account', 'group']) : []
  const isNarrow = attrs.includes('site') || accounts.length === 0
  if (attrs.length > 0 && isNarrow) return made('attrs', 'attributes', attrs)
  return accounts.length > 0 ? made('account', 'account', accounts) : null
}
