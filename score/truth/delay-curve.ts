import { DAY_MS, MINUTE_MS } from '../../src/domain/instant.ts'

const STEP_MS = MINUTE_MS
const STEPS = (2 * DAY_MS) / STEP_MS

/** How late reports really came, counted: what the limits use, whatever family of delays the world has. */
export class DelayCurve {
  readonly #counts = new Float64Array(STEPS)
  #total = 0
  #shares: Float64Array | null = null

  add(delayMs: number): void {
    const step = Math.min(STEPS - 1, Math.max(0, Math.floor(delayMs / STEP_MS)))
    this.#counts[step] = (this.#counts[step] as number) + 1
    this.#total++
    this.#shares = null
  }

  /** Share of reports that have come by this age, in [0, 1]. */
  by(ageMs: number): number {
    if (ageMs <= 0 || this.#total === 0) return 0
    this.#shares ??= this.#sum()
    const at = ageMs / STEP_MS
    const step = Math.floor(at)
    if (step >= STEPS) return 1
    const before = step === 0 ? 0 : (this.#shares[step - 1] as number)
    return before + (at - step) * ((this.#shares[step] as number) - before)
  }

  #sum(): Float64Array {
    let sum = 0
    return this.#counts.map((count) => (sum += count) / this.#total)
  }
}
