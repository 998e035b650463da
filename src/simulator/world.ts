import type { Instant } from '../domain/instant.ts'
import type { Account } from './accounts.ts'
import { makeAccounts, makeDedicatedAudience, makeGuest } from './accounts.ts'
import { zipfWeights } from './alias-table.ts'
import { logNormal } from './draws.ts'
import { poolName, regionName, solverName, typeName } from './names.ts'
import { Random } from './random.ts'
import type { DedicatedSegment, WorldSettings } from './settings.ts'
import type { Site } from './sites.ts'
import { makeSites } from './sites.ts'
import { tasksPerWeekOf } from './volume.ts'

/** A world as it truly is: who buys, where it is used, how often it is rejected, who says so. Indices point into its lists. */
export interface World {
  readonly settings: WorldSettings
  readonly random: Random
  readonly types: readonly string[]
  /** By falling traffic; those of the dedicated segments last. */
  readonly sites: readonly Site[]
  readonly solvers: readonly string[]
  readonly regions: readonly string[]
  readonly regionWeights: readonly number[]
  readonly regionEffects: readonly number[]
  readonly pools: readonly string[]
  /** By falling traffic; guests last. */
  readonly accounts: readonly Account[]
  /** Ready tasks a week, without those of the dedicated segments. */
  readonly tasksPerWeek: number
  /** By type and version: when it is rolled out, and what it does to the share of failures. */
  readonly rollouts: readonly (readonly Rollout[])[]
  readonly dedicated: readonly DedicatedTraffic[]
}

/** A version's way to all tasks of its type: none before `from`, all of them after `to`. */
export interface Rollout {
  readonly from: Instant
  readonly to: Instant
  readonly effect: number
}

/** A dedicated segment with what follows from its wish: the tasks it takes, and who may send them. */
export interface DedicatedTraffic {
  readonly segment: DedicatedSegment
  readonly typeIndex: number
  readonly siteIndex: number
  readonly tasksPerWeek: number
  /** Accounts that buy here, each alike. */
  readonly audience: readonly number[]
}

/** @throws RangeError naming the setting that makes no world */
export function buildWorld(settings: WorldSettings): World {
  const random = Random.of(settings.seed)
  const types = Array.from({ length: settings.types }, (_, index) => typeName(index))
  for (const { type } of settings.dedicated) if (!types.includes(type)) types.push(type)
  const ordinary = makeSites(settings, random.split('sites'))
  const accounts = makeAccounts(settings, ordinary, random.split('accounts'))
  const regionWeights = zipfWeights(settings.regions, 0.7)
  const sites = [...ordinary]
  const dedicated = settings.dedicated.map((segment): DedicatedTraffic => {
    const typeIndex = types.indexOf(segment.type)
    sites.push({
      name: segment.site,
      opensAt: -Infinity,
      traffic: 0,
      hard: false,
      types: [{ type: typeIndex, weight: 1, failureShare: segment.failureShare }],
    })
    const { audience, tasksPerWeek } = makeDedicatedAudience(segment, accounts)
    return { segment, typeIndex, siteIndex: sites.length - 1, audience, tasksPerWeek }
  })
  return {
    settings,
    random,
    types,
    sites,
    solvers: Array.from({ length: settings.solvers.versions }, (_, index) => solverName(index)),
    regions: regionWeights.map((_, index) => regionName(index)),
    regionWeights,
    regionEffects: makeRegionEffects(settings, regionWeights, random.split('regions')),
    pools: Array.from({ length: settings.pools }, (_, index) => poolName(index)),
    accounts: [...accounts, ...settings.guests.map(makeGuest)],
    tasksPerWeek: tasksPerWeekOf(settings, ordinary, accounts),
    rollouts: types.map((_, index) => makeRollouts(settings, random.split('rollouts').split(index))),
    dedicated,
  }
}

/** The first version is everywhere from the start and has effect 1; the others follow, staggered by type. */
function makeRollouts(settings: WorldSettings, random: Random): Rollout[] {
  const { versions, releaseEveryMs, rolloutMs } = settings.solvers
  const phase = random.uniform()
  return Array.from({ length: versions }, (_, version) => {
    if (version === 0) return { from: -Infinity, to: -Infinity, effect: 1 }
    const from = settings.startAt + Math.round((version - 1 + phase) * releaseEveryMs)
    return {
      from,
      to: from + Math.round(random.between(...rolloutMs)),
      effect: logNormal(random, 1, settings.failures.solverSigma),
    }
  })
}

/** Scaled so that the mean over traffic is 1: a cell's share stays what was drawn for it. */
function makeRegionEffects(settings: WorldSettings, weights: readonly number[], random: Random): number[] {
  const raw = weights.map(() => logNormal(random, 1, settings.failures.regionSigma))
  const mean = raw.reduce((sum, effect, index) => sum + effect * (weights[index] as number), 0)
  return raw.map((effect) => effect / mean)
}
