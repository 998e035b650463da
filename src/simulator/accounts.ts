import { WEEK_MS, HOUR_MS } from '../domain/instant.ts'
import { AliasTable, zipfWeights } from './alias-table.ts'
import type { Flushing } from './delays.ts'
import { logUniform, shuffled } from './draws.ts'
import { accountName } from './names.ts'
import type { Random } from './random.ts'
import type { DedicatedSegment, WorldSettings } from './settings.ts'
import type { Site } from './sites.ts'

export type Behaviour = 'never' | 'some' | 'all' | 'everything' | 'random'

/** A customer as it truly is. */
export interface Account {
  readonly id: string
  readonly behaviour: Behaviour
  /** Share of all traffic. */
  readonly traffic: number
  /** Sites that have `loyalty` of its traffic, each alike. */
  readonly favourites: readonly number[]
  /** P(says bad | the site rejected), P(says bad | it accepted), P(says good | it accepted and was not called bad). */
  readonly blames: number
  readonly accuses: number
  readonly praises: number
  readonly delayFactor: number
  /** null: each report goes out by itself. */
  readonly flushing: Flushing | null
}

export function makeAccounts(settings: WorldSettings, sites: readonly Site[], random: Random): Account[] {
  const { accounts, delays } = settings
  const traffic = zipfWeights(accounts.count, accounts.zipf)
  const siteTable = new AliasTable(sites.map((site) => site.traffic))
  const behaviours = assignBehaviours(settings, random.split('behaviours'))
  const [fewest, most] = accounts.favourites
  return traffic.map((share, rank) => {
    const own = random.split(rank)
    const behaviour = behaviours[rank] as Behaviour
    const count = Math.min(fewest + own.below(most - fewest + 1), sites.length)
    const favourites = new Set<number>()
    while (favourites.size < count) favourites.add(siteTable.draw(own))
    const some = own.between(...accounts.someReport)
    const atRandom = own.between(0.01, 0.05)
    const positive = own.coin() < accounts.positive
    const praises = own.between(...accounts.positiveReport)
    const delayFactor = logUniform(own, ...delays.accountFactor)
    const flushes = own.coin() < delays.flushing
    const everyMs = Math.round(own.between(...delays.flushEveryMs))
    return {
      id: accountName(rank),
      behaviour,
      traffic: share,
      favourites: [...favourites],
      blames: { never: 0, some, all: 1, everything: 1, random: atRandom }[behaviour],
      accuses: { never: 0, some: 0, all: 0, everything: 1, random: atRandom }[behaviour],
      praises: positive && behaviour !== 'never' ? praises : 0,
      delayFactor,
      flushing: flushes ? { everyMs, phaseMs: own.below(everyMs) } : null,
    }
  })
}

/** By quota, not by coin: a world of thirty accounts has its one that reports all, whatever the seed. */
function assignBehaviours(settings: WorldSettings, random: Random): Behaviour[] {
  const { count, behaviours } = settings.accounts
  const quota = (share: number): number => Math.round(share * count)
  const assigned = Array.from({ length: count }, (): Behaviour => 'never')
  const order = shuffled(random, count)
  const smaller = order.filter((rank) => rank >= count / 2)
  const wild: Behaviour[] = [
    ...Array.from({ length: quota(behaviours.everything) }, (): Behaviour => 'everything'),
    ...Array.from({ length: quota(behaviours.random) }, (): Behaviour => 'random'),
  ]
  const honest: Behaviour[] = [
    ...Array.from({ length: quota(behaviours.some) }, (): Behaviour => 'some'),
    ...Array.from({ length: quota(behaviours.all) }, (): Behaviour => 'all'),
  ]
  if (wild.length > smaller.length || wild.length + honest.length > count)
    throw new RangeError(`shares of behaviours that do not fit: ${JSON.stringify(behaviours)}`)
  const taken = new Set(smaller.slice(0, wild.length))
  wild.forEach((behaviour, index) => (assigned[smaller[index] as number] = behaviour))
  const free = order.filter((rank) => !taken.has(rank))
  honest.forEach((behaviour, index) => (assigned[free[index] as number] = behaviour))
  return assigned
}

/** Who buys in a dedicated segment (all but the wild), and how many tasks bring the wished reports. */
export function makeDedicatedAudience(
  segment: DedicatedSegment,
  accounts: readonly Account[],
): { audience: number[]; tasksPerWeek: number } {
  const audience = accounts.flatMap((account, index) => (account.accuses === 0 ? [index] : []))
  const blame =
    audience.reduce((sum, index) => sum + (accounts[index] as Account).blames, 0) / audience.length
  const reportsPerTask = blame * segment.failureShare
  if (!(reportsPerTask > 0)) throw new RangeError(`nobody would report ${segment.type} on ${segment.site}`)
  return { audience, tasksPerWeek: ((segment.badReportsPerHour / reportsPerTask) * WEEK_MS) / HOUR_MS }
}
