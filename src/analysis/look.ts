import type { Instant } from '../domain/instant.ts'
import { HOUR_MS } from '../domain/instant.ts'
import { delaysOf, slowed } from './delay-book.ts'
import { factorOf } from './learning.ts'
import {
  BUDGET,
  CAUTION,
  COLD_EXPECTED,
  EFFECT_K,
  HISTORY_NATS,
  LEAVE_OUT_NATS,
  NEW_HISTORY_NATS,
  PRIOR_RATE,
  PRIOR_SHAPE_MAX,
} from './method.ts'
import { UNPROVEN_TOGETHER } from './parties.ts'
import type { Part } from './place.ts'
import type { Reading } from './reading.ts'
import { readTape } from './reading.ts'
import type { RingEntry } from './report-ring.ts'
import { eachReport, oldestKnown } from './report-ring.ts'
import type { Prior } from './scan.ts'
import { lnPeak, lnScan, meanRateBefore, possibleRatios, SETTLED } from './scan.ts'
import type { Segment, SegmentKind } from './segment.ts'
import { SEGMENT_KINDS } from './segment.ts'
import { EVERYTHING } from './segments.ts'
import type { SegmentIndex } from './segments.ts'
import type { ModelState } from './state.ts'
import { Tape } from './tape.ts'

/** What a segment's numbers amount to at one report. */
export type Weight =
  | { readonly kind: 'quiet' | 'wait' }
  /** @param lead by how much it exceeds its threshold, in nats */
  | { readonly kind: 'alarm'; readonly lead: number }
  | { readonly kind: 'one-account'; readonly group: number }

const QUIET: Weight = { kind: 'quiet' }

// Leave-one-out tries the heaviest contributors only; a seventh cannot carry what six heavier ones do not.
const LEFT_OUT_MAX = 6
// Without a group, others are quiet when no onset is this much likelier than none.
const QUIET_NATS = 3

/** Everything a look needs: the state, the way to its segments, and scratch memory. */
export interface Eyes {
  readonly state: ModelState
  readonly index: SegmentIndex
  readonly tapes: Readonly<Record<SegmentKind, Tape>>
  readonly part: Tape
}

export function createEyes(state: ModelState, index: SegmentIndex): Eyes {
  const tapes = Object.fromEntries(SEGMENT_KINDS.map((kind) => [kind, new Tape()])) as Record<
    SegmentKind,
    Tape
  >
  return { state, index, tapes, part: new Tape() }
}

/** What is left out of a look: segments that lie within, exactly, and single reports. */
export interface Without {
  readonly segments: readonly Segment[]
  /** Single reports that are in the sums. */
  readonly takenOut: ((entry: RingEntry) => boolean) | null
  /** Single reports that are in no sum any more. */
  readonly isGone: ((entry: RingEntry) => boolean) | null
}

export const NOTHING_OUT: Without = { segments: [], takenOut: null, isGone: null }

/** ln of the threshold of a kind of segment. A = (expected reports a week) / (this kind's part of the false incidents a week). */
export function lnThresholdOf(state: ModelState, kind: SegmentKind): number {
  // A task with several labels is seen as often, so they share their part.
  const views = kind === 'label' ? Math.max(1, state.leaves.labelsMax) : 1
  return Math.log((state.reportsPerFalseIncident * views) / BUDGET[kind])
}

/** The type a segment belongs to; everything for everything. */
export function typeOf(index: SegmentIndex, segment: Segment): Segment {
  let at = segment
  while (at.kind !== 'type' && at.parent >= 0) at = index.at(at.parent)
  return at
}

/** A place seen at one instant: its tape, what is known of its rate, its single reports. */
export class Look {
  /** The segment that stands for the place: the only one, or the one with most exposure. */
  readonly segment: Segment
  readonly tape: Tape
  readonly prior: Prior
  readonly ratios: number
  readonly #eyes: Eyes
  readonly #parts: readonly Part[]
  readonly #isIn: ((entry: RingEntry) => boolean) | null
  readonly #pace: 'quick' | 'slow'

