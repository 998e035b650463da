import { DAY_MS, HOUR_MS } from '../../src/domain/instant.ts'
import { presetSettings } from '../../src/simulator/presets.ts'
import type { Scenario } from '../../src/simulator/scenario.ts'
import { buildWorld } from '../../src/simulator/world.ts'

/**
 * A dozen sites and thirty customers; after some days the busiest site rejects its main type ten times as often for eight hours.
 * Lived through in seconds: for what has to be lived through several times, and for tests.
 *
 * @param days of warm-up, and the same again after it
 */
export function smallScenario(seed: number, startAt: number, days: number): Scenario {
  const world = buildWorld(presetSettings('small', seed, startAt))
  const warmUpUntil = startAt + days * DAY_MS
  const [busiest] = world.sites
  const type = world.types[busiest?.types[0]?.type ?? 0] as string
  const site = busiest?.name as string
  return {
    name: `small, seed ${seed}`,
    kind: 'incidents',
    world,
    faults: [
      {
        name: `${site} rejects ${type}`,
        where: [{ type, site }],
        from: warmUpUntil + 5 * HOUR_MS,
        until: warmUpUntil + 13 * HOUR_MS,
        effect: { kind: 'factor', factor: 10 },
        course: { kind: 'sudden' },
      },
    ],
    disturbances: [],
    actions: [],
    warmUpUntil,
    until: warmUpUntil + days * DAY_MS,
  }
}
