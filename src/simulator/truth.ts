import type { Instant } from '../domain/instant.ts'
import { HOUR_MS, WEEK_MS } from '../domain/instant.ts'
import type { Account } from './accounts.ts'
import type { CompiledFault, Fault, TaskIndices } from './breaks.ts'
import { brokenShare, compileFault, hits } from './breaks.ts'
import { SHARE_MAX } from './task-source.ts'
import type { Rollout, World } from './world.ts'

/** What a score compares an incident with. */
export interface FaultTruth {
  readonly fault: Fault
  /** The type x site cells that hold tasks the fault hits, whatever else it asks of them. */
  readonly cells: readonly { readonly type: string; readonly site: string }[]
  /** Tasks it hits, as a mean over the week; all figures as versions are spread when the fault begins. */
  readonly tasksPerHour: number
  /** Bad reports about those tasks that would come anyway, and that come at the fault's full strength. */
  readonly healthyReportsPerHour: number
  readonly brokenReportsPerHour: number
}

/**
 * The truth of each fault, by summing over every leaf of the world: no event is drawn.
 *
 * Reports that are given up because they would come too late are counted here (0.5 % of them with the usual delays and an account
 * factor of 1, some 4 % at a factor of 3); a site that has not opened yet is counted as if it had.
 */
export function faultTruths(world: World, faults: readonly Fault[]): FaultTruth[] {
  return faults.map((fault) => truthOf(world, compileFault(world, fault)))
}

function truthOf(world: World, compiled: CompiledFault): FaultTruth {
  const { fault } = compiled
  const named = new Set(compiled.combinations.map(({ account }) => account).filter((account) => account >= 0))
  const audiences = [
    audienceOf(world, REST, (account) => !named.has(account)),
    ...[...named].map((one) => audienceOf(world, one, (account) => account === one)),
  ]
  const cells: { type: string; site: string }[] = []
  let tasks = 0
  let healthy = 0
  let broken = 0
  world.sites.forEach((site, siteIndex) => {
    const ordinary = siteIndex < world.settings.sites
    for (const cell of site.types) {
      let hit = false
      for (const leaf of leaves(world, cell.type, fault.from)) {
        const indices = { ...leaf.indices, site: siteIndex }
        const effect = ordinary ? leaf.effect : 1
        const share = Math.min(SHARE_MAX, cell.failureShare * effect)
        const shareBroken = brokenShare(fault.effect, share, 1)
        for (const audience of audiences) {
          if (!hits(compiled, { ...indices, account: audience.index })) continue
          const weight = cell.weight * leaf.share
          const [perWeek, blame, accuse] = audience.at(siteIndex)
          hit ||= perWeek > 0
          tasks += weight * perWeek
          healthy += weight * (share * blame + (1 - share) * accuse)
          broken += weight * (shareBroken * blame + (1 - shareBroken) * accuse)
        }
      }
      if (hit) cells.push({ type: world.types[cell.type] as string, site: site.name })
    }
  })
  const perHour = HOUR_MS / WEEK_MS
  return {
    fault,
    cells,
    tasksPerHour: tasks * perHour,
    healthyReportsPerHour: healthy * perHour,
    brokenReportsPerHour: broken * perHour,
  }
}

/** Stands for all accounts that the fault does not name. */
const REST = -1

interface Audience {
  readonly index: number
  /** Of a site, a week: tasks, and these weighted with the readiness to blame and to accuse. */
  at(site: number): readonly [number, number, number]
}

function audienceOf(world: World, index: number, has: (account: number) => boolean): Audience {
  const { settings, sites } = world
  const sums = sites.map(() => [0, 0, 0] as [number, number, number])
  const add = (site: number, perWeek: number, account: Account): void => {
    const sum = sums[site] as [number, number, number]
    sum[0] += perWeek
    sum[1] += perWeek * account.blames
    sum[2] += perWeek * account.accuses
  }
  let roaming: readonly [number, number, number] = [0, 0, 0]
  world.accounts.forEach((account, accountIndex) => {
    if (!has(accountIndex)) return
    const perWeek = account.traffic * world.tasksPerWeek
    const loyal = (perWeek * settings.accounts.loyalty) / account.favourites.length
    for (const site of account.favourites) add(site, loyal, account)
    const rest = perWeek * (1 - settings.accounts.loyalty)
    roaming = [roaming[0] + rest, roaming[1] + rest * account.blames, roaming[2] + rest * account.accuses]
  })
  for (const { siteIndex, audience, tasksPerWeek } of world.dedicated)
    for (const account of audience)
      if (has(account)) add(siteIndex, tasksPerWeek / audience.length, world.accounts[account] as Account)
  return {
    index,
    at: (site) => {
      const sum = sums[site] as [number, number, number]
      const { traffic } = sites[site] as { traffic: number }
      return [sum[0] + traffic * roaming[0], sum[1] + traffic * roaming[1], sum[2] + traffic * roaming[2]]
    },
  }
}

/** The combinations of version, region and pool within a cell: which share of it, and their effect on failures. */
function* leaves(
  world: World,
  type: number,
  at: Instant,
): Generator<{ indices: Omit<TaskIndices, 'site'>; share: number; effect: number }> {
  const pools = world.pools.length === 0 ? [-1] : world.pools.map((_, pool) => pool)
  const rollouts = world.rollouts[type] as readonly Rollout[]
  const versionShares = sharesAt(rollouts, at)
  for (const [solver, { effect }] of rollouts.entries()) {
    const versionShare = versionShares[solver] as number
    if (versionShare === 0) continue
    for (const [region, weight] of world.regionWeights.entries())
      for (const pool of pools)
        yield {
          indices: { account: REST, type, solver, region, pool },
          share: (versionShare * weight) / pools.length,
          effect: effect * (world.regionEffects[region] as number),
        }
  }
}

/** Which share of a type's tasks each version solves at an instant. */
function sharesAt(rollouts: readonly Rollout[], at: Instant): number[] {
  const shares = rollouts.map(() => 0)
  let left = 1
  for (let version = rollouts.length - 1; version >= 0; version--) {
    const { from, to } = rollouts[version] as Rollout
    const reached = at < from ? 0 : at >= to ? 1 : (at - from) / (to - from)
    shares[version] = left * reached
    left *= 1 - reached
  }
  return shares
}
