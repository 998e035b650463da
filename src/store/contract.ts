import type { Account, AccountKey } from '../domain/account.ts'
import type { Action, ActionKind } from '../domain/action.ts'
import type { Change } from '../domain/change.ts'
import type { IncidentEvent } from '../domain/incident.ts'
import type { DurationMs, Instant } from '../domain/instant.ts'
import type { Outcome, OutcomeTotals } from '../domain/outcome.ts'
import type { Claim, PathClass, StoredReport } from '../domain/report.ts'
import type { StoredTask, TaskFate, TaskRecord } from '../domain/task.ts'
import type { TaskClassMap } from '../domain/task-class.ts'
import type { TaskId } from '../domain/task-id.ts'

/**
 * The questions the service may ask of a store. Every engine answers them alike (test/store/contract.ts), and
 * nothing else may know which engine answers.
 *
 * Words: a promise that is fulfilled means *committed and synced to disk* for everything that writes. A store that cannot
 * write rejects with StoreUnavailable and has changed nothing. Instants are passed in; no engine asks its own clock.
 */
export interface Store extends TaskStore, ReportStore, ChangeLog, AccountStore, IncidentStore, ActionStore {
  /** Which engine answers: one word for logs and `doctor`, never for an `if`. */
  readonly engine: string
  /** What is on disk, for `doctor`, metrics and start-up lines. */
  stats(): Promise<StoreStats>
  /**
   * Forgets tasks, reports and parked reports of days before `oldestDay`, at most `limit` rows a call so that
   * intake never waits long. Counters and incidents stay.
   * @returns rows removed; fewer than `limit` means done.
   */
  retire(oldestDay: number, limit: number): Promise<number>
  /** Ends cleanly: what is pending is committed, the file is checkpointed. Idempotent. */
  close(): Promise<void>
}

/** Fixed when a store is opened; a store never reads configuration itself. */
export interface StoreSettings {
  /** How long after `solvedAt` a first claim is accepted. */
  readonly reportWindowMs: DurationMs
  /** How far back tasks are kept, in whole days. */
  readonly retentionDays: number
  /** Refuse, as unknown, a report on the other class's path. */
  readonly strictClass: boolean
  /** The operator's own task types. */
  readonly taskTypes: TaskClassMap
  /** Unknown-task reports kept waiting per account; beyond it they are refused for good. */
  readonly parkedPerAccountMax: number
  /** How long an unknown-task report waits for its task. */
  readonly parkedForMs: DurationMs
}

/** The store cannot write now: disk full, file gone, engine away. Nothing was changed; a retry is right. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable'
}

/** The data was written by a newer Assay, or is damaged: starting would do harm. The message says what to do. */
export class StoreRefused extends Error {
  override name = 'StoreRefused'
}

export interface TaskStore {
  /**
   * Records tasks, in order, all in one commit. Record i's fate is element i; a rejected record changes nothing and
   * spoils no other. Settling a task adopts the reports parked for it. Splitting a batch anywhere gives the same store.
   * @param now decides `too-old` and `future`, and whether a task was ever reportable
   */
  recordTasks(records: readonly TaskRecord[], now: Instant): Promise<TaskFate[]>
  findTask(taskId: TaskId): Promise<StoredTask | null>
}

/** One report as intake hands it over: the key is already an account, the id already canonical. */
export interface ReportRequest {
  readonly taskId: TaskId
  /** The reporter's account id. */
  readonly account: string
  readonly claim: Claim
  readonly pathClass: PathClass
  readonly receivedAt: Instant
  /** Numeric extras some clients send; never anything else they send. */
  readonly softId?: number | null
}

/** What a store decided of one report. */
export interface ReportFate {
  readonly outcome: Extract<
    Outcome,
    'recorded' | 'repeated' | 'changed' | 'unknown-task' | 'not-ready' | 'failed' | 'late'
  >
  /** unknown-task only: it waits for its task (so it feeds no throttle). */
  readonly parked: boolean
  /** unknown-task only: refused because of strict class, not because the task is unknown. */
  readonly classRefused: boolean
}

export interface ReportStore {
  /**
   * Decides and records reports, in order, all in one commit, and counts their outcomes. Unknown and foreign ids
   * look the same in every way. Element i is the fate of report i. The same batch again adds only `repeated`.
   */
  recordReports(reports: readonly ReportRequest[]): Promise<ReportFate[]>
  /**
   * Adds outcomes decided outside the store (bad-key, malformed, ...), all in one commit. A count may be negative: a
   * guess that the store counted as `unknown-task` and whose sender was told `throttled` moves from one to the other.
   */
  countOutcomes(counts: Partial<Record<Outcome, number>>): Promise<void>
  outcomes(): Promise<OutcomeTotals>
  /** The claim that stands for a task, whoever asks: callers check the account. */
  findReport(taskId: TaskId): Promise<StoredReport | null>
  /**
   * Reports in the order of their commit, oldest first.
   * @param query half-open [from, to) on the instant the standing claim was received; `after` is a cursor from the last page
   */
  listReports(query: ReportQuery): Promise<Page<StoredReport>>
}

