import type { ReportChange } from './change.ts'
import type { Verdict } from './report.ts'

/** A report as the analysis judges it. */
export type JudgedReport = Pick<
  ReportChange,
  'taskId' | 'account' | 'group' | 'attributes' | 'solvedAt' | 'claim' | 'receivedAt'
>

/** What Assay thinks of one report, and why. */
export interface Judgement {
  readonly verdict: Verdict
  /** One sentence for the operator; may speak of other customers. */
  readonly because: string
  /** The same for the reporter: of their own tasks and reports only, nobody else's site, account, count or wording. */
  readonly becauseForReporter: string
  /** The incident it is part of; null if none. */
  readonly incidentId: string | null
}
