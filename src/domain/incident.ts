import type { Instant } from './instant.ts'

/** Situations the analysis tells apart (docs/api.md). */
export type Situation = 'regression' | 'split' | 'never-worked' | 'one-account'

/** A named conjunction of attributes, e.g. `{type: 'TurnstileTask', site: 'shop.example'}`; empty: everything. */
export type Where = Readonly<Record<string, string>>

/** An instant estimated with its 90 % interval. */
export interface Onset {
  readonly at: Instant
  readonly from: Instant
  readonly to: Instant
}

/** Observed over expected, shrunk, with its 90 % interval. */
export interface Ratio {
  readonly estimate: number
  readonly low: number
  readonly high: number
}

/** What was known of an incident at one moment; carried by `opened` and `updated`. */
export interface IncidentFacts {
  readonly situation: Situation
  readonly where: Where
  readonly onset: Onset
  readonly ratio: Ratio
  /** Bad reports counted since the onset. */
  readonly reports: number
  /** Reports expected by then, had nothing changed. */
  readonly expected: number
  /** Accounts (groups) with reports since the onset. */
  readonly accounts: number
  /** Of a split only: which hosts reject, which accept, and which are not told apart yet. */
  readonly sites?: SplitSites
  readonly alternatives: readonly { readonly where: Where; readonly strength: number }[]
  /** One sentence a person can read, true of the numbers beside it. */
  readonly because: string
}

/** The hosts of a split, each list in code-unit order. */
export interface SplitSites {
  readonly rejecting: readonly string[]
  readonly accepting: readonly string[]
  readonly undecided: readonly string[]
}

export type IncidentState = 'open' | 'acknowledged' | 'snoozed' | 'fixed' | 'resolved'

export type IncidentEventName =
  | 'opened'
  | 'updated'
  | 'merged'
  | 'unmerged'
  | 'split'
  | 'acknowledged'
  | 'snoozed'
  | 'note'
  | 'action'
  | 'confirmed-fixed'
  | 'not-fixed'
  | 'resolved'
  | 'reopened'

/** One entry of an incident's history. Appended, never overwritten. */
export interface IncidentEvent {
  readonly incidentId: string
  readonly event: IncidentEventName
  readonly at: Instant
  /** Who did it; null for Assay itself. */
  readonly by: string | null
  readonly facts?: IncidentFacts
  readonly note?: string
  /** The incident absorbed by a `merged`, or given back by an `unmerged`. */
  readonly other?: string
  /** Of an `action`: which one. */
  readonly action?: string
  /** Of the analysis' own `confirmed-fixed`, `not-fixed`, `reopened`, `merged`: why, in one sentence. */
  readonly because?: string
  /** Makes an append idempotent: the same key for the same incident is written once. */
  readonly key: string
  /** Method version that spoke, for events of the analysis. */
  readonly method?: string
}

/** An incident as it stands: the fold of its events (incidents/incident-book.ts). Times are instants here, ISO at the edge. */
export interface Incident extends IncidentFacts {
  readonly id: string
  readonly openedAt: Instant
  readonly state: IncidentState
  readonly history: readonly IncidentEvent[]
}

// Letters and digits that are not taken for one another when read aloud.
const ID_ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'

/**
 * An incident's id, made from its alarm's: short, readable, the same in every replay. 40 bits: among 10,000 incidents
 * two share an id with probability 5e-5.
 */
export function incidentIdOf(alarmId: string): string {
  let low = 0x811c9dc5
  let high = 0x9747b28c
  for (let i = 0; i < alarmId.length; i++) {
    const code = alarmId.charCodeAt(i)
    low = Math.imul(low ^ code, 0x01000193)
    high = Math.imul(high ^ code, 0x5bd1e995)
    high ^= high >>> 15
  }
  let id = ''
  for (let i = 0; i < 4; i++) id += ID_ALPHABET[(low >>> (5 * i)) & 31]
  for (let i = 0; i < 4; i++) id += ID_ALPHABET[(high >>> (5 * i)) & 31]
  return `A-${id}`
}
