import type { Action } from '../domain/action.ts'
import type { Instant } from '../domain/instant.ts'
import type { Fault } from './breaks.ts'
import type { Disturbance } from './disturbances.ts'
import type { WorldEvent } from './events.ts'
import { worldEvents } from './events.ts'
import type { World } from './world.ts'

/** What a scenario is for: nothing is wrong; faults to be found; something that only looks like one; somebody who lies. */
export type ScenarioKind = 'healthy' | 'incidents' | 'decoy' | 'collusion'

/** A world with everything that happens in it: a pure value, whose history is a function of it. */
export interface Scenario {
  readonly name: string
  readonly kind: ScenarioKind
  readonly world: World
  readonly faults: readonly Fault[]
  readonly disturbances: readonly Disturbance[]
  readonly actions: readonly PlannedAction[]
  /** An analysis may learn until here: nothing that is to be found begins before. */
  readonly warmUpUntil: Instant
  readonly until: Instant
}

/**
 * What the team does, and what comes of it. The faults hold their end already: an effective action stands where its fault
 * ends (or where a whole new version comes in), a partial one where its fault is relieved.
 */
export interface PlannedAction extends ActionTruth {
  readonly action: Action
}

export interface ActionTruth {
  /** What it was meant against; null: nothing was wrong. */
  readonly fault: Fault | null
  readonly effective: boolean | 'partly'
}

export interface ActionEvent {
  readonly kind: 'action'
  readonly at: Instant
  readonly action: Action
  readonly truth: ActionTruth
}

export type ScenarioEvent = WorldEvent | ActionEvent

/** Everything that happens in a scenario, in order of time, made as it is asked for; an action before what is solved at its instant. */
export function* scenarioEvents(scenario: Scenario): Generator<ScenarioEvent, void, undefined> {
  const { world, faults, disturbances, until } = scenario
  const actions = scenario.actions
    .filter(({ action }) => action.at < until)
    .sort((a, b) => a.action.at - b.action.at)
  let next = 0
  for (const event of worldEvents(world, faults, until, disturbances)) {
    while (next < actions.length && (actions[next] as PlannedAction).action.at <= event.at)
      yield actionEvent(actions[next++] as PlannedAction)
    yield event
  }
  for (const planned of actions.slice(next)) yield actionEvent(planned)
}

function actionEvent({ action, fault, effective }: PlannedAction): ActionEvent {
  return { kind: 'action', at: action.at, action, truth: { fault, effective } }
}
