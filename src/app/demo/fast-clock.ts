import type { Clock, Instant } from '../../domain/instant.ts'

/**
 * A clock that runs faster than life: now = where it was when its speed was last set + real time since then * speed. The speed
 * may change, and may be 0; the clock never goes back.
 */
export class FastClock implements Clock {
  readonly #realNow: () => number
  #since: number
  #base: number
  #speed: number

  /**
   * @param startAt what it shows now
   * @param speed milliseconds of its own a real millisecond, >= 0
   * @param realNow real milliseconds from any beginning, never going back: `performance.now`, say
   */
  constructor(startAt: Instant, speed: number, realNow: () => number) {
    this.#realNow = realNow
    this.#since = realNow()
    this.#base = startAt
    this.#speed = checked(speed)
  }

  get speed(): number {
    return this.#speed
  }

  set speed(speed: number) {
    const real = this.#realNow()
    this.#base += (real - this.#since) * this.#speed
    this.#since = real
    this.#speed = checked(speed)
  }

  now(): Instant {
    return Math.floor(this.#base + (this.#realNow() - this.#since) * this.#speed)
  }
}

function checked(speed: number): number {
  if (!(speed >= 0 && speed < Infinity)) throw new RangeError(`a clock's speed is >= 0, not ${speed}`)
  return speed
}
