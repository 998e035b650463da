import type { Where } from '../../domain/incident.ts'
import type { DurationMs, Instant } from '../../domain/instant.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/instant.ts'
import { taskClassOf } from '../../domain/task-class.ts'
import type { Fault, FaultEffect } from '../../simulator/breaks.ts'
import { presetSettings } from '../../simulator/presets.ts'
import type { PlannedAction, Scenario } from '../../simulator/scenario.ts'
import type { WorldSettings } from '../../simulator/settings.ts'
import type { FaultTruth } from '../../simulator/truth.ts'
import { faultTruths } from '../../simulator/truth.ts'
import type { World } from '../../simulator/world.ts'
import { buildWorld } from '../../simulator/world.ts'

/** What the demo shows: a world, what breaks in it, what the team does about it, and how fast its time goes. */
export interface Story {
  readonly scenario: Scenario
  /** What breaks, one after the other. */
  readonly truths: readonly FaultTruth[]
  readonly chapters: readonly Chapter[]
  /** By then everything has been shown; the world goes on. */
  readonly showEndsAt: Instant
}

/** From `from` on, a real second is `speed` seconds of the world. */
export interface Chapter {
  readonly from: Instant
  readonly speed: number
}

/** The first working morning after two whole days of which Assay can learn what is usual. */
const MORNING_MS = 2 * DAY_MS + 9 * HOUR_MS
/** When things happen, from that morning on: an hour or more apart, so that each is told by itself. */
const PLAN = {
  siteBreaks: 0,
  wrongCure: 65 * MINUTE_MS,
  rightCure: 140 * MINUTE_MS,
  splitBegins: 200 * MINUTE_MS,
  ownBegins: 265 * MINUTE_MS,
  end: 365 * MINUTE_MS,
  ownEnds: 375 * MINUTE_MS,
  splitEnds: 420 * MINUTE_MS,
} as const
/** A demo left running: its world ends some day, so that it cannot go on for ever unseen. */
const WORLD_LASTS_MS = 365 * DAY_MS

const SITE_FACTOR = 10
const SPLIT_FACTOR = 20
const OWN_SHARE = 0.9
/** Reports an hour, while all is well, of the site that is going to break: enough to be quick, few enough to be a feat. */
const USUAL_PER_HOUR = 6
const SPLIT_SITES = 3
/** The same of each of the sites of the split. */
const SPLIT_USUAL_PER_HOUR = 1.6

/** An hour a second while the first is learned, two while history builds itself, eight minutes while something is to be seen. */
const FIRST_SPEED = 3_600
const FIRST_MS = 6 * HOUR_MS
const HISTORY_SPEED = 7_200
const SHOW_SPEED = 480
const AFTERWARDS_SPEED = 120

/**
 * The demo's world: small enough to watch, with two types at every site and no site that has most of the traffic, so that a class of
 * sites can be split. One solver version and no labels: a release in the middle of the show would be a story of its own.
 */
export function demoSettings(seed: number | string, startAt: Instant): WorldSettings {
  const small = presetSettings('small', seed, startAt)
  return {
    ...small,
    types: 4,
    typesPerSite: [2, 2],
    siteZipf: 0.4,
    pools: 0,
    solvers: { ...small.solvers, versions: 1 },
    failures: { ...small.failures, mean: [0.03, 0.045] },
    accounts: { ...small.accounts, count: 32, zipf: 0.5, someReport: [0.5, 0.9] },
    delays: { ...small.delays, accountFactor: [0.5, 1.5] },
    traffic: {
      ...small.traffic,
      cycle: { daily: 0.25, weekend: 0.8 },
      volume: { kind: 'bad-reports', perWeek: 12_000 },
    },
  }
}

/**
 * Two quiet days, then three things, one after the other: a site rejects ten times as many solutions of one type as before, and
 * what the team does first does not help; some of the sites of another type reject, the rest accept; one customer has trouble
 * of its own.
 * @param settings of the world; it should start at midnight, so that it breaks in a working morning
 * @throws RangeError for a world without the sites and customers that the story needs
 */
