import type { DurationMs, Instant } from '../../domain/instant.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, WEEK_MS } from '../../domain/instant.ts'
import type { Fault } from '../breaks.ts'
import type { Disturbance, GuestTraffic, Habits } from '../disturbances.ts'
import { presetSettings } from '../presets.ts'
import { Random } from '../random.ts'
import type { PlannedAction, Scenario } from '../scenario.ts'
import type { WorldSettings } from '../settings.ts'
import { faultTruths } from '../truth.ts'
import type { World } from '../world.ts'
import { buildWorld } from '../world.ts'
import { withBursts } from './bursts.ts'
import { STARTS_AT, WARM_UP_MS } from './calendar.ts'
import { withFamilyOf } from './family.ts'
import { drawPlace, pick } from './places.ts'

/** Worlds of each row of the table of pitfalls, and how often the pitfall comes in each. */
const ROWS: Readonly<Record<string, Row>> = {
  'tell-all-moves': {
    about:
      'an account with a fifth of the traffic that reports all its rejections takes its traffic elsewhere',
    worlds: 2,
    times: 14,
    everyMs: 12 * HOUR_MS,
    plan: tellAllMoves,
  },
  'new-loud-account': {
    about: 'accounts that nobody knows send 500 reports in an hour about one site',
    worlds: 2,
    times: 14,
    everyMs: 12 * HOUR_MS,
    plan: newLoudAccount,
  },
  'account-turns-loud': {
    about: 'a large account reports everything it has rejected, for half a day',
    worlds: 2,
    times: 12,
    everyMs: 12 * HOUR_MS,
    plan: accountTurnsLoud,
  },
  'traffic-comes-and-goes': {
    about: 'traffic grows fifty times on a site, or stops; or does so everywhere',
    worlds: 2,
    times: 14,
    everyMs: 16 * HOUR_MS,
    plan: trafficComesAndGoes,
  },
  'reporting-cycle': {
    about: 'people report three, then nine times as readily by day as by night',
    worlds: 2,
    times: 14,
    everyMs: DAY_MS,
    plan: reportingCycle,
  },
  'slow-reports': {
    about: 'for a day or two reports take three times as long, sometimes while something is broken',
    worlds: 2,
    times: 4,
    everyMs: 4 * DAY_MS,
    plan: slowReports,
  },
  backlog: {
    about: 'eight hours of reports come within a minute',
    worlds: 2,
    times: 12,
    everyMs: 18 * HOUR_MS,
    plan: backlog,
  },
  campaign: {
    about: 'after a public notice everybody reports four times as readily for some hours',
    worlds: 2,
    times: 8,
    everyMs: 30 * HOUR_MS,
    change: reportsLess,
    plan: campaign,
  },
  'changed-claims': {
    about: 'three in ten bad claims are taken back',
    worlds: 2,
    times: 8,
    everyMs: DAY_MS,
    plan: changedClaims,
  },
  disorder: {
    about: 'tasks are recorded up to an hour late, reports carry times up to an hour ahead',
    worlds: 2,
    times: 7,
    everyMs: DAY_MS,
    plan: disorder,
  },
  'cold-sites': {
    about: '5,000 sites with some thirty tasks a week open within a week, some of them hard',
    worlds: 1,
    times: 1,
    everyMs: WEEK_MS,
    change: coldSites,
    plan: () => ({}),
  },
  'global-fault': {
    about: 'everything is rejected more, whatever it is',
    worlds: 2,
    times: 3,
    everyMs: 3 * DAY_MS,
    plan: globalFault,
  },
  'slow-ramp': {
    about: 'rejections grow by a tenth each day for two weeks, in three places',
    worlds: 2,
    times: 3,
    everyMs: 0,
    lastsMs: 16 * DAY_MS,
    plan: slowRamp,
  },
}
export const DECOY_NAMES = Object.keys(ROWS)

/** One sentence about each, for people. */
export const DECOYS = Object.entries(ROWS).map(([name, { about }]) => ({ name, about }))

interface Row {
  readonly about: string
  readonly worlds: number
  readonly times: number
  readonly everyMs: DurationMs
  /** Of the part that counts; absent: `times` times `everyMs`. */
  readonly lastsMs?: DurationMs
  readonly change?: (settings: WorldSettings, random: Random) => WorldSettings
  readonly plan: (slot: Slot) => Plan
}

/** The moment of one decoy in its world. */
interface Slot {
  readonly world: World
  /** The how-many-eth of its world, from 0. */
  readonly index: number
  readonly at: Instant
  readonly everyMs: DurationMs
  readonly random: Random
  /** Faults of this world so far, so that none comes twice to one place. */
  readonly faults: readonly Fault[]
}

