import type { FactsFinding } from '../domain/finding.ts'
import type { IncidentEvent, IncidentFacts } from '../domain/incident.ts'

/** Test data: what is known of an incident, unless said otherwise. */
export function factsOf(over: Partial<IncidentFacts> = {}): IncidentFacts {
  return {
    situation: 'regression',
    where: { type: 'TurnstileTask', site: 'shop.example' },
    onset: { at: 1_000, from: 500, to: 1_500 },
    ratio: { estimate: 11.2, low: 7.9, high: 15.1 },
    reports: 9,
    expected: 0.8,
    accounts: 6,
    alternatives: [],
    because: 'Nine reports from six customers where 0.8 were expected.',
    ...over,
  }
}

export function findingOf(over: Partial<FactsFinding> = {}): FactsFinding {
  return {
    alarmId: 'TurnstileTask/shop.example@17',
    event: 'opened',
    at: 2_000,
    seq: 17,
    facts: factsOf(),
    method: '1',
    ...over,
  }
}

export function openedOf(incidentId: string, over: Partial<IncidentEvent> = {}): IncidentEvent {
  return { incidentId, event: 'opened', at: 2_000, by: null, facts: factsOf(), key: 'opened', ...over }
}
