import { HOUR_MS } from '../domain/instant.ts'
import type { Account } from './accounts.ts'
import type { DelayGroup } from './maturity-curve.ts'
import type { World } from './world.ts'

/** Stands for all accounts that a fault does not name. */
export const REST = -1

/** A site's tasks a week, and these weighted with how readily their accounts report. */
export interface SiteRates {
  tasks: number
  blames: number
  accuses: number
  /** `blames` of those accounts only that never call an accepted solution bad. */
  honest: number
  /** `honest` by group of delays. */
  readonly delays: Map<number, number>
}

/** One account, or all that a fault does not name. */
export interface Audience {
  readonly index: number
  at(site: number): SiteRates
}

export function audienceOf(world: World, index: number, has: (account: number) => boolean): Audience {
  const { settings, sites } = world
  const { groupOf } = delayGroups(world)
  const empty = (): SiteRates => ({ tasks: 0, blames: 0, accuses: 0, honest: 0, delays: new Map() })
  const add = (rates: SiteRates, perWeek: number, account: number): void => {
    const { blames, accuses } = world.accounts[account] as Account
    rates.tasks += perWeek
    rates.blames += perWeek * blames
    rates.accuses += perWeek * accuses
    if (accuses > 0 || blames === 0) return
    const group = groupOf[account] as number
    rates.honest += perWeek * blames
    rates.delays.set(group, (rates.delays.get(group) ?? 0) + perWeek * blames)
  }
  const own = sites.map(empty)
  const roaming = empty()
  const { loyalty } = settings.accounts
  world.accounts.forEach((account, accountIndex) => {
    if (!has(accountIndex) || account.traffic === 0) return
    const perWeek = account.traffic * world.tasksPerWeek
    for (const site of account.favourites)
      add(own[site] as SiteRates, (perWeek * loyalty) / account.favourites.length, accountIndex)
    add(roaming, perWeek * (1 - loyalty), accountIndex)
  })
  for (const { siteIndex, audience, tasksPerWeek } of world.dedicated)
    for (const account of audience)
      if (has(account)) add(own[siteIndex] as SiteRates, tasksPerWeek / audience.length, account)
  return {
    index,
    at(site) {
      const rates = own[site] as SiteRates
      const { traffic } = sites[site] as { traffic: number }
      const delays = new Map(rates.delays)
      for (const [group, part] of roaming.delays) delays.set(group, (delays.get(group) ?? 0) + traffic * part)
      return {
        tasks: rates.tasks + traffic * roaming.tasks,
        blames: rates.blames + traffic * roaming.blames,
        accuses: rates.accuses + traffic * roaming.accuses,
        honest: rates.honest + traffic * roaming.honest,
        delays,
      }
    },
  }
}

/** Accounts by how late they report, so that a mixture of two thousand is one of some dozens. */
export interface DelayGroups {
  readonly groups: readonly DelayGroup[]
  /** By account. */
  readonly groupOf: readonly number[]
}

/** Groups to a doubling of the delay factor. */
const GROUPS_PER_DOUBLING = 4

const known = new WeakMap<World, DelayGroups>()

export function delayGroups(world: World): DelayGroups {
  let made = known.get(world)
  if (made !== undefined) return made
  const groups: DelayGroup[] = []
  const indices = new Map<string, number>()
  const groupOf = world.accounts.map(({ delayFactor, flushing }) => {
    const step = Math.round(Math.log2(delayFactor) * GROUPS_PER_DOUBLING)
    const hours = flushing === null ? null : Math.round(flushing.everyMs / HOUR_MS)
    const key = `${step}/${hours}`
    let index = indices.get(key)
    if (index === undefined) {
      index =
        groups.push({
          factor: 2 ** (step / GROUPS_PER_DOUBLING),
          flushEveryMs: hours === null ? null : hours * HOUR_MS,
        }) - 1
      indices.set(key, index)
    }
    return index
  })
  made = { groups, groupOf }
  known.set(world, made)
  return made
}
