import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { OUTCOMES } from '../../domain/outcome.ts'
import type { Outcome, OutcomeTotals } from '../../domain/outcome.ts'

/** What is counted: requests by outcome, parked reports adopted, and the rows of the two big tables. */
export type Tallied = Outcome | 'adopted' | 'tasks' | 'reports'

/** Counts that change in the same transaction as what they count. */
export class Tally {
  readonly #pending = new Map<Tallied, number>()
  readonly #add: StatementSync
  readonly #select: StatementSync

  constructor(db: DatabaseSync) {
    this.#add = db.prepare(
      'INSERT INTO tally VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET count = count + excluded.count',
    )
    this.#select = db.prepare('SELECT name, count FROM tally')
  }

  /** @param difference may be negative, for rows that were deleted */
  count(name: Tallied, difference: number): void {
    this.#pending.set(name, (this.#pending.get(name) ?? 0) + difference)
  }

  /** Writes what was counted, at the end of the transaction. */
  write(): void {
    for (const [name, difference] of this.#pending) if (difference !== 0) this.#add.run(name, difference)
    this.#pending.clear()
  }

  /** Forgets what was counted in a transaction that failed. */
  forget(): void {
    this.#pending.clear()
  }

  outcomes(): OutcomeTotals {
    const counts = this.#read()
    const outcomes = Object.fromEntries(OUTCOMES.map((name) => [name, counts.get(name) ?? 0])) as Record<
      Outcome,
      number
    >
    const total = Object.values(outcomes).reduce((sum, count) => sum + count, 0)
    return { total, outcomes, adopted: counts.get('adopted') ?? 0 }
  }

  rows(): { tasks: number; reports: number } {
    const counts = this.#read()
    return { tasks: counts.get('tasks') ?? 0, reports: counts.get('reports') ?? 0 }
  }

  #read(): Map<string, number> {
    const rows = this.#select.all() as unknown as { name: string; count: number }[]
    return new Map(rows.map(({ name, count }) => [name, count]))
  }
}
