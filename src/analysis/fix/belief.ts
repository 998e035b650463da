import type { Ratio } from '../../domain/incident.ts'
import { gammaQuantile } from '../../numerics/gamma-quantile.ts'

/** What is known of a ratio: a gamma distribution with this mean and spread. */
export interface RatioBelief {
  /** > 0; about the reports it was learned from. */
  readonly shape: number
  /** > 0; the mean is shape / rate. */
  readonly rate: number
}

const SHAPE_MIN = 0.25
const SHAPE_MAX = 1e6

/**
 * The gamma distribution whose mean is the estimate and whose 90 % interval is as wide as the one given.
 *
 * An interval as wide as no gamma of shape 1/4 or more gets shape 1/4; one of no width a million.
 *
 * @throws RangeError where the estimate is not above 0 or the interval is upside down
 * @example beliefOf({ estimate: 10, low: 5.43, high: 15.71 }) // shape 10, rate 1
 */
export function beliefOf({ estimate, low, high }: Ratio): RatioBelief {
  if (!(estimate > 0 && low <= high)) throw new RangeError(`${estimate} (${low} to ${high}) is no ratio`)
  const width = (high - low) / estimate
  // The more shape, the narrower; the logarithm of the shape is bisected.
  let small = Math.log(SHAPE_MIN)
  let large = Math.log(SHAPE_MAX)
  for (let i = 0; i < 50; i++) {
    const middle = (small + large) / 2
    if (relativeWidth(Math.exp(middle)) > width) small = middle
    else large = middle
  }
  const shape = Math.exp((small + large) / 2)
  return { shape, rate: shape / estimate }
}

/** Width of the 90 % interval over the mean. Falls with the shape from 1/4 on. */
function relativeWidth(shape: number): number {
  return (gammaQuantile(0.95, shape) - gammaQuantile(0.05, shape)) / shape
}
