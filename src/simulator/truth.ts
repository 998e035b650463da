import type { Situation } from '../domain/incident.ts'
import type { Instant } from '../domain/instant.ts'
import { DAY_MS, HOUR_MS, WEEK_MS } from '../domain/instant.ts'
import { hourWeightAt, hourWeights } from './arrivals.ts'
import type { Audience, SiteRates } from './audience.ts'
import { audienceOf, delayGroups, REST } from './audience.ts'
import type { CompiledFault, Fault, TaskIndices } from './breaks.ts'
import { brokenShare, compileFault, hits } from './breaks.ts'
import type { InformationCourse } from './information.ts'
import { informationBy, informationCourse } from './information.ts'
import { MaturityCurve } from './maturity-curve.ts'
import { situationOf, splitOf } from './situation.ts'
import type { SplitTruth } from './situation.ts'
import { SHARE_MAX } from './task-source.ts'
import type { Rollout, World } from './world.ts'

/** What a score compares with an incident. `fault.where` names the true combinations. */
export interface FaultTruth {
  readonly fault: Fault
  /** As which an incident should be told. */
  readonly situation: Situation
  /** The type x site cells that hold tasks the fault hits, whatever else it asks of them. */
  readonly cells: readonly { readonly type: string; readonly site: string }[]
  /** Of a split only. */
  readonly split: SplitTruth | null
  /** Tasks it hits, as a mean over the week; all figures with the versions as they are spread in the fault's first day. */
  readonly tasksPerHour: number
  /** Bad reports about those tasks that would come anyway, and that come at the fault's full strength. */
  readonly healthyReportsPerHour: number
  readonly brokenReportsPerHour: number
  /** The same of the accounts that never call an accepted solution bad: how many times as many reports they send at full strength. */
  readonly ratio: number
  /** How what can be known of it grows, for `delayAwareLimit`; of those accounts only. */
  readonly course: InformationCourse
  /** All that its reports tell, in nats: below ln A nobody could have found it at threshold A. */
  readonly information: number
}

/**
 * The truth of each fault, by summing over every leaf of the world: no event is drawn.
 *
 * In the rates, reports that are given up because they would come too late are counted (0.5 % of them with the usual delays and an
 * account factor of 1, some 4 % at a factor of 3), in `course` and `information` they are not. What disturbances change is not in here.
 */
export function faultTruths(world: World, faults: readonly Fault[]): FaultTruth[] {
  return faults.map((fault) => truthOf(world, compileFault(world, fault)))
}

/** Sums over leaves of one type and version, per unit of that version's share of the type. */
interface Sum {
  readonly type: number
  readonly solver: number
  /** Follows the world's day and week; a dedicated segment does not. */
  readonly cyclic: boolean
  tasks: number
  healthy: number
  broken: number
  honestHealthy: number
  honestBroken: number
}

function truthOf(world: World, compiled: CompiledFault): FaultTruth {
  const { fault } = compiled
  const named = new Set(compiled.combinations.map(({ account }) => account).filter((account) => account >= 0))
  const audiences = [
    audienceOf(world, REST, (account) => !named.has(account)),
    ...[...named].map((one) => audienceOf(world, one, (account) => account === one)),
  ]
  const { sums, cells, delays } = sumLeaves(world, compiled, audiences)
  const window = Math.min(fault.until, fault.from + DAY_MS)
  const moments = Array.from(
    { length: 12 },
    (_, index) => fault.from + ((index + 0.5) / 12) * (window - fault.from),
  )
  const mean = (of: (sum: Sum) => number): number =>
    moments.reduce((total, at) => total + sharedSum(world, sums, at, of), 0) / moments.length

  const ratio = mean((sum) => sum.honestBroken) / mean((sum) => sum.honestHealthy)
  const weights = hourWeights(world.settings.traffic.cycle)
  const perHour = HOUR_MS / WEEK_MS
  const reportsPerHourAt = (at: Instant): number =>
    perHour *
    sharedSum(world, sums, at, (sum) => sum.honestHealthy * (sum.cyclic ? hourWeightAt(weights, at) : 1))
  const { family, giveUpMs } = world.settings.delays
  const groups = delayGroups(world).groups.map((group, index) => ({
    ...group,
    weight: delays[index] as number,
  }))
  const course = informationCourse(fault, reportsPerHourAt, new MaturityCurve(family, groups, giveUpMs))
  return {
    fault,
    situation: situationOf(world, fault, cells),
    cells,
    split: splitOf(world, fault),
    tasksPerHour: perHour * mean((sum) => sum.tasks),
    healthyReportsPerHour: perHour * mean((sum) => sum.healthy),
    brokenReportsPerHour: perHour * mean((sum) => sum.broken),
    ratio: Number.isNaN(ratio) ? 1 : ratio,
    course,
    information: Number.isNaN(ratio) ? 0 : informationBy(course, ratio, Infinity),
  }
}

