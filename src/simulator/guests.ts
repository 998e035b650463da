import { AliasTable } from './alias-table.ts'
import { Arrivals } from './arrivals.ts'
import type { GuestTraffic } from './disturbances.ts'
import type { Site } from './sites.ts'
import type { TaskSource } from './task-source.ts'
import { describeTask } from './task-source.ts'
import type { World } from './world.ts'

/**
 * What guests buy.
 * @param index which of the world's guests these are: a stream of chance of their own
 * @throws RangeError naming an account that is no guest, or a site that is not there
 */
export function guestTraffic(world: World, guests: GuestTraffic, index: number): TaskSource {
  const random = world.random.split('guests').split(index)
  const arrivals = new Arrivals(random.split('arrivals'), world.settings.traffic.cycle, guests.tasksPerWeek)
  const accounts = guests.accounts.map((id) => {
    const account = world.accounts.findIndex((one) => one.id === id && one.behaviour === 'guest')
    if (account === -1) throw new RangeError(`this world has no guest '${id}'`)
    return account
  })
  const sites = guests.sites.map((name) => {
    const site = world.sites.findIndex((one) => one.name === name)
    if (site === -1) throw new RangeError(`this world has no site '${name}'`)
    return site
  })
  const everywhere = new AliasTable(world.sites.map((site) => site.traffic))
  const regions = new AliasTable(world.regionWeights)
  const upTo = (at: number): number => (at < guests.until ? at : Infinity)
  return {
    nextAt: upTo(arrivals.after(Math.max(guests.from, world.settings.startAt))),
    random,
    habits: guests.habits,
    next(task) {
      const at = this.nextAt
      task.account = accounts[random.below(accounts.length)] as number
      do
        task.site =
          sites.length === 0 ? everywhere.draw(random) : (sites[random.below(sites.length)] as number)
      while ((world.sites[task.site] as Site).opensAt > at && sites.length === 0)
      this.nextAt = upTo(arrivals.after(at))
      return describeTask(world, regions, task, at, random)
    },
  }
}
