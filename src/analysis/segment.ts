import type { Where } from '../domain/incident.ts'
import type { Instant } from '../domain/instant.ts'
import type { HourLedger } from './hour-ledger.ts'
import { createHourLedger } from './hour-ledger.ts'
import type { Level } from './level.ts'
import type { ReportRing } from './report-ring.ts'
import { createReportRing } from './report-ring.ts'
import { roomAfter } from './row-index.ts'
import type { SolveBins } from './solve-bins.ts'
import { createSolveBins } from './solve-bins.ts'

/**
 * The views: each task counts in one segment of each kind, and in one `label` segment for each of its labels. All but
 * `all` belong to one type: whatever is wrong everywhere is found in each type, and named once by attribution.
 */
export const SEGMENT_KINDS = ['all', 'type', 'site', 'solver', 'region', 'label', 'pair'] as const
export type SegmentKind = (typeof SEGMENT_KINDS)[number]

/**
 * All segments as columns: an installation has a hundred thousand of them, most of them idle, so one is a row of numbers
 * and no object of its own. Names are positions in `words`.
 */
export interface SegmentColumns {
  count: number
  numbers: Float64Array
  places: Int32Array
  readonly words: string[]
  readonly bins: (SolveBins | null)[]
  readonly hours: (HourLedger | null)[]
  readonly rings: (ReportRing | null)[]
}

const NUMBERS = 10
const OBSERVED = 0
const EXPECTED = 1
const AS_OF = 2
const EFFECT = 3
const EXPOSURE = 4
const TASKS = 5
const PROVEN = 6
const NOT_BEFORE = 7
const BORN_AT = 8
const GOOD = 9

const PLACES = 6
const KIND = 0
const PARENT = 1
const TYPE = 2
const NAME = 3
const MORE = 4
const TAUGHT_TO = 5

const FIRST_ROWS = 64

export function createSegmentColumns(): SegmentColumns {
  return {
    count: 0,
    numbers: new Float64Array(FIRST_ROWS * NUMBERS),
    places: new Int32Array(FIRST_ROWS * PLACES),
    words: [''],
    bins: [],
    hours: [],
    rings: [],
  }
}

/** Where a new segment belongs; words are positions in `words`, 0 where there is none. */
export interface SegmentPlace {
  readonly kind: SegmentKind
  readonly parent: number
  readonly type: number
  /** Word of the site, solver, region or label's key. */
  readonly name: number
  /** Word of the pair's solver, or of the label's value. */
  readonly more: number
}

/** Appends a segment. @returns its index */
export function addSegment(columns: SegmentColumns, place: SegmentPlace, bornAt: Instant): number {
  const index = columns.count++
  if ((index + 1) * NUMBERS > columns.numbers.length) {
    const rows = roomAfter(index)
    const numbers = new Float64Array(rows * NUMBERS)
    numbers.set(columns.numbers)
    columns.numbers = numbers
    const places = new Int32Array(rows * PLACES)
    places.set(columns.places)
    columns.places = places
  }
  const at = index * PLACES
  columns.places[at + KIND] = SEGMENT_KINDS.indexOf(place.kind)
  columns.places[at + PARENT] = place.parent
  columns.places[at + TYPE] = place.type
  columns.places[at + NAME] = place.name
  columns.places[at + MORE] = place.more
  const row = index * NUMBERS
  columns.numbers[row + EFFECT] = 1
  columns.numbers[row + NOT_BEFORE] = -1
  columns.numbers[row + BORN_AT] = bornAt
  columns.bins.push(null)
  columns.hours.push(null)
  columns.rings.push(null)
  return index
}

// Of those that have seen nothing: read, never written.
const NO_BINS = createSolveBins()
const NO_HOURS = createHourLedger()
const NO_RING = createReportRing()

/**
 * One view of the traffic, e.g. one type at one site. Segments of one chain (all, type, site, pair) are nested, and each carries
 * its own effect relative to its parent; solvers, regions and labels hang on their type.
 *
 * Exposure is kept in units *below* the segment's own effect and its parents' (for a site: the reports its accounts would
 * make at the prior rate). What is expected is that times `factor`, the effects as known now, so that the past is always
 * seen at today's knowledge and the history before an onset stays comparable with what follows it.
 *
 * This is a handle on a row of columns; it is its own level (level.ts).
 */
export class Segment implements Level {
  readonly #columns: SegmentColumns
  readonly index: number
  readonly kind: SegmentKind

  constructor(columns: SegmentColumns, index: number) {
    this.#columns = columns
    this.index = index
    this.kind = SEGMENT_KINDS[columns.places[index * PLACES + KIND] as number] as SegmentKind
  }

  /** Index of the segment that holds this one; -1 for everything. */
  get parent(): number {
    return this.#place(PARENT)
  }
  /** Words, as positions: the type, the site, solver, region or label key, and the pair's solver or label's value. */
  get typeWord(): number {
    return this.#place(TYPE)
  }
  get nameWord(): number {
    return this.#place(NAME)
  }
  get moreWord(): number {
    return this.#place(MORE)
  }
  get type(): string {
    return this.#columns.words[this.#place(TYPE)] as string
  }
  get name(): string {
    return this.#columns.words[this.#place(NAME)] as string
  }
  get more(): string {
    return this.#columns.words[this.#place(MORE)] as string
  }
  /** Hours before this one have been taught or dropped. */
  get taughtTo(): number {
    return this.#place(TAUGHT_TO)
  }
  set taughtTo(hour: number) {
    this.#columns.places[this.index * PLACES + TAUGHT_TO] = hour
  }

