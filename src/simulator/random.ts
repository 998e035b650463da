/**
 * A seeded source of chance: sfc32 (C. Doty-Humphrey, PractRand; public domain), 128 bits of state, period of at least
 * 2^32 whatever the seed.
 *
 * Streams have names instead of an order: `split('accounts')` depends on the seed and the names on the way, never on how
 * many numbers were drawn before. So a new kind of draw in one place leaves every other place as it was.
 */
export class Random {
  readonly #key: string
  #a: number
  #b: number
  #c: number
  #count = 1

  private constructor(key: string) {
    this.#key = key
    this.#a = hash(key, 0x9e3779b9)
    this.#b = hash(key, 0x85ebca6b)
    this.#c = hash(key, 0xc2b2ae35)
    // The author's advice: the first outputs still show the seed.
    for (let i = 0; i < 15; i++) this.uint32()
  }

  static of(seed: number | string): Random {
    return new Random(String(seed))
  }

  /** A stream of its own, the same for the same seed and name. */
  split(name: string | number): Random {
    return new Random(`${this.#key}/${name}`)
  }

  /** @returns an integer in [0, 2^32) */
  uint32(): number {
    const sum = (this.#a + this.#b + this.#count) | 0
    this.#count = (this.#count + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** @returns a number in [0, 1) with 32 random bits: enough to compare with a probability */
  coin(): number {
    return this.uint32() * 2 ** -32
  }

  /** @returns a number in (0, 1) with 52 random bits: never 0, so its logarithm is finite */
  uniform(): number {
    return ((this.uint32() >>> 6) * 2 ** 26 + (this.uint32() >>> 6) + 0.5) * 2 ** -52
  }

  /** @returns a number in (low, high) */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform()
  }

  /** @returns an integer in [0, count) */
  below(count: number): number {
    return Math.floor(this.coin() * count)
  }
}

/** 32 bits of a text under a key; the finaliser is MurmurHash3's. */
function hash(text: string, key: number): number {
  let h = key | 0
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
    h ^= h >>> 15
  }
  h ^= text.length
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
