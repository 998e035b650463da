import type { Clock, DurationMs } from '../domain/instant.ts'
import { dayOf, MINUTE_MS } from '../domain/instant.ts'
import type { Store } from '../store/contract.ts'

/** Rows forgotten in one call: some milliseconds of the writer's time, so that no report waits longer. */
const ROWS_A_CALL = 2_000
const PAUSE_MS = 20
const EVERY_MS = 10 * MINUTE_MS

/** Forgets whole days that have passed out of the retention, a little at a time. */
export interface Retention {
  stop(): void
}

export function startRetention(
  store: Pick<Store, 'retire'>,
  clock: Clock,
  retentionMs: DurationMs,
  onError: (error: unknown) => void,
): Retention {
  let timer: NodeJS.Timeout
  let stopped = false
  const later = (ms: DurationMs): void => {
    if (!stopped) timer = setTimeout(run, ms).unref()
  }
  const run = (): void => {
    store.retire(dayOf(clock.now() - retentionMs), ROWS_A_CALL).then(
      (rows) => later(rows < ROWS_A_CALL ? EVERY_MS : PAUSE_MS),
      (error: unknown) => {
        onError(error)
        later(EVERY_MS)
      },
    )
  }
  later(MINUTE_MS)
  return {
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
