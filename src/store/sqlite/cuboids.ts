import { DAY_MS, MINUTE_MS } from '../../domain/instant.ts'
import type { DurationMs } from '../../domain/instant.ts'

/** Width of the finest bin. */
export const BIN_MS: DurationMs = 15 * MINUTE_MS

/** One grain in which changes are counted: a table keyed by time, perhaps by account, and by what was issued. */
export interface Cuboid {
  readonly table: string
  readonly time: 'bin' | 'day'
  readonly widthMs: DurationMs
  readonly hasAccount: boolean
  /** `attrs` tells every attribute apart, `type` only the task type. */
  readonly what: 'attrs' | 'type'
}

/** Everything but who; who and which type; everything, by the day. */
export const CUBOIDS: readonly Cuboid[] = [
  { table: 'cell', time: 'bin', widthMs: BIN_MS, hasAccount: false, what: 'attrs' },
  { table: 'account_cell', time: 'bin', widthMs: BIN_MS, hasAccount: true, what: 'type' },
  { table: 'day_cell', time: 'day', widthMs: DAY_MS, hasAccount: true, what: 'attrs' },
]

/** Its key columns, in order. */
export function keysOf({ time, hasAccount, what }: Cuboid): readonly string[] {
  return hasAccount ? [time, 'account', what] : [time, what]
}
