import type { Finding } from '../domain/finding.ts'
import type { IncidentEvent, IncidentFacts } from '../domain/incident.ts'
import { incidentIdOf } from '../domain/incident.ts'
import type { IncidentBook } from './incident-book.ts'

/**
 * The events that one finding of the analysis comes to. Their keys are made from the finding, so that a replay after a crash
 * finds the same events again and the store skips them.
 *
 * New evidence about a resolved incident comes to nothing: its alarm has started afresh, and what it finds next has a name of
 * its own. New evidence about an incident never heard of opens it: better late than lost.
 *
 * @throws RangeError when a number of the finding is not finite: a fault of the analysis, named before anything is stored.
 */
export function eventsFromFinding(
  finding: Finding,
  book: Pick<IncidentBook, 'stateOf'>,
): readonly IncidentEvent[] {
  const incidentId = incidentIdOf(finding.alarmId)
  const { at, method, seq } = finding
  const state = book.stateOf(incidentId)
  const head = { incidentId, at, by: null, method }
  switch (finding.event) {
    case 'opened':
    case 'updated':
    case 'reopened': {
      const { facts, because } = finding
      assertFinite(finding.alarmId, at, seq, facts)
      const opened: IncidentEvent = { ...head, event: 'opened', facts, key: 'opened' }
      if (state === null && finding.event === 'opened') return [opened]
      const more: IncidentEvent = {
        ...head,
        event: finding.event,
        facts,
        ...(because !== undefined && { because }),
        key: `${finding.event}:${seq}`,
      }
      if (state === null) return finding.event === 'reopened' ? [opened] : [opened, more]
      return state === 'resolved' || finding.event === 'opened' ? [] : [more]
    }
    case 'merged':
    case 'unmerged': {
      if (state === null) return []
      const other = incidentIdOf(finding.otherAlarmId)
      const { because, event } = finding
      return [{ ...head, event, other, because, key: `${event}:${other}:${seq}` }]
    }
    case 'confirmed-fixed':
    case 'not-fixed':
      if (state === null || state === 'resolved') return []
      return [{ ...head, event: finding.event, because: finding.because, key: `${finding.event}:${seq}` }]
    case 'action':
      if (state === null) return []
      return [{ ...head, event: 'action', action: finding.actionId, key: `action:${finding.actionId}` }]
  }
}

function assertFinite(alarmId: string, at: number, seq: number, facts: IncidentFacts): void {
  const { onset, ratio, reports, expected, accounts, alternatives } = facts
  const numbers = {
    at,
    seq,
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
    if (!Number.isFinite(value)) throw new RangeError(`finding of alarm ${alarmId}: ${name} is ${value}`)
}
