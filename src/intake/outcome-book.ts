import { OUTCOMES, type Outcome } from '../domain/outcome.ts'
import type { ReportStore } from '../store/contract.ts'

/**
 * Outcomes decided outside the store, on their way into it, and the totals of this process for metrics.
 *
 * The store counts what it decides in the same commit. The rest gathers here and is handed over each second, so a
 * kill loses at most a second of it; while the store is away nothing is lost, the counts wait.
 */
export class OutcomeBook {
  readonly #store: Pick<ReportStore, 'countOutcomes'>
  readonly #totals = emptyCounts()
  #pending = emptyCounts()
  #handing: Promise<void> | null = null

  constructor(store: Pick<ReportStore, 'countOutcomes'>) {
    this.#store = store
  }

  /** Requests on report paths that ended in this process, by outcome. */
  get totals(): Readonly<Record<Outcome, number>> {
    return this.#totals
  }

  /** The store has counted it already. */
  storeCounted(outcome: Outcome): void {
    this.#totals[outcome]++
  }

  /** Decided here: the store has yet to be told. */
  count(outcome: Outcome): void {
    this.#totals[outcome]++
    this.#pending[outcome]++
  }

  /** The store counted `counted`, but the sender was told otherwise: the sum of all outcomes stays. */
  recount(counted: Outcome, outcome: Outcome): void {
    this.#totals[outcome]++
    this.#pending[outcome]++
    this.#pending[counted]--
  }

  /**
   * Hands over what has gathered. Calls while one is under way share it and then hand over the rest.
   * @throws what the store throws; the counts are kept for the next time
   */
  async flush(): Promise<void> {
    while (this.#handing !== null) await this.#handing.catch(() => {})
    const counts = nonZero(this.#pending)
    if (counts === null) return
    const handed = this.#pending
    this.#pending = emptyCounts()
    this.#handing = this.#store.countOutcomes(counts).then(
      () => {
        this.#handing = null
      },
      (cause: unknown) => {
        this.#handing = null
        for (const outcome of OUTCOMES) this.#pending[outcome] += handed[outcome]
        throw cause
      },
    )
    await this.#handing
  }
}

function emptyCounts(): Record<Outcome, number> {
  return Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>
}

function nonZero(counts: Readonly<Record<Outcome, number>>): Partial<Record<Outcome, number>> | null {
  const entries = Object.entries(counts).filter(([, count]) => count !== 0)
  return entries.length === 0 ? null : (Object.fromEntries(entries) as Partial<Record<Outcome, number>>)
}
