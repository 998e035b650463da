import type { DurationMs, Instant } from '../domain/instant.ts'
import { MINUTE_MS } from '../domain/instant.ts'
import { addressHolder } from '../protocol/wire-address.ts'

export interface ThrottleLimits {
  /** Wrong keys or ids that one address may send in a minute and still hear what is wrong with them. */
  readonly wrongPerMinuteMax: number
  /** ... and in ten minutes, before it is banned. */
  readonly wrongPerTenMinutesMax: number
  readonly banMs: DurationMs
  /** Addresses remembered; beyond it the one that was wrong least recently is forgotten. */
  readonly addressesMax: number
}

export const THROTTLE_LIMITS: ThrottleLimits = {
  wrongPerMinuteMax: 30,
  wrongPerTenMinutesMax: 300,
  banMs: 10 * MINUTE_MS,
  addressesMax: 16_384,
}

/** What one address did wrong. Windows begin with the first wrong request after the former window. */
interface Misdeeds {
  minuteSince: Instant
  minuteCount: number
  tenMinutesSince: Instant
  tenMinutesCount: number
  bannedUntil: Instant
}

/** What is answered in place of the refusal. */
export type Throttled = 'too-many-requests' | 'address-banned'

/**
 * Makes guessing of keys and ids slow, and locks nobody out: it is asked only when a request is being refused for a
 * wrong key or id anyway, and can only change the words of that refusal. A right key with a right id never gets here.
 *
 * All wrong requests count, those answered `too-many-requests` too, so that who goes on regardless is banned. A ban is
 * for a fixed time; what comes during it does not prolong it.
 */
export class Throttle {
  readonly #limits: ThrottleLimits
  /** In the order of the last wrong request, the oldest first: a Map keeps insertion order. */
  readonly #records = new Map<string, Misdeeds>()

  constructor(limits: ThrottleLimits = THROTTLE_LIMITS) {
    this.#limits = limits
  }

  /** Addresses remembered now. */
  get size(): number {
    return this.#records.size
  }

  /**
   * Counts one wrong key or id.
   * @param address of the client, in canonical form; those of one IPv6 /64 count as one
   * @returns what to answer instead of the refusal; null: the refusal itself
   */
  wrong(address: string, now: Instant): Throttled | null {
    const holder = addressHolder(address)
    const record = this.#touch(holder, now)
    if (now < record.bannedUntil) return 'address-banned'
    if (isOver(record.minuteSince, MINUTE_MS, now)) {
      record.minuteSince = now
      record.minuteCount = 0
    }
    if (isOver(record.tenMinutesSince, 10 * MINUTE_MS, now)) {
      record.tenMinutesSince = now
      record.tenMinutesCount = 0
    }
    record.minuteCount++
    record.tenMinutesCount++
    if (record.tenMinutesCount > this.#limits.wrongPerTenMinutesMax) {
      record.bannedUntil = now + this.#limits.banMs
      record.tenMinutesCount = 0
      record.minuteCount = 0
      return 'address-banned'
    }
    return record.minuteCount > this.#limits.wrongPerMinuteMax ? 'too-many-requests' : null
  }

  #touch(holder: string, now: Instant): Misdeeds {
    let record = this.#records.get(holder)
    if (record !== undefined) {
      this.#records.delete(holder)
    } else {
      if (this.#records.size >= this.#limits.addressesMax) {
        const [oldest] = this.#records.keys()
        if (oldest !== undefined) this.#records.delete(oldest)
      }
      record = {
        minuteSince: now,
        minuteCount: 0,
        tenMinutesSince: now,
        tenMinutesCount: 0,
        bannedUntil: -Infinity,
      }
    }
    this.#records.set(holder, record)
    return record
  }
}

/** A window that would begin in the future is over too: the clock was set back. */
function isOver(since: Instant, lengthMs: DurationMs, now: Instant): boolean {
  return now - since >= lengthMs || now < since
}
