import type { Instant } from '../domain/instant.ts'
import type { Alarm } from './alarm.ts'
import { isStanding } from './alarm.ts'
import { ALARMS_MAX, ENDED_MAX } from './method.ts'
import { mergeTally } from './credibility/tally.ts'
import { coversLeaf, holdsSegment, isApart } from './place.ts'
import type { RingEntry } from './report-ring.ts'
import type { Segment } from './segment.ts'
import type { Leaf, SegmentIndex } from './segments.ts'
import type { ModelState } from './state.ts'

/** The alarms that stand, and which tasks are theirs. Only what it keeps in the state is state; the rest is a cache of it. */
export class AlarmBook {
  readonly #state: ModelState
  readonly #index: SegmentIndex
  // By leaf, until any alarm's place changes.
  #covering: (readonly Alarm[] | undefined)[] = []
  #everCovering: (readonly Alarm[] | undefined)[] = []
  #within: ({ readonly owner: Alarm; readonly segments: ReadonlySet<Segment> } | undefined)[] = []

  constructor(state: ModelState, index: SegmentIndex) {
    this.#state = state
    this.#index = index
  }

  /** Standing and fixed, one account's and the team's, oldest first. */
  get all(): readonly Alarm[] {
    return this.#state.alarms
  }

  get hasRoom(): boolean {
    return this.#state.alarms.length < ALARMS_MAX
  }

  /** Those that are told to the team and not over. */
  standing(): Alarm[] {
    return this.#state.alarms.filter(isStanding)
  }

  byId(id: string): Alarm | undefined {
    return this.#state.alarms.find((one) => one.id === id)
  }

  byIncident(incidentId: string): Alarm | undefined {
    return this.#state.alarms.find((one) => one.incidentId === incidentId)
  }

  add(alarm: Alarm): void {
    this.#state.alarms.push(alarm)
    this.moved()
  }

  /** Takes an alarm out for good; verdicts on its reports still know of it. */
  end(alarm: Alarm, at: Instant, absorbedBy: Alarm | null = null): void {
    const state = this.#state
    if (absorbedBy !== null) {
      alarm.absorbedBy = absorbedBy.id
      mergeTally(absorbedBy.tally, alarm.tally)
    }
    state.alarms = state.alarms.filter((one) => one !== alarm)
    alarm.endedAt = at
    alarm.closedAt ??= at
    state.ended.push(alarm)
    if (state.ended.length > ENDED_MAX) state.ended.shift()
    this.moved()
  }

  /** To be called when an alarm's place has changed. */
  moved(): void {
    this.#covering = []
    this.#everCovering = []
    this.#within = []
  }

  /** The team's alarms, ended ones too, to whose places a leaf belongs or belonged; ended ones first. */
  everCovering(leaf: Leaf): readonly Alarm[] {
    const known = this.#everCovering[leaf.index]
    if (known !== undefined) return known
    const ended = this.#state.ended.filter(
      (alarm) => alarm.situation !== 'one-account' && coversLeaf(alarm, leaf),
    )
    const covering = this.covering(leaf)
    const all = ended.length === 0 ? covering : [...ended, ...covering]
    this.#everCovering[leaf.index] = all
    return all
  }

  /** The team's alarms, standing or fixed, to whose places a leaf belongs, oldest first. */
  covering(leaf: Leaf): readonly Alarm[] {
    const known = this.#covering[leaf.index]
    if (known !== undefined) return known
    const its = this.#state.alarms.filter(
      (alarm) => alarm.situation !== 'one-account' && coversLeaf(alarm, leaf),
    )
    const covering = its.length === 0 ? NONE : its
    this.#covering[leaf.index] = covering
    return covering
  }

  /** The standing alarm whose business a task is, the most specific one; null if none. */
  ownerOf(leaf: Leaf): Alarm | null {
    let owner: Alarm | null = null
    for (const alarm of this.covering(leaf))
      if (isStanding(alarm) && (owner === null || sizeOf(alarm) >= sizeOf(owner))) owner = alarm
    return owner
  }

  /**
   * The segments in which a task counts while its place has an incident: those that lie within the place. What is known to be broken
   * is no news for segments that see it beside other things, neither its reports nor its exposure.
   * @param what exposure of before the opening has been counted already; reports that come later on tasks since the onset are not
   * @returns null: all of the leaf's
   */
  countsIn(leaf: Leaf, solvedAt: Instant, what: 'exposure' | 'report'): ReadonlySet<Segment> | null {
    let owner: Alarm | null = null
    for (const alarm of this.everCovering(leaf)) {
      const from = what === 'exposure' ? alarm.openedAt : alarm.onset.from
      if (solvedAt < from || (alarm.closedAt !== null && solvedAt >= alarm.closedAt)) continue
      if (owner === null || sizeOf(alarm) >= sizeOf(owner)) owner = alarm
    }
    if (owner === null) return null
    const known = this.#within[leaf.index]
    if (known?.owner === owner) return known.segments
    const its = [leaf.type, leaf.site, leaf.pair, ...leaf.aspects, this.#index.everything]
    const place = owner
    const segments = new Set(its.filter((segment) => holdsSegment(place, segment)))
    this.#within[leaf.index] = { owner, segments }
    return segments
  }

  /** May a task of this leaf teach anyone what is normal? Not while it may be part of an incident. */
  mayTeach(leaf: Leaf, solvedAt: Instant): boolean {
    const covering = this.covering(leaf)
    for (const { onset, fixedAt } of covering)
      if (solvedAt >= onset.from && (fixedAt === null || solvedAt < fixedAt)) return false
    return true
  }

  /** Standing alarms that may have tasks in common with a segment. */
  touching(segment: Segment): Alarm[] {
    return this.standing().filter((alarm) => !isApart(alarm, segment))
  }

  /** Whether a report is explained by one of these alarms. */
  explains(alarms: readonly Alarm[], entry: RingEntry): boolean {
    const leaf = this.#index.leafAt(entry.leaf)
    return alarms.some((alarm) => entry.solvedAt >= alarm.onset.from && coversLeaf(alarm, leaf))
  }
}

function sizeOf({ where, rejecting }: Alarm): number {
  return Object.keys(where).length + (rejecting === null ? 0 : 1)
}

const NONE: readonly Alarm[] = Object.freeze([])
