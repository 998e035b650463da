import { keyHash, roomAfter, RowIndex } from './row-index.ts'

/**
 * Who uses what, and reports how much of it: for each group at each site, tasks (in reports at the prior rate) and reports. The one
 * thing all effects are fitted from (effects.ts); in it no estimate has gone into any number.
 *
 * What is younger than a day waits: half-days follow one another, and only the fourth last is settled.
 *
 * Beside these, the traffic: tasks and bad reports of the present half-day and the two before it, all of them, also those that teach
 * nothing. From it a customer is told of its own counts, and what was taken for normal before an incident was seen is set right.
 */
export interface MixTable {
  count: number
  /** Segment of the site, and group, of each row. */
  keys: Int32Array
  data: Float32Array
}

/** Exposure and reports of the present half-day, the two before it, and all that is settled. */
export const SETTLED = 6
const DUE = 4
const RECENT_FIELDS = 6
const TRAFFIC = 8
export const TRAFFIC_HALF_DAYS = 3
const STRIDE = TRAFFIC + 2 * TRAFFIC_HALF_DAYS
const FIRST_ROWS = 256
const ROWS_MAX = 400_000
// When the table is nearly full, rows that say least are folded into their site's and group's own.
const ROWS_FOLDED_AT = 320_000

/** Of a site's row for all groups without one, and of a group's row for all sites. */
export const REST_GROUP = 0
export const REST_SITE = 0

export function createMixTable(): MixTable {
  return { count: 0, keys: new Int32Array(FIRST_ROWS * 2), data: new Float32Array(FIRST_ROWS * STRIDE) }
}

/** Finds rows. Not part of the snapshot: made from the table. */
export class MixIndex {
  readonly #table: MixTable
  #rows: RowIndex
  // Rows by site; made when first asked for.
  #bySite: Map<number, number[]> | null = null

  constructor(table: MixTable) {
    this.#table = table
    this.#rows = indexOf(table)
  }

  /** The pair's row; -1 when there is none and no room. */
  row(site: number, group: number): number {
    const known = this.#rows.find(site, group, 0)
    if (known >= 0) return known
    return this.#table.count < ROWS_MAX || site === REST_SITE || group === REST_GROUP
      ? this.#add(site, group)
      : -1
  }

  /** The pair's row; -1 when there is none. Makes nothing. */
  find(site: number, group: number): number {
    return this.#rows.find(site, group, 0)
  }

  /** The rows of a site, its rest among them. */
  rowsOf(site: number): readonly number[] {
    if (this.#bySite === null) {
      this.#bySite = new Map()
      for (let row = 0; row < this.#table.count; row++) this.#enlistAtSite(row, this.#bySite)
    }
    return this.#bySite.get(site) ?? []
  }

  #enlistAtSite(row: number, bySite: Map<number, number[]>): void {
    const site = this.#table.keys[row * 2] as number
    const rows = bySite.get(site)
    if (rows === undefined) bySite.set(site, [row])
    else rows.push(row)
  }

  #add(site: number, group: number): number {
    const table = this.#table
    const row = table.count++
    if ((row + 1) * STRIDE > table.data.length) {
      const rows = roomAfter(row)
      const data = new Float32Array(rows * STRIDE)
      data.set(table.data)
      table.data = data
      const keys = new Int32Array(rows * 2)
      keys.set(table.keys)
      table.keys = keys
    }
    table.keys[row * 2] = site
    table.keys[row * 2 + 1] = group
    this.#rows.add(row)
    if (this.#bySite !== null) this.#enlistAtSite(row, this.#bySite)
    return row
  }

  /** Makes room: keeps rows by what they say, and folds the others. @param unitsOf what a row's task weighs in the two rest rows */
  fold(unitsOf: (site: number, group: number) => { atSite: number; atGroup: number }): void {
    const table = this.#table
    if (table.count < ROWS_FOLDED_AT) return
    const weights = Float64Array.from({ length: table.count }, (_, row) => weightOf(table, row))
    const limit = weights.toSorted()[table.count - Math.floor(ROWS_MAX / 2)] as number
    const kept = createMixTable()
    const old = { ...table }
    table.count = 0
    table.keys = kept.keys
    table.data = kept.data
    this.#rows = indexOf(table)
    this.#bySite = null
    for (let row = 0; row < old.count; row++) {
      const site = old.keys[row * 2] as number
      const group = old.keys[row * 2 + 1] as number
      const isRest = site === REST_SITE || group === REST_GROUP
      if (isRest || (weights[row] as number) > limit) {
        this.#addTo(this.row(site, group), old, row, 1)
        continue
      }
      const { atSite, atGroup } = unitsOf(site, group)
      this.#addTo(this.row(site, REST_GROUP), old, row, atSite)
      this.#addTo(this.row(REST_SITE, group), old, row, atGroup)
    }
  }

  #addTo(row: number, from: MixTable, fromRow: number, unit: number): void {
    const { data } = this.#table
    for (let f = 0; f < STRIDE; f++) {
      const value = from.data[fromRow * STRIDE + f] as number
      data[row * STRIDE + f] = (data[row * STRIDE + f] as number) + (f % 2 === 0 ? value * unit : value)
    }
  }
}

