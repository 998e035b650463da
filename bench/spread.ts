/** Middle half of some measurements. Rounds on a shared machine have outliers; a mean would be theirs. */
export interface Spread {
  readonly median: number
  readonly low: number
  readonly high: number
  readonly rounds: number
}

/**
 * Median and quartiles, by linear interpolation between ranks.
 * @throws RangeError when there is nothing, or not a number among the values
 */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0 || values.some((value) => !Number.isFinite(value)))
    throw new RangeError(`no spread of [${values.join(', ')}]`)
  const sorted = values.toSorted((a, b) => a - b)
  const at = (q: number): number => {
    const rank = q * (sorted.length - 1)
    const below = sorted[Math.floor(rank)]!
    const above = sorted[Math.ceil(rank)]!
    return below + (above - below) * (rank - Math.floor(rank))
  }
  return { median: at(0.5), low: at(0.25), high: at(0.75), rounds: values.length }
}
