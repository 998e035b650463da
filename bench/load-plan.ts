import type { World } from './world.ts'

/** One slice of load: what to send where, for how long. Crosses to the load generator's process as JSON. */
export interface LoadPlan {
  readonly port: number
  readonly connections: number
  /** Sent, but not measured: caches, branch predictors and TCP windows settle. */
  readonly warmupMs: number
  readonly durationMs: number
  readonly world: World
  /** First report of the world to send, and how many there are at most. */
  readonly from: number
  readonly count: number
  /** Requests a second for an open loop; null: a closed loop, each connection sends when it was answered. */
  readonly perSecond: number | null
}

export interface LatencyFigures {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

/** What one slice gave. Times in ms. */
export interface LoadResult {
  /** Success answers a second within the measured time. */
  readonly perSecond: number
  readonly latencyMs: LatencyFigures
  /** Open loop: how late the generator itself sent, a part of the latency above that is none of the server's. */
  readonly latenessP99Ms: number | null
  /** All that was sent, warm-up included, by what became of it. */
  readonly sent: number
  readonly success: number
  readonly other: number
  readonly failed: number
  /** An answer that was no success, or why there was none; empty when all were. */
  readonly example: string
  /** The prepared requests ran out before the time did: the rate is not to be used. */
  readonly exhausted: boolean
  /** CPU time the generator itself used for one request, in microseconds. */
  readonly generatorCpuUs: number
}
