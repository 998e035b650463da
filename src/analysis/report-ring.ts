import type { Instant } from '../domain/instant.ts'
import type { TaskId } from '../domain/task-id.ts'
import { LOOKBACK_MS } from './solve-bins.ts'

/**
 * The latest counted reports, once each: whose they were, about which leaf, when their tasks were solved. Leave-one-out, the onset
 * inside a bin, attribution and the taking back of a claim need single reports; everything else lives on sums.
 *
 * A circle of rows; a report's number counts up for ever and its row is the number modulo the capacity.
 */
export interface ReportTable {
  /** Numbers below this have been given out. */
  count: number
  solvedAt: Float64Array
  /** Account, task id's hash, leaf and flags of each row. */
  facts: Uint32Array
}

/** One segment's part of the table: the numbers of its latest reports. */
export interface ReportRing {
  /** Appended since it last grew, and what it held then; the newest is at (count - 1) % capacity. */
  count: number
  numbers: Uint32Array
}

const TABLE_MAX = 2 ** 19
const TABLE_FIRST = 2 ** 8
const RING_MAX = 2_048
const RING_FIRST = 4
const FACTS = 4
const ACCOUNT = 0
const HASH = 1
const LEAF = 2
const FLAGS = 3
const UNPROVEN = 1
const AT_SITE = 2
const AT_TYPE = 4
const GONE = 8
const NO_NUMBER = 0xffffffff

export interface RingEntry {
  readonly solvedAt: Instant
  readonly account: number
  /** It shared the cap of the unproven. */
  readonly unproven: boolean
  readonly leaf: number
  /** Which sums it is in: those of its site and all that follow the site's cap, and those of its type. */
  readonly atSite: boolean
  readonly atType: boolean
}

// Shared by all that are empty.
const NO_NUMBERS = new Uint32Array(0)

export function createReportTable(): ReportTable {
  return {
    count: 0,
    solvedAt: new Float64Array(TABLE_FIRST),
    facts: new Uint32Array(TABLE_FIRST * FACTS),
  }
}

export function createReportRing(): ReportRing {
  return { count: 0, numbers: NO_NUMBERS }
}

/** Enters a report. @returns its number, for the rings of its segments */
export function enterReport(table: ReportTable, taskId: TaskId, entry: RingEntry): number {
  const capacity = table.solvedAt.length
  // Grows only while the row it would overwrite still matters, so its size follows a week's reports.
  const overwritten = table.solvedAt[table.count % capacity] as number
  if (table.count >= capacity && capacity < TABLE_MAX && overwritten > entry.solvedAt - LOOKBACK_MS)
    growTable(table)
  const number = table.count++
  const row = number % table.solvedAt.length
  table.solvedAt[row] = entry.solvedAt
  table.facts[row * FACTS + ACCOUNT] = entry.account
  table.facts[row * FACTS + HASH] = hashOf(taskId)
  table.facts[row * FACTS + LEAF] = entry.leaf
  table.facts[row * FACTS + FLAGS] =
    (entry.unproven ? UNPROVEN : 0) | (entry.atSite ? AT_SITE : 0) | (entry.atType ? AT_TYPE : 0)
  return number
}

export function pushReport(table: ReportTable, ring: ReportRing, number: number): void {
  const capacity = ring.numbers.length
  const oldest = ring.count >= capacity && capacity > 0 ? (ring.numbers[ring.count % capacity] as number) : -1
  const newest = table.solvedAt[number % table.solvedAt.length] as number
  if (ring.count >= capacity && capacity < RING_MAX && isRecent(table, oldest, newest)) growRing(ring)
  ring.numbers[ring.count % ring.numbers.length] = number
  ring.count += 1
}

function isRecent(table: ReportTable, number: number, now: Instant): boolean {
  if (number < 0) return true
  return (
    isKept(table, number) && (table.solvedAt[number % table.solvedAt.length] as number) > now - LOOKBACK_MS
  )
}

function isKept(table: ReportTable, number: number): boolean {
  return number !== NO_NUMBER && number >= table.count - table.solvedAt.length
}

