import { DAY_MS, MINUTE_MS } from '../domain/instant.ts'
import type { Instant } from '../domain/instant.ts'
import { DELAY_MEANS_MS } from './delay-curve.ts'

/** Width of a fresh bin of solve time. Five minutes cost a x10 break at 6 reports an hour at most one nat, 15 cost three. */
export const SLOT_MS = 5 * MINUTE_MS
/** How far back an onset is looked for. */
export const LOOKBACK_MS = 7 * DAY_MS
const LOOKBACK_SLOTS = LOOKBACK_MS / SLOT_MS
const BINS_MAX = 64

// Fields of one bin. Float32 holds slots and counts exactly up to 2^24, and slot numbers stay below that until 2129.
const FIRST = 0
const END = 1
const REPORTS = 2
const EXPECTED = 3
const PENDING = 4
const STRIDE = 8

/**
 * What one segment saw, by the time its tasks were solved: reports, and the expectation issued. Fresh bins are one slot
 * wide; beyond 64 the pair that is narrowest for its age is merged, so that the whole week is covered, coarser the older.
 *
 * `PENDING` holds, for each part k of the delay curve, sum of lambda * exp(-(bin end - solvedAt) / tau_k): with it the
 * matured expectation at any later instant is exact in O(1), without touching the bin as time passes.
 */
export interface SolveBins {
  length: number
  data: Float32Array
}

// Shared by all that are empty.
const NONE = new Float32Array(0)

export function createSolveBins(): SolveBins {
  return { length: 0, data: NONE }
}

export function slotOf(at: Instant): number {
  return Math.floor(at / SLOT_MS)
}

export function binStart(bins: SolveBins, i: number): Instant {
  return (bins.data[i * STRIDE + FIRST] as number) * SLOT_MS
}

export function binEnd(bins: SolveBins, i: number): Instant {
  return (bins.data[i * STRIDE + END] as number) * SLOT_MS
}

export function binReports(bins: SolveBins, i: number): number {
  return bins.data[i * STRIDE + REPORTS] as number
}

/** False if nothing in it can have been solved at or after an instant: its newest bin ends before. */
export function sawSince({ length, data }: SolveBins, at: Instant): boolean {
  return length > 0 && (data[(length - 1) * STRIDE + END] as number) * SLOT_MS > at
}

/** Expected reports of bin i's tasks, ever. */
export function binIssued(bins: SolveBins, i: number): number {
  return bins.data[i * STRIDE + EXPECTED] as number
}

/** exp(-n slots / tau_k), all k of one n side by side: a look at 64 bins would otherwise spend most of its time in exp. */
const WHOLE_SLOTS = Float64Array.from({ length: 4 * (LOOKBACK_SLOTS + 1) }, (_, at) =>
  Math.exp((-Math.floor(at / 4) * SLOT_MS) / (DELAY_MEANS_MS[at % 4] as number)),
)

/** An instant as bins mature by it: its slot, and exp(-t / tau_k) of the time t since that slot began. */
export interface MaturedBy {
  readonly now: Instant
  readonly slot: number
  readonly sinceSlot: Float64Array
}

let latest: MaturedBy = maturedFrom(0)

/** A look lays out many segments at one instant, so the latest is kept. */
export function maturedBy(now: Instant): MaturedBy {
  if (latest.now !== now) latest = maturedFrom(now)
  return latest
}

function maturedFrom(now: Instant): MaturedBy {
  const slot = slotOf(now)
  const sinceSlot = Float64Array.from(DELAY_MEANS_MS, (mean) => Math.exp(-(now - slot * SLOT_MS) / mean))
  return { now, slot, sinceSlot }
}

/** Expected reports of bin i's tasks by an instant. @param weights of the delay curve's parts */
export function binMatured(bins: SolveBins, i: number, by: MaturedBy, weights: readonly number[]): number {
  const { data } = bins
  const at = i * STRIDE
  const slots = by.slot - (data[at + END] as number)
  const expected = data[at + EXPECTED] as number
  if (slots > LOOKBACK_SLOTS) return expected
  let pending = 0
  for (let k = 0; k < 4; k++) {
    const mass = data[at + PENDING + k] as number
    if (mass === 0) continue
    // Only the newest bin ends after now.
    const decay =
      slots >= 0
        ? (WHOLE_SLOTS[4 * slots + k] as number)
        : Math.exp((-slots * SLOT_MS) / (DELAY_MEANS_MS[k] as number))
    pending += (weights[k] as number) * mass * decay * (by.sinceSlot[k] as number)
  }
  return Math.max(0, expected - pending)
}

/** exp(-(slot end - solvedAt) / tau_k) for one task: computed once, used by each of its segments. */
export function pendingFactors(solvedAt: Instant, into: Float64Array): void {
  const toEnd = (slotOf(solvedAt) + 1) * SLOT_MS - solvedAt
  for (let k = 0; k < 4; k++) into[k] = Math.exp(-toEnd / (DELAY_MEANS_MS[k] as number))
}

/**
 * Adds a task's expectation.
 * @param factors pendingFactors(solvedAt)
 */
export function addExposure(
  bins: SolveBins,
  slot: number,
  newestSlot: number,
  expected: number,
  factors: Float64Array,
): void {
  const at = binFor(bins, slot, newestSlot)
  if (at < 0) return
  const { data } = bins
  data[at + EXPECTED] = (data[at + EXPECTED] as number) + expected
  const slotsToEnd = (data[at + END] as number) - slot - 1
  for (let k = 0; k < 4; k++) {
    const shift = slotsToEnd === 0 ? 1 : Math.exp((-slotsToEnd * SLOT_MS) / (DELAY_MEANS_MS[k] as number))
    data[at + PENDING + k] = (data[at + PENDING + k] as number) + expected * (factors[k] as number) * shift
  }
}

