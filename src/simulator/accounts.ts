import { WEEK_MS, HOUR_MS } from '../domain/instant.ts'
import { AliasTable, zipfWeights } from './alias-table.ts'
import type { Flushing } from './delays.ts'
import { logUniform, shuffled } from './draws.ts'
import { accountName } from './names.ts'
import type { Random } from './random.ts'
import type { BehaviourShares, DedicatedSegment, WorldSettings } from './settings.ts'
import type { Site } from './sites.ts'

export type Behaviour = 'never' | 'some' | 'all' | 'everything' | 'random' | 'guest'

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
      blames: { never: 0, some, all: 1, everything: 1, random: atRandom, guest: 0 }[behaviour],
      accuses: { never: 0, some: 0, all: 0, everything: 1, random: atRandom, guest: 0 }[behaviour],
      praises: positive && behaviour !== 'never' ? praises : 0,
      delayFactor,
      flushing: flushes ? { everyMs, phaseMs: own.below(everyMs) } : null,
    }
  })
}

/** Ranks within which behaviours are shuffled, so that each has its share of large and of small accounts. */
const STRATUM = 20

/** An account that has no traffic but what a disturbance gives it, which also says how it behaves. */
export function makeGuest(id: string): Account {
  return {
    id,
    behaviour: 'guest',
    traffic: 0,
    favourites: [],
    blames: 0,
    accuses: 0,
    praises: 0,
    delayFactor: 1,
    flushing: null,
  }
}

/** By quota, not by coin: a world of thirty accounts has its three that report all, whatever the seed. */
function assignBehaviours(settings: WorldSettings, random: Random): Behaviour[] {
  const { count, behaviours } = settings.accounts
  const quota = (behaviour: keyof BehaviourShares): Behaviour[] =>
    Array.from({ length: Math.round(behaviours[behaviour] * count) }, () => behaviour)
  const wild = [...quota('everything'), ...quota('random')]
  const honest = [...quota('some'), ...quota('all')]
  const larger = Math.ceil(count / 2)
  if (wild.length > count - larger || wild.length + honest.length > count)
    throw new RangeError(`shares of behaviours that do not fit: ${JSON.stringify(behaviours)}`)

  const assigned = Array.from({ length: count }, (): Behaviour => 'never')
  const smaller = shuffled(random, count - larger).map((index) => larger + index)
  const wildRanks = smaller.slice(0, wild.length)
  wildRanks.forEach((rank, index) => (assigned[rank] = wild[index] as Behaviour))
  const taken = new Set(wildRanks)
  const free = assigned.map((_, rank) => rank).filter((rank) => !taken.has(rank))
  spread(random, honest, free.length).forEach((behaviour, index) => {
    if (behaviour !== null) assigned[free[index] as number] = behaviour
  })
  return assigned
}

/** Spreads values over `length` places: each stratum gets its part of each value, at random within it. */
function spread(random: Random, values: readonly Behaviour[], length: number): (Behaviour | null)[] {
  const places: (Behaviour | null)[] = Array.from({ length }, () => null)
  // The k-th of n equal values goes about k / n of the way, so every stretch gets its part of each value.
  const byKind = Map.groupBy(values, (value) => value)
  const wishes = [...byKind].flatMap(([kind, all]) =>
    all.map((_, index) => ({ kind, at: ((index + random.uniform()) / all.length) * length })),
  )
  const left = new Set(places.keys())
  for (const { kind, at } of wishes) {
    const stratum = Math.floor(at / STRATUM) * STRATUM
    const near = [...left].filter((place) => place >= stratum && place < stratum + STRATUM)
    const choice = near.length > 0 ? near : [...left]
    const place = choice[random.below(choice.length)] as number
    places[place] = kind
    left.delete(place)
  }
  return places
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