interface Plan {
  readonly disturbances?: readonly Disturbance[]
  readonly faults?: readonly Fault[]
  readonly actions?: readonly PlannedAction[]
}

/**
 * What only looks like a fault, row by row of the table of pitfalls: 211 decoys in 25 worlds of about a week (the reporting cycle
 * counts by the day, a world of cold sites as one). `slow-ramp` and `global-fault` are faults, and `slow-reports` and `disorder` have
 * some: what is asked there is how they are told.
 * @param rows names from `DECOY_NAMES`; absent: all
 */
export function decoyWorlds(seed: number | string, rows: readonly string[] = DECOY_NAMES): Scenario[] {
  return rows.flatMap((name) => {
    const row = ROWS[name]
    if (row === undefined) throw new RangeError(`no decoy '${name}'; there are ${DECOY_NAMES.join(', ')}`)
    return Array.from({ length: row.worlds }, (_, index) => decoyWorld(seed, name, row, index))
  })
}

/** How often a week each row comes where all are on. */
const ALL_ON: readonly (readonly [string, number])[] = [
  ['tell-all-moves', 7],
  ['new-loud-account', 3],
  ['account-turns-loud', 4],
  ['traffic-comes-and-goes', 5],
  ['slow-reports', 1],
  ['backlog', 3],
  ['campaign', 1],
  ['changed-claims', 3],
  ['disorder', 3],
]

/**
 * Weeks in which nothing is broken and every decoy is on: rows of the table beside and over each other, cold sites that open, and five
 * bursts of one account a day. Up to two weeks a world.
 */
export function everyDecoyWeeks(seed: number | string, weeks: number): Scenario[] {
  const scenarios: Scenario[] = []
  for (let left = weeks; left > 0; left -= 2) {
    const name = `every-decoy-${scenarios.length + 1}`
    const random = Random.of(`${seed}/${name}`)
    const usual = withFamilyOf(scenarios.length, presetSettings('practice', `${seed}/${name}`, STARTS_AT))
    const world = buildWorld({ ...coldSites(usual, random.split('cold')), guests: GUESTS })
    const warmUpUntil = STARTS_AT + WARM_UP_MS
    const until = warmUpUntil + Math.min(left, 2) * WEEK_MS
    const cycle: Disturbance = { kind: 'reporting-cycle', peakToTrough: 3, from: STARTS_AT, until }
    const disturbances = ALL_ON.flatMap(([row, timesAWeek]) => {
      const everyMs = Math.round(WEEK_MS / timesAWeek)
      const own = random.split(row)
      const first = warmUpUntil + Math.round(0.7 * own.uniform() * everyMs)
      const times = Math.ceil((until - first) / everyMs)
      return Array.from({ length: times }, (_, index) => {
        const at = first + index * everyMs
        const slot: Slot = { world, index, at, everyMs, random: own.split(index), faults: [] }
        return (ROWS[row] as Row).plan(slot).disturbances ?? []
      }).flat()
    })
    const scenario: Scenario = {
      name,
      kind: 'decoy',
      world,
      faults: [],
      disturbances: [cycle, ...disturbances],
      actions: [],
      warmUpUntil,
      until,
    }
    const bursts = withBursts(scenario, 5)
    scenarios.push({ ...scenario, disturbances: [...scenario.disturbances, ...bursts.disturbances] })
  }
  return scenarios
}

function decoyWorld(seed: number | string, rowName: string, row: Row, index: number): Scenario {
  const name = `decoy-${rowName}-${index + 1}`
  const random = Random.of(`${seed}/${name}`)
  const usual = withFamilyOf(index, presetSettings('practice', `${seed}/${name}`, STARTS_AT))
  const settings = { ...(row.change?.(usual, random.split('change')) ?? usual), guests: GUESTS }
  const world = buildWorld(settings)
  const warmUpUntil = STARTS_AT + WARM_UP_MS
  const faults: Fault[] = []
  const disturbances: Disturbance[] = []
  const actions: PlannedAction[] = []
  for (let time = 0; time < row.times; time++) {
    const at = warmUpUntil + Math.round((time + 0.25) * row.everyMs)
    const slot = { world, index: time, at, everyMs: row.everyMs, random: random.split(time), faults }
    const plan = row.plan(slot)
    faults.push(...(plan.faults ?? []))
    disturbances.push(...(plan.disturbances ?? []))
    actions.push(...(plan.actions ?? []))
  }
  const lastsMs = (row.lastsMs ?? row.times * row.everyMs) + DAY_MS
  return {
    name,
    kind: 'decoy',
    world,
    faults,
    disturbances,
    actions,
    warmUpUntil,
    until: warmUpUntil + lastsMs,
  }
}

