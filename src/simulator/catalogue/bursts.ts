import type { Instant } from '../../domain/instant.ts'
import { DAY_MS, HOUR_MS } from '../../domain/instant.ts'
import { AliasTable } from '../alias-table.ts'
import type { Account } from '../accounts.ts'
import type { Burst } from '../disturbances.ts'
import type { PresetName } from '../presets.ts'
import type { Random } from '../random.ts'
import type { Scenario } from '../scenario.ts'
import type { World } from '../world.ts'
import { healthyWeeks } from './healthy.ts'
import { pick } from './places.ts'

const FACTOR = 30
const LASTS_MS = [HOUR_MS, 3 * HOUR_MS] as const

/**
 * Healthy weeks in which, so many times a day, one account reports thirty times as much on one of its sites for one to three hours.
 * The warm-up has them too: they are part of such a world. 0 a day: the same worlds as without.
 */
export function burstWeeks(
  seed: number | string,
  perDay: number,
  weeks: number,
  preset: PresetName = 'segments10000',
): Scenario[] {
  return healthyWeeks(seed, preset, weeks).map((scenario) => withBursts(scenario, perDay))
}

export function withBursts(scenario: Scenario, perDay: number): Scenario {
  const { world, until } = scenario
  return {
    ...scenario,
    name: scenario.name.replace('healthy', `bursts-${perDay}`),
    kind: 'decoy',
    disturbances: drawBursts(world, perDay, until, world.random.split('bursts')),
  }
}

function drawBursts(world: World, perDay: number, until: Instant, random: Random): Burst[] {
  const { startAt } = world.settings
  const tellers = world.accounts.filter(({ blames, favourites }) => blames > 0 && favourites.length > 0)
  const table = new AliasTable(tellers.map(({ blames, traffic }) => blames * traffic))
  const count = Math.round((perDay * (until - startAt)) / DAY_MS)
  return Array.from({ length: count }, (): Burst => {
    const account = tellers[table.draw(random)] as Account
    const site = world.sites[pick(account.favourites, random)]?.name as string
    const from = Math.round(random.between(startAt, until))
    const lastsMs = Math.round(random.between(...LASTS_MS))
    return { kind: 'burst', account: account.id, site, factor: FACTOR, from, until: from + lastsMs }
  }).sort((a, b) => a.from - b.from)
}
