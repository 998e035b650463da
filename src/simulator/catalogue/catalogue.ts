import { WEEK_MS } from '../../domain/instant.ts'
import { PRESET_NAMES } from '../presets.ts'
import type { Scenario } from '../scenario.ts'
import { withBursts } from './bursts.ts'
import { collusionWorlds } from './collusion.ts'
import { DECOYS, decoyWorlds, everyDecoyWeeks } from './decoys.ts'
import { healthyWeeks } from './healthy.ts'
import { incidentWorlds } from './incidents.ts'

/** One scenario of the catalogue by its name. */
export interface CatalogueEntry {
  readonly name: string
  /** What happens in it, for people. */
  readonly about: string
  /** @param weeks that count, after the warm-up, > 0; null: as long as it has something to show */
  make(seed: number | string, weeks: number | null): Scenario
}

type Make = (seed: number | string) => Scenario

/** Every kind of scenario once: what `assay simulate` can write. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  ...PRESET_NAMES.map((preset) =>
    entry(`healthy-${preset}`, `nothing is broken, in the world '${preset}'`, (seed) =>
      first(healthyWeeks(seed, preset, 1)),
    ),
  ),
  entry('incidents', 'eight faults, one after the other, and what the team did about them', (seed) =>
    first(incidentWorlds(seed, 8)),
  ),
  ...[5, 20].map((perDay): CatalogueEntry => ({
    name: `bursts-${perDay}`,
    about: `healthy, but ${perDay} times a day one account reports thirty times as much on one site, in 10,000 segments`,
    make: (seed, weeks) => withBursts(lasting(first(healthyWeeks(seed, 'segments10000', 1)), weeks), perDay),
  })),
  ...DECOYS.map(({ name, about }) =>
    entry(`decoy-${name}`, about, (seed) => first(decoyWorlds(seed, [name]))),
  ),
  entry('every-decoy', 'nothing is broken, and every decoy is on', (seed) => first(everyDecoyWeeks(seed, 2))),
  ...[5, 20].flatMap((accounts) => [
    entry(
      `collusion-${accounts}-accuse`,
      `${accounts} new accounts accuse a healthy site, six times`,
      (seed) => collusionWorlds(seed, accounts)[0] as Scenario,
    ),
    entry(
      `collusion-${accounts}-hide`,
      `${accounts} new accounts praise a site that breaks, six times`,
      (seed) => collusionWorlds(seed, accounts)[1] as Scenario,
    ),
    entry(
      `collusion-${accounts}-hide-without`,
      'the same faults with nobody hiding them',
      (seed) => collusionWorlds(seed, accounts)[2] as Scenario,
    ),
  ]),
]

function entry(name: string, about: string, make: Make): CatalogueEntry {
  return { name, about, make: (seed, weeks) => lasting(make(seed), weeks) }
}

function first(scenarios: readonly Scenario[]): Scenario {
  return scenarios[0] as Scenario
}

/** The same scenario, cut off or gone on with; what would begin later is left out. */
export function lasting(scenario: Scenario, weeks: number | null): Scenario {
  if (weeks === null) return scenario
  const until = scenario.warmUpUntil + Math.round(weeks * WEEK_MS)
  const faults = scenario.faults.filter(({ from }) => from < until)
  return {
    ...scenario,
    until,
    faults,
    disturbances: scenario.disturbances.filter(({ from }) => from < until),
    actions: scenario.actions.filter(({ action }) => action.at < until),
  }
}