function indexOf(table: MixTable): RowIndex {
  const rows = new RowIndex({
    isAt: (row, site, group) => table.keys[row * 2] === site && table.keys[row * 2 + 1] === group,
    hashAt: (row) => keyHash(table.keys[row * 2] as number, table.keys[row * 2 + 1] as number, 0),
  })
  for (let row = 0; row < table.count; row++) rows.add(row)
  return rows
}

function weightOf(table: MixTable, row: number): number {
  let sum = 0
  for (let f = 0; f < TRAFFIC; f++) sum += table.data[row * STRIDE + f] as number
  return sum
}

export function addToMix(
  table: MixTable,
  row: number,
  halfDaysAgo: number,
  exposure: number,
  reports: number,
): void {
  if (row < 0) return
  const at = row * STRIDE + (halfDaysAgo > 2 ? SETTLED : halfDaysAgo * 2)
  table.data[at] = Math.max(0, (table.data[at] as number) + exposure)
  table.data[at + 1] = Math.max(0, (table.data[at + 1] as number) + reports)
}

/** Counts a task or a bad report (or takes one back); what is older than the traffic is kept for is left out. */
export function addTraffic(
  { data }: MixTable,
  row: number,
  halfDaysAgo: number,
  tasks: number,
  reports: number,
): void {
  if (row < 0 || halfDaysAgo >= TRAFFIC_HALF_DAYS) return
  const at = row * STRIDE + TRAFFIC + 2 * halfDaysAgo
  data[at] = (data[at] as number) + tasks
  data[at + 1] = Math.max(0, (data[at + 1] as number) + reports)
}

export function trafficTasks({ data }: MixTable, row: number, halfDaysAgo: number): number {
  return data[row * STRIDE + TRAFFIC + 2 * halfDaysAgo] as number
}

export function trafficReports({ data }: MixTable, row: number, halfDaysAgo: number): number {
  return data[row * STRIDE + TRAFFIC + 2 * halfDaysAgo + 1] as number
}

export function groupOfRow({ keys }: MixTable, row: number): number {
  return keys[row * 2 + 1] as number
}

/** Settled exposure of a row, in reports at the prior rate. */
export function settledExposure({ data }: MixTable, row: number): number {
  return data[row * STRIDE + SETTLED] as number
}

export function settledReports({ data }: MixTable, row: number): number {
  return data[row * STRIDE + SETTLED + 1] as number
}

/** A half-day has ended: what is older than a day is settled. @param kept of what was settled */
export function rollMix({ data, count }: MixTable, kept: number): void {
  for (let at = 0; at < count * STRIDE; at += STRIDE) {
    data[at + SETTLED] = kept * (data[at + SETTLED] as number) + (data[at + 4] as number)
    data[at + SETTLED + 1] = kept * (data[at + SETTLED + 1] as number) + (data[at + 5] as number)
    data.copyWithin(at + 2, at, at + 4)
    data[at] = 0
    data[at + 1] = 0
    const traffic = at + TRAFFIC
    data.copyWithin(traffic + 2, traffic, traffic + 2 * (TRAFFIC_HALF_DAYS - 1))
    data[traffic] = 0
    data[traffic + 1] = 0
  }
}

/** Visits what is settled. */
export function eachSettled(
  { keys, data, count }: MixTable,
  visit: (site: number, group: number, exposure: number, reports: number) => void,
): void {
  for (let row = 0; row < count; row++) {
    const exposure = data[row * STRIDE + SETTLED] as number
    const reports = data[row * STRIDE + SETTLED + 1] as number
    if (exposure > 0 || reports > 0)
      visit(keys[row * 2] as number, keys[row * 2 + 1] as number, exposure, reports)
  }
}

/** Visits all tasks of the last half-days, also those that teach nothing: what a change of effects means for what was issued. */
export function eachTraffic(
  { keys, data, count }: MixTable,
  visit: (site: number, group: number, tasks: number) => void,
): void {
  for (let row = 0; row < count; row++) {
    let tasks = 0
    for (let ago = 0; ago < TRAFFIC_HALF_DAYS; ago++)
      tasks += data[row * STRIDE + TRAFFIC + 2 * ago] as number
    if (tasks > 0) visit(keys[row * 2] as number, keys[row * 2 + 1] as number, tasks)
  }
}

/** Visits the exposure of the half-day that is to be settled next. */
export function eachDue(
  { keys, data, count }: MixTable,
  visit: (site: number, group: number, exposure: number) => void,
): void {
  for (let row = 0; row < count; row++) {
    const exposure = data[row * STRIDE + DUE] as number
    if (exposure > 0) visit(keys[row * 2] as number, keys[row * 2 + 1] as number, exposure)
  }
}

/** Visits its reports. */
export function eachDueReport(
  { keys, data, count }: MixTable,
  visit: (site: number, reports: number) => void,
): void {
  for (let row = 0; row < count; row++) {
    const reports = data[row * STRIDE + DUE + 1] as number
    if (reports > 0) visit(keys[row * 2] as number, reports)
  }
}

/** Forgets what is not settled yet of the sites for which this holds. */
export function dropRecent({ keys, data, count }: MixTable, isIts: (site: number) => boolean): void {
  for (let row = 0; row < count; row++)
    if (isIts(keys[row * 2] as number)) data.fill(0, row * STRIDE, row * STRIDE + RECENT_FIELDS)
}
