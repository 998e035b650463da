import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { hashTaskId } from '../../domain/task-id.ts'
import type { Attributes } from '../../domain/task.ts'
import { combinationText, labelText } from './attribute-book.ts'
import { RecentMap } from './recent-map.ts'

/** The value of what is not told apart any more: no fed site has brackets, so it cannot be taken for one. */
export const OTHER = '(other)'

/** Combinations and types whose numbers are remembered; the others are looked up again, at some 10 us each. */
const COMBINATIONS_REMEMBERED = 50_000
const TYPES_REMEMBERED = 10_000

/** The numbers under which one combination is counted. */
export interface CombinationNumbers {
  readonly attrs: number
  /** Of the same without region and labels. */
  readonly core: number
  readonly type: number
}

type Named = [type: string, site: string, solver: string, region: string | null, labels: string | null]
type Row = [id: number, ...Named]

/** A combination that has a number and is not written yet. */
interface NewCombination {
  readonly hash: number
  readonly row: Row
}

/** How many names are told apart. */
export interface NamesMax {
  /** What is new beyond is one combination of its type, of site and solver OTHER. */
  readonly combinations: number
  /** A type that is new beyond is OTHER itself. */
  readonly types: number
}

/**
 * Numbers for what the cells speak of. New combinations are written with the cells that use them (`writeNew`), in one
 * transaction; accounts and types, which are few, when first seen: a name without cells does no harm.
 */
export class CounterNames {
  // Changes share their attributes objects, and looking one up by identity costs a fifth of comparing it.
  readonly #byObject = new WeakMap<Attributes, CombinationNumbers>()
  readonly #byText = new RecentMap<string, number>(COMBINATIONS_REMEMBERED)
  readonly #new = new Map<string, NewCombination>()
  readonly #bounds: NamesMax
  #newest: number
  #combinations: number
  #typeCount: number
  readonly #accounts = new Map<string, number>()
  readonly #types = new RecentMap<string, number>(TYPES_REMEMBERED)
  readonly #candidates: StatementSync
  readonly #insertCombination: StatementSync
  readonly #findType: StatementSync
  readonly #insertAccount: StatementSync
  readonly #insertType: StatementSync

  constructor(db: DatabaseSync, bounds: NamesMax) {
    this.#bounds = bounds
    const types = db.prepare('SELECT count(*) AS types FROM task_type').get() as { types: number }
    this.#typeCount = types.types
    const counted = db.prepare('SELECT count(*) AS combinations, max(id) AS newest FROM attributes').get()
    const { combinations, newest } = counted as { combinations: number; newest: number | null }
    this.#combinations = combinations
    this.#newest = newest ?? 0
    this.#candidates = db.prepare(
      'SELECT id, type, site, solver, region, labels FROM attributes WHERE hash = ? ORDER BY id',
    )
    this.#candidates.setReturnArrays(true)
    this.#insertCombination = db.prepare(
      'INSERT INTO attributes (hash, id, type, site, solver, region, labels) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
    this.#findType = db.prepare('SELECT id FROM task_type WHERE name = ?')
    this.#insertAccount = db.prepare('INSERT INTO account (id, payer) VALUES (?, ?)')
    this.#insertType = db.prepare('INSERT INTO task_type (name) VALUES (?)')
    for (const { num, id } of db.prepare('SELECT num, id FROM account').all() as {
      num: number
      id: string
    }[])
      this.#accounts.set(id, num)
  }

  numbersOf(attributes: Attributes): CombinationNumbers {
    const known = this.#byObject.get(attributes)
    if (known !== undefined) return known
    const numbers = this.#numbersOf(attributes)
    this.#byObject.set(attributes, numbers)
    return numbers
  }

  #numbersOf({ type, site, solver, region, labels }: Attributes): CombinationNumbers {
    const labelled = labelText(labels)
    const known = this.#find(type, site, solver, region, labelled)
    const ofType = this.#type(type)
    const isFull = ofType === null || this.#combinations >= this.#bounds.combinations
    if (known === undefined && isFull) {
      const told = ofType === null ? OTHER : type
      const other = this.#number(told, OTHER, OTHER, null, null)
      return { attrs: other, core: other, type: ofType ?? this.#addType(OTHER) }
    }
    return {
      attrs: known ?? this.#number(type, site, solver, region, labelled),
      core: this.#number(type, site, solver, null, null),
      type: ofType ?? this.#addType(type),
    }
  }

  account(id: string, group: string): number {
    const known = this.#accounts.get(id)
    if (known !== undefined) return known
    const number = Number(this.#insertAccount.run(id, group).lastInsertRowid)
    this.#accounts.set(id, number)
    return number
  }

  /** Writes the combinations that are new since `keepNew`, inside the caller's transaction. */
  writeNew(): void {
    for (const { hash, row } of this.#new.values()) this.#insertCombination.run(hash, ...row)
  }

  /** The transaction is committed: what was written stays. */
  keepNew(): void {
    this.#new.clear()
  }

  #number(...named: Named): number {
    const known = this.#find(...named)
    if (known !== undefined) return known
    this.#combinations++
    const id = ++this.#newest
    const text = combinationText(...named)
    this.#new.set(text, { hash: hashTaskId(text), row: [id, ...named] })
    this.#byText.set(text, id)
    return id
  }

  #find(...named: Named): number | undefined {
    const text = combinationText(...named)
    const remembered = this.#byText.get(text)
    if (remembered !== undefined) return remembered
    const known = this.#new.get(text)?.row[0] ?? this.#stored(text, named[4])
    if (known !== undefined) this.#byText.set(text, known)
    return known
  }

  #stored(text: string, labels: string | null): number | undefined {
    const rows = this.#candidates.all(hashTaskId(text)) as unknown as Row[]
    return rows.find(
      (row) => row[5] === labels && combinationText(row[1], row[2], row[3], row[4], labels) === text,
    )?.[0]
  }

  /** @returns null when it has no number and gets none any more */
  #type(name: string): number | null {
    const known = this.#types.get(name)
    if (known !== undefined) return known
    const stored = this.#findType.get(name) as { id: number } | undefined
    if (stored === undefined) return this.#typeCount < this.#bounds.types ? this.#addType(name) : null
    this.#types.set(name, stored.id)
    return stored.id
  }

  #addType(name: string): number {
    const stored = this.#findType.get(name) as { id: number } | undefined
    const number = stored?.id ?? Number(this.#insertType.run(name).lastInsertRowid)
    if (stored === undefined) this.#typeCount++
    this.#types.set(name, number)
    return number
  }
}
