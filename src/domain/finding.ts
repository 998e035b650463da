import type { IncidentFacts } from './incident.ts'
import type { Instant } from './instant.ts'

/**
 * What the analysis has to say of one alarm at one moment. Findings are deterministic: the same changes give the same
 * findings, ids included.
 */
export type Finding = FactsFinding | MergedFinding | FixFinding | ActionFinding

interface FindingHead {
  /** Stable name of the alarm: made from the segment and the deciding change, so a replay says the same again. */
  readonly alarmId: string
  /** In history's own time: receipt of the deciding report, or the instant at which enough time had passed. */
  readonly at: Instant
  /** Position in the change log at which it was said. */
  readonly seq: number
  /** Which version of the method spoke. */
  readonly method: string
}

/** The alarm crossed its threshold, has new evidence, or did so again after it had been called fixed. */
export interface FactsFinding extends FindingHead {
  readonly event: 'opened' | 'updated' | 'reopened'
  readonly facts: IncidentFacts
  /** Of a `reopened`: why. */
  readonly because?: string
}

/** Two alarms turned out to be one fault, or two after all. */
export interface MergedFinding extends FindingHead {
  readonly event: 'merged' | 'unmerged'
  /** The alarm that is absorbed, or given back. */
  readonly otherAlarmId: string
  readonly because: string
}

/** The place works again; or it does not, though something was done about it. */
export interface FixFinding extends FindingHead {
  readonly event: 'confirmed-fixed' | 'not-fixed'
  readonly because: string
}

/** An action was recorded that concerns the alarm's place. */
export interface ActionFinding extends FindingHead {
  readonly event: 'action'
  readonly actionId: string
}

/** Whether a finding says what is wrong, rather than what became of it. */
export function hasFacts(finding: Finding): finding is FactsFinding {
  return finding.event === 'opened' || finding.event === 'updated' || finding.event === 'reopened'
}
