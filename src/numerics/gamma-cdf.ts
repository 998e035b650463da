import { logGamma } from './log-gamma.ts'

const TERMS_MAX = 10_000
const PRECISION = 1e-15

/**
 * Probability that a gamma variable of this shape and rate 1 is at most x: the regularised lower incomplete gamma
 * function P(shape, x).
 *
 * The series converges fast below the mean and the continued fraction above it, so each is used on its own side.
 *
 * @param shape > 0
 * @param x >= 0; Infinity gives 1
 * @throws RangeError outside these ranges
 * @see Abramowitz & Stegun 6.5.29 and 6.5.31
 * @example gammaCdf(1, 1) // 1 - 1/e = 0.63212...
 */
export function gammaCdf(shape: number, x: number): number {
  if (!(shape > 0) || !(x >= 0))
    throw new RangeError(`gammaCdf needs shape > 0 and x >= 0, not ${shape}, ${x}`)
  if (x === 0) return 0
  if (x === Infinity) return 1
  const front = Math.exp(shape * Math.log(x) - x - logGamma(shape))
  return x < shape + 1 ? front * series(shape, x) : 1 - front * continuedFraction(shape, x)
}

function series(shape: number, x: number): number {
  let term = 1 / shape
  let sum = term
  for (let i = 1; i < TERMS_MAX && Math.abs(term) > Math.abs(sum) * PRECISION; i++) {
    term *= x / (shape + i)
    sum += term
  }
  return sum
}

/** Lentz's method; `tiny` only keeps a denominator off zero. */
function continuedFraction(shape: number, x: number): number {
  const tiny = 1e-300
  let b = x + 1 - shape
  let c = 1 / tiny
  let d = 1 / b
  let h = d
  for (let i = 1; i < TERMS_MAX; i++) {
    const a = -i * (i - shape)
    b += 2
    d = 1 / nonZero(a * d + b, tiny)
    c = nonZero(b + a / c, tiny)
    const step = c * d
    h *= step
    if (Math.abs(step - 1) < PRECISION) break
  }
  return h
}

function nonZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value
}
