import { hashTaskId } from '../../domain/task-id.ts'
import type { TaskId } from '../../domain/task-id.ts'
import type { IndexKey } from './seq-index.ts'

/** The key under which a task's row is found. @returns a new key each time, or `into` filled anew */
export function taskKey(id: TaskId): IndexKey {
  return { place: hashTaskId(id), print: fingerprint(id) }
}

/** The key under which the reports of the task at `taskSeq` are found. */
export function reportKey(taskSeq: number): IndexKey {
  const low = taskSeq | 0
  const high = (taskSeq / 4294967296) | 0
  return {
    place: finish(Math.imul(low, 0xc2b2ae3d) ^ Math.imul(high, 0x27d4eb2f) ^ 0x5bd1e995),
    print: finish(Math.imul(low, 0x165667b1) ^ Math.imul(high, 0x9e3779b1)) >>> 0,
  }
}

/**
 * A second hash of an id. It shares no constant with hashTaskId, so that ids which meet in one place of a table
 * differ here as often as any two ids do.
 */
function fingerprint(id: TaskId): number {
  let h: number
  if (typeof id === 'number') {
    h = Math.imul(id | 0, 0x2c1b3c6d) ^ Math.imul((id / 4294967296) | 0, 0x297a2d39)
  } else {
    h = 0x3c6ef372 + id.length
    for (let i = 0; i < id.length; i++) h = Math.imul(h, 0x5d588b65) + id.charCodeAt(i)
  }
  return finish(h)
}

// Mixing steps of Chris Wellons' `lowbias32` (public domain).
function finish(h: number): number {
  h ^= h >>> 16
  h = Math.imul(h, 0x7feb352d)
  h ^= h >>> 15
  h = Math.imul(h, 0x846ca68b)
  return (h ^ (h >>> 16)) >>> 0
}
