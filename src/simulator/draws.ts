import type { Random } from './random.ts'

/** Exponential with mean 1, by inversion. */
export function exponential(random: Random): number {
  return -Math.log(random.uniform())
}

/** Normal with mean 0 and variance 1, by Marsaglia's polar method. The second value of each pair is thrown away. */
export function normal(random: Random): number {
  for (;;) {
    const x = 2 * random.uniform() - 1
    const y = 2 * random.uniform() - 1
    const square = x * x + y * y
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * Math.log(square)) / square)
  }
}

/**
 * Log-normal: exp(normal * sigma) * median.
 * @param sigma standard deviation of the logarithm; the mean is median * exp(sigma^2 / 2)
 */
export function logNormal(random: Random, median: number, sigma: number): number {
  return median * Math.exp(sigma * normal(random))
}

/**
 * Gamma with scale 1: mean and variance are both `shape`.
 * @throws RangeError unless shape > 0
 * @see G. Marsaglia, W. W. Tsang (2000), "A simple method for generating gamma variables", ACM TOMS 26(3)
 */
export function gamma(random: Random, shape: number): number {
  if (!(shape > 0)) throw new RangeError(`a gamma variable has shape > 0, not ${shape}`)
  // Below 1: one dimension up, then down again by a power of a uniform.
  if (shape < 1) return gamma(random, shape + 1) * random.uniform() ** (1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = normal(random)
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
  }
}

/** Beta by its mean: mean `mean`, variance mean * (1 - mean) / (concentration + 1). Both in (0, 1) and > 0. */
export function beta(random: Random, mean: number, concentration: number): number {
  const a = gamma(random, mean * concentration)
  const b = gamma(random, (1 - mean) * concentration)
  return a / (a + b)
}

/**
 * Poisson, by counting arrivals: exact for every mean; time grows with the mean.
 * @throws RangeError unless mean >= 0 and finite
 */
export function poisson(random: Random, mean: number): number {
  if (!(mean >= 0 && mean < Infinity)) throw new RangeError(`a Poisson variable has mean >= 0, not ${mean}`)
  let count = 0
  for (let at = exponential(random); at <= mean; at += exponential(random)) count++
  return count
}

/** exp of a uniform between the logarithms: as likely to double as to halve. */
export function logUniform(random: Random, low: number, high: number): number {
  return low * (high / low) ** random.uniform()
}

/** A random order of the integers 0..count-1 (Fisher-Yates). */
export function shuffled(random: Random, count: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index)
  for (let i = count - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const held = order[i] as number
    order[i] = order[j] as number
    order[j] = held
  }
  return order
}
