import type { Day, Instant } from './instant.ts'
import { dayOf } from './instant.ts'
import type { TaskId } from './task-id.ts'

/** `ready` is the only status in which something was issued: exposure, and reportable. */
export type TaskStatus = 'processing' | 'ready' | 'failed'

/** What describes a task apart from its id, owner and times. Interned: equal attributes are one object. */
export interface Attributes {
  readonly type: string
  readonly site: string
  readonly solver: string
  readonly region: string | null
  /** At most 8 pairs, keys in code-unit order. */
  readonly labels: Readonly<Record<string, string>>
}

/** One task as the feed tells it, checked and in canonical form (docs/api.md). */
export interface TaskRecord {
  readonly taskId: TaskId
  readonly account: string
  readonly type: string
  readonly site: string
  readonly solver: string
  /** undefined: the record does not say, which never contradicts what is known. */
  readonly region?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly status: TaskStatus
  /** null unless known; never null when `ready`. */
  readonly solvedAt: Instant | null
  /** null unless given; never null when `solvedAt` is. */
  readonly issuedAt: Instant | null
}

/** One task as the store knows it. */
export interface StoredTask {
  readonly taskId: TaskId
  readonly account: string
  readonly attributes: Attributes
  readonly status: TaskStatus
  readonly solvedAt: Instant | null
  readonly issuedAt: Instant | null
  readonly day: Day
}

/** What became of one fed record. `reason` is the contract's word, `detail` names field and value. */
export type TaskFate =
  | { readonly fate: 'recorded' | 'updated' | 'unchanged' }
  | { readonly fate: 'rejected'; readonly reason: TaskRejection; readonly detail: string }

export type TaskRejection = 'malformed' | 'unknown-account' | 'conflict' | 'too-old' | 'future'

/** A task's day, fixed by its first record: when it was solved, else when it was issued. */
export function dayOfRecord(record: TaskRecord): Day {
  const at = record.solvedAt ?? record.issuedAt
  if (at === null) throw new RangeError('a task record carries solvedAt or issuedAt')
  return dayOf(at)
}

/** Applied to what is stored: nothing to do, a change to make, or a contradiction with its words. */
export type MergeResult =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'updated'; readonly status: TaskStatus; readonly solvedAt: Instant | null }
  | { readonly kind: 'conflict'; readonly detail: string }

/**
 * What a later record of a known task may change: `processing` to `ready` or `failed`, and `solvedAt` once.
 * The same again, a stale `processing` and an omitted optional field change nothing; anything else contradicts
 * what was recorded, and the first word stands.
 */
export function mergeTask(stored: StoredTask, incoming: TaskRecord): MergeResult {
  const conflict = (field: string, was: unknown, is: unknown): MergeResult => ({
    kind: 'conflict',
    detail: `${field} was ${JSON.stringify(was)}, now ${JSON.stringify(is)}`,
  })
  const { attributes } = stored
  if (incoming.account !== stored.account) return conflict('account', stored.account, incoming.account)
  if (incoming.type !== attributes.type) return conflict('type', attributes.type, incoming.type)
  if (incoming.site !== attributes.site) return conflict('site', attributes.site, incoming.site)
  if (incoming.solver !== attributes.solver) return conflict('solver', attributes.solver, incoming.solver)
  if (incoming.region !== undefined && incoming.region !== attributes.region)
    return conflict('region', attributes.region, incoming.region)
  if (incoming.labels !== undefined && !sameLabels(incoming.labels, attributes.labels))
    return conflict('labels', attributes.labels, incoming.labels)
  if (incoming.issuedAt !== null && stored.issuedAt !== null && incoming.issuedAt !== stored.issuedAt)
    return conflict('issuedAt', stored.issuedAt, incoming.issuedAt)
  if (incoming.solvedAt !== null && stored.solvedAt !== null && incoming.solvedAt !== stored.solvedAt)
    return conflict('solvedAt', stored.solvedAt, incoming.solvedAt)

  const stale = incoming.status === 'processing' && stored.status !== 'processing'
  if (!stale && stored.status !== 'processing' && incoming.status !== stored.status)
    return conflict('status', stored.status, incoming.status)
  const status = stale ? stored.status : incoming.status
  const solvedAt = stored.solvedAt ?? incoming.solvedAt
  if (status === stored.status && solvedAt === stored.solvedAt) return { kind: 'unchanged' }
  return { kind: 'updated', status, solvedAt }
}

function sameLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}
