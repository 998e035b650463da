const ROUNDS = 4

/**
 * A seeded permutation of 0..size-1 that needs no memory: a Feistel network over the next even number of bits, walked on
 * until it falls inside. Ten million distinct, random-looking ids are computed from their index wherever they are needed.
 * @param size 1..2^52
 */
export function permutation(size: number, seed: number): (index: number) => number {
  if (!Number.isSafeInteger(size) || size < 1 || size > 2 ** 52) throw new RangeError(`size ${size}`)
  const halfBits = Math.max(1, Math.ceil(Math.log2(size) / 2))
  const half = 2 ** halfBits
  const keys = Array.from({ length: ROUNDS }, (_, round) => mix(seed ^ Math.imul(round + 1, 0x9e3779b1)))
  const once = (value: number): number => {
    let left = Math.floor(value / half)
    let right = value % half
    for (const key of keys) {
      const next = (left ^ (mix(right ^ key) >>> 1)) & (half - 1)
      left = right
      right = next
    }
    return left * half + right
  }
  return (index) => {
    let value = once(index)
    while (value >= size) value = once(value)
    return value
  }
}

/** 32 well-mixed bits of a number: the finaliser of MurmurHash3 (public domain). */
export function mix(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
