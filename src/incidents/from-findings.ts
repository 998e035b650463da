import type { Finding } from '../domain/finding.ts'
import type { IncidentEvent } from '../domain/incident.ts'
import { incidentIdOf } from '../domain/incident.ts'
import type { IncidentBook } from './incident-book.ts'

/**
 * The events that one finding of the analysis comes to. Its keys are made from the finding, so that a replay after a crash finds
 * the same events again and the store skips them.
 *
 * An `updated` of a resolved incident comes to nothing: its alarm has started afresh, and what it finds next has a name of its own.
 * An `updated` of an incident never heard of opens it: better late than lost.
 *
 * @throws RangeError when a number of the finding is not finite: a fault of the analysis, named before anything is stored.
 */
export function eventsFromFinding(
  finding: Finding,
  book: Pick<IncidentBook, 'stateOf'>,
): readonly IncidentEvent[] {
  assertFinite(finding)
  const incidentId = incidentIdOf(finding.alarmId)
  const { at, facts, method } = finding
  const state = book.stateOf(incidentId)
  const opened: IncidentEvent = { incidentId, event: 'opened', at, by: null, facts, key: 'opened', method }
  const updated: IncidentEvent = { ...opened, event: 'updated', key: `updated:${finding.seq}` }
  if (state === null) return finding.event === 'opened' ? [opened] : [opened, updated]
  return state === 'resolved' || finding.event === 'opened' ? [] : [updated]
}

function assertFinite(finding: Finding): void {
  const { onset, ratio, reports, expected, accounts, alternatives } = finding.facts
  const numbers = {
    at: finding.at,
    seq: finding.seq,
    'onset.at': onset.at,
    'onset.from': onset.from,
    'onset.to': onset.to,
    'ratio.estimate': ratio.estimate,
    'ratio.low': ratio.low,
    'ratio.high': ratio.high,
    reports,
    expected,
    accounts,
  }
  for (const [name, value] of [
    ...Object.entries(numbers),
    ...alternatives.map(({ strength }, index) => [`alternatives[${index}].strength`, strength] as const),
  ])
    if (!Number.isFinite(value))
      throw new RangeError(`finding of alarm ${finding.alarmId}: ${name} is ${value}`)
}