  /**
   * @param parts what the place is made of, at least one
   * @param isIn which of the parts' reports belong to it; null: all
   * @param own the tape to use, if not the eyes' for this kind of segment
   * @param pace the quicker delays for alarms, the slower for fixes
   */
  private constructor(
    eyes: Eyes,
    parts: readonly Part[],
    isIn: ((entry: RingEntry) => boolean) | null,
    own: Tape | null,
    pace: 'quick' | 'slow',
  ) {
    const { state, index } = eyes
    this.#eyes = eyes
    this.#parts = parts
    this.#isIn = isIn
    this.#pace = pace
    const [first] = parts
    if (first === undefined) throw new RangeError('a place to look at has at least one part')
    this.segment = parts.reduce(
      (most, part) => (part.segment.tasks > most.segment.tasks ? part : most),
      first,
    ).segment
    const { segment } = this
    this.tape = own ?? eyes.tapes[segment.kind]
    const weights = this.#weightsOf(segment)
    const factor = factorOf(index, segment)
    if (parts.length === 1 && first.share === 1)
      this.tape.load(segment.bins, factor, state.now, weights, segment.taughtTo * HOUR_MS)
    else
      this.tape.loadSum(
        parts.map(({ segment: one, share }) => ({
          bins: one.bins,
          factor: factorOf(index, one),
          weights: this.#weightsOf(one),
          share,
        })),
        state.now,
        Math.max(0, ...parts.map((part) => part.segment.taughtTo)) * HOUR_MS,
      )
    this.prior = parts.length === 1 ? priorOf(eyes, segment, this.tape) : priorOfMany(parts)
    this.ratios = possibleRatios(
      perTask(index, segment) * factor * meanRateBefore(this.tape, this.prior, this.tape.length),
    )
  }

