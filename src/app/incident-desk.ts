import type { Finding } from '../domain/finding.ts'
import type { Incident, IncidentEvent } from '../domain/incident.ts'
import type { Clock } from '../domain/instant.ts'
import type { ActRefusal } from '../incidents/acts.ts'
import { resolveIncident } from '../incidents/acts.ts'
import { eventsFromFinding } from '../incidents/from-findings.ts'
import type { IncidentBook } from '../incidents/incident-book.ts'
import { createIncidentBook } from '../incidents/incident-book.ts'
import type { IncidentStore } from '../store/contract.ts'

/** Told of each incident that changed, with the events that changed it. */
export type IncidentListener = (incident: Incident, events: readonly IncidentEvent[]) => void

/**
 * The incidents of a running service: the book in memory, which is the fold of the events in the store, and the two ways in
 * which events come about. Appends run one after the other, so that book and store cannot part.
 */
export class IncidentDesk {
  readonly #store: IncidentStore
  readonly #clock: Clock
  readonly #onChange: IncidentListener
  readonly #book: IncidentBook
  #tail: Promise<unknown> = Promise.resolve()

  private constructor(
    store: IncidentStore,
    clock: Clock,
    onChange: IncidentListener,
    stored: readonly IncidentEvent[],
  ) {
    this.#store = store
    this.#clock = clock
    this.#onChange = onChange
    this.#book = createIncidentBook(stored)
  }

  static async open(store: IncidentStore, clock: Clock, onChange: IncidentListener): Promise<IncidentDesk> {
    return new IncidentDesk(store, clock, onChange, await store.incidentEvents())
  }

  list(): readonly Incident[] {
    return this.#book.list()
  }

  get(id: string): Incident | null {
    return this.#book.get(id)
  }

  /** Under which id an incident is listed, whoever has absorbed it; null if there is none. */
  listedAs(id: string): string | null {
    return this.#book.listedAs(id)
  }

  /** Stores what the analysis found. Idempotent: a replay after a crash finds the same again. */
  accept(findings: readonly Finding[]): Promise<void> {
    return this.#oneByOne(async () => {
      for (const finding of findings) await this.#append(eventsFromFinding(finding, this.#book))
    })
  }

  resolve(id: string, by: string, note: string | null): Promise<Incident | ActRefusal> {
    return this.#oneByOne(async () => {
      const act = resolveIncident(this.#book, id, by, note, this.#clock.now())
      if (!Array.isArray(act)) return act as ActRefusal
      await this.#append(act)
      return this.#book.get(id) as Incident
    })
  }

  async #append(events: readonly IncidentEvent[]): Promise<void> {
    if (events.length === 0) return
    const added = await this.#store.appendIncidentEvents(events)
    const changed = new Map<string, IncidentEvent[]>()
    for (const event of added) {
      this.#book.apply(event)
      changed.set(event.incidentId, [...(changed.get(event.incidentId) ?? []), event])
    }
    // What is given back is listed again, so those who listen must hear of it too.
    for (const { event, other } of added)
      if (event === 'unmerged' && other !== undefined && !changed.has(other)) changed.set(other, [])
    for (const [id, its] of changed) {
      const incident = this.#book.get(id)
      if (incident !== null) this.#onChange(incident, its)
    }
  }

  #oneByOne<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work)
    this.#tail = result.catch(() => undefined)
    return result
  }
}
