import type {
  Incident,
  IncidentEvent,
  IncidentEventName,
  IncidentFacts,
  IncidentState,
  Onset,
  Ratio,
  Situation,
  SplitSites,
  Where,
} from '../domain/incident.ts'
import { toIso } from '../domain/instant.ts'

/** An incident as API, backtest and webhooks print it: the keys in this order, instants in ISO 8601. */
export interface IncidentWire {
  readonly id: string
  readonly situation: Situation
  readonly where: Where
  /** Of a split only. */
  readonly sites?: SplitSites
  readonly alternatives: readonly { readonly where: Where; readonly strength: number }[]
  readonly openedAt: string
  readonly onset: OnsetWire
  readonly ratio: Ratio
  readonly reports: number
  readonly expected: number
  readonly accounts: number
  readonly state: IncidentState
  readonly history: readonly IncidentEventWire[]
  readonly because: string
}

export interface OnsetWire {
  readonly at: string
  readonly from: string
  readonly to: string
}

/** One entry of the history. `opened` and `updated` carry what was known then, as far as `expected`. */
export interface IncidentEventWire {
  readonly at: string
  readonly event: IncidentEventName
  readonly by?: string
  readonly note?: string
  readonly other?: string
  readonly action?: string
  readonly because?: string
  readonly where?: Where
  readonly situation?: Situation
  readonly onset?: OnsetWire
  readonly ratio?: Ratio
  readonly reports?: number
  readonly expected?: number
}

/** @returns the one form in which an incident leaves Assay; equal incidents give equal bytes. */
export function toWire(incident: Incident): IncidentWire {
  return {
    id: incident.id,
    situation: incident.situation,
    where: incident.where,
    ...(incident.sites !== undefined && { sites: incident.sites }),
    alternatives: incident.alternatives.map(({ where, strength }) => ({
      where,
      strength: rounded(strength),
    })),
    openedAt: toIso(incident.openedAt),
    onset: onsetOf(incident.onset),
    ratio: ratioOf(incident.ratio),
    reports: incident.reports,
    expected: rounded(incident.expected),
    accounts: incident.accounts,
    state: incident.state,
    history: incident.history.map(eventToWire),
    because: incident.because,
  }
}

export function eventToWire(event: IncidentEvent): IncidentEventWire {
  return {
    at: toIso(event.at),
    event: event.event,
    ...(event.by !== null && { by: event.by }),
    ...(event.note !== undefined && { note: event.note }),
    ...(event.other !== undefined && { other: event.other }),
    ...(event.action !== undefined && { action: event.action }),
    ...(event.because !== undefined && { because: event.because }),
    ...(event.facts !== undefined && knownThen(event.facts)),
  }
}

function knownThen(facts: IncidentFacts) {
  return {
    where: facts.where,
    situation: facts.situation,
    onset: onsetOf(facts.onset),
    ratio: ratioOf(facts.ratio),
    reports: facts.reports,
    expected: rounded(facts.expected),
  }
}

function onsetOf({ at, from, to }: Onset): OnsetWire {
  return { at: toIso(at), from: toIso(from), to: toIso(to) }
}

function ratioOf({ estimate, low, high }: Ratio): Ratio {
  return { estimate: rounded(estimate), low: rounded(low), high: rounded(high) }
}

/** Two decimals, or three significant digits where that says more: 11.23, 0.8, 0.00142. */
function rounded(value: number): number {
  const magnitude = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)))
  return Number(value.toFixed(Math.min(100, Math.max(2, 2 - magnitude))))
}
