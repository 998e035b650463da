import { DAY_MS } from '../../domain/instant.ts'
import type { Day, Instant } from '../../domain/instant.ts'
import { SLOTS, slotOf } from '../../domain/task-id.ts'
import type { TaskId } from '../../domain/task-id.ts'
import type { TaskStatus } from '../../domain/task.ts'

/** Columns of a task row, in the order every statement here names them. */
export const TASK_COLUMNS = 'task.seq, part, task_id, account, attrs, state, at, took'

export type TaskRow = readonly [
  seq: number,
  part: number,
  taskId: number | string | Uint8Array,
  account: number,
  attrs: number,
  state: number,
  at: number,
  took: number | null,
]

/** `state` of a task row: status, whether `at` is solvedAt, and whether the task was ever reportable. */
export const READY = 0
export const READY_UNEXPOSED = 1
const PROCESSING = 2
const PROCESSING_SOLVED = 3
const FAILED = 4
const FAILED_SOLVED = 5

const STATUS: readonly TaskStatus[] = ['ready', 'ready', 'processing', 'processing', 'failed', 'failed']

/** The parts of a task that its row spells in a shorter way. */
export interface TaskTimes {
  readonly status: TaskStatus
  readonly solvedAt: Instant | null
  readonly issuedAt: Instant | null
  readonly day: Day
}

export function timesOf(row: TaskRow): TaskTimes {
  const [, part, , , , state, at, took] = row
  const day = dayOfPart(part)
  const instant = day * DAY_MS + at
  const status = STATUS[state]
  if (status === undefined) throw new Error(`task row ${row[0]} has state ${state}, which means nothing`)
  return state === PROCESSING || state === FAILED
    ? { status, solvedAt: null, issuedAt: instant, day }
    : { status, solvedAt: instant, issuedAt: took === null ? null : instant - took, day }
}

/** The columns `state`, `at` and `took` that spell these times. */
export function spellTimes(times: TaskTimes, exposed: boolean): readonly [number, number, number | null] {
  const { status, solvedAt, issuedAt, day } = times
  const instant = solvedAt ?? issuedAt
  if (instant === null) throw new Error('a task has neither solvedAt nor issuedAt')
  const at = instant - day * DAY_MS
  const took = solvedAt !== null && issuedAt !== null ? solvedAt - issuedAt : null
  if (status === 'ready') return [exposed ? READY : READY_UNEXPOSED, at, took]
  if (status === 'processing') return [solvedAt === null ? PROCESSING : PROCESSING_SOLVED, at, took]
  return [solvedAt === null ? FAILED : FAILED_SOLVED, at, took]
}

export function partOf(taskId: TaskId, day: Day): number {
  return day * SLOTS + slotOf(taskId)
}

export function dayOfPart(part: number): Day {
  return Math.floor(part / SLOTS)
}

// Only the canonical spelling: another one is another id, and could not be given back as it came.
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** An opaque id as its column holds it: a lower-case UUID in 16 bytes, any other text as it is. */
export function spellOpaqueId(id: string): string | Uint8Array {
  return id.length === 36 && UUID.test(id) ? Buffer.from(id.replaceAll('-', ''), 'hex') : id
}

/** Numbers reach SQLite as floating point, and a column of any type would keep them so: these are integers. */
export function spellId(id: TaskId): bigint | string | Uint8Array {
  return typeof id === 'number' ? BigInt(id) : spellOpaqueId(id)
}

export function readId(column: number | string | Uint8Array): TaskId {
  if (!(column instanceof Uint8Array)) return column
  const hex = Buffer.from(column.buffer, column.byteOffset, column.byteLength).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
