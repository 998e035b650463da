import type { Account } from './accounts.ts'
import type { WorldSettings } from './settings.ts'
import type { Site } from './sites.ts'

/**
 * How many tasks a week a world has: as many as wished, or as many as bring the wished number of bad reports while nothing is
 * broken, counted over all accounts and where they buy.
 * @throws RangeError if nobody would report anything
 */
export function tasksPerWeekOf(
  settings: WorldSettings,
  sites: readonly Site[],
  accounts: readonly Account[],
): number {
  const { volume } = settings.traffic
  if (volume.kind === 'tasks') return volume.perWeek
  const { loyalty } = settings.accounts
  const shares = sites.map(failureShareOf)
  const everywhere = sites.reduce((sum, site, index) => sum + site.traffic * (shares[index] as number), 0)
  const reportsPerTask = accounts.reduce((sum, { favourites, traffic, blames, accuses }) => {
    const own = favourites.reduce((total, site) => total + (shares[site] as number), 0) / favourites.length
    const rejected = loyalty * own + (1 - loyalty) * everywhere
    return sum + traffic * (rejected * blames + (1 - rejected) * accuses)
  }, 0)
  if (!(reportsPerTask > 0))
    throw new RangeError(`no account reports, so ${volume.perWeek} bad reports a week cannot be`)
  return volume.perWeek / reportsPerTask
}

/** Mean share of rejected solutions on a site, over its types. */
function failureShareOf(site: Site): number {
  return site.types.reduce((sum, { weight, failureShare }) => sum + weight * failureShare, 0)
}
