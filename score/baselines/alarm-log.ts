import { DAY_MS } from '../../src/domain/instant.ts'

/** What one baseline said on healthy events, at every setting at once. Plain data, so that it can be sent between threads. */
export interface AlarmLog {
  readonly segments: Int32Array
  readonly at: Float64Array
  readonly strictness: Float64Array
}

/** Collects the alarms of one baseline, those at or above its lowest setting of interest. */
export class AlarmLogger {
  readonly #segments: number[] = []
  readonly #at: number[] = []
  readonly #strictness: number[] = []

  add(segment: number, at: number, strictness: number): void {
    this.#segments.push(segment)
    this.#at.push(at)
    this.#strictness.push(strictness)
  }

  take(): AlarmLog {
    return {
      segments: Int32Array.from(this.#segments),
      at: Float64Array.from(this.#at),
      strictness: Float64Array.from(this.#strictness),
    }
  }
}

/** Incidents that a setting would have raised: of one segment at most one in 24 hours. */
export function countIncidents({ segments, at, strictness }: AlarmLog, setting: number): number {
  const last = new Map<number, number>()
  let count = 0
  for (let i = 0; i < segments.length; i++) {
    if ((strictness[i] as number) < setting) continue
    const segment = segments[i] as number
    const now = at[i] as number
    if (now - (last.get(segment) ?? -Infinity) < DAY_MS) continue
    last.set(segment, now)
    count++
  }
  return count
}

/**
 * The lowest setting, from `usual` up, that raises no more than so many incidents over all logs.
 * @param allowed incidents over all logs together
 */
export function retune(logs: readonly AlarmLog[], usual: number, allowed: number): number {
  const total = (setting: number): number => logs.reduce((sum, log) => sum + countIncidents(log, setting), 0)
  if (total(usual) <= allowed) return usual
  const candidates = [...new Set(logs.flatMap((log) => [...log.strictness]))]
    .filter((strictness) => strictness > usual)
    .sort((a, b) => a - b)
  // Above the highest there is nothing left.
  const just = (setting: number): number => setting * (1 + 1e-9)
  let low = 0
  let high = candidates.length - 1
  if (high < 0) return just(usual)
  while (low < high) {
    const middle = (low + high) >> 1
    if (total(just(candidates[middle] as number)) <= allowed) high = middle
    else low = middle + 1
  }
  return just(candidates[low] as number)
}
