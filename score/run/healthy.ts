import { DAY_MS } from '../../src/domain/instant.ts'
import { worldEvents } from '../../src/simulator/events.ts'
import { presetSettings } from '../../src/simulator/presets.ts'
import { buildWorld } from '../../src/simulator/world.ts'
import type { Story } from './story.ts'

/** 2,000 segments (some 10,000 in all views) in which nothing breaks: whatever is opened is false. */
export function healthyStory(seed: number, startAt: number, warmUpDays: number, days: number): Story {
  const world = buildWorld(presetSettings('segments2000', seed, startAt))
  const warmUpUntil = startAt + warmUpDays * DAY_MS
  const until = warmUpUntil + days * DAY_MS
  return {
    name: `healthy, seed ${seed}`,
    kind: 'healthy',
    world,
    faults: [],
    situationOf: () => 'regression',
    actions: [],
    warmUpUntil,
    until,
    events: () => worldEvents(world, [], until),
  }
}