const NEWCOMERS = Array.from({ length: 20 }, (_, index) => `newcomer-${index + 1}`)
const TELLERS = ['teller-1', 'teller-2']
const GUESTS = [...NEWCOMERS, ...TELLERS]
const TELLS_ALL: Habits = { blames: 1, accuses: 0, praises: 0, delayFactor: 1 }

/** One account has a fifth of all traffic, reports all its rejections (in turn also praises all else), and takes its traffic elsewhere. */
function tellAllMoves({ world, index, at, everyMs, random }: Slot): Plan {
  const account = TELLERS[index < 7 ? 0 : 1] as string
  const habits = index < 7 ? TELLS_ALL : { ...TELLS_ALL, praises: 1 }
  const on = (from: Instant, until: Instant): GuestTraffic => ({
    kind: 'guests',
    accounts: [account],
    sites: [drawSite(world, random), drawSite(world, random)],
    tasksPerWeek: world.tasksPerWeek / 4,
    habits,
    from,
    until,
  })
  // Before its first move it has been there for days, or nobody would know it.
  const usual = index === 0 ? [on(world.settings.startAt, at)] : []
  return { disturbances: [...usual, on(at, at + everyMs)] }
}

/** An account that nobody knows sends 500 reports in an hour about one site. */
function newLoudAccount({ world, index, at, random }: Slot): Plan {
  return {
    disturbances: [
      {
        kind: 'guests',
        accounts: [NEWCOMERS[index % NEWCOMERS.length] as string],
        sites: [drawSite(world, random)],
        tasksPerWeek: (500 * WEEK_MS) / HOUR_MS,
        habits: { blames: 1, accuses: 1, praises: 0, delayFactor: 0.05 },
        from: at,
        until: at + HOUR_MS,
      },
    ],
  }
}

/** One of the larger accounts reports all of its rejections for half a day, wherever it buys. */
function accountTurnsLoud({ world, index, at, everyMs }: Slot): Plan {
  const some = world.accounts.filter(({ behaviour }) => behaviour === 'some')
  const account = some[index % some.length] as { id: string; blames: number }
  const factor = 1 / account.blames
  return {
    disturbances: [
      { kind: 'reporting', account: account.id, factor, lookBackMs: HOUR_MS, from: at, until: at + everyMs },
    ],
  }
}

/** A site's traffic is fifty times as large for some hours, or gone; all traffic five times as large, or next to nothing. */
function trafficComesAndGoes({ world, index, at, random }: Slot): Plan {
  const site = drawSite(world, random)
  const change = [
    { site, factor: 50, hours: 3 },
    { site, factor: 0, hours: 12 },
    { site: null, factor: 5, hours: 2 },
    { site, factor: 10, hours: 6 },
    { site: null, factor: 0.02, hours: 8 },
  ][index % 5] as { site: string | null; factor: number; hours: number }
  const { hours, ...rest } = change
  return { disturbances: [{ kind: 'traffic', ...rest, from: at, until: at + hours * HOUR_MS }] }
}

/** People report by day: three times, or from the eighth day on nine times, as readily in the best hour as in the worst. */
function reportingCycle({ world, index, at, everyMs }: Slot): Plan {
  const from = index === 0 ? world.settings.startAt : at
  return {
    disturbances: [{ kind: 'reporting-cycle', peakToTrough: index < 7 ? 3 : 9, from, until: at + everyMs }],
  }
}

/** A holiday: for a day or two reports take three times as long. Now and then something is broken, and stays so although the team tried. */
function slowReports(slot: Slot): Plan {
  const { index, at, random } = slot
  const lastsMs = random.between(DAY_MS, 2 * DAY_MS)
  const until = Math.round(at + lastsMs)
  const slow: Disturbance = { kind: 'delays', factor: 3, from: at, until }
  if (index % 2 === 0) return { disturbances: [slow] }
  const fault = drawFault(slot, at - 12 * HOUR_MS, 2.5 * DAY_MS, 10)
  const action: PlannedAction = {
    action: {
      id: `action-${index}`,
      kind: 'model-update',
      at: at + HOUR_MS,
      where: fault.where[0] ?? {},
      note: null,
    },
    fault,
    effective: false,
  }
  return { disturbances: [slow], faults: [fault], actions: [action] }
}

