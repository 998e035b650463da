import type { Where } from '../../src/domain/incident.ts'
import { DAY_MS } from '../../src/domain/instant.ts'
import type { Attributes } from '../../src/domain/task.ts'
import { isAtAny, keyOf } from './places.ts'

/** A leaf cell: every attribute of a task, and the account where a fault of this scenario names it (null: any other). */
export interface Leaf {
  readonly index: number
  readonly attributes: Attributes
  readonly account: string | null
}

/**
 * How many tasks each leaf cell had on each day: the weights by which two places are compared. Accounts are an attribute only as far
 * as the truth tells them apart; otherwise there would be as many leaves as tasks.
 */
export class LeafTasks {
  readonly leaves: Leaf[] = []
  readonly #accounts: ReadonlySet<string>
  readonly #byAttributes = new Map<Attributes, Map<string | null, Leaf>>()
  readonly #at = new Map<string, Uint8Array>()
  readonly #days = new Map<number, number[]>()

  /** @param accounts those that faults name */
  constructor(accounts: Iterable<string>) {
    this.#accounts = new Set(accounts)
  }

  /** @param attributes interned: equal ones are one object */
  leafOf(attributes: Attributes, account: string): Leaf {
    let byAccount = this.#byAttributes.get(attributes)
    if (byAccount === undefined) this.#byAttributes.set(attributes, (byAccount = new Map()))
    const named = this.#accounts.has(account) ? account : null
    let leaf = byAccount.get(named)
    if (leaf === undefined) {
      leaf = { index: this.leaves.length, attributes, account: named }
      this.leaves.push(leaf)
      byAccount.set(named, leaf)
    }
    return leaf
  }

  count(leaf: Leaf, solvedAt: number): void {
    const day = Math.floor(solvedAt / DAY_MS)
    let counts = this.#days.get(day)
    if (counts === undefined) this.#days.set(day, (counts = []))
    counts[leaf.index] = (counts[leaf.index] ?? 0) + 1
  }

  /** Tasks of each leaf on the days that hold any of this time. */
  weights(from: number, until: number): Float64Array {
    const weights = new Float64Array(this.leaves.length)
    for (const [day, counts] of this.#days) {
      if ((day + 1) * DAY_MS <= from || day * DAY_MS >= until) continue
      counts.forEach((tasks, index) => (weights[index] = (weights[index] as number) + tasks))
    }
    return weights
  }

  /** Which leaves are at any of these combinations. */
  at(wheres: readonly Where[]): Uint8Array {
    const key = wheres.map(keyOf).join('\n')
    const known = this.#at.get(key)
    // Asked again and again once all tasks are counted; a leaf that came since makes it stale.
    if (known !== undefined && known.length === this.leaves.length) return known
    const cells = Uint8Array.from(this.leaves, ({ attributes, account }) =>
      isAtAny(wheres, attributes, account) ? 1 : 0,
    )
    this.#at.set(key, cells)
    return cells
  }
}

/**
 * How far two places are the same: tasks in both over tasks in either. Weighted by tasks, so that a leaf nobody used makes no difference,
 * and a big site counts for more than a small one.
 * @returns in [0, 1]; 0 where neither has a task
 */
export function jaccard(weights: Float64Array, a: Uint8Array, b: Uint8Array): number {
  let both = 0
  let either = 0
  for (let i = 0; i < weights.length; i++) {
    if (a[i] === 1 || b[i] === 1) either += weights[i] as number
    if (a[i] === 1 && b[i] === 1) both += weights[i] as number
  }
  return either === 0 ? 0 : both / either
}