/** Takes a task's report out again. @returns what it was; null if it is not, or no longer, here */
export function takeReport(
  table: ReportTable,
  ring: ReportRing,
  taskId: TaskId,
  solvedAt: Instant,
): RingEntry | null {
  const hash = hashOf(taskId)
  const size = Math.min(ring.count, ring.numbers.length)
  for (let i = 0; i < size; i++) {
    const number = ring.numbers[i] as number
    if (!isKept(table, number)) continue
    const row = number % table.solvedAt.length
    if (table.solvedAt[row] !== solvedAt || table.facts[row * FACTS + HASH] !== hash) continue
    const flags = table.facts[row * FACTS + FLAGS] as number
    if ((flags & GONE) !== 0) continue
    table.facts[row * FACTS + FLAGS] = flags | GONE
    return entryAt(table, row)
  }
  return null
}

/** Visits a segment's reports that are known, in no particular order. */
export function eachReport(table: ReportTable, ring: ReportRing, visit: (entry: RingEntry) => void): void {
  const size = Math.min(ring.count, ring.numbers.length)
  for (let i = 0; i < size; i++) {
    const number = ring.numbers[i] as number
    if (!isKept(table, number)) continue
    const row = number % table.solvedAt.length
    if (((table.facts[row * FACTS + FLAGS] as number) & GONE) === 0) visit(entryAt(table, row))
  }
}

/**
 * Solve time before which single reports of a segment may be missing; -Infinity while all of a lookback are known. Reports come out
 * of order, so it is the latest among the oldest of those that are left.
 */
export function oldestKnown(table: ReportTable, ring: ReportRing): Instant {
  const capacity = ring.numbers.length
  if (ring.count < capacity || capacity < RING_MAX) return -Infinity
  let oldest = -Infinity
  for (let i = 0; i < RING_MAX / 64; i++) {
    const number = ring.numbers[(ring.count + i) % capacity] as number
    if (isKept(table, number))
      oldest = Math.max(oldest, table.solvedAt[number % table.solvedAt.length] as number)
  }
  return oldest
}

function entryAt(table: ReportTable, row: number): RingEntry {
  const flags = table.facts[row * FACTS + FLAGS] as number
  return {
    solvedAt: table.solvedAt[row] as number,
    account: table.facts[row * FACTS + ACCOUNT] as number,
    unproven: (flags & UNPROVEN) !== 0,
    leaf: table.facts[row * FACTS + LEAF] as number,
    atSite: (flags & AT_SITE) !== 0,
    atType: (flags & AT_TYPE) !== 0,
  }
}

/** Takes the reports for which `isOver` holds out of one segment's ring; other segments keep them. */
export function dropFromRing(
  table: ReportTable,
  ring: ReportRing,
  isOver: (entry: RingEntry) => boolean,
): void {
  const size = Math.min(ring.count, ring.numbers.length)
  for (let i = 0; i < size; i++) {
    const number = ring.numbers[i] as number
    if (isKept(table, number) && isOver(entryAt(table, number % table.solvedAt.length)))
      ring.numbers[i] = NO_NUMBER
  }
}

/** Rows keep their numbers: what is full is laid out anew in twice the room. */
function growTable(table: ReportTable): void {
  const held = table.solvedAt.length
  const capacity = held * 2
  const solvedAt = new Float64Array(capacity)
  const facts = new Uint32Array(capacity * FACTS)
  for (let number = Math.max(0, table.count - held); number < table.count; number++) {
    const from = number % held
    const to = number % capacity
    solvedAt[to] = table.solvedAt[from] as number
    for (let f = 0; f < FACTS; f++) facts[to * FACTS + f] = table.facts[from * FACTS + f] as number
  }
  table.solvedAt = solvedAt
  table.facts = facts
}

/** The newest stay the newest. */
function growRing(ring: ReportRing): void {
  const held = ring.numbers.length
  const numbers = new Uint32Array(Math.max(RING_FIRST, held * 2))
  for (let i = 0; i < held; i++) numbers[i] = ring.numbers[(ring.count + i) % held] as number
  ring.count = held
  ring.numbers = numbers
}

/** 32 bits of FNV-1a; a number and its decimal string are one id. */
function hashOf(taskId: TaskId): number {
  const text = String(taskId)
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
