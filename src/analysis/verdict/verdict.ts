import type { Verdict } from '../../domain/report.ts'
import { isEvidentlyQuiet, probabilityBad, seesOwnFault, shareBad } from './evidence.ts'
import type { VerdictEvidence } from './evidence.ts'
import { sentenceFor, sentenceForReporter } from './sentences.ts'

/** What decided a verdict. */
export type Reason =
  /** An incident that explains it. */
  | 'incident'
  /** An incident, which explains only a part of the reports there. */
  | 'incident-in-part'
  /** A fault that only this customer sees. */
  | 'own-fault'
  /** No fault at the place, and a reporter who has proven right: one of the few failures there are everywhere. */
  | 'reliable-reporter'
  /** The reporter's reports do not follow failures. */
  | 'unreliable-reporter'
  /** Evidence that nothing is wrong with the place. */
  | 'quiet'
  /** No evidence, neither of a fault nor of none. */
  | 'no-evidence'

export interface ReportVerdict {
  readonly verdict: Verdict
  readonly reason: Reason
  /** P(bad) of the result, the claim included, in [0, 1]. */
  readonly pBad: number
  /** One sentence for the operator; may speak of other customers. */
  readonly because: string
  /** One sentence for the reporter, of their own task and counts only. */
  readonly becauseForReporter: string
}

const SUPPORTED_FROM = 0.9
const UNSUPPORTED_TO = 0.1
/** Informative tasks from which "does not follow failures" is a finding and not a lack of data. */
export const INFORMATIVE_MIN = 20

/**
 * What Assay thinks of one report.
 *
 * A claim `bad` is
 * - `supported` at P(bad) >= 0.9;
 * - `unsupported` at P(bad) <= 0.1; or where the reporter's credibility does not exclude 0 after 20 informative tasks and the place is
 *   quiet on evidence. Both only where not even the upper end of the credibility's interval makes it likelier than not: **a lack of
 *   knowledge is no reason against a report**;
 * - else `undetermined`, with what is missing.
 *
 * A claim `good` is `supported` where the place is quiet on evidence, `unsupported` in an incident that hit nearly all (nine tasks in ten),
 * else `undetermined`. Who says it makes no difference.
 *
 * @throws RangeError for a failure share outside (0, 1)
 * @see docs/method.md
 */
export function verdictOf(evidence: VerdictEvidence): ReportVerdict {
  if (!(evidence.failureShare > 0 && evidence.failureShare < 1))
    throw new RangeError(`the failure share is ${evidence.failureShare}, not inside (0, 1)`)
  const share = shareBad(evidence)
  const pBad =
    evidence.claim === 'bad' ? probabilityBad(share, evidence.reporter.alpha, evidence.reporter.beta) : share
  const { verdict, reason } =
    evidence.claim === 'bad' ? ofBad(evidence, share, pBad) : ofGood(evidence, share)
  return {
    verdict,
    reason,
    pBad,
    because: sentenceFor(evidence, verdict, reason),
    becauseForReporter: sentenceForReporter(evidence, verdict, reason),
  }
}

interface Decision {
  readonly verdict: Verdict
  readonly reason: Reason
}

function ofBad(evidence: VerdictEvidence, share: number, pBad: number): Decision {
  const { cell, reporter } = evidence
  const { low, high } = reporter.lnRatio
  const isOwn = seesOwnFault(evidence)
  if (pBad >= SUPPORTED_FROM) {
    const reason = cell.state === 'incident' ? 'incident' : isOwn ? 'own-fault' : 'reliable-reporter'
    return { verdict: 'supported', reason }
  }
  if (isOwn) return { verdict: 'undetermined', reason: 'own-fault' }
  const isUnlikelyAtBest = probabilityBad(share, Math.exp(high), 1) < 0.5
  const isQuiet = isEvidentlyQuiet(cell)
  const followsNothing = low <= 0 && reporter.informative >= INFORMATIVE_MIN
  if (isUnlikelyAtBest && (pBad <= UNSUPPORTED_TO || (followsNothing && isQuiet))) {
    if (low <= 0) return { verdict: 'unsupported', reason: 'unreliable-reporter' }
    if (isQuiet) return { verdict: 'unsupported', reason: 'quiet' }
  }
  if (cell.state === 'incident') return { verdict: 'undetermined', reason: 'incident-in-part' }
  return { verdict: 'undetermined', reason: isQuiet ? 'quiet' : 'no-evidence' }
}

function ofGood({ cell }: VerdictEvidence, share: number): Decision {
  if (isEvidentlyQuiet(cell)) return { verdict: 'supported', reason: 'quiet' }
  if (cell.state === 'quiet') return { verdict: 'undetermined', reason: 'no-evidence' }
  return share >= SUPPORTED_FROM
    ? { verdict: 'unsupported', reason: 'incident' }
    : { verdict: 'undetermined', reason: 'incident-in-part' }
}
