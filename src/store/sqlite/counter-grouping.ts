import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Attributes } from '../../domain/task.ts'
import type { CounterQuery } from '../contract.ts'
import type { AttributeReader } from './attribute-book.ts'
import type { Cuboid } from './cuboids.ts'

type Values = readonly (string | null)[]

/** Which row of an answer a cell belongs to: decided once for each account and for each `what`, not for each cell. */
export class Grouping {
  readonly #by: readonly string[]
  readonly #filter: readonly (readonly [string, string])[]
  readonly #accounts = new Side()
  readonly #whats = new Side()
  readonly #readAccount: (num: number) => (name: string) => string | null | undefined
  readonly #readWhat: (id: number) => (name: string) => string | null | undefined

  constructor(db: DatabaseSync, attributes: AttributeReader, cuboid: Cuboid, query: CounterQuery) {
    this.#by = query.by
    this.#filter = Object.entries(query.filter)
    this.#readAccount = cuboid.hasAccount ? accountValues(db) : () => () => undefined
    this.#readWhat =
      cuboid.what === 'type'
        ? typeValues(db)
        : (id) => (name) => attributeValue(attributes.get(id).attributes, name)
  }

  /** @returns the number of the group; null when the filter leaves the cell out */
  groupOf(account: number, what: number): number | null {
    const who = this.#accounts.groupOf(account, () => this.#valuesOf(this.#readAccount(account)))
    if (who === null) return null
    const which = this.#whats.groupOf(what, () => this.#valuesOf(this.#readWhat(what)))
    return which === null ? null : who * 2 ** 26 + which
  }

  /** The values that tell a group from the others. */
  where(group: number): Record<string, string | null> {
    const who = this.#accounts.valuesOf(Math.floor(group / 2 ** 26))
    const which = this.#whats.valuesOf(group % 2 ** 26)
    // Each name is known to one side; the other says null.
    return Object.fromEntries(this.#by.map((name, i) => [name, who[i] ?? which[i] ?? null]))
  }

  // undefined: this side does not know the name, so it neither filters nor tells by it.
  #valuesOf(read: (name: string) => string | null | undefined): Values | null {
    for (const [name, wanted] of this.#filter) {
      const value = read(name)
      if (value !== undefined && value !== wanted) return null
    }
    return this.#by.map((name) => read(name) ?? null)
  }
}

/** Numbers of one key column, and the group each belongs to. */
class Side {
  readonly #groups = new Map<number, number | null>()
  readonly #byText = new Map<string, number>()
  readonly #values: Values[] = []

  groupOf(key: number, read: () => Values | null): number | null {
    const known = this.#groups.get(key)
    if (known !== undefined) return known
    const values = read()
    const group = values === null ? null : this.#number(values)
    this.#groups.set(key, group)
    return group
  }

  valuesOf(group: number): Values {
    return this.#values[group] as Values
  }

  #number(values: Values): number {
    const text = JSON.stringify(values)
    const known = this.#byText.get(text)
    if (known !== undefined) return known
    this.#byText.set(text, this.#values.length)
    return this.#values.push(values) - 1
  }
}

function attributeValue(attributes: Attributes, name: string): string | null | undefined {
  switch (name) {
    case 'type':
    case 'site':
    case 'solver':
    case 'region':
      return attributes[name]
    case 'account':
    case 'group':
      return undefined
    default: {
      const key = name.slice('labels.'.length)
      return Object.hasOwn(attributes.labels, key) ? (attributes.labels[key] as string) : null
    }
  }
}

function accountValues(db: DatabaseSync) {
  const select: StatementSync = db.prepare('SELECT id, payer FROM account WHERE num = ?')
  return (num: number) => {
    const { id, payer } = select.get(num) as { id: string; payer: string }
    return (name: string) => (name === 'account' ? id : name === 'group' ? payer : undefined)
  }
}

function typeValues(db: DatabaseSync) {
  const select: StatementSync = db.prepare('SELECT name FROM task_type WHERE id = ?')
  return (id: number) => {
    const { name: type } = select.get(id) as { name: string }
    return (name: string) => (name === 'type' ? type : undefined)
  }
}
