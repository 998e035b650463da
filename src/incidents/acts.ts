import type { IncidentEvent } from '../domain/incident.ts'
import type { Instant } from '../domain/instant.ts'
import type { IncidentBook } from './incident-book.ts'

/** Why an act cannot be done; `because` is a sentence for the person who tried. Nothing was changed. */
export interface ActRefusal {
  readonly kind: 'refused'
  readonly reason: 'unknown-incident' | 'already-resolved' | 'absorbed'
  readonly because: string
}

/**
 * A person ends an incident: the events to append. The key holds the instant, so that an incident may be resolved again
 * after it was reopened.
 * @param by who, as the history will name them
 */
export function resolveIncident(
  book: IncidentBook,
  id: string,
  by: string,
  note: string | null,
  at: Instant,
): IncidentEvent[] | ActRefusal {
  const state = book.stateOf(id)
  if (state === null) return refuse('unknown-incident', `There is no incident ${id}.`)
  const absorber = book.absorbedBy(id)
  if (absorber !== null) return refuse('absorbed', `Incident ${id} is part of ${absorber}: resolve that one.`)
  if (state === 'resolved') return refuse('already-resolved', `Incident ${id} is resolved already.`)
  return [
    { incidentId: id, event: 'resolved', at, by, ...(note !== null && { note }), key: `resolved:${at}` },
  ]
}

function refuse(reason: ActRefusal['reason'], because: string): ActRefusal {
  return { kind: 'refused', reason, because }
}
