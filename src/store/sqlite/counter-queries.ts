import type { DatabaseSync } from 'node:sqlite'
import type { CounterQuery, CounterRow, Maturing } from '../contract.ts'
import { AttributeColumns } from './attribute-columns.ts'
import { AgeTable } from './counter-ages.ts'
import { Grouping } from './counter-grouping.ts'
import { CounterRows } from './counter-rows.ts'
import { BLOCK, COUNTER_TABLES } from './counter-tables.ts'
import type { CounterTable } from './counter-tables.ts'
import { BIN_MS, BINS_PER_DAY, eachBin, MILLIONTHS } from './day-bins.ts'

/** Rows one answer may have. */
const ROWS_MAX = 100_000

const NAMES = new Set(['type', 'site', 'solver', 'region', 'account', 'group'])

// Nothing inside a row has this number.
const NOTHING = -1

interface Totals {
  issued: number
  bad: number
  good: number
  /** In millionths; by now too. */
  expected: number
  expectedByNow: number
  mature: number
}

/** Answers questions from whichever table can tell and has the fewest rows. */
export class CounterQueries {
  readonly #db: DatabaseSync
  readonly #attributes: AttributeColumns
  readonly #rows: CounterRows

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#attributes = new AttributeColumns(db)
    this.#rows = new CounterRows(db)
  }

  /**
   * Sums by the names asked for, ordered by time, then by value. `from` and `to` are taken to whole bins: a bin counts
   * when its start lies in [from, to).
   * @throws RangeError in plain words when the answer would read or hold too much
   */
  answer(query: CounterQuery, maturing: Maturing): CounterRow[] {
    check(query)
    const table = tableFor(query)
    const first = query.from === undefined ? -Infinity : Math.ceil(query.from / BIN_MS)
    const end = query.to === undefined ? Infinity : Math.ceil(query.to / BIN_MS)
    if (table.what !== 'type') this.#attributes.refresh()
    const grouping = new Grouping(this.#db, this.#attributes, table, query)
    const ages = new AgeTable(maturing, (type) => grouping.typeName(type))
    const sums = new Sums(query.binMs === null ? null : query.binMs / BIN_MS)
    this.#rows.eachRow(table, query.filter, first, end, (day, account, what, bins) => {
      const dayStart = day * BINS_PER_DAY
      // Of what the bins are that come now: of all that a row is about, or of one type or combination in it.
      let of = NOTHING
      let group: number | null = null
      let due: Float64Array | null = null
      eachBin(bins, (number, issued, bad, good, expected) => {
        const inside = Math.floor(number / BINS_PER_DAY)
        if (inside !== of) {
          of = inside
          const its =
            table.inside === 'nothing' ? what : table.inside === 'type' ? inside : what * BLOCK + inside
          group = grouping.groupOf(account, its)
          due = group === null ? null : ages.dueOn(day, grouping.typeOf(its))
        }
        const place = number - inside * BINS_PER_DAY
        const bin = dayStart + place
        if (group === null || bin < first || bin >= end) return
        const share = due === null ? 1 : (due[place] as number)
        const totals = sums.at(bin, group)
        totals.issued += issued
        totals.bad += bad
        totals.good += good
        totals.expected += expected
        totals.expectedByNow += expected * share
        totals.mature += issued * share
      })
    })
    return sorted(
      query,
      sums.list().map(([at, group, totals]) => ({
        where: grouping.where(group),
        at: at === null ? null : at * BIN_MS,
        ...totals,
        expected: totals.expected / MILLIONTHS,
        expectedByNow: totals.expectedByNow / MILLIONTHS,
      })),
    )
  }
}

/** Totals by bin asked for and group. */
class Sums {
  readonly #width: number | null
  readonly #bins = new Map<number | null, Map<number, Totals>>()
  #rows = 0
  // Most bins of a row go where the one before went.
  #lastStart: number | null = null
  #lastGroup = -1
  #last: Totals | null = null

  /** @param width of a bin in bins of 15 minutes; null: one for all */
  constructor(width: number | null) {
    this.#width = width
  }

  at(bin: number, group: number): Totals {
    const start = this.#width === null ? null : Math.floor(bin / this.#width) * this.#width
    if (this.#last !== null && start === this.#lastStart && group === this.#lastGroup) return this.#last
    let groups = this.#bins.get(start)
    if (groups === undefined) this.#bins.set(start, (groups = new Map()))
    let totals = groups.get(group)
    if (totals === undefined) {
      groups.set(group, (totals = { issued: 0, bad: 0, good: 0, expected: 0, expectedByNow: 0, mature: 0 }))
      if (++this.#rows > ROWS_MAX)
        throw new RangeError(
          `the answer would have more than ${ROWS_MAX} rows: ask for a shorter time, wider bins or fewer names in by`,
        )
    }
    this.#lastStart = start
    this.#lastGroup = group
    this.#last = totals
    return totals
  }

  list(): (readonly [at: number | null, group: number, totals: Totals])[] {
    return [...this.#bins].flatMap(([at, groups]) =>
      [...groups].map(([group, totals]) => [at, group, totals] as const),
    )
  }
}

function check({ by, filter, binMs }: CounterQuery): void {
  for (const name of [...by, ...Object.keys(filter)]) {
    if (!NAMES.has(name) && !/^labels\../s.test(name))
      throw new RangeError(`${JSON.stringify(name)} is not one of ${[...NAMES].join(', ')}, labels.<key>`)
  }
  if (binMs !== null && !(Number.isSafeInteger(binMs) && binMs > 0 && binMs % BIN_MS === 0))
    throw new RangeError(`a bin of ${binMs} ms is not a multiple of 15 minutes`)
}

/** The smallest table that knows every name. */
function tableFor({ by, filter }: CounterQuery): CounterTable {
  const names = [...by, ...Object.keys(filter)]
  const hasAccount = names.some(isOfAccount)
  const others = names.filter((name) => !isOfAccount(name))
  const knows = ({ what }: CounterTable): boolean =>
    what === 'attrs' || others.every((name) => (what === 'core' ? CORE : TYPE).has(name))
  return COUNTER_TABLES.find((table) => table.hasAccount === hasAccount && knows(table)) as CounterTable
}

const TYPE = new Set(['type'])
const CORE = new Set(['type', 'site', 'solver'])

function isOfAccount(name: string): boolean {
  return name === 'account' || name === 'group'
}

function sorted({ by }: CounterQuery, rows: CounterRow[]): CounterRow[] {
  return rows.sort((a, b) => {
    if (a.at !== b.at) return (a.at ?? 0) - (b.at ?? 0)
    for (const name of by) {
      const x = a.where[name] ?? ''
      const y = b.where[name] ?? ''
      if (x !== y) return x < y ? -1 : 1
    }
    return 0
  })
}