  /** One segment, without what others have explained already. */
  static at(eyes: Eyes, segment: Segment, without: Without = NOTHING_OUT): Look {
    const { takenOut, isGone } = without
    const isIn =
      takenOut === null && isGone === null
        ? null
        : (entry: RingEntry) => takenOut?.(entry) !== true && isGone?.(entry) !== true
    const look = new Look(eyes, [{ segment, share: 1 }], isIn, null, 'quick')
    for (const part of without.segments) {
      eyes.part.load(part.bins, factorOf(eyes.index, part), eyes.state.now, look.#weightsOf(part), 0)
      look.tape.subtract(eyes.part)
    }
    if (takenOut !== null) look.tape.takeOut(look.#sinceOf(takenOut, true))
    return look
  }

  /** A place of several segments, or of a part of one. Its tape is its own: it may be kept beside others. */
  static over(
    eyes: Eyes,
    parts: readonly Part[],
    isIn: (entry: RingEntry) => boolean,
    pace: 'quick' | 'slow' = 'quick',
  ): Look {
    const look = new Look(eyes, parts, isIn, new Tape(), pace)
    look.#recount()
    return look
  }

  /** As far back as every single report is known, bins hold those that belong here, and no shares of others. */
  #recount(): void {
    const { tape } = this
    const { reports } = this.#eyes.state
    let knownFrom = -Infinity
    for (const { segment } of this.#parts) knownFrom = Math.max(knownFrom, oldestKnown(reports, segment.ring))
    const counts = new Float64Array(tape.length)
    this.eachReport(({ solvedAt }) => {
      const i = tape.indexOf(solvedAt)
      if (i >= 0) counts[i] = (counts[i] as number) + 1
    })
    tape.setReports((i) => ((tape.start[i] as number) >= knownFrom ? (counts[i] as number) : null))
  }

  #weightsOf(segment: Segment): readonly number[] {
    const { state, index } = this.#eyes
    const weights = delaysOf(state.delays, typeOf(index, segment).index, EVERYTHING, this.#pace)
    return this.#pace === 'slow' ? slowed(weights) : weights
  }

  /** Holds the scan against the threshold, then asks who carries it. */
  weigh(): Weight {
    const lnThreshold = lnThresholdOf(this.#eyes.state, this.segment.kind)
    if (this.tape.length === 0) return QUIET
    const { ln, peak } = lnScan(this.tape, this.prior, this.ratios, lnThreshold)
    if (ln < lnThreshold) return QUIET
    const parties = this.heaviestSince(this.tape.start[peak] as number)
    let smallest = Infinity
    let carrier = UNPROVEN_TOGETHER
    for (const { party } of parties) {
      const without = lnScan(this.tape, this.prior, this.ratios, -Infinity, this.#leaveOut(party)).ln
      if (without >= smallest) continue
      smallest = without
      carrier = party
    }
    if (parties.length >= 2 && smallest >= lnThreshold - LEAVE_OUT_NATS)
      return { kind: 'alarm', lead: ln - lnThreshold }
    if (carrier !== UNPROVEN_TOGETHER && this.isQuietWithout(carrier))
      return { kind: 'one-account', group: carrier }
    return { kind: 'wait' }
  }

  /** True when nothing is unusual here; `weigh` also calls quiet what has no history to have changed from. */
  isQuiet(): boolean {
    return lnPeak(this.tape, this.prior, this.ratios, null) < QUIET_NATS
  }

  /** True when nothing is unusual about the reports of all other groups. */
  isQuietWithout(group: number): boolean {
    // By name: a newcomer is one voice with others, but what it says alone is its own.
    const its = this.#sinceOf((entry) => this.#groupOf(entry.account) === group, false)
    return lnPeak(this.tape, this.prior, this.ratios, its) < QUIET_NATS
  }

  /**
   * @param vouchedFrom see readTape
   * @returns null when nothing here can be called a change for the worse
   */
  read(vouchedFrom?: Instant): Reading | null {
    const solvedAts: number[] = []
    this.eachReport((entry) => solvedAts.push(entry.solvedAt))
    solvedAts.sort((a, b) => a - b)
    return readTape(this.tape, this.prior, this.ratios, solvedAts, this.#eyes.state.now, vouchedFrom)
  }

  /** Visits the single reports that are known and belong here. */
  eachReport(visit: (entry: RingEntry) => void): void {
    const oldest = this.tape.length === 0 ? Infinity : (this.tape.start[0] as number)
    const seesTypes = this.segment.kind === 'type'
    for (const { segment } of this.#parts)
      eachReport(this.#eyes.state.reports, segment.ring, (entry) => {
        if (entry.solvedAt < oldest || entry.solvedAt <= segment.notBefore) return
        if (seesTypes ? !entry.atType : !entry.atSite) return
        if (this.#isIn === null || this.#isIn(entry)) visit(entry)
      })
  }

  /** Groups with reports on tasks solved at or after `at`. */
  groupsSince(at: Instant): Set<number> {
    const groups = new Set<number>()
    this.eachReport((entry) => {
      if (entry.solvedAt >= at) groups.add(this.#groupOf(entry.account))
    })
    return groups
  }

  /** Reports since each bin, without one group's: for verdicts on that group's own reports. */
  without(group: number): Float64Array {
    return this.#leaveOut(group)
  }

  /** The parties with most reports on tasks solved at or after `at`, heaviest first. */
  heaviestSince(at: Instant): { party: number; reports: number }[] {
    const counts = new Map<number, number>()
    this.eachReport((entry) => {
      if (entry.solvedAt < at) return
      const party = this.#partyOf(entry)
      counts.set(party, (counts.get(party) ?? 0) + 1)
    })
    return [...counts]
      .sort((a, b) => b[1] - a[1] || a[0] - b[0])
      .slice(0, LEFT_OUT_MAX)
      .map(([party, reports]) => ({ party, reports }))
  }

  /** One party's reports since each bin. */
  #leaveOut(party: number): Float64Array {
    return this.#sinceOf((entry) => this.#partyOf(entry) === party, false)
  }

  /**
   * The reports for which something holds, since each bin. Where the single reports of a bin are no longer known, the same
   * share of them is taken as of those that are.
   * @param ofAll count among all reports of the segment, or only among those that belong here
   */
  #sinceOf(holds: (entry: RingEntry) => boolean, ofAll: boolean): Float64Array {
    const { tape } = this
    const since = new Float64Array(tape.length + 1)
    const known = new Float64Array(tape.length)
    let its = 0
    let all = 0
    const count = (entry: RingEntry): void => {
      const i = tape.indexOf(entry.solvedAt)
      if (i < 0) return
      known[i] = (known[i] as number) + 1
      all += 1
      if (!holds(entry)) return
      since[i] = (since[i] as number) + 1
      its += 1
    }
    if (ofAll) eachReport(this.#eyes.state.reports, this.segment.ring, count)
    else this.eachReport(count)
    const share = all === 0 ? 0 : its / all
    for (let i = tape.length - 1; i >= 0; i--) {
      const unknown = Math.max(0, (tape.reports[i] as number) - (known[i] as number))
      since[i] = Math.min(
        tape.reportsSince[i] as number,
        (since[i] as number) + share * unknown + (since[i + 1] as number),
      )
    }
    return since
  }

  #groupOf(account: number): number {
    return this.#eyes.state.parties.accounts[account]?.group ?? UNPROVEN_TOGETHER
  }

  #partyOf(entry: RingEntry): number {
    return entry.unproven ? UNPROVEN_TOGETHER : this.#groupOf(entry.account)
  }
}

/** Exposure a task, from the nearest segment that counts its tasks: bounds how bad it can get. */
function perTask(index: SegmentIndex, segment: Segment): number {
  let at = segment
  while (at.tasks === 0 && at.parent >= 0) at = index.at(at.parent)
  return at.tasks === 0 ? PRIOR_RATE : at.exposure / at.tasks
}

/**
 * A segment that has learned its own level is believed. A cold one takes its parent's past at the same moment for its own
 * mean: that is what makes an installation of one hour usable, and what a new solver version is held against.
 */
function priorOf(eyes: Eyes, segment: Segment, own: Tape): Prior {
  const { state, index } = eyes
  const learned = Math.min(PRIOR_SHAPE_MAX, segment.observed)
  const belief = { worse: EFFECT_K.worse + learned, better: EFFECT_K.better + learned }
  const historyNats = learnedNats(index, segment)
  const caution = CAUTION[segment.kind]
  // A new site in an installation that knows what is usual: its first quiet minutes are no proof that it worked.
  const site = segment.kind === 'pair' ? index.at(segment.parent) : segment
  const isNew = site.kind === 'site' && site.expected === 0 && index.everything.expected >= COLD_EXPECTED
  const historyNeeded = isNew ? NEW_HISTORY_NATS : HISTORY_NATS
  if (segment.kind === 'all' || segment.expected >= COLD_EXPECTED)
    return { belief, mean: SETTLED, caution, historyNeeded, historyNats }
  const parent = index.at(segment.parent)
  const tape = eyes.tapes[parent.kind]
  const weights = delaysOf(state.delays, typeOf(index, parent).index, EVERYTHING, 'quick')
  tape.load(parent.bins, factorOf(index, parent), state.now, weights, parent.taughtTo * HOUR_MS)
  const above = priorOf(eyes, parent, tape)
  // Computed once per look: every scan over the tape asks for each of them.
  const means = new Float64Array(own.length + 1)
  for (let i = 0; i <= own.length; i++) {
    const at = i < own.length ? (own.start[i] as number) : state.now + 1
    means[i] = meanRateBefore(tape, above, tape.indexSince(at))
  }
  return { belief, mean: (i) => means[i] as number, caution, historyNeeded, historyNats }
}

/** Several segments together are believed as one that has learned what they have. */
function priorOfMany(parts: readonly Part[]): Prior {
  let observed = 0
  let expected = 0
  for (const { segment, share } of parts) {
    observed += share * segment.observed
    expected += share * segment.expected * segment.effect
  }
  const learned = Math.min(PRIOR_SHAPE_MAX, observed)
  return {
    belief: { worse: EFFECT_K.worse + learned, better: EFFECT_K.better + learned },
    mean: SETTLED,
    caution: 1,
    historyNeeded: HISTORY_NATS,
    historyNats: (ratio) => Math.max(0, (ratio - 1) * expected - observed * Math.log(ratio)),
  }
}

/**
 * Against a ratio, what the level has learned from hours out of quarantine; never less than nothing. A solver version and its
 * use at one site are held against what was there before them: the same type, the same site.
 */
function learnedNats(index: SegmentIndex, segment: Segment): Prior['historyNats'] {
  const expected = segment.expected * segment.effect
  const { observed, kind } = segment
  const own = (ratio: number): number => Math.max(0, (ratio - 1) * expected - observed * Math.log(ratio))
  if (kind !== 'pair' && kind !== 'solver') return own
  const above = learnedNats(index, index.at(segment.parent))
  return (ratio) => Math.max(own(ratio), above(ratio))
}
