import { gammaQuantile } from '../src/numerics/gamma-quantile.ts'

/**
 * The exact 95 % interval of a Poisson mean, from one count.
 *
 *   low = 2.5 % point of Gamma(count),   high = 97.5 % point of Gamma(count + 1)
 *
 * @param count integer >= 0
 * @returns for count 0 the lower end is 0
 * @throws RangeError for anything that is no count
 * @see F. Garwood (1936), "Fiducial limits for the Poisson distribution", Biometrika 28
 * @example poissonInterval(18) // {low: 10.67, high: 28.45}: over 26 weeks, 0.41 to 1.09 a week
 */
export function poissonInterval(count: number): { low: number; high: number } {
  if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`${count} is no count`)
  return {
    low: count === 0 ? 0 : gammaQuantile(0.025, count),
    high: gammaQuantile(0.975, count + 1),
  }
}
