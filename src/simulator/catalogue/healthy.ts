import { WEEK_MS } from '../../domain/instant.ts'
import { presetSettings } from '../presets.ts'
import type { PresetName } from '../presets.ts'
import type { Scenario } from '../scenario.ts'
import { buildWorld } from '../world.ts'
import { STARTS_AT, WARM_UP_MS } from './calendar.ts'
import { withFamilyOf } from './family.ts'

/** Weeks in one world: later ones have nothing new to say, another world has. */
const WEEKS_A_WORLD = 4

/**
 * Healthy weeks: everything that happens in a world but a fault. Each scenario is a world of its own with a warm-up and up to four
 * weeks that count, so that the weeks sum to `weeks`. Every second world has log-normal delays.
 */
export function healthyWeeks(seed: number | string, preset: PresetName, weeks: number): Scenario[] {
  const scenarios: Scenario[] = []
  for (let left = weeks; left > 0; left -= WEEKS_A_WORLD) {
    const name = `healthy-${preset}-${scenarios.length + 1}`
    const settings = presetSettings(preset, `${seed}/${name}`, STARTS_AT)
    const world = buildWorld(withFamilyOf(scenarios.length, settings))
    const warmUpUntil = STARTS_AT + WARM_UP_MS
    scenarios.push({
      name,
      kind: 'healthy',
      world,
      faults: [],
      disturbances: [],
      actions: [],
      warmUpUntil,
      until: warmUpUntil + Math.min(left, WEEKS_A_WORLD) * WEEK_MS,
    })
  }
  return scenarios
}
