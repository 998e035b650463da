import type { Incident, IncidentEvent, IncidentFacts, IncidentState } from '../domain/incident.ts'
import type { Instant } from '../domain/instant.ts'
import { LIFECYCLE } from './lifecycle.ts'

/** What became of one event: it counts, it was here before, or it cannot be and changed nothing. */
export type Applied =
  | { readonly kind: 'applied'; readonly id: string }
  | { readonly kind: 'repeated'; readonly id: string }
  | { readonly kind: 'refused'; readonly id: string; readonly because: string }

/**
 * The incidents as they stand: the fold of their events, in the order of commit, and nothing else. Any sequence folds: an event that
 * cannot be is refused with a sentence, because a log written by another version must never keep the service from starting.
 */
export interface IncidentBook {
  apply(event: IncidentEvent): Applied
  /** Any incident by id, an absorbed one too; null if there is none. */
  get(id: string): Incident | null
  /** In the order in which they were opened, without those absorbed by another. */
  list(): readonly Incident[]
  /** Cheaper than `get`, for those who only ask whether an incident still takes evidence. */
  stateOf(id: string): IncidentState | null
  /** The incident that has absorbed this one; null if it stands on its own. */
  absorbedBy(id: string): string | null
  /** Under which id an incident is listed: its own, or that of whoever absorbed it in the end; null if there is none. */
  listedAs(id: string): string | null
}

/** One incident while it is folded. */
interface Page {
  readonly openedAt: Instant
  facts: IncidentFacts
  state: IncidentState
  absorbedBy: string | null
  readonly history: IncidentEvent[]
  /** What was last given out; null when an event has come since. */
  given: Incident | null
}

export function createIncidentBook(stored: Iterable<IncidentEvent> = []): IncidentBook {
  const pages = new Map<string, Page>()
  const keys = new Map<string, Set<string>>()

  function apply(event: IncidentEvent): Applied {
    const id = event.incidentId
    const seen = keys.get(id)
    if (seen?.has(event.key)) return { kind: 'repeated', id }
    // A refused event has had its turn too: the same log folded twice gives the same book.
    if (seen === undefined) keys.set(id, new Set([event.key]))
    else seen.add(event.key)

    const because = event.event === 'opened' ? open(event) : continueWith(event)
    return because === null ? { kind: 'applied', id } : { kind: 'refused', id, because }
  }

  /** @returns why not, or null */
  function open(event: IncidentEvent): string | null {
    const { incidentId: id, facts, at } = event
    if (pages.has(id)) return `incident ${id} is open already`
    if (facts === undefined) return `incident ${id} cannot be opened without facts`
    pages.set(id, { openedAt: at, facts, state: 'open', absorbedBy: null, history: [event], given: null })
    return null
  }

  /** @returns why not, or null */
  function continueWith(event: IncidentEvent): string | null {
    const { incidentId: id, event: name, facts, other } = event
    const page = pages.get(id)
    if (page === undefined) return `there is no incident ${id}`
    const next = LIFECYCLE[page.state][name]
    if (next === null) return `incident ${id} is ${page.state}: ${name} cannot happen to it`
    if (name === 'updated' && facts === undefined) return `incident ${id} cannot be updated without facts`
    if (name === 'merged' || name === 'unmerged') {
      const because = name === 'merged' ? absorb(id, page, other) : release(id, other)
      if (because !== null) return because
    }
    if ((name === 'updated' || name === 'reopened') && facts !== undefined) page.facts = facts
    page.state = next
    page.history.push(event)
    page.given = null
    return null
  }

  function absorb(id: string, page: Page, other: string | undefined): string | null {
    if (other === undefined) return `incident ${id} cannot absorb another that is not named`
    if (other === id) return `incident ${id} cannot absorb itself`
    // Nor can an absorbed one absorb: so there are no rings, and each incident is listed or under one that is.
    if (page.absorbedBy !== null)
      return `incident ${id} is part of ${page.absorbedBy} and cannot absorb ${other}`
    const absorbed = pages.get(other)
    if (absorbed === undefined) return `incident ${id} cannot absorb ${other}: there is no such incident`
    if (absorbed.absorbedBy !== null)
      return `incident ${id} cannot absorb ${other}: it is part of ${absorbed.absorbedBy}`
    absorbed.absorbedBy = id
    return null
  }

  function release(id: string, other: string | undefined): string | null {
    const absorbed = other === undefined ? undefined : pages.get(other)
    if (absorbed?.absorbedBy !== id)
      return `incident ${id} has not absorbed ${other ?? 'one that is not named'}`
    absorbed.absorbedBy = null
    return null
  }

  function give(id: string, page: Page): Incident {
    page.given ??= {
      id,
      openedAt: page.openedAt,
      state: page.state,
      ...page.facts,
      history: [...page.history],
    }
    return page.given
  }

  for (const event of stored) apply(event)

  return {
    apply,
    get(id) {
      const page = pages.get(id)
      return page === undefined ? null : give(id, page)
    },
    list() {
      return [...pages].flatMap(([id, page]) => (page.absorbedBy === null ? [give(id, page)] : []))
    },
    stateOf(id) {
      return pages.get(id)?.state ?? null
    },
    absorbedBy(id) {
      return pages.get(id)?.absorbedBy ?? null
    },
    listedAs(id) {
      // No rings: who is absorbed cannot absorb, though an absorber may be absorbed later.
      let page = pages.get(id)
      if (page === undefined) return null
      let last = id
      while (page !== undefined && page.absorbedBy !== null) {
        last = page.absorbedBy
        page = pages.get(last)
      }
      return last
    },
  }
}
