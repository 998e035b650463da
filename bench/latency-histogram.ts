const SUB_BITS = 7
const SUBS = 1 << SUB_BITS
const MICROSECONDS_MAX = 2 ** 30

/**
 * Latencies in a fixed array: 128 buckets for each power of two of microseconds, so that a quantile is off by less than
 * 0.8 % and recording never allocates. The layout is that of HdrHistogram.
 */
export class LatencyHistogram {
  readonly #counts = new Float64Array((31 - SUB_BITS + 1) * SUBS)
  #total = 0
  #maxUs = 0

  /** @param ms latency in milliseconds, >= 0; beyond 1073 s it counts as that much */
  record(ms: number): void {
    const us = Math.min(Math.max(Math.round(ms * 1000), 0), MICROSECONDS_MAX)
    this.#counts[bucketOf(us)]! += 1
    this.#total++
    if (us > this.#maxUs) this.#maxUs = us
  }

  get total(): number {
    return this.#total
  }

  /** @returns the largest recorded latency in ms; 0 when nothing was recorded */
  get maxMs(): number {
    return this.#maxUs / 1000
  }

  /**
   * @param q in [0, 1]
   * @returns the latency in ms that a share `q` of the records does not exceed; NaN when nothing was recorded
   */
  quantileMs(q: number): number {
    if (this.#total === 0) return Number.NaN
    const rank = Math.max(1, Math.ceil(q * this.#total))
    let seen = 0
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      seen += this.#counts[bucket]!
      if (seen >= rank) return Math.min(upperEdgeOf(bucket), this.#maxUs) / 1000
    }
    throw new Error(`histogram lost records: ${seen} of ${this.#total}`)
  }
}

function bucketOf(us: number): number {
  if (us < SUBS) return us
  const exponent = 31 - Math.clz32(us)
  return (exponent - SUB_BITS + 1) * SUBS + (us >>> (exponent - SUB_BITS)) - SUBS
}

/** The largest whole microsecond that falls into a bucket. */
function upperEdgeOf(bucket: number): number {
  if (bucket < SUBS) return bucket
  const shift = Math.floor(bucket / SUBS) - 1
  return ((bucket % SUBS) + SUBS + 1) * 2 ** shift - 1
}
