import type { Action, EffectAnswer } from '../../src/domain/action.ts'
import type { Situation } from '../../src/domain/incident.ts'
import type { Fault } from '../../src/simulator/breaks.ts'
import type { WorldEvent } from '../../src/simulator/events.ts'
import type { World } from '../../src/simulator/world.ts'

/** What the team did in a story, and whether it truly helped. */
export interface StoryAction {
  readonly action: Action
  readonly recordedAt: number
  readonly truly: EffectAnswer
}

/** A world to be lived through, with all that is true of it. */
export interface Story {
  readonly name: string
  readonly kind: string
  readonly world: World
  readonly faults: readonly Fault[]
  readonly situationOf: (fault: Fault) => Situation
  readonly actions: readonly StoryAction[]
  /** What is said before this is not scored: everybody still learns. */
  readonly warmUpUntil: number
  readonly until: number
  /** Afresh at each call, the same each time. */
  readonly events: () => Iterable<WorldEvent>
}
