import { DAY_MS, HOUR_MS } from '../../src/domain/instant.ts'
import type { Fault } from '../../src/simulator/breaks.ts'
import { worldEvents } from '../../src/simulator/events.ts'
import { presetSettings } from '../../src/simulator/presets.ts'
import type { World } from '../../src/simulator/world.ts'
import { buildWorld } from '../../src/simulator/world.ts'
import type { Story } from './story.ts'

/**
 * A dozen sites and thirty customers; after some days the busiest site rejects its main type ten times as often for eight hours.
 * Lived through in seconds: for what has to be lived through several times, and for tests.
 *
 * @param days of warm-up, and the same again after the break
 */
export function smallStory(seed: number, startAt: number, days: number): Story {
  const world = buildWorld(presetSettings('small', seed, startAt))
  const warmUpUntil = startAt + days * DAY_MS
  const until = warmUpUntil + days * DAY_MS
  const fault = siteFault(world, warmUpUntil + 5 * HOUR_MS, warmUpUntil + 13 * HOUR_MS)
  return {
    name: `small, seed ${seed}`,
    kind: 'small',
    world,
    faults: [fault],
    situationOf: () => 'regression',
    actions: [],
    warmUpUntil,
    until,
    events: () => worldEvents(world, [fault], until),
  }
}

function siteFault(world: World, from: number, until: number): Fault {
  const [busiest] = world.sites
  const type = world.types[busiest?.types[0]?.type ?? 0] as string
  const site = busiest?.name as string
  return {
    name: `${site} rejects ${type}`,
    where: [{ type, site }],
    from,
    until,
    effect: { kind: 'factor', factor: 10 },
    course: { kind: 'sudden' },
  }
}
