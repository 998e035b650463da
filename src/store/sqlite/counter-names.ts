import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Attributes } from '../../domain/task.ts'
import { AttributeBook } from './attribute-book.ts'

/**
 * Numbers for what the cells speak of. New names are written when first seen, ahead of the cells that use them: a name
 * without cells does no harm.
 */
export class CounterNames {
  readonly #attributes: AttributeBook
  // Changes share their attributes objects, and looking one up by identity costs a fifth of comparing it.
  readonly #byObject = new WeakMap<Attributes, number>()
  readonly #accounts = new Map<string, number>()
  readonly #types = new Map<string, number>()
  readonly #insertAccount: StatementSync
  readonly #insertType: StatementSync

  constructor(db: DatabaseSync) {
    this.#attributes = new AttributeBook(db)
    this.#insertAccount = db.prepare('INSERT INTO account (id, payer) VALUES (?, ?)')
    this.#insertType = db.prepare('INSERT INTO task_type (name) VALUES (?)')
    for (const { num, id } of db.prepare('SELECT num, id FROM account').all() as {
      num: number
      id: string
    }[])
      this.#accounts.set(id, num)
    for (const { id, name } of db.prepare('SELECT id, name FROM task_type').all() as {
      id: number
      name: string
    }[])
      this.#types.set(name, id)
  }

  attributes(attributes: Attributes): number {
    const known = this.#byObject.get(attributes)
    if (known !== undefined) return known
    const { id } = this.#attributes.intern(attributes)
    this.#byObject.set(attributes, id)
    return id
  }

  account(id: string, group: string): number {
    return this.#accounts.get(id) ?? this.#add(this.#accounts, id, this.#insertAccount.run(id, group))
  }

  type(name: string): number {
    return this.#types.get(name) ?? this.#add(this.#types, name, this.#insertType.run(name))
  }

  #add(
    map: Map<string, number>,
    name: string,
    { lastInsertRowid }: { lastInsertRowid: number | bigint },
  ): number {
    const number = Number(lastInsertRowid)
    map.set(name, number)
    return number
  }
}
