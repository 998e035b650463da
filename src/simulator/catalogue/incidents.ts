import type { Where } from '../../domain/incident.ts'
import type { DurationMs, Instant } from '../../domain/instant.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, toIso } from '../../domain/instant.ts'
import type { Fault, FaultCourse, FaultEffect } from '../breaks.ts'
import { logUniform, shuffled } from '../draws.ts'
import { presetSettings } from '../presets.ts'
import { Random } from '../random.ts'
import type { PlannedAction, Scenario } from '../scenario.ts'
import type { Opening, WorldSettings } from '../settings.ts'
import { faultTruths } from '../truth.ts'
import type { Rollout, World } from '../world.ts'
import { buildWorld } from '../world.ts'
import { STARTS_AT, WARM_UP_MS } from './calendar.ts'
import { withFamilyOf } from './family.ts'
import type { PlaceKind } from './places.ts'
import { drawCell, drawPlace, pick } from './places.ts'
import { planActions } from './responses.ts'

/** How often each kind comes in 400 faults. An overlap is two of them. */
const KINDS: Readonly<Record<FaultKind, number>> = {
  'site-type': 90,
  site: 20,
  'site-solver': 30,
  solver: 30,
  'type-solver': 20,
  region: 25,
  'type-region': 15,
  'solver-region': 30,
  'split-3-of-12': 25,
  'split-half-of-50': 20,
  label: 25,
  account: 25,
  'never-worked': 25,
  'bad-release': 10,
  'good-release': 10,
  overlap: 10,
}
type FaultKind = PlaceKind | 'never-worked' | 'bad-release' | 'good-release' | 'overlap'

/** Faults of one world: few enough that each has days of its own. */
const FAULTS_A_WORLD = 8
/** Quiet hours between two faults, fewest and most. */
const QUIET_MS = [8 * HOUR_MS, 20 * HOUR_MS] as const
const LASTS_MS = [15 * MINUTE_MS, 5 * DAY_MS] as const
/** Nats that a fault should give away to be found; some are left that do not. */
const INFORMATION_WISHED = 16
const LEFT_AS_DRAWN = 0.1
const TRIES = 40

/**
 * `count` faults of all kinds in worlds of the preset `practice` (some 400,000 tasks a week), up to eight in each, one after the
 * other at different places with quiet hours between them. The kinds keep their proportions; 400 or more have every kind at least ten
 * times.
 */
export function incidentWorlds(seed: number | string, count: number): Scenario[] {
  const random = Random.of(`${seed}/incidents`)
  const kinds = dealKinds(count, random.split('kinds'))
  const scenarios: Scenario[] = []
  while (kinds.length > 0) {
    const name = `incidents-${scenarios.length + 1}`
    const settings = withFamilyOf(scenarios.length, presetSettings('practice', `${seed}/${name}`, STARTS_AT))
    const taken: FaultKind[] = []
    for (let size = 0; kinds.length > 0 && size < FAULTS_A_WORLD; size += sizeOf(taken.at(-1) as FaultKind))
      taken.push(kinds.shift() as FaultKind)
    scenarios.push(new IncidentPlan(name, settings, random.split(name)).of(taken))
  }
  return scenarios
}

function sizeOf(kind: FaultKind): number {
  return kind === 'overlap' ? 2 : 1
}

/** Every kind by its quota (largest remainders), then shuffled. */
function dealKinds(count: number, random: Random): FaultKind[] {
  const weights = Object.entries(KINDS) as [FaultKind, number][]
  const total = weights.reduce((sum, [kind, weight]) => sum + weight * sizeOf(kind), 0)
  const owed = new Map<FaultKind, number>()
  const dealt: FaultKind[] = []
  for (let left = count; left > 0;) {
    for (const [kind, weight] of weights)
      owed.set(kind, (owed.get(kind) ?? random.uniform() - 0.5) + weight / total)
    const [kind] = [...owed].reduce((most, one) => (one[1] > most[1] ? one : most))
    owed.set(kind, (owed.get(kind) as number) - 1)
    dealt.push(kind)
    left -= sizeOf(kind)
  }
  return shuffled(random, dealt.length).map((index) => dealt[index] as FaultKind)
}

/** Draws the faults of one world, one after the other. */
class IncidentPlan {
  readonly #name: string
  readonly #settings: WorldSettings
  readonly #world: World
  readonly #random: Random
  readonly #faults: Fault[] = []
  readonly #actions: PlannedAction[] = []
  readonly #openings: Opening[] = []
  /** Sites, regions and so on that had a fault already: an analysis may not be over the first when the second begins. */
  readonly #used = new Set<string>()
  #freeFrom: Instant

