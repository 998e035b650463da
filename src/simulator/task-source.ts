import type { Instant } from '../domain/instant.ts'
import type { Account } from './accounts.ts'
import { AliasTable } from './alias-table.ts'
import { Arrivals, FLAT } from './arrivals.ts'
import type { TaskIndices } from './breaks.ts'
import type { Habits, TrafficChange } from './disturbances.ts'
import type { Random } from './random.ts'
import type { Site, SiteType } from './sites.ts'
import type { WorldSettings } from './settings.ts'
import type { DedicatedTraffic, Rollout, World } from './world.ts'

/** A stream of tasks: when the next one is solved, and what it is. */
export interface TaskSource {
  /** When the next task is solved, with fractions of a millisecond. */
  nextAt: Instant
  readonly random: Random
  /** How these tasks are reported; null: as their account usually does. */
  readonly habits: Habits | null
  /**
   * Fills in what the next task is and moves on.
   * @returns the share of such solutions that is rejected while nothing is broken
   */
  next(task: TaskIndices): number
}

/** All ordinary traffic: account by its share, site by its taste, type by the site, version by its roll-out. */
export function ordinaryTraffic(world: World): TaskSource {
  const { settings, accounts, sites } = world
  const random = world.random.split('traffic')
  const arrivals = new Arrivals(
    world.random.split('arrivals'),
    settings.traffic.cycle,
    world.tasksPerWeek * (1 + settings.traffic.unsolved),
  )
  const accountTable = new AliasTable(accounts.map((account) => account.traffic))
  const siteTable = new AliasTable(sites.map((site) => site.traffic))
  const regionTable = new AliasTable(world.regionWeights)

  const drawSite = siteDrawer(world, siteTable, random)

  return {
    nextAt: arrivals.after(settings.startAt),
    random,
    habits: null,
    next(task) {
      const at = this.nextAt
      task.account = accountTable.draw(random)
      task.site = drawSite(accounts[task.account] as Account, at)
      this.nextAt = arrivals.after(at)
      return describeTask(world, regionTable, task, at, random)
    },
  }
}

/** Where an account uses a solution: at a favourite, or where everybody's traffic goes; only where it is open. */
function siteDrawer(
  world: World,
  siteTable: AliasTable,
  random: Random,
): (account: Account, at: Instant) => number {
  const { sites, settings } = world
  return (account, at) => {
    for (let tries = 0; tries < 64; tries++) {
      const own = random.coin() < settings.accounts.loyalty
      const site = own
        ? (account.favourites[random.below(account.favourites.length)] as number)
        : siteTable.draw(random)
      if ((sites[site] as Site).opensAt <= at) return site
    }
    throw new RangeError(`account ${account.id} finds no open site; leave most sites without an opening`)
  }
}

/**
 * The tasks by which a surge exceeds the usual, from the accounts that usually buy there.
 * @param index which of the world's surges this is: a stream of chance of its own
 * @throws RangeError if the site is not there or has no traffic to multiply
 */
export function surge(world: World, change: TrafficChange, index: number): TaskSource {
  const { settings, sites, accounts } = world
  const random = world.random.split('surges').split(index)
  const only = change.site === null ? -1 : sites.findIndex((site) => site.name === change.site)
  if (change.site !== null && only === -1) throw new RangeError(`this world has no site '${change.site}'`)
  const shareOf = (account: Account): number => (only === -1 ? 1 : shareAt(settings, account, only, sites))
  const weights = accounts.map((account) => account.traffic * shareOf(account))
  const part = weights.reduce((sum, weight) => sum + weight, 0)
  if (!(part > 0)) throw new RangeError(`nobody buys on '${change.site}'`)
  const perWeek = world.tasksPerWeek * part * (change.factor - 1)
  const arrivals = new Arrivals(random.split('arrivals'), settings.traffic.cycle, perWeek)
  const accountTable = new AliasTable(weights)
  const siteTable = new AliasTable(sites.map((site) => site.traffic))
  const regionTable = new AliasTable(world.regionWeights)
  const drawSite = siteDrawer(world, siteTable, random)
  const upTo = (at: Instant): Instant => (at < change.until ? at : Infinity)
  return {
    nextAt: upTo(arrivals.after(Math.max(change.from, settings.startAt))),
    random,
    habits: null,
    next(task) {
      const at = this.nextAt
      task.account = accountTable.draw(random)
      task.site = only === -1 ? drawSite(accounts[task.account] as Account, at) : only
      this.nextAt = upTo(arrivals.after(at))
      return describeTask(world, regionTable, task, at, random)
    },
  }
}

/** Share of an account's tasks that goes to a site. */
function shareAt(settings: WorldSettings, account: Account, site: number, sites: readonly Site[]): number {
  const { loyalty } = settings.accounts
  const own = account.favourites.includes(site) ? loyalty / account.favourites.length : 0
  return own + (1 - loyalty) * (sites[site] as Site).traffic
}

/** Type, version, region and pool of a task whose account and site stand. @returns the share of such solutions that is rejected */
export function describeTask(
  world: World,
  regionTable: AliasTable,
  task: TaskIndices,
  at: Instant,
  random: Random,
): number {
  const cell = drawType(world.sites[task.site] as Site, random)
  task.type = cell.type
  const rollout = drawVersion(world, task, at, random)
  task.region = regionTable.draw(random)
  task.pool = world.pools.length === 0 ? -1 : random.below(world.pools.length)
  const share = cell.failureShare * rollout.effect * (world.regionEffects[task.region] as number)
  return Math.min(SHARE_MAX, share)
}

/** Even the hardest site takes one in twenty. */
export const SHARE_MAX = 0.95

/** A segment at a constant rate, its share of failures untouched by solver and region. */
export function dedicatedTraffic(world: World, traffic: DedicatedTraffic): TaskSource {
  const random = world.random.split('dedicated').split(traffic.segment.site)
  const arrivals = new Arrivals(random.split('arrivals'), FLAT, traffic.tasksPerWeek)
  const regionTable = new AliasTable(world.regionWeights)
  return {
    nextAt: arrivals.after(world.settings.startAt),
    random,
    habits: null,
    next(task) {
      const at = this.nextAt
      task.account = traffic.audience[random.below(traffic.audience.length)] as number
      task.site = traffic.siteIndex
      task.type = traffic.typeIndex
      drawVersion(world, task, at, random)
      task.region = regionTable.draw(random)
      task.pool = world.pools.length === 0 ? -1 : random.below(world.pools.length)
      this.nextAt = arrivals.after(at)
      return traffic.segment.failureShare
    },
  }
}

function drawType(site: Site, random: Random): SiteType {
  let cell = site.types[0] as SiteType
  if (site.types.length === 1) return cell
  let left = random.coin()
  for (cell of site.types) {
    left -= cell.weight
    if (left < 0) break
  }
  return cell
}

/** The newest version that this task is already solved by. */
function drawVersion(world: World, task: TaskIndices, at: Instant, random: Random): Rollout {
  const rollouts = world.rollouts[task.type] as readonly Rollout[]
  for (let version = rollouts.length - 1; ; version--) {
    const rollout = rollouts[version] as Rollout
    if (at < rollout.from) continue
    if (at < rollout.to && random.coin() >= (at - rollout.from) / (rollout.to - rollout.from)) continue
    task.solver = version
    return rollout
  }
}
