import type { Instant } from '../domain/instant.ts'
import type { TaskId } from '../domain/task-id.ts'
import { LOOKBACK_MS } from './solve-bins.ts'

/**
 * The latest counted reports of one segment: whose they were, on which site, when their tasks were solved. Leave-one-out,
 * the onset inside a bin and the taking back of a claim need single reports; everything else lives on sums.
 */
export interface ReportRing {
  /** Appended since it last grew, and what it held then; the newest is at (count - 1) % capacity. */
  count: number
  solvedAt: Float64Array
  /** Account, task id's hash and site of each entry. */
  facts: Uint32Array
}

const RING_MAX = 1_024
const RING_FIRST = 4
const FACTS = 3
const GONE = 0xffffffff
// The highest bit of the account says that it shared the cap of the unproven.
const UNPROVEN = 0x80000000

export interface RingEntry {
  readonly solvedAt: Instant
  readonly account: number
  readonly unproven: boolean
  readonly site: number
}

// Shared by all that are empty.
const NO_TIMES = new Float64Array(0)
const NO_FACTS = new Uint32Array(0)

export function createReportRing(): ReportRing {
  return { count: 0, solvedAt: NO_TIMES, facts: NO_FACTS }
}

export function pushReport(ring: ReportRing, taskId: TaskId, entry: RingEntry): void {
  const capacity = ring.solvedAt.length
  // Grows only while the entry it would overwrite still matters, so its size follows a week's reports.
  const overwritten = ring.solvedAt[ring.count % capacity] ?? Infinity
  if (ring.count >= capacity && capacity < RING_MAX && overwritten > entry.solvedAt - LOOKBACK_MS) grow(ring)
  const at = ring.count % ring.solvedAt.length
  ring.solvedAt[at] = entry.solvedAt
  ring.facts[at * FACTS] = entry.unproven ? (entry.account | UNPROVEN) >>> 0 : entry.account
  ring.facts[at * FACTS + 1] = hashOf(taskId)
  ring.facts[at * FACTS + 2] = entry.site
  ring.count += 1
}

/** Takes a task's report out again. @returns false if it is not, or no longer, here */
export function takeReport(ring: ReportRing, taskId: TaskId, solvedAt: Instant): boolean {
  const hash = hashOf(taskId)
  const size = ringSize(ring)
  for (let i = 0; i < size; i++) {
    if (ring.solvedAt[i] !== solvedAt || ring.facts[i * FACTS + 1] !== hash) continue
    if (ring.facts[i * FACTS] === GONE) continue
    ring.facts[i * FACTS] = GONE
    return true
  }
  return false
}

export function ringSize(ring: ReportRing): number {
  return Math.min(ring.count, ring.solvedAt.length)
}

/** Visits what is there, in no particular order. */
export function eachReport(ring: ReportRing, visit: (entry: RingEntry) => void): void {
  const size = ringSize(ring)
  for (let i = 0; i < size; i++) {
    const account = ring.facts[i * FACTS] as number
    if (account === GONE) continue
    visit({
      solvedAt: ring.solvedAt[i] as number,
      account: (account & ~UNPROVEN) >>> 0,
      unproven: (account & UNPROVEN) !== 0,
      site: ring.facts[i * FACTS + 2] as number,
    })
  }
}

/** Forgets reports on tasks solved at or before this instant, of one site if one is given. */
export function dropReportsThrough(ring: ReportRing, at: Instant, site?: number): void {
  const size = ringSize(ring)
  for (let i = 0; i < size; i++)
    if ((ring.solvedAt[i] as number) <= at && (site === undefined || ring.facts[i * FACTS + 2] === site))
      ring.facts[i * FACTS] = GONE
}

/** The newest stay the newest: what is full is unrolled into twice the room. */
function grow(ring: ReportRing): void {
  const held = ring.solvedAt.length
  const capacity = Math.max(RING_FIRST, held * 2)
  const solvedAt = new Float64Array(capacity)
  const facts = new Uint32Array(capacity * FACTS)
  for (let i = 0; i < held; i++) {
    const from = (ring.count + i) % held
    solvedAt[i] = ring.solvedAt[from] as number
    for (let f = 0; f < FACTS; f++) facts[i * FACTS + f] = ring.facts[from * FACTS + f] as number
  }
  ring.count = held
  ring.solvedAt = solvedAt
  ring.facts = facts
}

/** 32 bits of FNV-1a; a number and its decimal string are one id. */
function hashOf(taskId: TaskId): number {
  const text = String(taskId)
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
