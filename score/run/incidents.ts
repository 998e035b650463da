import type { Situation, Where } from '../../src/domain/incident.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/domain/instant.ts'
import type { Fault, FaultCourse, FaultEffect } from '../../src/simulator/breaks.ts'
import { logUniform, shuffled } from '../../src/simulator/draws.ts'
import { worldEvents } from '../../src/simulator/events.ts'
import { presetSettings } from '../../src/simulator/presets.ts'
import { Random } from '../../src/simulator/random.ts'
import type { World } from '../../src/simulator/world.ts'
import { buildWorld } from '../../src/simulator/world.ts'
import type { Story } from './story.ts'

/** What breaks, and what a good analysis would call it. */
interface Kind {
  readonly situation: Situation
  /** Where, at an instant; sites already broken are left alone. */
  readonly draw: (scene: Scene) => { readonly name: string; readonly where: readonly Where[] } | null
}

/** A world while faults are being planned for it. */
interface Scene {
  readonly world: World
  readonly random: Random
  readonly at: number
  /** Ranks of sites that no fault has been planned for, by falling traffic. */
  readonly freeSites: number[]
  readonly freeAccounts: number[]
  readonly openings: { readonly siteRank: number; readonly at: number }[]
}

/** Beyond this rank a site has too little traffic for anybody to tell. */
const SITES_USED = 80
/** Sites that open in the course of the story, and never work. */
const NEW_SITES = [90, 95] as const
const EFFECTS: readonly FaultEffect[] = [
  { kind: 'factor', factor: 4 },
  { kind: 'factor', factor: 10 },
  { kind: 'factor', factor: 30 },
  { kind: 'share', share: 1 },
  { kind: 'factor', factor: 2 },
]

const KINDS: readonly Kind[] = [
  { situation: 'regression', draw: siteRejectsType },
  { situation: 'regression', draw: versionOnSite },
  { situation: 'regression', draw: versionOfType },
  { situation: 'regression', draw: regionOfType },
  { situation: 'split', draw: someSites },
  { situation: 'regression', draw: siteRejectsType },
  { situation: 'regression', draw: versionInRegion },
  { situation: 'one-account', draw: ownFault },
  { situation: 'regression', draw: siteRejectsType },
  { situation: 'regression', draw: versionEverywhere },
  { situation: 'regression', draw: regionEverywhere },
  { situation: 'never-worked', draw: newSite },
]

/**
 * Faults of every kind in one world of 2,000 segments, one after the other, some of them overlapping: many measurements for one pass
 * over the events.
 *
 * @param days after the warm-up
 * @param everyMs between the beginnings of two faults
 */
export function incidentStory(
  seed: number,
  startAt: number,
  warmUpDays: number,
  days: number,
  everyMs: number,
): Story {
  const warmUpUntil = startAt + warmUpDays * DAY_MS
  const until = warmUpUntil + days * DAY_MS
  const random = Random.of(seed).split('faults')
  const openings = NEW_SITES.map((siteRank, n) => ({
    siteRank,
    at: warmUpUntil + Math.round(((n + 0.3) / NEW_SITES.length) * days * DAY_MS),
  }))
  const usual = presetSettings('segments2000', seed, startAt)
  const world = buildWorld({ ...usual, openings })
  const situations = new Map<Fault, Situation>()
  const freeSites = shuffled(random, SITES_USED)
  const freeAccounts = world.accounts.flatMap(({ blames, accuses }, index) =>
    blames > 0.2 && accuses === 0 && index < 200 ? [index] : [],
  )
  const longest = Math.min(5 * DAY_MS, (days * DAY_MS) / 3)
  for (let n = 0, at = warmUpUntil + everyMs / 2; at < until - 6 * HOUR_MS; n++, at += everyMs) {
    const kind = KINDS[n % KINDS.length] as Kind
    const place = kind.draw({ world, random, at, freeSites, freeAccounts, openings })
    if (place === null) continue
    const opensAt = kind.situation === 'never-worked' ? openOf(world, place.where) : at
    const shortest = 15 * MINUTE_MS
    const length = kind.situation === 'never-worked' ? longest : logUniform(random, 4 * shortest, longest)
    situations.set(
      {
        ...place,
        from: Math.round(opensAt),
        until: Math.round(opensAt + length),
        effect:
          kind.situation === 'never-worked'
            ? { kind: 'share', share: 0.9 }
            : (EFFECTS[random.below(EFFECTS.length)] as FaultEffect),
        course: kind.situation === 'never-worked' ? { kind: 'sudden' } : courseOf(random, length),
      },
      kind.situation,
    )
  }
  const faults = [...situations.keys()]
  return {
    name: `incidents, seed ${seed}`,
    kind: 'incident',
    world,
    faults,
    situationOf: (fault) => situations.get(fault) as Situation,
    actions: [],
    warmUpUntil,
    until,
    events: () => worldEvents(world, faults, until),
  }
}

