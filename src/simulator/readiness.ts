import type { Account } from './accounts.ts'
import type { WorldSettings } from './settings.ts'
import type { Site } from './sites.ts'

/** Mean share of rejected solutions on a site, over its types. */
export function failureShareOf(site: Site): number {
  return site.types.reduce((sum, { weight, failureShare }) => sum + weight * failureShare, 0)
}

/**
 * Scales how readily the `some` accounts report (to at most 1), so that a healthy week brings the wished number of bad reports.
 * @throws RangeError if it cannot be reached, with what could be
 */
export function scaleReadiness(
  settings: WorldSettings,
  sites: readonly Site[],
  accounts: readonly Account[],
): readonly Account[] {
  const { tasksPerWeek, badReportsPerWeek } = settings.traffic
  if (badReportsPerWeek === null) return accounts
  const shares = sites.map(failureShareOf)
  const everywhere = sites.reduce((sum, site, index) => sum + site.traffic * (shares[index] as number), 0)
  const rejected = accounts.map(({ favourites }) => {
    const own = favourites.reduce((sum, site) => sum + (shares[site] as number), 0) / favourites.length
    return settings.accounts.loyalty * own + (1 - settings.accounts.loyalty) * everywhere
  })
  const reportsAt = (factor: number): number =>
    tasksPerWeek *
    accounts.reduce((sum, account, index) => {
      const share = rejected[index] as number
      return sum + account.traffic * (share * blamesAt(account, factor) + (1 - share) * account.accuses)
    }, 0)

  let low = 0
  let high = 1_000
  if (reportsAt(low) > badReportsPerWeek || reportsAt(high) < badReportsPerWeek)
    throw new RangeError(
      `${badReportsPerWeek} bad reports a week cannot be had from ${tasksPerWeek} tasks: ` +
        `between ${Math.ceil(reportsAt(low))} and ${Math.floor(reportsAt(high))} can`,
    )
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (reportsAt(middle) < badReportsPerWeek) low = middle
    else high = middle
  }
  return accounts.map((account) => ({ ...account, blames: blamesAt(account, low) }))
}

function blamesAt(account: Account, factor: number): number {
  return account.behaviour === 'some' ? Math.min(1, account.blames * factor) : account.blames
}