/** Adds (or takes back, -1) a report of a task solved in this slot. */
export function addReport(bins: SolveBins, slot: number, newestSlot: number, count: 1 | -1): void {
  const at = binFor(bins, slot, newestSlot)
  if (at >= 0) bins.data[at + REPORTS] = Math.max(0, (bins.data[at + REPORTS] as number) + count)
}

/** Index of the bin that holds the slot, or of the first one after it; `length` if all are before it. */
export function binAtOrAfter(bins: SolveBins, slot: number): number {
  let i = bins.length
  while (i > 0 && (bins.data[(i - 1) * STRIDE + END] as number) > slot) i--
  return i
}

/** Forgets everything solved before the end of this slot. */
export function dropThrough(bins: SolveBins, slot: number): void {
  let count = 0
  while (count < bins.length && (bins.data[count * STRIDE + FIRST] as number) <= slot) count++
  removeFirst(bins, count)
}

/** Restates all exposure in another unit. */
export function scaleExposure(bins: SolveBins, by: number): void {
  for (let i = 0; i < bins.length; i++)
    for (let f = EXPECTED; f < STRIDE; f++)
      bins.data[i * STRIDE + f] = (bins.data[i * STRIDE + f] as number) * by
}

/** Takes reports on tasks solved in [fromSlot, toSlot) out, spread evenly over that time; nothing goes below zero. */
export function removeReports(bins: SolveBins, fromSlot: number, toSlot: number, count: number): void {
  for (let i = binAtOrAfter(bins, fromSlot); i < bins.length; i++) {
    const first = bins.data[i * STRIDE + FIRST] as number
    if (first >= toSlot) return
    const end = bins.data[i * STRIDE + END] as number
    const share = (Math.min(end, toSlot) - Math.max(first, fromSlot)) / (toSlot - fromSlot)
    bins.data[i * STRIDE + REPORTS] = Math.max(0, (bins.data[i * STRIDE + REPORTS] as number) - share * count)
  }
}

/** Offset of the slot's bin, made if need be; -1 for a slot beyond the lookback. */
function binFor(bins: SolveBins, slot: number, newestSlot: number): number {
  if (slot <= newestSlot - LOOKBACK_SLOTS) return -1
  let i = binAtOrAfter(bins, slot)
  if (i < bins.length && (bins.data[i * STRIDE + FIRST] as number) <= slot) return i * STRIDE
  makeRoom(bins, newestSlot)
  i = binAtOrAfter(bins, slot)
  // Merging may have closed the very gap.
  if (i < bins.length && (bins.data[i * STRIDE + FIRST] as number) <= slot) return i * STRIDE
  const at = i * STRIDE
  bins.data.copyWithin(at + STRIDE, at, bins.length * STRIDE)
  bins.data.fill(0, at, at + STRIDE)
  bins.data[at + FIRST] = slot
  bins.data[at + END] = slot + 1
  bins.length += 1
  return at
}

function makeRoom(bins: SolveBins, newestSlot: number): void {
  if (bins.length * STRIDE < bins.data.length) return
  if (bins.length < BINS_MAX) {
    const grown = new Float32Array(roomAfter(bins.length) * STRIDE)
    grown.set(bins.data)
    bins.data = grown
    return
  }
  let expired = 0
  while (
    expired < bins.length &&
    (bins.data[expired * STRIDE + END] as number) <= newestSlot - LOOKBACK_SLOTS
  )
    expired++
  if (expired > 0) removeFirst(bins, expired)
  else mergeNarrowest(bins, newestSlot)
}

/** Most segments are idle and hold a bin or two: room grows by one, then by half. */
function roomAfter(length: number): number {
  return Math.min(BINS_MAX, length + Math.max(1, length >> 1))
}

function removeFirst(bins: SolveBins, count: number): void {
  if (count === 0) return
  bins.data.copyWithin(0, count * STRIDE, bins.length * STRIDE)
  bins.length -= count
}

/** Merges the adjacent pair whose joint width is smallest against its age: bins end up spaced by the logarithm of age. */
function mergeNarrowest(bins: SolveBins, newestSlot: number): void {
  const { data } = bins
  let best = 0
  let bestCost = Infinity
  for (let i = 0; i + 1 < bins.length; i++) {
    const first = data[i * STRIDE + FIRST] as number
    const end = data[(i + 1) * STRIDE + END] as number
    const cost = (end - first) / (newestSlot + 2 - first)
    // On equal terms the older pair goes.
    if (cost < bestCost) {
      best = i
      bestCost = cost
    }
  }
  const older = best * STRIDE
  const newer = older + STRIDE
  const slots = (data[newer + END] as number) - (data[older + END] as number)
  data[newer + FIRST] = data[older + FIRST] as number
  data[newer + REPORTS] = (data[newer + REPORTS] as number) + (data[older + REPORTS] as number)
  data[newer + EXPECTED] = (data[newer + EXPECTED] as number) + (data[older + EXPECTED] as number)
  for (let k = 0; k < 4; k++)
    data[newer + PENDING + k] =
      (data[newer + PENDING + k] as number) +
      (data[older + PENDING + k] as number) * Math.exp((-slots * SLOT_MS) / (DELAY_MEANS_MS[k] as number))
  data.copyWithin(older, newer, bins.length * STRIDE)
  bins.length -= 1
}
