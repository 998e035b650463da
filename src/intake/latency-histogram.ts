import type { DurationMs } from '../domain/instant.ts'

/** Upper bounds in ms, each included; the last bucket takes the rest. */
export const LATENCY_BOUNDS_MS: readonly DurationMs[] = [
  0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_000, 2_000, 5_000,
]

/** How long requests took, as counts per bucket: fixed memory, read by the metrics page. */
export class LatencyHistogram {
  /** One more than there are bounds. Not cumulative. */
  readonly counts = new Float64Array(LATENCY_BOUNDS_MS.length + 1)
  sumMs = 0

  add(ms: DurationMs): void {
    let bucket = 0
    while (bucket < LATENCY_BOUNDS_MS.length && ms > LATENCY_BOUNDS_MS[bucket]!) bucket++
    this.counts[bucket]!++
    this.sumMs += ms
  }
}
