import type { Instant } from './instant.ts'
import type { Outcome } from './outcome.ts'
import type { Attributes, StoredTask } from './task.ts'
import type { TaskClass } from './task-class.ts'
import type { TaskId } from './task-id.ts'

/** What a client says of one task's result. What Assay thinks of it is the verdict. */
export type Claim = 'bad' | 'good'

/** Each flag is one bit in the store. `early`: it came before its task's record, and was adopted. */
export const REPORT_FLAGS = ['class-mismatch', 'claim-changed', 'early'] as const
export type ReportFlag = (typeof REPORT_FLAGS)[number]

export type Verdict = 'supported' | 'unsupported' | 'undetermined'

/** An accepted report as the store knows it: the claim that stands, and what there is to judge it by. */
export interface StoredReport {
  /** Position in the change log. */
  readonly seq: number
  readonly taskId: TaskId
  readonly account: string
  readonly group: string
  /** The task's. */
  readonly attributes: Attributes
  readonly solvedAt: Instant
  readonly claim: Claim
  /** When the claim that stands was received. */
  readonly receivedAt: Instant
  readonly flags: readonly ReportFlag[]
}

/** Which class a path speaks of; null where the path serves both. */
export type PathClass = TaskClass | null

/** What intake decides of a report about a known task of the reporter's own, before anything is written. */
export type ReportDecision = Extract<
  Outcome,
  'recorded' | 'repeated' | 'changed' | 'unknown-task' | 'not-ready' | 'failed' | 'late'
>

/** What stands for a task already: nothing, one claim, or a claim that has used its one change. */
export type StandingClaim = 'none' | Claim | 'changed'

/**
 * The rules of intake for a task that is known and the reporter's own: state, window, class, repeat.
 *
 * A repeat is a success on the wire whenever it comes, so it is decided before the window: a client that retries a
 * report it never got an answer to must hear the same answer, also a minute after the window has closed.
 *
 * @param receivedAt when the request came in
 * @param windowMs how long after `solvedAt` a first claim is accepted; the last instant still counts
 * @param strictClass refuse, as unknown, a report on the other class's path
 */
export function decideReport(
  task: Pick<StoredTask, 'status' | 'solvedAt'> & { readonly taskClass: TaskClass },
  standing: StandingClaim,
  claim: Claim,
  pathClass: PathClass,
  receivedAt: Instant,
  windowMs: number,
  strictClass: boolean,
): ReportDecision {
  if (task.status === 'processing') return 'not-ready'
  if (task.status === 'failed' || task.solvedAt === null) return 'failed'
  const again = standing === claim || standing === 'changed'
  if (!again && receivedAt > task.solvedAt + windowMs) return 'late'
  if (strictClass && pathClass !== null && pathClass !== task.taskClass) return 'unknown-task'
  if (again) return 'repeated'
  return standing === 'none' ? 'recorded' : 'changed'
}
