import type { Instant } from '../domain/instant.ts'
import { AliasTable, zipfWeights } from './alias-table.ts'
import { beta } from './draws.ts'
import { siteName } from './names.ts'
import type { Random } from './random.ts'
import type { WorldSettings } from './settings.ts'

/** Where solutions are used. */
export interface Site {
  readonly name: string
  /** No traffic before; -Infinity: it was always there. */
  readonly opensAt: Instant
  /** Share of the traffic that follows no account's preference. */
  readonly traffic: number
  readonly hard: boolean
  /** The task types in use there. */
  readonly types: readonly SiteType[]
}

/** One type x site: a cell of the world. */
export interface SiteType {
  readonly type: number
  /** Share of the site's tasks. */
  readonly weight: number
  /** Share of solutions that the site rejects while nothing is broken, before the effects of solver and region. */
  readonly failureShare: number
}

/** Most of a site's traffic is of its first type; each further one has a third of the one before. */
const TYPE_DECAY = 1 / 3

export function makeSites(settings: WorldSettings, random: Random): Site[] {
  const { failures } = settings
  const traffic = zipfWeights(settings.sites, settings.siteZipf)
  const typeTable = new AliasTable(zipfWeights(settings.types, 1))
  const opensAt = new Map(settings.openings.map(({ siteRank, at }) => [siteRank, at]))
  return traffic.map((share, rank) => {
    const own = random.split(rank)
    const hard = own.coin() < failures.hardSites
    const mean = own.between(...(hard ? failures.hardMean : failures.mean))
    const types = drawTypes(settings, typeTable, own)
    const weights = types.map((_, index) => TYPE_DECAY ** index)
    const sum = weights.reduce((total, weight) => total + weight, 0)
    return {
      name: siteName(rank),
      opensAt: opensAt.get(rank) ?? -Infinity,
      traffic: share,
      hard,
      types: types.map((type, index) => ({
        type,
        weight: (weights[index] as number) / sum,
        failureShare: beta(own, mean, failures.concentration),
      })),
    }
  })
}

/** Distinct types, the popular ones more often. */
function drawTypes(settings: WorldSettings, table: AliasTable, random: Random): number[] {
  const [fewest, most] = settings.typesPerSite
  if (!(fewest >= 1 && fewest <= most && most <= settings.types))
    throw new RangeError(`typesPerSite is ${fewest}..${most}, with ${settings.types} types`)
  const count = fewest + random.below(most - fewest + 1)
  const types = new Set<number>()
  while (types.size < count) types.add(table.draw(random))
  return [...types]
}