export function threeSituations(settings: WorldSettings): Story {
  const world = buildWorld(settings)
  const { startAt } = settings
  const morning = startAt + MORNING_MS
  const cast = castOf(world, morning)
  const times = (factor: number) => ({ kind: 'factor', factor }) as const
  const between = (from: DurationMs, until: DurationMs) =>
    ({ from: morning + from, until: morning + until, course: { kind: 'sudden' } }) as const
  const faults: [Fault, Fault, Fault] = [
    {
      name: 'a site that used to accept rejects',
      where: [cast.site],
      effect: times(SITE_FACTOR),
      ...between(PLAN.siteBreaks, PLAN.rightCure),
    },
    {
      name: 'some sites of a type reject, others accept',
      where: cast.split,
      effect: times(SPLIT_FACTOR),
      ...between(PLAN.splitBegins, PLAN.splitEnds),
    },
    {
      name: "one customer's own trouble",
      where: [cast.own],
      effect: OWN_EFFECT,
      ...between(PLAN.ownBegins, PLAN.ownEnds),
    },
  ]
  const act = (id: string, after: DurationMs, note: string, effective: boolean): PlannedAction => ({
    action: { id, kind: 'model-update', at: morning + after, where: cast.site, note },
    fault: faults[0],
    effective,
  })
  return {
    scenario: {
      name: 'demo',
      kind: 'incidents',
      world,
      faults,
      disturbances: [],
      actions: [
        act('wrong', PLAN.wrongCure, 'longer tokens', false),
        act('right', PLAN.rightCure, 'new fingerprint', true),
      ],
      warmUpUntil: morning,
      until: startAt + WORLD_LASTS_MS,
    },
    truths: faultTruths(world, faults),
    chapters: [
      { from: startAt, speed: FIRST_SPEED },
      { from: startAt + FIRST_MS, speed: HISTORY_SPEED },
      { from: morning - 20 * MINUTE_MS, speed: SHOW_SPEED },
      { from: morning + PLAN.end, speed: AFTERWARDS_SPEED },
    ],
    showEndsAt: morning + PLAN.end,
  }
}

/** Who plays what. */
interface Cast {
  readonly site: Where
  readonly split: readonly Where[]
  readonly own: Where
}

/** A place with the reports an hour that come from it. */
interface Place {
  readonly where: Where & { readonly type: string; readonly site: string }
  readonly perHour: number
}

const WELL: FaultEffect = { kind: 'factor', factor: 1 }
const OWN_EFFECT: FaultEffect = { kind: 'share', share: OWN_SHARE }

function castOf(world: World, at: Instant): Cast {
  const { seed } = world.settings
  const cells = world.sites.flatMap((site) =>
    site.types.map((cell) => ({ type: world.types[cell.type] as string, site: site.name })),
  )
  const tokens = placesOf(
    world,
    cells.filter(({ type }) => taskClassOf(type, new Map()) === 'token'),
    at,
    WELL,
  )
  const distance = ({ perHour }: Place): number => Math.abs(Math.log(perHour / USUAL_PER_HOUR))
  const splitDistance = ({ perHour }: Place): number => Math.abs(Math.log(perHour / SPLIT_USUAL_PER_HOUR))
  // The split needs a type of its own with many sites, so that no site of it has had a fault before.
  const byType = [...Map.groupBy(tokens, ({ where }) => where.type).values()].sort(
    (a, b) => b.length - a.length,
  )
  const [splitClass = [], ...others] = byType
  const [site] = others.flat().sort((a, b) => distance(a) - distance(b))
  if (site === undefined || splitClass.length < 4)
    throw new RangeError(`the world of seed ${seed} has too few token types and sites`)
  // Of middling traffic: sites that have most of the type's reports would make it a fault of the whole type.
  const split = splitClass
    .filter(({ where }) => where.site !== site.where.site)
    .sort((a, b) => splitDistance(a) - splitDistance(b))
    .slice(0, SPLIT_SITES)
    .map(({ where }) => where)
  const own = placesOf(
    world,
    world.accounts
      .filter(({ behaviour }) => behaviour === 'some')
      .flatMap(({ id }) =>
        cells
          .filter(({ type, site: host }) => type !== splitClass[0]?.where.type && host !== site.where.site)
          .map((cell) => ({ account: id, ...cell })),
      ),
    at,
    OWN_EFFECT,
  ).reduce((most, one) => (one.perHour > most.perHour ? one : most))
  return { site: site.where, split, own: own.where }
}

/** Places with the reports an hour that come from them under an effect. */
function placesOf<W extends Where & { readonly type: string; readonly site: string }>(
  world: World,
  wheres: readonly W[],
  at: Instant,
  effect: FaultEffect,
): { where: W; perHour: number }[] {
  const when = { name: '', from: at, until: at + HOUR_MS, course: { kind: 'sudden' } } as const
  const truths = faultTruths(
    world,
    wheres.map((where) => ({ ...when, where: [where], effect })),
  )
  return truths.map(({ brokenReportsPerHour }, index) => ({
    where: wheres[index] as W,
    perHour: brokenReportsPerHour,
  }))
}

/** The speed of the chapter that holds an instant. */
export function speedAt(story: Story, at: Instant): number {
  let speed = story.chapters[0]?.speed ?? 1
  for (const chapter of story.chapters) if (chapter.from <= at) speed = chapter.speed
  return speed
}

/** Real milliseconds until the next chapter begins, at its own speed; Infinity in the last one. */
export function realMsToNextChapter(story: Story, at: Instant, speed: number): number {
  const next = story.chapters.find((chapter) => chapter.from > at)
  return next === undefined ? Infinity : (next.from - at) / speed
}
