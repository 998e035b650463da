import type { IncidentEventName, IncidentState } from '../domain/incident.ts'

/**
 * What each event makes of an incident in each state; null where it cannot happen. Every state names every event, so that a
 * forgotten case does not compile. `opened` is null everywhere: it makes an incident, and there is only one beginning.
 *
 * - New evidence leaves `acknowledged` and `snoozed` as they are: people have said they know. It leaves `fixed` too: reports on
 *   tasks from before the fix come in for hours; that the fix did not hold is said by `not-fixed`.
 * - A resolved incident takes no more evidence and no fix: its alarm started afresh, so a fault that is still there opens a
 *   new incident. People may still write on it.
 */
export const LIFECYCLE: Readonly<
  Record<IncidentState, Readonly<Record<IncidentEventName, IncidentState | null>>>
> = {
  open: {
    opened: null,
    updated: 'open',
    merged: 'open',
    unmerged: 'open',
    split: 'open',
    acknowledged: 'acknowledged',
    snoozed: 'snoozed',
    note: 'open',
    action: 'open',
    'confirmed-fixed': 'fixed',
    'not-fixed': 'open',
    resolved: 'resolved',
    reopened: null,
  },
  acknowledged: {
    opened: null,
    updated: 'acknowledged',
    merged: 'acknowledged',
    unmerged: 'acknowledged',
    split: 'acknowledged',
    acknowledged: null,
    snoozed: 'snoozed',
    note: 'acknowledged',
    action: 'acknowledged',
    'confirmed-fixed': 'fixed',
    'not-fixed': 'acknowledged',
    resolved: 'resolved',
    reopened: null,
  },
  snoozed: {
    opened: null,
    updated: 'snoozed',
    merged: 'snoozed',
    unmerged: 'snoozed',
    split: 'snoozed',
    acknowledged: 'acknowledged',
    // Snoozed again: for longer.
    snoozed: 'snoozed',
    note: 'snoozed',
    action: 'snoozed',
    'confirmed-fixed': 'fixed',
    'not-fixed': 'snoozed',
    resolved: 'resolved',
    reopened: 'open',
  },
  fixed: {
    opened: null,
    updated: 'fixed',
    merged: 'fixed',
    unmerged: 'fixed',
    split: 'fixed',
    acknowledged: null,
    snoozed: null,
    note: 'fixed',
    action: 'fixed',
    'confirmed-fixed': null,
    'not-fixed': 'open',
    resolved: 'resolved',
    reopened: 'open',
  },
  resolved: {
    opened: null,
    updated: null,
    merged: null,
    // Undoing a merge gives the other one back, whatever became of this one.
    unmerged: 'resolved',
    split: null,
    acknowledged: null,
    snoozed: null,
    note: 'resolved',
    action: 'resolved',
    'confirmed-fixed': null,
    'not-fixed': null,
    resolved: null,
    reopened: 'open',
  },
}
