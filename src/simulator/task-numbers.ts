import type { Random } from './random.ts'

const HALF_BITS = 20
const HALF = 2 ** HALF_BITS
const MASK = HALF - 1
const ROUNDS = 4

/** Ids one world can give before it repeats itself. */
export const TASK_NUMBERS = HALF * HALF

/**
 * Ids that look random over 1..2^40 and never repeat: a keyed permutation of the serial number (a balanced Feistel
 * network of four rounds). Drawn ids would collide: 16 million of them about a hundred times.
 */
export class TaskNumbers {
  readonly #keys: readonly number[]

  constructor(random: Random) {
    this.#keys = Array.from({ length: ROUNDS }, () => random.uint32())
  }

  /** @param serial 0..2^40-1 */
  of(serial: number): number {
    if (!(serial >= 0 && serial < TASK_NUMBERS)) throw new RangeError(`serial ${serial} is not in 0..2^40-1`)
    let left = Math.floor(serial / HALF)
    let right = serial % HALF
    for (const key of this.#keys) {
      let mixed = Math.imul(right ^ key, 0x9e3779b1)
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b)
      const next = left ^ ((mixed ^ (mixed >>> 13)) & MASK)
      left = right
      right = next
    }
    // 0 is no task id; 2^40 is not used otherwise.
    return left * HALF + right || TASK_NUMBERS
  }
}
