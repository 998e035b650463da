import type { Instant } from '../domain/instant.ts'
import { HOUR_MS } from '../domain/instant.ts'
import { delayWeights, promptShare } from './delay-curve.ts'
import { COLD_EXPECTED, EFFECT_K, LEAVE_OUT_NATS, PRIOR_RATE, PRIOR_SHAPE_MAX } from './method.ts'
import { UNPROVEN_TOGETHER } from './parties.ts'
import type { Reading } from './reading.ts'
import { readTape } from './reading.ts'
import type { RingEntry } from './report-ring.ts'
import { eachReport } from './report-ring.ts'
import type { Prior } from './scan.ts'
import { lnPeak, lnScan, meanRateBefore, possibleRatios, SETTLED } from './scan.ts'
import type { Segment } from './segment.ts'
import type { ModelState } from './state.ts'
import { Tape } from './tape.ts'

/** What a segment's numbers amount to at one report. */
export type Weight =
  | { readonly kind: 'quiet' | 'wait' | 'regression' }
  | { readonly kind: 'one-account'; readonly group: number }

const QUIET: Weight = { kind: 'quiet' }

// Leave-one-out tries the heaviest contributors only; a seventh cannot carry what six heavier ones do not.
const LEFT_OUT_MAX = 6
// Without a group, others are quiet when no onset is this much likelier than none.
const QUIET_NATS = 3

/** Expected reports per unit of the segment's exposure, at today's knowledge. */
export function factorOf(state: ModelState, segment: Segment): number {
  let factor = segment.effect
  let parent = segment.parent
  while (parent >= 0) {
    const above = state.segments[parent] as Segment
    factor *= above.effect
    parent = above.parent
  }
  return factor
}

/** One segment seen at one instant: its tape, what is known of its rate, its single reports. */
export class Look {
  readonly segment: Segment
  readonly tape: Tape
  readonly prior: Prior
  readonly ratios: number
  readonly #state: ModelState
  readonly #without: ReadonlySet<number>

  /**
   * @param tapes scratch: the segment's own, then its ancestors'
   * @param without sites (by index) that are left out of their type
   */
  constructor(state: ModelState, segment: Segment, tapes: Tapes, without: readonly Segment[] = []) {
    const type = segment.kind === 'site' ? (state.segments[segment.parent] as Segment) : segment
    const weights = delayWeights(type.delays === null ? 0 : promptShare(type.delays))
    const factor = factorOf(state, segment)
    this.#state = state
    this.segment = segment
    this.tape = tapes.own
    this.tape.load(segment.bins, factor, state.now, weights, segment.taughtTo * HOUR_MS)
    this.prior = priorOf(state, segment, tapes, weights)
    this.#without = new Set(without.map((site) => site.index))
    for (const site of without) {
      tapes.part.load(site.bins, factorOf(state, site), state.now, weights, 0)
      this.tape.subtract(tapes.part)
    }
    const perTask = segment.tasks === 0 ? PRIOR_RATE : segment.exposure / segment.tasks
    this.ratios = possibleRatios(perTask * factor * meanRateBefore(this.tape, this.prior, this.tape.length))
  }

