import type { FastifyServerFactory } from 'fastify'
import type { Logger } from 'pino'
import type { Account, AccountKey } from '../domain/account.ts'
import type { ActionEffect } from '../domain/action.ts'
import type { Incident } from '../domain/incident.ts'
import type { Clock } from '../domain/instant.ts'
import type { StoredReport, Verdict } from '../domain/report.ts'
import type { TaskId } from '../domain/task-id.ts'
import type { Judgement } from '../domain/verdict.ts'
import type { ActRefusal } from '../incidents/acts.ts'
import type { IncidentWire } from '../incidents/to-wire.ts'
import type { FeedLimits } from '../registry/read-feed.ts'
import type { TaskFeed } from '../registry/task-feed.ts'
import type { CounterQuery, CounterRow, Store } from '../store/contract.ts'
import type { ServiceNumbers } from './metrics.ts'

/** All that the operator API is made from. It asks no clock, no chance and no environment of its own. */
export interface OperatorApiDeps {
  readonly store: Pick<
    Store,
    | 'outcomes'
    | 'findReport'
    | 'listReports'
    | 'addAccount'
    | 'listAccounts'
    | 'addKey'
    | 'revokeKey'
    | 'listKeys'
    | 'addAction'
    | 'findAction'
    | 'listActions'
  >
  readonly feed: TaskFeed
  /** What one feed may bring; absent: FEED_LIMITS. */
  readonly feedLimits?: FeedLimits
  /** Counts that include everything committed before the call. @throws RangeError in words, where the question is too wide */
  readonly quality: (query: CounterQuery) => Promise<readonly CounterRow[]>
  /** Whether each action helped, by its id, as far as the analysis has read; never rejects because it is behind. */
  readonly effects: () => Promise<ReadonlyMap<string, ActionEffect>>
  readonly incidents: IncidentQuestions
  /** Has the listener told the id of each incident that is new or changed, from now on. */
  readonly onIncident: (listener: (id: string) => void) => void
  /** Has the listener told of each verdict that is not what it was, from now on. */
  readonly onVerdict: (listener: (change: ToldVerdict) => void) => void
  readonly toWire: (incident: Incident) => IncidentWire
  readonly keyring: KeyringListener
  /** The form in which a key is stored: keyed, 64 hex digits. */
  readonly hashClientKey: (key: string) => string
  readonly randomBytes: (size: number) => Buffer
  /** What is thought of each report, in order, in words for operators. Never rejects because the analysis is behind. */
  readonly judgeReports: (reports: readonly StoredReport[]) => Promise<readonly Judgement[]>
  readonly clock: Clock
  /** SHA-256 of the operator's token. */
  readonly operatorTokenHash: Buffer
  /** On a port of its own `/metrics` needs no token. */
  readonly adminPortSeparate: boolean
  readonly ready: () => { readonly ok: boolean; readonly reason?: string | null }
  /** @throws StoreUnavailable where the store's part cannot be had */
  readonly metrics: () => Promise<ServiceNumbers>
  readonly log: Logger
  readonly version: string
  /** The server to mount on; absent: one of its own. Intake stands before this API on it. */
  readonly serverFactory?: FastifyServerFactory
}

export interface IncidentQuestions {
  list(): readonly Incident[]
  get(id: string): Incident | null
  resolve(id: string, by: string, note: string | null): Promise<Incident | ActRefusal>
}

/** Told of each change to accounts and keys once it is stored. */
export interface KeyringListener {
  addAccount(account: Account): void
  addKey(key: AccountKey): void
  revokeKey(account: string, keyId: string): void
}

/** A verdict that changed, as those who listen are told of it. */
export interface ToldVerdict {
  readonly taskId: TaskId
  readonly account: string
  readonly verdict: Verdict
  readonly because: string
  readonly incidentId: string | null
}