/** Three in four sudden; the others grow over half their time, or come and go. */
function courseOf(random: Random, length: number): FaultCourse {
  const coin = random.coin()
  if (coin < 0.75) return { kind: 'sudden' }
  if (coin < 0.9) return { kind: 'ramp', overMs: Math.round(length / 2) }
  return { kind: 'on-off', onMs: 40 * MINUTE_MS, offMs: 20 * MINUTE_MS }
}

/** A site nobody has broken yet, and its main type. */
function takeSite({ world, freeSites }: Scene): { type: string; site: string } | null {
  const rank = freeSites.pop()
  const site = rank === undefined ? undefined : world.sites[rank]
  const type = site === undefined ? undefined : world.types[site.types[0]?.type ?? -1]
  return site === undefined || type === undefined ? null : { type, site: site.name }
}

function siteRejectsType(scene: Scene): { name: string; where: Where[] } | null {
  const place = takeSite(scene)
  return place === null ? null : { name: `${place.site} rejects ${place.type}`, where: [place] }
}

function versionOnSite(scene: Scene): { name: string; where: Where[] } | null {
  const place = takeSite(scene)
  if (place === null) return null
  const solver = versionAt(scene.world, scene.world.types.indexOf(place.type), scene.at)
  return { name: `${place.site} rejects ${solver}`, where: [{ ...place, solver }] }
}

function versionOfType({ world, random, at }: Scene): { name: string; where: Where[] } {
  const index = random.below(6)
  const where = { type: world.types[index] as string, solver: versionAt(world, index, at) }
  return { name: `${where.solver} is bad at ${where.type}`, where: [where] }
}

function versionEverywhere({ world, at }: Scene): { name: string; where: Where[] } {
  const solver = versionAt(world, 0, at)
  return { name: `${solver} is bad everywhere`, where: [{ solver }] }
}

function regionOfType({ world, random }: Scene): { name: string; where: Where[] } {
  const where = {
    type: world.types[random.below(4)] as string,
    region: world.regions[random.below(6)] as string,
  }
  return { name: `${where.region} is bad for ${where.type}`, where: [where] }
}

function regionEverywhere({ world, random }: Scene): { name: string; where: Where[] } {
  const region = world.regions[random.below(world.regions.length)] as string
  return { name: `${region} is bad`, where: [{ region }] }
}

function versionInRegion({ world, random, at }: Scene): { name: string; where: Where[] } {
  const index = random.below(3)
  const where = {
    type: world.types[index] as string,
    solver: versionAt(world, index, at),
    region: world.regions[random.below(4)] as string,
  }
  return { name: `${where.solver} is bad in ${where.region}`, where: [where] }
}

/** Three of the twelve busiest sites of a type, or half of them. */
function someSites({ world, random }: Scene): { name: string; where: Where[] } | null {
  const index = random.below(4)
  const type = world.types[index] as string
  const sites = world.sites.filter(({ types }) => types[0]?.type === index).slice(0, 12)
  if (sites.length < 6) return null
  const bad = shuffled(random, sites.length).slice(0, random.coin() < 0.5 ? 3 : Math.floor(sites.length / 2))
  return {
    name: `${bad.length} of ${sites.length} busy sites reject ${type}`,
    where: bad.map((rank) => ({ type, site: (sites[rank] as { name: string }).name })),
  }
}

/** A customer who breaks something on their own side. */
function ownFault({ world, random, freeAccounts }: Scene): { name: string; where: Where[] } | null {
  const index = freeAccounts.splice(random.below(Math.min(20, freeAccounts.length)), 1)[0]
  if (index === undefined) return null
  const account = (world.accounts[index] as { id: string }).id
  return { name: `${account} breaks something of its own`, where: [{ account }] }
}

function newSite({ world, openings }: Scene): { name: string; where: Where[] } | null {
  const opening = openings.shift()
  const site = opening === undefined ? undefined : world.sites[opening.siteRank]
  return site === undefined
    ? null
    : { name: `${site.name} is new and never works`, where: [{ site: site.name }] }
}

function openOf(world: World, [where]: readonly Where[]): number {
  return world.sites.find(({ name }) => name === where?.site)?.opensAt ?? world.settings.startAt
}

/** The version that solves most of a type's tasks at an instant. */
function versionAt(world: World, type: number, at: number): string {
  const rollouts = world.rollouts[type] ?? []
  const version = rollouts.findLastIndex(({ from, to }) => at >= (from === to ? from : (from + to) / 2))
  return world.solvers[version] as string
}
