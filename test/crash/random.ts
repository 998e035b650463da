import { mix } from '../../bench/permutation.ts'

/** A seeded source of chance. */
export interface Random {
  /** @returns a number in [0, 1) */
  next(): number
  /** @returns a whole number in [from, to] */
  whole(from: number, to: number): number
  pick<T>(items: readonly T[]): T
}

export function randomFrom(seed: number): Random {
  let count = 0
  const next = () => mix(seed + Math.imul(++count, 0x9e3779b1)) / 2 ** 32
  return {
    next,
    whole: (from, to) => from + Math.floor(next() * (to - from + 1)),
    pick: (items) => {
      const item = items[Math.floor(next() * items.length)]
      if (item === undefined) throw new RangeError('nothing to pick from')
      return item
    },
  }
}
