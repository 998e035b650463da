import type { Where } from '../../domain/incident.ts'
import type { Instant } from '../../domain/instant.ts'
import { taskClassOf } from '../../domain/task-class.ts'
import { shuffled } from '../draws.ts'
import type { Random } from '../random.ts'
import type { Site } from '../sites.ts'
import { versionShareAt } from '../truth.ts'
import type { Rollout, World } from '../world.ts'

/** What can break, named by the attributes that the fault goes by. */
export const PLACE_KINDS = [
  'site-type',
  'site',
  'site-solver',
  'solver',
  'type-solver',
  'region',
  'type-region',
  'solver-region',
  'split-3-of-12',
  'split-half-of-50',
  'label',
  'account',
] as const
export type PlaceKind = (typeof PLACE_KINDS)[number]

/** A version that has less of its tasks than this is not in use yet, or hardly any more. */
const IN_USE = 0.2

/** @returns the combinations of a place of a kind that has traffic at `at`; null if none was found at the first try */
export function drawPlace(world: World, kind: PlaceKind, at: Instant, random: Random): Where[] | null {
  const { site, type } = drawCell(world, random)
  const solver = drawVersion(world, world.types.indexOf(type), at, random)
  switch (kind) {
    case 'site-type':
      return [{ type, site: site.name }]
    case 'site':
      return [{ site: site.name }]
    case 'site-solver':
      return [random.coin() < 0.5 ? { type, site: site.name, solver } : { site: site.name, solver }]
    case 'solver':
      return [{ solver }]
    case 'type-solver':
      return [{ type, solver }]
    case 'region':
      return [{ region: pick(world.regions, random) }]
    case 'type-region':
      return [{ type, region: pick(world.regions, random) }]
    case 'solver-region':
      return [{ solver, region: pick(world.regions, random) }]
    case 'split-3-of-12':
      return drawSplit(world, 12, 1 / 4, random)
    case 'split-half-of-50':
      return drawSplit(world, 50, 1 / 2, random)
    case 'label':
      return [{ type, 'labels.pool': pick(world.pools, random) }]
    case 'account':
      return drawOwn(world, random)
  }
}

/** A site by the logarithm of its rank: the large more often, the tiny too; there the type by its weight. */
export function drawCell(world: World, random: Random): { site: Site; type: string } {
  const rank = Math.floor(world.settings.sites ** random.uniform()) - 1
  const site = world.sites[rank] as Site
  let left = random.coin()
  for (const { type, weight } of site.types) {
    left -= weight
    if (left < 0) return { site, type: world.types[type] as string }
  }
  return { site, type: world.types[site.types[0]?.type as number] as string }
}

function drawVersion(world: World, type: number, at: Instant, random: Random): string {
  const rollouts = world.rollouts[type] as readonly Rollout[]
  const used = world.solvers.filter((_, version) => versionShareAt(rollouts, version, at) >= IN_USE)
  return pick(used, random)
}

/** That part of the sites of one token type: of one of the two that are used on about so many sites. */
function drawSplit(world: World, wished: number, part: number, random: Random): Where[] {
  const off = (sites: readonly Site[]): number => Math.abs(Math.log(Math.max(1, sites.length) / wished))
  const classes = world.types
    .map((type, index) => ({
      type,
      sites: world.sites.filter((site) => site.types.some((one) => one.type === index)),
    }))
    .filter(({ type }) => taskClassOf(type, new Map()) === 'token')
    .sort((a, b) => off(a.sites) - off(b.sites))
    .slice(0, 2)
  const { type, sites } = pick(classes, random)
  return shuffled(random, sites.length)
    .slice(0, Math.round(part * sites.length))
    .map((index) => ({ type, site: (sites[index] as Site).name }))
}

/** One customer's own: all that it does, or what it does on a site it likes. By traffic, among those that would tell. */
function drawOwn(world: World, random: Random): Where[] | null {
  const rank = Math.floor(world.settings.accounts.count ** random.uniform()) - 1
  const account = world.accounts[rank]
  if (account === undefined || account.blames === 0 || account.accuses > 0) return null
  if (random.coin() < 0.5) return [{ account: account.id }]
  const site = world.sites[pick(account.favourites, random)] as Site
  return [{ account: account.id, site: site.name }]
}

export function pick<T>(list: readonly T[], random: Random): T {
  if (list.length === 0) throw new RangeError('nothing to pick from')
  return list[random.below(list.length)] as T
}