function sumLeaves(
  world: World,
  compiled: CompiledFault,
  audiences: readonly Audience[],
): { sums: Sum[]; cells: { type: string; site: string }[]; delays: Float64Array } {
  const { fault } = compiled
  const sums = new Map<string, Sum>()
  const cells: { type: string; site: string }[] = []
  const delays = new Float64Array(delayGroups(world).groups.length)
  world.sites.forEach((site, siteIndex) => {
    const cyclic = siteIndex < world.settings.sites
    if (!compiled.combinations.some((one) => one.site < 0 || one.site === siteIndex)) return
    const rates = audiences.map((audience) => audience.at(siteIndex))
    for (const cell of site.types) {
      let hit = false
      if (!compiled.combinations.some((one) => one.type < 0 || one.type === cell.type)) continue
      for (const leaf of leaves(world, cell.type)) {
        const indices = { ...leaf.indices, site: siteIndex }
        const share = Math.min(SHARE_MAX, cell.failureShare * (cyclic ? leaf.effect : 1))
        const shareBroken = brokenShare(fault.effect, share, 1)
        audiences.forEach((audience, index) => {
          if (!hits(compiled, { ...indices, account: audience.index })) return
          const weight = cell.weight * leaf.share
          const rate = rates[index] as SiteRates
          hit ||= rate.tasks > 0
          const sum = sumOf(sums, cell.type, leaf.indices.solver, cyclic)
          sum.tasks += weight * rate.tasks
          sum.healthy += weight * (share * rate.blames + (1 - share) * rate.accuses)
          sum.broken += weight * (shareBroken * rate.blames + (1 - shareBroken) * rate.accuses)
          sum.honestHealthy += weight * share * rate.honest
          sum.honestBroken += weight * shareBroken * rate.honest
          for (const [group, part] of rate.delays)
            delays[group] = (delays[group] as number) + weight * share * part
        })
      }
      if (hit) cells.push({ type: world.types[cell.type] as string, site: site.name })
    }
  })
  return { sums: [...sums.values()], cells, delays }
}

function sumOf(sums: Map<string, Sum>, type: number, solver: number, cyclic: boolean): Sum {
  const key = `${type}/${solver}/${cyclic}`
  let sum = sums.get(key)
  if (sum === undefined) {
    sum = { type, solver, cyclic, tasks: 0, healthy: 0, broken: 0, honestHealthy: 0, honestBroken: 0 }
    sums.set(key, sum)
  }
  return sum
}

/** Versions weighted as they are spread at an instant. */
function sharedSum(world: World, sums: readonly Sum[], at: Instant, of: (sum: Sum) => number): number {
  let total = 0
  for (const sum of sums)
    total += of(sum) * versionShareAt(world.rollouts[sum.type] as readonly Rollout[], sum.solver, at)
  return total
}

/** The combinations of version, region and pool within a cell: which share of its version it is, and their effect on failures. */
function* leaves(
  world: World,
  type: number,
): Generator<{ indices: Omit<TaskIndices, 'site'>; share: number; effect: number }> {
  const pools = world.pools.length === 0 ? [-1] : world.pools.map((_, pool) => pool)
  const rollouts = world.rollouts[type] as readonly Rollout[]
  for (const [solver, { effect }] of rollouts.entries())
    for (const [region, weight] of world.regionWeights.entries())
      for (const pool of pools)
        yield {
          indices: { account: REST, type, solver, region, pool },
          share: weight / pools.length,
          effect: effect * (world.regionEffects[region] as number),
        }
}

/** Which share of a type's tasks a version solves at an instant. */
export function versionShareAt(rollouts: readonly Rollout[], version: number, at: Instant): number {
  let left = 1
  for (let newer = rollouts.length - 1; newer > version; newer--)
    left *= 1 - reachedAt(rollouts[newer] as Rollout, at)
  return left * reachedAt(rollouts[version] as Rollout, at)
}

function reachedAt({ from, to }: Rollout, at: Instant): number {
  if (at < from) return 0
  return at >= to ? 1 : (at - from) / (to - from)
}
