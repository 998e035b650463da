import type { DatabaseSync } from 'node:sqlite'
import type { DurationMs } from '../../domain/instant.ts'
import type { CounterQuery, CounterRow } from '../contract.ts'
import { AttributeReader } from './attribute-book.ts'
import { Grouping } from './counter-grouping.ts'
import { BIN_MS, CUBOIDS } from './cuboids.ts'
import type { Cuboid } from './cuboids.ts'

/** Cells one answer may read: about a second of work. */
const CELLS_MAX = 2_000_000
/** Rows one answer may have. */
const ROWS_MAX = 100_000

// Times a cuboid can count, far beyond any clock.
const BEGINNING = -8.64e15
const END = 8.64e15

const NAMES = new Set(['type', 'site', 'solver', 'region', 'account', 'group'])

interface Totals {
  issued: number
  bad: number
  good: number
}

/** Answers questions from the cells of whichever cuboid can, and has to read fewest. */
export class CounterQueries {
  readonly #db: DatabaseSync
  readonly #attributes: AttributeReader

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#attributes = new AttributeReader(db)
  }

  /**
   * Sums by the names asked for, ordered by time, then by value. `from` and `to` are taken to whole cells: a cell counts
   * when its start lies in [from, to).
   * @throws RangeError in plain words when no cuboid can tell, or the answer would read or hold too much
   */
  answer(query: CounterQuery): CounterRow[] {
    check(query)
    const cuboid = this.#cheapest(query)
    const [first, last] = span(cuboid, query)
    const { time, widthMs, table, hasAccount, what } = cuboid
    const select = this.#db.prepare(
      `SELECT ${time}, ${hasAccount ? 'account' : '0'}, ${what}, issued, bad, good
       FROM ${table} WHERE ${time} >= ? AND ${time} < ?`,
    )
    select.setReturnArrays(true)
    const grouping = new Grouping(this.#db, this.#attributes, cuboid, query)
    const bins = new Map<number | null, Map<number, Totals>>()
    let rows = 0
    for (const row of select.iterate(first, last)) {
      const [at, account, whatId, issued, bad, good] = row as unknown as number[] as [
        number,
        number,
        number,
        number,
        number,
        number,
      ]
      const group = grouping.groupOf(account, whatId)
      if (group === null) continue
      const start = query.binMs === null ? null : Math.floor((at * widthMs) / query.binMs) * query.binMs
      let groups = bins.get(start)
      if (groups === undefined) bins.set(start, (groups = new Map()))
      let totals = groups.get(group)
      if (totals === undefined) {
        groups.set(group, (totals = { issued: 0, bad: 0, good: 0 }))
        if (++rows > ROWS_MAX)
          throw new RangeError(
            `the answer would have more than ${ROWS_MAX} rows: ask for a shorter time, wider bins or fewer names in by`,
          )
      }
      totals.issued += issued
      totals.bad += bad
      totals.good += good
    }
    return sorted(
      query,
      [...bins].flatMap(([at, groups]) =>
        [...groups].map(([group, totals]) => ({ where: grouping.where(group), at, ...totals })),
      ),
    )
  }

  #cheapest(query: CounterQuery): Cuboid {
    const able = CUBOIDS.filter((cuboid) => canAnswer(cuboid, query))
    if (able.length === 0) throw new RangeError(whyNot(query))
    const sized = able.map((cuboid) => ({ cuboid, cells: this.#cellsIn(cuboid, query) }))
    const least = sized.reduce((best, one) => (one.cells < best.cells ? one : best))
    if (least.cells > CELLS_MAX)
      throw new RangeError(`the time asked for holds more than ${CELLS_MAX} cells: ask for a shorter one`)
    return least.cuboid
  }

  // Counts no further than it matters.
  #cellsIn(cuboid: Cuboid, query: CounterQuery): number {
    const { table, time } = cuboid
    const row = this.#db
      .prepare(
        `SELECT count(*) AS cells FROM (SELECT 1 FROM ${table} WHERE ${time} >= ? AND ${time} < ? LIMIT ${CELLS_MAX + 1})`,
      )
      .get(...span(cuboid, query)) as { cells: number }
    return row.cells
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

function namesOf({ by, filter }: CounterQuery): readonly string[] {
  return [...by, ...Object.keys(filter)]
}

const ofAccount = (name: string): boolean => name === 'account' || name === 'group'

function canAnswer({ hasAccount, what, widthMs }: Cuboid, query: CounterQuery): boolean {
  const names = namesOf(query)
  const isWhole = (duration: DurationMs | null | undefined) =>
    duration === null || duration === undefined || widthMs === BIN_MS || duration % widthMs === 0
  return (
    (hasAccount || !names.some(ofAccount)) &&
    (what === 'attrs' || names.every((name) => ofAccount(name) || name === 'type')) &&
    isWhole(query.binMs) &&
    isWhole(query.from) &&
    isWhole(query.to)
  )
}

function whyNot(query: CounterQuery): string {
  const who = namesOf(query).find(ofAccount)
  const what = namesOf(query).find((name) => !ofAccount(name) && name !== 'type')
  return `${who} together with ${what} is counted by whole UTC days only: ask for bins of days and for from and to at midnight UTC, or leave one of the two out`
}

/** The cuboid's own numbers of the first cell asked for and of the first after the last. */
function span({ widthMs }: Cuboid, { from = BEGINNING, to = END }: CounterQuery): [number, number] {
  return [Math.ceil(from / widthMs), Math.ceil(to / widthMs)]
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
