import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { hashTaskId } from '../../domain/task-id.ts'
import type { Attributes } from '../../domain/task.ts'
import { RecentMap } from './recent-map.ts'

/** A combination of attributes as the store numbers it. */
export interface KnownAttributes {
  readonly id: number
  readonly attributes: Attributes
}

/** A combination as a fed record or a change names it. */
export interface NamedAttributes {
  readonly type: string
  readonly site: string
  readonly solver: string
  readonly region?: string | null
  readonly labels?: Readonly<Record<string, string>>
}

/** Combinations kept in memory; a store with more reads the others again, at some 10 us each. */
const REMEMBERED = 50_000

const NO_LABELS: Attributes['labels'] = Object.freeze({})

type Row = [
  id: number,
  type: string,
  site: string,
  solver: string,
  region: string | null,
  labels: string | null,
]

/** Reads combinations by number. Within one book equal numbers give the same object while it is remembered. */
export class AttributeReader {
  protected readonly byId = new RecentMap<number, KnownAttributes>(REMEMBERED)
  readonly #select: StatementSync

  constructor(db: DatabaseSync) {
    this.#select = db.prepare('SELECT id, type, site, solver, region, labels FROM attributes WHERE id = ?')
    this.#select.setReturnArrays(true)
  }

  /** @throws Error when a row names a combination that is not there: a damaged store */
  get(id: number): KnownAttributes {
    const known = this.byId.get(id)
    if (known !== undefined) return known
    const row = this.#select.get(id) as unknown as Row | undefined
    if (row === undefined) throw new Error(`attributes ${id} are named by a row but are not in the store`)
    return this.remember(row)
  }

  protected remember([id, type, site, solver, region, labels]: Row): KnownAttributes {
    const attributes: Attributes = {
      type,
      site,
      solver,
      region,
      labels: labels === null ? NO_LABELS : (JSON.parse(labels) as Attributes['labels']),
    }
    const known = { id, attributes }
    this.byId.set(id, known)
    return known
  }
}

/** Finds the number of a combination, giving it one when it is new. For the one writer of the store. */
export class AttributeBook extends AttributeReader {
  readonly #byText = new RecentMap<string, KnownAttributes>(REMEMBERED)
  readonly #candidates: StatementSync
  readonly #insert: StatementSync

  constructor(db: DatabaseSync) {
    super(db)
    this.#candidates = db.prepare(
      'SELECT id, type, site, solver, region, labels FROM attributes WHERE hash = ? ORDER BY id',
    )
    this.#candidates.setReturnArrays(true)
    this.#insert = db.prepare(
      'INSERT INTO attributes (hash, type, site, solver, region, labels) VALUES (?, ?, ?, ?, ?, ?)',
    )
  }

  intern(named: NamedAttributes): KnownAttributes {
    const { type, site, solver } = named
    const region = named.region ?? null
    const labels = named.labels === undefined ? null : labelText(named.labels)
    const text = combinationText(type, site, solver, region, labels)
    const known = this.#byText.get(text)
    if (known !== undefined) return known
    const found = this.#findOrInsert(text, type, site, solver, region, labels)
    this.#byText.set(text, found)
    return found
  }

  /** Forgets what is remembered, which a transaction that failed may have made untrue. */
  forget(): void {
    this.#byText.clear()
    this.byId.clear()
  }

  #findOrInsert(
    text: string,
    type: string,
    site: string,
    solver: string,
    region: string | null,
    labels: string | null,
  ): KnownAttributes {
    const hash = hashTaskId(text)
    const rows = this.#candidates.all(hash) as unknown as Row[]
    const same = rows.find(
      (row) =>
        row[1] === type && row[2] === site && row[3] === solver && row[4] === region && row[5] === labels,
    )
    if (same !== undefined) return this.byId.get(same[0]) ?? this.remember(same)
    const { lastInsertRowid } = this.#insert.run(hash, type, site, solver, region, labels)
    return this.remember([Number(lastInsertRowid), type, site, solver, region, labels])
  }
}

/** One text for each combination, to look it up and to hash. */
export function combinationText(
  type: string,
  site: string,
  solver: string,
  region: string | null,
  labels: string | null,
): string {
  // No field can hold a control character, so these separators cannot be forged.
  return `${type}\0${site}\0${solver}\0${region ?? '\u0001'}\0${labels ?? ''}`
}

/** Keys in code-unit order, so that equal labels have equal text. null for none. */
export function labelText(labels: Readonly<Record<string, string>>): string | null {
  const keys = Object.keys(labels)
  if (keys.length === 0) return null
  return JSON.stringify(Object.fromEntries(keys.sort().map((key) => [key, labels[key]])))
}
