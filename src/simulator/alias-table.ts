import type { Random } from './random.ts'

/**
 * Draws an index with given weights in constant time: one integer, one coin.
 * @see M. D. Vose (1991), "A linear algorithm for generating random numbers with a given distribution", IEEE TSE 17(9)
 */
export class AliasTable {
  readonly #keep: Float64Array
  readonly #alias: Uint32Array

  /** @throws RangeError if a weight is negative or not finite, or all are zero */
  constructor(weights: readonly number[]) {
    const count = weights.length
    const sum = weights.reduce((total, weight) => total + weight, 0)
    if (!(sum > 0 && sum < Infinity) || weights.some((weight) => weight < 0))
      throw new RangeError(`weights are >= 0 and sum to more than 0; ${count} weights summed to ${sum}`)
    const scaled = weights.map((weight) => (weight * count) / sum)
    this.#keep = new Float64Array(count).fill(1)
    this.#alias = Uint32Array.from({ length: count }, (_, index) => index)
    const small: number[] = []
    const large: number[] = []
    scaled.forEach((weight, index) => (weight < 1 ? small : large).push(index))
    while (small.length > 0 && large.length > 0) {
      const less = small.pop() as number
      const more = large[large.length - 1] as number
      this.#keep[less] = scaled[less] as number
      this.#alias[less] = more
      const left = (scaled[more] as number) + (scaled[less] as number) - 1
      scaled[more] = left
      if (left < 1) small.push(large.pop() as number)
    }
  }

  draw(random: Random): number {
    const index = random.below(this.#keep.length)
    return random.coin() < (this.#keep[index] as number) ? index : (this.#alias[index] as number)
  }
}

/** Zipf's weights: the k-th of `count` has 1 / k^exponent, scaled to sum to 1. Exponent 0: all alike. */
export function zipfWeights(count: number, exponent: number): number[] {
  const raw = Array.from({ length: count }, (_, index) => (index + 1) ** -exponent)
  const sum = raw.reduce((total, weight) => total + weight, 0)
  return raw.map((weight) => weight / sum)
}