/** Eight hours of reports, of all accounts or of one large one, come within a minute. */
function backlog({ world, index, at }: Slot): Plan {
  const tellers = world.accounts.filter(({ blames, accuses }) => blames > 0 && accuses === 0)
  const account = index % 2 === 0 ? null : (tellers[index % tellers.length] as { id: string }).id
  return {
    disturbances: [{ kind: 'backlog', account, withinMs: MINUTE_MS, from: at, until: at + 8 * HOUR_MS }],
  }
}

/** After a public notice everybody reports four times as readily for some hours, also what was solved half a day ago. */
function campaign({ at, random }: Slot): Plan {
  const until = Math.round(at + random.between(4, 12) * HOUR_MS)
  return {
    disturbances: [
      { kind: 'reporting', account: null, factor: 4, lookBackMs: 12 * HOUR_MS, from: at, until },
    ],
  }
}

/** Four times as readily must be possible; the volume makes up for it. */
function reportsLess(settings: WorldSettings): WorldSettings {
  const { accounts, traffic } = settings
  return {
    ...settings,
    accounts: { ...accounts, someReport: [0.1, 0.25], behaviours: { ...accounts.behaviours, all: 0.005 } },
    traffic: { ...traffic, volume: { kind: 'tasks', perWeek: 800_000 } },
  }
}

/** Half a day on which three in ten bad claims are taken back. */
function changedClaims({ at }: Slot): Plan {
  return { disturbances: [{ kind: 'changed-claims', share: 0.3, from: at, until: at + 12 * HOUR_MS }] }
}

/** A day on which a third of the tasks are recorded late and one report in twenty is ahead of its time, both within an hour. */
function disorder(slot: Slot): Plan {
  const { index, at, everyMs } = slot
  const mixed: Disturbance = {
    kind: 'disorder',
    tasksLate: 0.33,
    reportsAhead: 0.05,
    withinMs: HOUR_MS,
    from: at,
    until: at + everyMs,
  }
  const faults = index % 3 === 1 ? [drawFault(slot, at + 2 * HOUR_MS, DAY_MS, 10)] : []
  return { disturbances: [mixed], faults }
}

/** 5,000 sites with some thirty tasks a week, one in twelve of them hard, that open through the week. */
function coldSites(settings: WorldSettings, random: Random): WorldSettings {
  const warm = settings.sites
  const opensFrom = settings.startAt + WARM_UP_MS
  return {
    ...settings,
    sites: warm + 5_000,
    siteZipf: 1,
    failures: { ...settings.failures, hardSites: 0.08 },
    openings: Array.from({ length: 5_000 }, (_, index) => ({
      siteRank: warm + index,
      at: Math.round(random.between(opensFrom, opensFrom + WEEK_MS)),
    })),
  }
}

/** Everything is rejected more, whatever it is: one incident, not hundreds. */
function globalFault({ index, at, random }: Slot): Plan {
  const factor = [10, 4, 30][index % 3] as number
  return {
    faults: [
      {
        name: `global x${factor}`,
        where: [{}],
        from: at,
        until: Math.round(at + random.between(3, 24) * HOUR_MS),
        effect: { kind: 'factor', factor },
        course: { kind: 'sudden' },
      },
    ],
  }
}

const RAMP_DAYS = 14

/** A tenth more every day for two weeks, three at once at places of their own: to be found before it is three times as bad. */
function slowRamp(slot: Slot): Plan {
  const factor = 1.1 ** RAMP_DAYS
  const lastsMs = RAMP_DAYS * DAY_MS
  const fault = drawFault(slot, slot.at, lastsMs, factor)
  return {
    faults: [{ ...fault, name: `slow ramp of ${fault.name}`, course: { kind: 'compound', overMs: lastsMs } }],
  }
}

/** Nats: what is to be found among decoys is no riddle of its own. */
const ENOUGH = 60

/** One type on one site of its own, that gives enough away. */
function drawFault(
  { world, random, faults }: Slot,
  from: Instant,
  lastsMs: DurationMs,
  factor: number,
): Fault {
  const used = new Set(faults.flatMap(({ where }) => where.map(({ site }) => site)))
  for (let tries = 0; tries < 1_000; tries++) {
    const where = drawPlace(world, 'site-type', from, random) ?? []
    const fault: Fault = {
      name: Object.values(where[0] ?? {}).join(' '),
      where,
      from,
      until: Math.round(from + lastsMs),
      effect: { kind: 'factor', factor },
      course: { kind: 'sudden' },
    }
    const [truth] = faultTruths(world, [fault])
    if (truth !== undefined && truth.information >= ENOUGH && !used.has(where[0]?.site)) return fault
  }
  throw new RangeError('no place is large enough for a fault among decoys')
}

/** One of the twenty largest. */
function drawSite(world: World, random: Random): string {
  return pick(world.sites.slice(0, 20), random).name
}