  // The level: matured reports, and those that all other effects expect, discounted to `asOf`.
  get observed(): number {
    return this.#number(OBSERVED)
  }
  set observed(value: number) {
    this.#set(OBSERVED, value)
  }
  get expected(): number {
    return this.#number(EXPECTED)
  }
  set expected(value: number) {
    this.#set(EXPECTED, value)
  }
  get asOf(): Instant {
    return this.#number(AS_OF)
  }
  set asOf(value: Instant) {
    this.#set(AS_OF, value)
  }
  /** The level's value, shrunk. */
  get effect(): number {
    return this.#number(EFFECT)
  }
  set effect(value: number) {
    this.#set(EFFECT, value)
  }

  /** Recent exposure and tasks, halved now and then: their ratio bounds how bad it can get. */
  get exposure(): number {
    return this.#number(EXPOSURE)
  }
  get tasks(): number {
    return this.#number(TASKS)
  }
  /** The part of `exposure` that came from proven groups. */
  get proven(): number {
    return this.#number(PROVEN)
  }
  /** Tasks solved at or before this are no business of the alarm any more. */
  get notBefore(): Instant {
    return this.#number(NOT_BEFORE)
  }
  set notBefore(value: Instant) {
    this.#set(NOT_BEFORE, value)
  }
  /** Solve time of its first task. */
  get bornAt(): Instant {
    return this.#number(BORN_AT)
  }
  set bornAt(value: Instant) {
    this.#set(BORN_AT, value)
  }
  /** Good claims, ever: a place that was praised has worked. */
  get good(): number {
    return this.#number(GOOD)
  }
  set good(value: number) {
    this.#set(GOOD, value)
  }
  /** What it saw, to read. */
  get bins(): SolveBins {
    return this.#columns.bins[this.index] ?? NO_BINS
  }
  get hours(): HourLedger {
    return this.#columns.hours[this.index] ?? NO_HOURS
  }
  get ring(): ReportRing {
    return this.#columns.rings[this.index] ?? NO_RING
  }

  /** The same, to write. */
  ownBins(): SolveBins {
    return (this.#columns.bins[this.index] ??= createSolveBins())
  }
  ownHours(): HourLedger {
    return (this.#columns.hours[this.index] ??= createHourLedger())
  }
  ownRing(): ReportRing {
    return (this.#columns.rings[this.index] ??= createReportRing())
  }
  /** Gives back the room of hours that have all been taught. */
  dropHours(): void {
    this.#columns.hours[this.index] = null
  }

  /** Notes one task's exposure for the means that forget. */
  noteTask(exposure: number, isProven: boolean): void {
    const { numbers } = this.#columns
    const at = this.index * NUMBERS
    numbers[at + EXPOSURE] = (numbers[at + EXPOSURE] as number) + exposure
    numbers[at + TASKS] = (numbers[at + TASKS] as number) + 1
    if (isProven) numbers[at + PROVEN] = (numbers[at + PROVEN] as number) + exposure
    if ((numbers[at + TASKS] as number) < TASKS_MAX) return
    numbers[at + EXPOSURE] = (numbers[at + EXPOSURE] as number) / 2
    numbers[at + TASKS] = (numbers[at + TASKS] as number) / 2
    numbers[at + PROVEN] = (numbers[at + PROVEN] as number) / 2
  }

  /** Restates recent exposure in another unit. */
  scaleExposure(by: number): void {
    const { numbers } = this.#columns
    const at = this.index * NUMBERS
    numbers[at + EXPOSURE] = (numbers[at + EXPOSURE] as number) * by
    numbers[at + PROVEN] = (numbers[at + PROVEN] as number) * by
  }

  #number(field: number): number {
    return this.#columns.numbers[this.index * NUMBERS + field] as number
  }
  #set(field: number, value: number): void {
    this.#columns.numbers[this.index * NUMBERS + field] = value
  }
  #place(field: number): number {
    return this.#columns.places[this.index * PLACES + field] as number
  }
}

const TASKS_MAX = 4_096

/** True when proven groups carry most of the segment's exposure: only then are newcomers held together. */
export function isCarriedByProven(segment: Segment): boolean {
  return segment.proven > segment.exposure / 2
}

/** What a segment is called, attributes in the order in which they are printed. */
export function whereOf(segment: Segment): Where {
  const { kind, type, name, more } = segment
  switch (kind) {
    case 'all':
      return {}
    case 'type':
      return { type }
    case 'site':
      return { type, site: name }
    case 'solver':
      return { type, solver: name }
    case 'region':
      return { type, region: name }
    case 'label':
      return { type, [`labels.${name}`]: more }
    case 'pair':
      return { type, site: name, solver: more }
  }
}
