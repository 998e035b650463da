import type { Action, ActionEffect } from '../domain/action.ts'
import type { Ratio, Where } from '../domain/incident.ts'
import type { Instant } from '../domain/instant.ts'
import type { Alarm } from './alarm.ts'

/** What is remembered of one action. */
export interface ActionNote {
  readonly action: Action
  /** When the analysis heard of it. */
  readonly heardAt: Instant
  /** The alarms it is about, and how bad the worst of them was when it was done. */
  readonly alarmIds: readonly string[]
  readonly before: Ratio | null
  /** Where its effect is looked for. */
  readonly where: Where
  readonly rejecting: readonly string[] | null
  /** The last answer that will not change any more; null while it may. */
  final: ActionEffect | null
}

/**
 * Is this alarm what the action is about? Its place must have tasks in common with the action's. A new solver version is never
 * the place of an incident that it is to end, so of a `solver-release` the solver is not asked.
 */
export function concerns(action: Action, alarm: Alarm): boolean {
  for (const name in action.where) {
    if (name === 'solver' && action.kind === 'solver-release') continue
    const its = alarm.where[name]
    if (name === 'site' && its === undefined && alarm.rejecting !== null) {
      if (!alarm.rejecting.includes(action.where['site'] as string)) return false
    } else if (its !== undefined && its !== action.where[name]) return false
  }
  return true
}

/** Where to look for the effect: the alarm's place, as far as the action reaches; the new version's tasks after a release. */
export function effectPlace(
  action: Action,
  alarm: Alarm | null,
): { where: Where; rejecting: readonly string[] | null } {
  if (alarm === null) return { where: action.where, rejecting: null }
  return { where: { ...alarm.where, ...action.where }, rejecting: alarm.rejecting }
}