export interface ReportQuery {
  readonly account?: string
  readonly from?: Instant
  readonly to?: Instant
  readonly after?: string
  /** 1..1000 */
  readonly limit: number
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}

export interface ChangeLog {
  /**
   * Changes after `cursor` in the order of commit, at most `limit`. Cursor 0 is the beginning of what is retained.
   * Nothing already passed ever appears later; an empty answer means the log ends there.
   */
  changesSince(cursor: number, limit: number): Promise<Change[]>
  /** The newest committed position, 0 if none. */
  head(): Promise<number>
}

export interface AccountStore {
  /** @returns false if the id is taken; then nothing changed. */
  addAccount(account: Account): Promise<boolean>
  listAccounts(): Promise<Account[]>
  /** @returns false if the account is unknown or the hash is taken. */
  addKey(key: AccountKey): Promise<boolean>
  /** @returns false if there is no such key in use. */
  revokeKey(account: string, keyId: string, at: Instant): Promise<boolean>
  listKeys(): Promise<AccountKey[]>
}

export interface IncidentStore {
  /**
   * Appends events; one whose (incidentId, key) is there already is skipped. A `resolved` by a person also enters
   * the change log.
   * @returns those that were new, in order
   */
  appendIncidentEvents(events: readonly IncidentEvent[]): Promise<IncidentEvent[]>
  /** Everything, in the order of commit. */
  incidentEvents(): Promise<IncidentEvent[]>
}

/** An action, and when Assay was told of it. */
export interface RecordedAction extends Action {
  readonly recordedAt: Instant
}

export interface ActionQuery {
  readonly kind?: ActionKind
  /** Half-open [from, to) on the instant at which the action took effect. */
  readonly from?: Instant
  readonly to?: Instant
  /** A cursor from the last page. */
  readonly after?: string
  /** 1..1000 */
  readonly limit: number
}

export interface ActionStore {
  /**
   * Appends an action, which also enters the change log.
   * @returns false when there is one with this id already; then nothing changed
   */
  addAction(action: Action, recordedAt: Instant): Promise<boolean>
  findAction(id: string): Promise<RecordedAction | null>
  /** The one recorded last comes first. */
  listActions(query: ActionQuery): Promise<Page<RecordedAction>>
}

export interface StoreStats {
  readonly tasks: number
  readonly reports: number
  readonly parked: number
  readonly actions: number
  readonly bytes: number
  readonly schemaVersion: number
}

/**
 * Counts per combination of attributes and 15-minute bin of solve time: a cache folded from the change log, which can be
 * rebuilt from it as far as the log reaches. `cursor` is the last change folded in.
 */
export interface CounterStore {
  cursor(): number
  /**
   * Folds a change in; in memory until `flush`. One at or before the cursor is passed over.
   * @param expected reports to be expected of a task, ever, >= 0; kept in millionths, and of no meaning for other changes
   */
  fold(change: Change, expected: number): void
  /** Makes what was folded readable by others, and durable. */
  flush(): void
  /** @throws RangeError when answering would read or hold too much; says what to narrow. */
  query(query: CounterQuery, maturing: Maturing): CounterRow[]
  close(): void
}

/** How much of what is expected of tasks is due by now. */
export interface Maturing {
  readonly now: Instant
  /** Share of the reports of a type's tasks that is due at this age, in [0, 1]; never falls with age. */
  maturity(type: string, ageMs: DurationMs): number
}

export interface CounterQuery {
  /** Names among type, site, solver, region, account, group, labels.<key>. */
  readonly by: readonly string[]
  /** Exact values an attribute must have. */
  readonly filter: Readonly<Record<string, string>>
  readonly from?: Instant
  readonly to?: Instant
  /** Width of a bin in ms, a multiple of 15 min; null: one bin for all. */
  readonly binMs: DurationMs | null
}

/** Every count is a sum: those of any parts add up to those of the whole, `expected` exactly to the millionth. */
export interface CounterRow {
  /** One value for each name in `by`; null where tasks have none (no region, no such label). */
  readonly where: Readonly<Record<string, string | null>>
  /** Start of the bin; null when the query asked for one bin. */
  readonly at: Instant | null
  readonly issued: number
  readonly bad: number
  readonly good: number
  /** Bad reports expected of these tasks, ever. */
  readonly expected: number
  /** Those of them that are due by now. */
  readonly expectedByNow: number
  /** Tasks, each as far as it is mature: issued x maturity, summed over bins and types. */
  readonly mature: number
}
