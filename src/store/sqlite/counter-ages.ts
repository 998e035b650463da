import type { Maturing } from '../contract.ts'
import { BIN_MS, BINS_PER_DAY } from './day-bins.ts'

/** From here on a day counts as wholly mature: what is missing is less than anybody could see. */
const MATURE = 0.9999

/** Which share of a bin's reports is due by now, worked out once for each day and type. */
export class AgeTable {
  readonly #maturing: Maturing
  readonly #typeName: (type: number) => string
  readonly #days = new Map<number, (Float64Array | null | undefined)[]>()

  constructor(maturing: Maturing, typeName: (type: number) => string) {
    this.#maturing = maturing
    this.#typeName = typeName
  }

  /** @returns the shares of a day's bins; null where all of them are 1 */
  dueOn(day: number, type: number): Float64Array | null {
    let types = this.#days.get(day)
    if (types === undefined) this.#days.set(day, (types = []))
    let shares = types[type]
    if (shares === undefined) types[type] = shares = this.#sharesOf(day, this.#typeName(type))
    return shares
  }

  #sharesOf(day: number, type: string): Float64Array | null {
    const firstBin = day * BINS_PER_DAY
    if (this.#share(firstBin + BINS_PER_DAY - 1, type) >= MATURE) return null
    return Float64Array.from({ length: BINS_PER_DAY }, (_, place) => this.#share(firstBin + place, type))
  }

  // At the age of the middle of the bin, as far as it has passed.
  #share(bin: number, type: string): number {
    const { now } = this.#maturing
    const start = bin * BIN_MS
    const passed = Math.min(BIN_MS, now - start)
    return passed <= 0 ? 0 : this.#maturing.maturity(type, now - start - passed / 2)
  }
}
