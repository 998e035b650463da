import type { DatabaseSync, StatementSync } from 'node:sqlite'

type Row = [
  id: number,
  type: string,
  site: string,
  solver: string,
  region: string | null,
  labels: string | null,
]

const NAMED = ['type', 'site', 'solver', 'region'] as const
type Named = (typeof NAMED)[number]

/** Stands for a value that is not there: no region, no such label. */
export const ABSENT = 0

/** The values of one attribute as numbers, by the number of the combination. */
interface Column {
  codes: Int32Array
  readonly values: (string | null)[]
  readonly byText: Map<string, number>
}

/**
 * Combinations as columns of small numbers, read once and then only as they are added: telling rows apart costs a look into
 * an array where reading each combination by its key would cost ten microseconds. In memory about 16 bytes a combination and
 * each different value once; the counters bound how many there are.
 */
export class AttributeColumns {
  readonly #select: StatementSync
  readonly #columns: Readonly<Record<Named | 'labels', Column>> = {
    type: newColumn(),
    site: newColumn(),
    solver: newColumn(),
    region: newColumn(),
    // All labels of a combination as one value; single ones are derived from it.
    labels: newColumn(),
  }
  #read = 0

  constructor(db: DatabaseSync) {
    this.#select = db.prepare(
      'SELECT id, type, site, solver, region, labels FROM attributes WHERE id > ? ORDER BY id',
    )
    this.#select.setReturnArrays(true)
  }

  /** Takes in what was added since the last time. */
  refresh(): void {
    for (const row of this.#select.iterate(this.#read) as unknown as Iterable<Row>) {
      const [id, type, site, solver, region, labels] = row
      put(this.#columns.type, id, type)
      put(this.#columns.site, id, site)
      put(this.#columns.solver, id, solver)
      put(this.#columns.region, id, region)
      put(this.#columns.labels, id, labels)
      this.#read = id
    }
  }

  /**
   * How to read one attribute of a combination.
   * @param name type, site, solver, region or labels.<key>
   */
  reader(name: string): AttributeValues {
    if ((NAMED as readonly string[]).includes(name)) {
      const { codes, values, byText } = this.#columns[name as Named]
      return {
        codeOf: (id) => codes[id] as number,
        valueOf: (code) => values[code] as string | null,
        codeFor: (value) => byText.get(value) ?? null,
      }
    }
    return this.#labelReader(name.slice('labels.'.length))
  }

  /** Labels are few and combine to few: each of their combinations is read once for a question. */
  #labelReader(key: string): AttributeValues {
    const { codes, values } = this.#columns.labels
    const label = newColumn()
    const byCombination = Int32Array.from(values, (text) => {
      const labels = text === null ? {} : (JSON.parse(text) as Record<string, string>)
      return codeOf(label, Object.hasOwn(labels, key) ? (labels[key] as string) : null)
    })
    return {
      codeOf: (id) => byCombination[codes[id] as number] as number,
      valueOf: (code) => label.values[code] as string | null,
      codeFor: (value) => label.byText.get(value) ?? null,
    }
  }
}

/** One attribute of every combination. */
export interface AttributeValues {
  codeOf(id: number): number
  valueOf(code: number): string | null
  /** @returns null when no combination has the value */
  codeFor(value: string): number | null
}

function newColumn(): Column {
  return { codes: new Int32Array(1_024), values: [null], byText: new Map() }
}

function put(column: Column, id: number, value: string | null): void {
  if (id >= column.codes.length) {
    const grown = new Int32Array(Math.max(id + 1, column.codes.length * 2))
    grown.set(column.codes)
    column.codes = grown
  }
  column.codes[id] = codeOf(column, value)
}

function codeOf(column: Column, value: string | null): number {
  if (value === null) return ABSENT
  const known = column.byText.get(value)
  if (known !== undefined) return known
  const code = column.values.push(value) - 1
  column.byText.set(value, code)
  return code
}
