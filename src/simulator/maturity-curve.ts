import type { DurationMs } from '../domain/instant.ts'
import { SECOND_MS } from '../domain/instant.ts'
import type { DelayFamily } from './delays.ts'

/** Accounts that take as long as each other, and which part of the reports is theirs. */
export interface DelayGroup {
  readonly factor: number
  /** null: each report goes out by itself. */
  readonly flushEveryMs: DurationMs | null
}

const POINTS = 240
/** Moments within a flushing period over which is averaged. */
const PHASES = 12

/** Share of a task's reports that has come by an age, for a mixture of accounts; what is given up never comes. */
export class MaturityCurve {
  /** No report comes later. */
  readonly completeAtMs: DurationMs
  readonly #shares = new Float64Array(POINTS + 1)
  readonly #scale: number

  /** @param groups with weights >= 0; all zero: as an account with factor 1 */
  constructor(
    family: DelayFamily,
    groups: readonly (DelayGroup & { readonly weight: number })[],
    giveUpMs: DurationMs,
  ) {
    this.completeAtMs = giveUpMs
    this.#scale = POINTS / Math.log(giveUpMs / SECOND_MS)
    const sum = groups.reduce((total, { weight }) => total + weight, 0)
    const mixture = sum > 0 ? groups : [{ factor: 1, flushEveryMs: null, weight: 1 }]
    const total = sum > 0 ? sum : 1
    for (let point = 0; point <= POINTS; point++) {
      const ageMs = SECOND_MS * Math.exp(point / this.#scale)
      for (const { factor, flushEveryMs, weight } of mixture) {
        if (weight === 0) continue
        this.#shares[point] =
          (this.#shares[point] as number) + (weight / total) * shareBy(family, factor, flushEveryMs, ageMs)
      }
    }
  }

  at(ageMs: DurationMs): number {
    if (ageMs <= 0) return 0
    const place = Math.log(ageMs / SECOND_MS) * this.#scale
    // Below the first point it grows from nothing, evenly.
    if (place <= 0) return ((this.#shares[0] as number) * ageMs) / SECOND_MS
    if (place >= POINTS) return this.#shares[POINTS] as number
    const point = Math.floor(place)
    const left = this.#shares[point] as number
    return left + (place - point) * ((this.#shares[point + 1] as number) - left)
  }
}

function shareBy(
  family: DelayFamily,
  factor: number,
  flushEveryMs: DurationMs | null,
  ageMs: DurationMs,
): number {
  if (flushEveryMs === null) return delayShare(family, ageMs / factor)
  let sum = 0
  for (let phase = 0; phase < PHASES; phase++)
    sum += delayShare(family, (ageMs - ((phase + 0.5) / PHASES) * flushEveryMs) / factor)
  return sum / PHASES
}

/** P(delay <= age) of a family. */
export function delayShare(family: DelayFamily, ageMs: DurationMs): number {
  if (ageMs <= 0) return 0
  if (family.kind === 'log-normal') return normalShare(Math.log(ageMs / family.medianMs) / family.sigma)
  return family.parts.reduce((sum, { share, meanMs }) => sum + share * -Math.expm1(-ageMs / meanMs), 0)
}

/**
 * P(a normal variable <= z), to 1e-7.
 * @see M. Abramowitz, I. A. Stegun (1964), Handbook of Mathematical Functions, 7.1.26
 */
function normalShare(z: number): number {
  const x = Math.abs(z) / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * x)
  const tail =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) *
    Math.exp(-x * x)
  return z < 0 ? tail / 2 : 1 - tail / 2
}
