import type { DatabaseSync } from 'node:sqlite'
import type { CounterQuery } from '../contract.ts'
import type { AttributeColumns, AttributeValues } from './attribute-columns.ts'
import type { CounterTable } from './counter-tables.ts'

/**
 * Which row of an answer a packed day belongs to: decided once for each account and for each combination, not for each
 * day. A group is told by the numbers of its values, two at a time.
 */
export class Grouping {
  readonly #by: readonly string[]
  readonly #accounts: Side
  readonly #whats: Side
  readonly #type: AttributeValues

  constructor(db: DatabaseSync, columns: AttributeColumns, table: CounterTable, query: CounterQuery) {
    this.#by = query.by
    const isType = table.what === 'type'
    const types = isType ? typeValues(db) : columns.reader('type')
    this.#type = types
    const ofWhat = (name: string): AttributeValues | null => {
      if (name === 'account' || name === 'group') return null
      return name === 'type' ? types : columns.reader(name)
    }
    const ofAccount = (name: string): AttributeValues | null =>
      name === 'account' || name === 'group' ? accountValues(db, name) : null
    this.#accounts = new Side(query, table.hasAccount ? ofAccount : () => null)
    this.#whats = new Side(query, ofWhat)
  }

  /** @returns the number of the group; null when the filter leaves it out */
  groupOf(account: number, what: number): number | null {
    const who = this.#accounts.groupOf(account)
    if (who < 0) return null
    const which = this.#whats.groupOf(what)
    return which < 0 ? null : who * 2 ** 26 + which
  }

  /** The number of its task type, and the type such a number stands for. */
  typeOf(what: number): number {
    return this.#type.codeOf(what)
  }

  typeName(code: number): string {
    return this.#type.valueOf(code) as string
  }

  /** The values that tell a group from the others. */
  where(group: number): Record<string, string | null> {
    const who = this.#accounts.valuesOf(Math.floor(group / 2 ** 26))
    const which = this.#whats.valuesOf(group % 2 ** 26)
    return Object.fromEntries(this.#by.map((name) => [name, who.get(name) ?? which.get(name) ?? null]))
  }
}

const LEFT_OUT = -1
const NOT_KNOWN = 0

/** One key column: the group of each of its numbers, found when first asked for. */
class Side {
  readonly #filters: readonly (readonly [AttributeValues, number | null])[]
  readonly #by: readonly (readonly [string, AttributeValues])[]
  // 0 while not known, else the group plus 1, or LEFT_OUT.
  #groups = new Int32Array(1_024)
  // From a group so far and the next value's code to the group of both.
  readonly #steps: Map<number, number>[]
  // The codes of a group.
  readonly #codes: number[][] = []

  constructor({ by, filter }: CounterQuery, read: (name: string) => AttributeValues | null) {
    this.#filters = Object.entries(filter).flatMap(([name, value]) => {
      const values = read(name)
      return values === null ? [] : [[values, values.codeFor(value)] as const]
    })
    this.#by = by.flatMap((name) => {
      const values = read(name)
      return values === null ? [] : [[name, values] as const]
    })
    this.#steps = this.#by.map(() => new Map())
    if (this.#by.length === 0) this.#codes.push([])
  }

  /** @returns -1 when the filter leaves it out */
  groupOf(key: number): number {
    if (key >= this.#groups.length) {
      const grown = new Int32Array(Math.max(key + 1, this.#groups.length * 2))
      grown.set(this.#groups)
      this.#groups = grown
    }
    const known = this.#groups[key] as number
    if (known !== NOT_KNOWN) return known === LEFT_OUT ? LEFT_OUT : known - 1
    const group = this.#decide(key)
    this.#groups[key] = group === LEFT_OUT ? LEFT_OUT : group + 1
    return group
  }

  valuesOf(group: number): ReadonlyMap<string, string | null> {
    const codes = this.#codes[group] as number[]
    return new Map(this.#by.map(([name, values], i) => [name, values.valueOf(codes[i] as number)]))
  }

  #decide(key: number): number {
    for (const [values, code] of this.#filters) if (values.codeOf(key) !== code) return LEFT_OUT
    let group = 0
    for (let i = 0; i < this.#by.length; i++) {
      const [, values] = this.#by[i] as readonly [string, AttributeValues]
      const step = this.#steps[i] as Map<number, number>
      const pair = group * 2 ** 26 + values.codeOf(key)
      let next = step.get(pair)
      if (next === undefined) {
        const isLast = i === this.#by.length - 1
        next = isLast ? this.#codes.push(this.#by.map(([, its]) => its.codeOf(key))) - 1 : step.size
        step.set(pair, next)
      }
      group = next
    }
    return group
  }
}

function accountValues(db: DatabaseSync, name: 'account' | 'group'): AttributeValues {
  const column = name === 'account' ? 'id' : 'payer'
  return listed(
    db.prepare(`SELECT num AS number, ${column} AS value FROM account`).all() as unknown as Listed[],
  )
}

function typeValues(db: DatabaseSync): AttributeValues {
  return listed(db.prepare('SELECT id AS number, name AS value FROM task_type').all() as unknown as Listed[])
}

interface Listed {
  readonly number: number
  readonly value: string
}

/** A short list of numbers and what they stand for. */
function listed(rows: readonly Listed[]): AttributeValues {
  const codes = new Map<number, number>()
  const byText = new Map<string, number>()
  const values: string[] = []
  for (const { number, value } of rows) {
    let code = byText.get(value)
    if (code === undefined) byText.set(value, (code = values.push(value) - 1))
    codes.set(number, code)
  }
  return {
    codeOf(number) {
      const code = codes.get(number)
      if (code === undefined) throw new Error(`${number} is named by the counters but has no name there`)
      return code
    },
    valueOf: (code) => values[code] as string,
    codeFor: (value) => byText.get(value) ?? null,
  }
}
