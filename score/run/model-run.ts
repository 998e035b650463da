import type { Model } from '../../src/analysis/model.ts'
import { createModel } from '../../src/analysis/model.ts'
import type { Change } from '../../src/domain/change.ts'
import type { Finding } from '../../src/domain/finding.ts'
import type { Incident, IncidentEvent, IncidentFacts, Where } from '../../src/domain/incident.ts'
import { DAY_MS } from '../../src/domain/instant.ts'
import { eventsFromFinding } from '../../src/incidents/from-findings.ts'
import type { IncidentBook } from '../../src/incidents/incident-book.ts'
import { createIncidentBook } from '../../src/incidents/incident-book.ts'

/** What was known of an incident from one moment on. */
export interface FactsAt {
  readonly at: number
  readonly facts: IncidentFacts
}

/** An incident with all that was ever said of it and of those it absorbed. */
export interface ToldIncident {
  readonly id: string
  /** As it stood in the end. */
  readonly last: IncidentFacts
  /** When the team heard of it first: the first moment at which it was more than one customer's own finding; null if it never was. */
  readonly toldAt: number | null
  readonly openedAt: number
  /** In order of time. */
  readonly facts: readonly FactsAt[]
  /** What was said of the fix, in order of time. */
  readonly fixes: readonly {
    readonly at: number
    readonly said: 'confirmed-fixed' | 'not-fixed' | 'reopened'
  }[]
}

/** One model with its incidents, as the service would keep them. */
export class ModelRun {
  readonly knob: number
  readonly model: Model
  readonly book: IncidentBook
  readonly findings: Finding[] = []

  constructor(knob: number, model: Model = createModel(settingsOf(knob)), book = createIncidentBook()) {
    this.knob = knob
    this.model = model
    this.book = book
  }

  apply(change: Change): void {
    for (const finding of this.model.apply(change)) {
      this.findings.push(finding)
      for (const event of eventsFromFinding(finding, this.book)) this.book.apply(event)
    }
  }

  /** The incidents as they stand, with their past. */
  incidents(): ToldIncident[] {
    return this.book.list().map((incident) => told(incident, this.book))
  }
}

export function settingsOf(knob: number): { falseIncidentsPerWeek: number; reportWindowMs: number } {
  return { falseIncidentsPerWeek: knob, reportWindowMs: DAY_MS }
}

function told(incident: Incident, book: IncidentBook): ToldIncident {
  const own = incident.history.flatMap(factsOf)
  // What an absorbed incident said before it was absorbed was said to the team all the same.
  const absorbed = absorbedBy(incident.id, book).flatMap((one) => one.history.flatMap(factsOf))
  const all = [...own, ...absorbed].sort((a, b) => a.at - b.at)
  const first = all.find(({ facts }) => facts.situation !== 'one-account')
  return {
    id: incident.id,
    last: own.at(-1)?.facts ?? incident,
    toldAt: first?.at ?? null,
    openedAt: (all[0] as FactsAt).at,
    facts: all,
    fixes: incident.history.flatMap(({ event, at }) =>
      event === 'confirmed-fixed' || event === 'not-fixed' || event === 'reopened'
        ? [{ at, said: event }]
        : [],
    ),
  }
}

function factsOf({ at, facts }: IncidentEvent): FactsAt[] {
  return facts === undefined ? [] : [{ at, facts }]
}

function absorbedBy(id: string, book: IncidentBook): Incident[] {
  const ids = new Set(book.get(id)?.history.flatMap(({ other }) => (other === undefined ? [] : [other])))
  return [...ids].flatMap((other) => {
    const incident = book.absorbedBy(other) === id ? book.get(other) : null
    return incident === null ? [] : [incident]
  })
}

/** What the team knew at an instant: what was said last until then; the first thing said, if that was later. */
export function factsAsOf(incident: ToldIncident, at: number): FactsAt {
  return incident.facts.findLast((one) => one.at <= at) ?? (incident.facts[0] as FactsAt)
}

/** The combinations that facts name: of a split, those of the sites that reject. */
export function placesOf({ where, situation, sites }: IncidentFacts): Where[] {
  if (situation !== 'split' || sites === undefined || sites.rejecting.length === 0) return [where]
  return sites.rejecting.map((site) => ({ ...where, site }))
}