  /** Holds the scan against the threshold, then asks who carries it. */
  weigh(): Weight {
    const { lnThreshold } = this.#state
    if (this.tape.length === 0) return QUIET
    const { ln, peak } = lnScan(this.tape, this.prior, this.ratios, lnThreshold)
    if (ln < lnThreshold) return QUIET
    const parties = this.#heaviestSince(this.tape.start[peak] as number)
    let smallest = Infinity
    let carrier = UNPROVEN_TOGETHER
    for (const party of parties) {
      const without = lnScan(this.tape, this.prior, this.ratios, -Infinity, this.#leaveOut(party)).ln
      if (without >= smallest) continue
      smallest = without
      carrier = party
    }
    if (parties.length >= 2 && smallest >= lnThreshold - LEAVE_OUT_NATS) return { kind: 'regression' }
    if (carrier !== UNPROVEN_TOGETHER && this.isQuietWithout(carrier))
      return { kind: 'one-account', group: carrier }
    return { kind: 'wait' }
  }

  /** True when nothing is unusual about the reports of all others. */
  isQuietWithout(party: number): boolean {
    return lnPeak(this.tape, this.prior, this.ratios, this.#leaveOut(party)) < QUIET_NATS
  }

  /**
   * @param vouchedFrom see readTape
   * @returns null when nothing here can be called a change for the worse
   */
  read(vouchedFrom?: Instant): Reading | null {
    const solvedAts: number[] = []
    this.eachReport((entry) => solvedAts.push(entry.solvedAt))
    solvedAts.sort((a, b) => a - b)
    return readTape(this.tape, this.prior, this.ratios, solvedAts, this.#state.now, vouchedFrom)
  }

  /** Visits the single reports that are known and belong here. */
  eachReport(visit: (entry: RingEntry) => void): void {
    const oldest = this.tape.length === 0 ? Infinity : (this.tape.start[0] as number)
    eachReport(this.segment.ring, (entry) => {
      if (entry.solvedAt >= oldest && !this.#without.has(entry.site)) visit(entry)
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

  #heaviestSince(at: Instant): number[] {
    const counts = new Map<number, number>()
    this.eachReport((entry) => {
      if (entry.solvedAt < at) return
      const party = this.#partyOf(entry)
      counts.set(party, (counts.get(party) ?? 0) + 1)
    })
    return [...counts]
      .sort((a, b) => b[1] - a[1] || a[0] - b[0])
      .slice(0, LEFT_OUT_MAX)
      .map(([party]) => party)
  }

  /**
   * One party's reports since each bin. Where the single reports of a bin are no longer known, the party is taken to
   * have sent the same share of them as of those that are.
   */
  #leaveOut(party: number): Float64Array {
    const { tape } = this
    const since = new Float64Array(tape.length + 1)
    const known = new Float64Array(tape.length)
    let its = 0
    let all = 0
    this.eachReport((entry) => {
      const i = tape.indexOf(entry.solvedAt)
      if (i < 0) return
      known[i] = (known[i] as number) + 1
      all += 1
      if (this.#partyOf(entry) !== party) return
      since[i] = (since[i] as number) + 1
      its += 1
    })
    const share = all === 0 ? 0 : its / all
    for (let i = tape.length - 1; i >= 0; i--) {
      const unknown = Math.max(0, (tape.reports[i] as number) - (known[i] as number))
      since[i] = (since[i] as number) + share * unknown + (since[i + 1] as number)
    }
    return since
  }

  #groupOf(account: number): number {
    return this.#state.parties.accounts[account]?.group ?? UNPROVEN_TOGETHER
  }

  #partyOf(entry: RingEntry): number {
    return entry.unproven ? UNPROVEN_TOGETHER : this.#groupOf(entry.account)
  }
}

/** Scratch memory of one look. */
export interface Tapes {
  readonly own: Tape
  readonly part: Tape
  readonly parent: Tape
  readonly all: Tape
}

export function createTapes(): Tapes {
  return { own: new Tape(), part: new Tape(), parent: new Tape(), all: new Tape() }
}

/**
 * A segment that has learned its own level is believed. A cold one takes its parent's past at the same moment for its own
 * mean: that is what makes an installation of one hour usable.
 */
function priorOf(state: ModelState, segment: Segment, tapes: Tapes, weights: readonly number[]): Prior {
  const learned = Math.min(PRIOR_SHAPE_MAX, segment.level.observed)
  const belief = { worse: EFFECT_K.worse + learned, better: EFFECT_K.better + learned }
  const historyNats = learnedNats(segment)
  if (segment.kind === 'all' || segment.level.expected >= COLD_EXPECTED)
    return { belief, mean: SETTLED, historyNats }
  const parent = state.segments[segment.parent] as Segment
  const tape = segment.kind === 'site' ? tapes.parent : tapes.all
  tape.load(parent.bins, factorOf(state, parent), state.now, weights, parent.taughtTo * HOUR_MS)
  const above = priorOf(state, parent, { ...tapes, own: tape }, weights)
  // Computed once per look: every scan over the tape asks for each of them.
  const { own } = tapes
  const means = new Float64Array(own.length + 1)
  for (let i = 0; i <= own.length; i++) {
    const at = i < own.length ? (own.start[i] as number) : state.now + 1
    means[i] = meanRateBefore(tape, above, tape.indexSince(at))
  }
  return { belief, mean: (i) => means[i] as number, historyNats }
}

/** Against a ratio, what the level has learned from hours out of quarantine; never less than nothing. */
function learnedNats({ level, effect }: Segment): Prior['historyNats'] {
  const expected = level.expected * effect
  return (ratio) => Math.max(0, (ratio - 1) * expected - level.observed * Math.log(ratio))
}