  constructor(name: string, settings: WorldSettings, random: Random) {
    this.#name = name
    this.#settings = settings
    this.#world = buildWorld(settings)
    this.#random = random
    this.#freeFrom = settings.startAt + WARM_UP_MS
  }

  of(kinds: readonly FaultKind[]): Scenario {
    const warmUpUntil = this.#freeFrom
    kinds.forEach((kind, index) => this.#add(kind, this.#random.split(index)))
    return {
      name: this.#name,
      kind: 'incidents',
      world: buildWorld({ ...this.#settings, openings: this.#openings }),
      faults: this.#faults,
      disturbances: [],
      actions: this.#actions,
      warmUpUntil,
      // The last fault's reports, and what the last action did, still have to come in.
      until: this.#freeFrom + DAY_MS,
    }
  }

  #add(kind: FaultKind, random: Random): void {
    const from = Math.round(this.#freeFrom + random.between(...QUIET_MS))
    const drafts = this.#draw(kind, from, random)
    for (const draft of drafts) {
      const { fault, actions } = planActions(draft, kind, this.#actions.length, random)
      this.#faults.push(fault)
      this.#actions.push(...actions)
      for (const key of keysOf(draft)) this.#used.add(key)
      this.#freeFrom = Math.max(this.#freeFrom, fault.until)
    }
    if (kind === 'never-worked') {
      const [
        {
          where: [where],
        },
      ] = drafts as [Fault]
      const siteRank = this.#world.sites.findIndex((site) => site.name === where?.site)
      this.#openings.push({ siteRank, at: (drafts[0] as Fault).from })
    }
    if (kind === 'good-release' || kind === 'bad-release') this.#addRelease(kind)
  }

  /** Faults worth having: the first draw that is new and gives enough away, or, now and then, any that is new. */
  #draw(kind: FaultKind, from: Instant, random: Random): Fault[] {
    const asDrawn = random.coin() < LEFT_AS_DRAWN
    let best: Fault[] = []
    let most = -1
    for (let tries = 0; tries < TRIES || best.length === 0; tries++) {
      if (tries > 100 * TRIES) throw new RangeError(`no place for a fault of kind '${kind}' in ${this.#name}`)
      const drafts = this.#draft(kind, from, random)
      const keys = drafts.flatMap(keysOf)
      // After so many tries a place may have a second fault: a world has six regions only.
      if (drafts.length === 0 || (tries < TRIES && keys.some((key) => this.#used.has(key)))) continue
      const truths = faultTruths(this.#world, drafts)
      const least = Math.min(...truths.map(({ information }) => information))
      if (asDrawn && truths.every(({ cells }) => cells.length > 0)) return drafts
      if (least > most) {
        most = least
        best = drafts
      }
      if (least >= INFORMATION_WISHED) break
    }
    return best
  }

  #draft(kind: FaultKind, from: Instant, random: Random): Fault[] {
    const world = this.#world
    if (kind === 'never-worked') return this.#draftNeverWorked(from, random)
    if (kind === 'good-release' || kind === 'bad-release') return this.#draftRelease(kind, from, random)
    if (kind === 'overlap') {
      const first = drawPlace(world, 'type-solver', from, random)
      const second = drawPlace(world, 'site-type', from, random)
      if (first === null || second === null) return []
      const lastsMs = random.between(DAY_MS, 3 * DAY_MS)
      const later = Math.round(from + random.between(0.5, 6) * HOUR_MS)
      return [
        makeFault('overlap, solver', first, from, lastsMs, random),
        makeFault('overlap, site', second, later, lastsMs, random),
      ]
    }
    const where = drawPlace(world, kind, from, random)
    if (where === null) return []
    return [makeFault(kind, where, from, logUniform(random, ...LASTS_MS), random)]
  }

  /** A site that opens and rejects everything, or nearly, from its first task. */
  #draftNeverWorked(from: Instant, random: Random): Fault[] {
    const { site } = drawCell(this.#world, random)
    const share = random.coin() < 0.5 ? 1 : random.between(0.85, 1)
    const lastsMs = logUniform(random, 6 * HOUR_MS, 5 * DAY_MS)
    const where = [{ site: site.name }]
    return [
      {
        name: nameOf('never-worked', where, from),
        where,
        from,
        until: Math.round(from + lastsMs),
        effect: { kind: 'share', share },
        course: { kind: 'sudden' },
      },
    ]
  }

  /** A version that goes bad some hours before the next one comes, or that is bad from its first task. */
  #draftRelease(kind: 'good-release' | 'bad-release', from: Instant, random: Random): Fault[] {
    const found = this.#releaseAfter(from + 6 * HOUR_MS, random)
    if (found === null) return []
    const { type, version, rollout } = found
    const good = kind === 'good-release'
    const where = [{ type, solver: this.#world.solvers[good ? version - 1 : version] as string }]
    const begins = good ? Math.round(rollout.from - random.between(6, 30) * HOUR_MS) : rollout.from
    if (begins < from) return []
    return [
      {
        name: nameOf(kind, where, begins),
        where,
        from: begins,
        until: good ? rollout.to : Math.round(rollout.to + random.between(0, 2) * DAY_MS),
        effect: drawEffect(random),
        course: { kind: 'sudden' },
      },
    ]
  }

  #releaseAfter(from: Instant, random: Random): { type: string; version: number; rollout: Rollout } | null {
    const releases = this.#world.types.flatMap((type, index) =>
      (this.#world.rollouts[index] as readonly Rollout[]).flatMap((rollout, version) =>
        rollout.from >= from && rollout.from < from + 5 * DAY_MS ? [{ type, version, rollout }] : [],
      ),
    )
    return releases.length === 0 ? null : pick(releases, random)
  }

  /** The release itself is on record: the cure of the old version's fault, or the cause of the new one's. */
  #addRelease(kind: 'good-release' | 'bad-release'): void {
    const fault = this.#faults.at(-1) as Fault
    const [{ type, solver }] = fault.where as [{ type: string; solver: string }]
    const good = kind === 'good-release'
    const version = this.#world.solvers.indexOf(solver) + (good ? 1 : 0)
    const rollout = this.#world.rollouts[this.#world.types.indexOf(type)]?.[version] as Rollout
    this.#actions.push({
      action: {
        id: `action-${this.#actions.length + 1}`,
        kind: 'solver-release',
        at: rollout.from,
        where: { type, solver: this.#world.solvers[version] as string },
        note: good ? `replaces ${solver}` : null,
      },
      fault,
      effective: good,
    })
  }
}

/** What a fault keeps busy. */
function keysOf({ where }: Fault): string[] {
  return where.flatMap(({ site, region, solver, account, type, ...labels }) => {
    if (site !== undefined) return [`site ${site}`]
    if (account !== undefined) return [`account ${account}`]
    if (region !== undefined) return [`region ${region} ${solver ?? type ?? ''}`]
    return [`${type ?? ''} ${solver ?? ''} ${Object.values(labels).join()}`]
  })
}

function makeFault(
  kind: string,
  where: readonly Where[],
  from: Instant,
  lastsMs: DurationMs,
  random: Random,
): Fault {
  const course = drawCourse(lastsMs, random)
  return {
    name: nameOf(kind, where, from),
    where,
    from,
    until: Math.round(from + lastsMs),
    effect: drawEffect(random),
    course,
  }
}

function nameOf(kind: string, where: readonly Where[], from: Instant): string {
  const [first = {}] = where
  const more = where.length > 1 ? ` and ${where.length - 1} more` : ''
  return `${kind} (${Object.values(first).join(' ')}${more}) ${toIso(from).slice(0, 16)}`
}

function drawEffect(random: Random): FaultEffect {
  return pick<FaultEffect>(
    [
      { kind: 'factor', factor: 2 },
      { kind: 'factor', factor: 4 },
      { kind: 'factor', factor: 10 },
      { kind: 'factor', factor: 30 },
      { kind: 'share', share: 1 },
    ],
    random,
  )
}

/** Mostly sudden; the longer ones also grow, or come and go. */
function drawCourse(lastsMs: DurationMs, random: Random): FaultCourse {
  const coin = random.coin()
  if (coin < 0.7 || lastsMs < 2 * HOUR_MS) return { kind: 'sudden' }
  if (coin < 0.85) return { kind: 'ramp', overMs: Math.round(lastsMs * random.between(0.2, 0.7)) }
  const period = lastsMs / random.between(3, 8)
  const onMs = Math.round(period * random.between(0.3, 0.7))
  return { kind: 'on-off', onMs, offMs: Math.round(period - onMs) }
}
