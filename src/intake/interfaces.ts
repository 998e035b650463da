import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock, DurationMs } from '../domain/instant.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { StoredReport, Verdict } from '../domain/report.ts'
import type { ReportRequest, Store } from '../store/contract.ts'
import type { BatcherLimits } from './batcher.ts'
import type { BodyLimits } from './http-exchange.ts'
import type { Keyring } from './keyring.ts'
import type { PlainHandler } from './plain-front.ts'
import type { ThrottleLimits } from './throttle.ts'

export interface IntakeSettings {
  /** How long after its solution a task can be reported: for the words of a refusal; the store decides. */
  readonly reportWindowMs: DurationMs
  /** The other dialect's `errorId`s instead of 1. */
  readonly numericErrorIds: boolean
  /** Addresses and CIDR blocks whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[]
  readonly body?: BodyLimits
  readonly batcher?: BatcherLimits
  readonly throttle?: ThrottleLimits
}

/** The part of a pino logger that is used. */
export interface IntakeLog {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** Real ones by default; a test may pass its own. */
export interface IntakeTimers {
  setInterval(callback: () => void, ms: DurationMs): { unref?(): unknown }
  clearInterval(timer: unknown): void
}

/** A report that was accepted, or whose claim changed; told after its commit and its answer. */
export interface AcceptedReport extends Omit<ReportRequest, 'softId'> {
  readonly outcome: 'recorded' | 'changed'
}

export interface IntakeDeps {
  readonly store: Pick<Store, 'recordReports' | 'countOutcomes' | 'findTask' | 'findReport'>
  readonly keyring: Pick<Keyring, 'find'>
  readonly clock: Clock
  readonly settings: IntakeSettings
  readonly log: IntakeLog
  readonly timers?: IntakeTimers
  /** What the analysis says of a recorded report, in a sentence for its customer. Never rejects, and takes about a second at most. */
  readonly judgeReport: (report: StoredReport) => Promise<{ verdict: Verdict; because: string }>
  readonly onAccepted?: (report: AcceptedReport) => void
}

/** Plain numbers for the metrics page; everything counts since this process began. */
export interface IntakeStats {
  /** Requests on report paths that have begun. Equal to the sum of `outcomes` plus `openReports`, always. */
  readonly received: number
  readonly outcomes: Readonly<Record<Outcome, number>>
  /** Requests on report paths that wait for their end. */
  readonly openReports: number
  readonly statusRequests: number
  readonly openStatusRequests: number
  /** Reports waiting for a commit, in the commit that runs, and commits so far. */
  readonly queued: number
  readonly inFlight: number
  readonly batches: number
  /** Bugs of ours that were caught: should be 0 for ever. */
  readonly faults: number
  readonly throttledAddresses: number
  /** From a report's head to its answer; not cumulative, one count more than bounds. */
  readonly latency: {
    readonly boundsMs: readonly DurationMs[]
    readonly counts: readonly number[]
    readonly sumMs: number
  }
}

export interface Intake extends PlainHandler {
  /** Is this a path of the customers' side? */
  handles(req: IncomingMessage): boolean
  /** Takes the request over. @throws Error if `handles` says no */
  handle(req: IncomingMessage, res: ServerResponse): void
  /** The answer to a path nobody knows, in the customers' dialect. Not counted. */
  refuseUnknownPath(req: IncomingMessage, res: ServerResponse): void
  /** Hands the outcomes that have gathered to the store. @throws what the store throws; nothing is lost then */
  flush(): Promise<void>
  /**
   * Ends cleanly: fulfilled when every request that has begun is answered and every outcome counted. New requests are
   * served meanwhile, each as the last of its connection; to end sooner, close the connections.
   */
  close(): Promise<void>
  stats(): IntakeStats
}
