import type { Where } from './incident.ts'
import type { Instant } from './instant.ts'

/** What the team did about the quality of what is issued. */
export const ACTION_KINDS = ['solver-release', 'model-update', 'type-support', 'other'] as const
export type ActionKind = (typeof ACTION_KINDS)[number]

/** One thing the team did, as recorded by form, API or CI. Appended, never changed. */
export interface Action {
  readonly id: string
  readonly kind: ActionKind
  /** When it took effect: only tasks solved after it can tell whether it helped. */
  readonly at: Instant
  /** What it was done to; of a `solver-release`, `solver` names the new version. Empty: everything. */
  readonly where: Where
  readonly note: string | null
}

/**
 * - `helped`: the reports went back to what is usual.
 * - `partly`: fewer than before, still more than usual.
 * - `no-change`, `worse`: as it says, on evidence.
 * - `too-early`: not enough could have been reported yet; `hoursLeft` says for about how long.
 * - `unverifiable`: it cannot be told, and will not be: no traffic left, or nothing to compare with.
 */
export const EFFECT_ANSWERS = ['helped', 'partly', 'no-change', 'worse', 'too-early', 'unverifiable'] as const
export type EffectAnswer = (typeof EFFECT_ANSWERS)[number]

/** Whether an action helped, as far as is known. */
export interface ActionEffect {
  readonly answer: EffectAnswer
  /** Hours of traffic as it is now until there is an answer, > 0; null unless `too-early`. */
  readonly hoursLeft: number | null
  /** One sentence a person can read, true of the numbers it names. */
  readonly because: string
}
