import type { Instant } from '../../domain/instant.ts'
import { DAY_MS, HOUR_MS } from '../../domain/instant.ts'
import { taskClassOf } from '../../domain/task-class.ts'
import type { Fault } from '../breaks.ts'
import type { GuestTraffic, Habits } from '../disturbances.ts'
import { presetSettings } from '../presets.ts'
import { Random } from '../random.ts'
import type { Scenario } from '../scenario.ts'
import type { WorldSettings } from '../settings.ts'
import { faultTruths } from '../truth.ts'
import type { World } from '../world.ts'
import { buildWorld } from '../world.ts'
import { STARTS_AT, WARM_UP_MS } from './calendar.ts'
import { drawPlace } from './places.ts'

/** Attacks in one world, each by accounts that nobody has seen before. */
const ATTACKS = 6
const EVERY_MS = 30 * HOUR_MS
const ATTACK_MS = 12 * HOUR_MS
/** Of all traffic, all of a ring together. */
const TRAFFIC = 0.02

const ACCUSE: Habits = { blames: 1, accuses: 1, praises: 0, delayFactor: 0.5 }
const HIDE: Habits = { blames: 0, accuses: 0, praises: 1, praisesAll: true, delayFactor: 0.5 }
const HONEST: Habits = { blames: 0.5, accuses: 0, praises: 0, delayFactor: 1 }

/**
 * Rings of `accounts` new accounts with 2 % of the traffic together, six times in each world:
 *
 * - `accuse`: they buy on one healthy site and call everything bad, without ado, or after a day of honest buying everywhere;
 * - `hide`: they praise whatever they buy on a site from a day before it breaks until it is mended;
 * - `hide-without`: the same faults with nobody hiding them, to compare with.
 */
export function collusionWorlds(seed: number | string, accounts: number): Scenario[] {
  const random = Random.of(`${seed}/collusion-${accounts}`)
  const accuse = ring('accuse', seed, accounts)
  const hide = ring('hide', seed, accounts)
  const faults = drawFaults(buildWorld(hide), random.split('faults'))
  return [
    scenarioOf(accuse, `collusion-${accounts}-accuse`, [], (world) => accusations(world, accounts, random)),
    scenarioOf(hide, `collusion-${accounts}-hide`, faults, (world) =>
      faults.map((fault, attack) => hiding(world, accounts, attack, fault)),
    ),
    scenarioOf(hide, `collusion-${accounts}-hide-without`, faults, () => []),
  ]
}

function ring(what: string, seed: number | string, accounts: number): WorldSettings {
  const settings = presetSettings('practice', `${seed}/collusion-${accounts}-${what}`, STARTS_AT)
  const guests = Array.from({ length: ATTACKS }, (_, attack) => ringOf(attack, accounts)).flat()
  return { ...settings, guests }
}

function ringOf(attack: number, accounts: number): string[] {
  return Array.from({ length: accounts }, (_, index) => `ring-${attack + 1}-${index + 1}`)
}

function attackAt(attack: number): Instant {
  return STARTS_AT + WARM_UP_MS + DAY_MS + attack * EVERY_MS
}

function accusations(world: World, accounts: number, random: Random): GuestTraffic[] {
  return Array.from({ length: ATTACKS }, (_, attack): GuestTraffic[] => {
    const [where] = drawPlace(world, 'site', attackAt(attack), random.split(attack)) ?? []
    const from = attackAt(attack)
    const attacking = traffic(world, ringOf(attack, accounts), [where?.site as string], ACCUSE)
    const honest = traffic(world, ringOf(attack, accounts), [], HONEST)
    const attackItself = { ...attacking, from, until: from + ATTACK_MS }
    return attack % 2 === 0 ? [attackItself] : [{ ...honest, from: from - DAY_MS, until: from }, attackItself]
  }).flat()
}

function hiding(world: World, accounts: number, attack: number, fault: Fault): GuestTraffic {
  const site = fault.where[0]?.site as string
  const buys = traffic(world, ringOf(attack, accounts), [site], HIDE)
  return { ...buys, from: fault.from - DAY_MS, until: fault.until }
}

function traffic(
  world: World,
  accounts: readonly string[],
  sites: readonly string[],
  habits: Habits,
): Omit<GuestTraffic, 'from' | 'until'> {
  return { kind: 'guests', accounts, sites, tasksPerWeek: TRAFFIC * world.tasksPerWeek, habits }
}

/** Of a site and type each, x10, large enough to be found within hours. */
function drawFaults(world: World, random: Random): Fault[] {
  const used = new Set<string>()
  return Array.from({ length: ATTACKS }, (_, attack) => {
    const from = attackAt(attack)
    for (let tries = 0; tries < 1_000; tries++) {
      const where = drawPlace(world, 'site-type', from, random) ?? []
      const { site = '', type = '' } = where[0] ?? {}
      // Nobody can praise an image.
      if (taskClassOf(type, new Map()) !== 'token') continue
      const fault: Fault = {
        name: `hidden fault ${attack + 1} of ${site}`,
        where,
        from,
        until: from + ATTACK_MS,
        effect: { kind: 'factor', factor: 10 },
        course: { kind: 'sudden' },
      }
      const [truth] = faultTruths(world, [fault])
      if (used.has(site) || truth === undefined || truth.information < ENOUGH) continue
      used.add(site)
      return fault
    }
    throw new RangeError('no site is large enough to hide a fault on')
  })
}

/** Nats: found in a quarter of its time. */
const ENOUGH = 50

function scenarioOf(
  settings: WorldSettings,
  name: string,
  faults: readonly Fault[],
  disturb: (world: World) => GuestTraffic[],
): Scenario {
  const world = buildWorld(settings)
  return {
    name,
    kind: 'collusion',
    world,
    faults,
    disturbances: disturb(world),
    actions: [],
    warmUpUntil: STARTS_AT + WARM_UP_MS,
    until: attackAt(ATTACKS) + DAY_MS,
  }
}
