import { HOUR_MS } from '../../src/domain/instant.ts'
import { poissonCusumArl } from '../../src/numerics/poisson-cusum-arl.ts'
import type { DelayCurve } from '../truth/delay-curve.ts'
import type { FaultWatch } from '../truth/fault-watch.ts'

/**
 * (e) The oracle: it cheats. It is told the true place, the true rate before and after and how late reports come, and runs the optimal
 * chart over the tasks' times of solving: at each report the best moment v in the past,
 *
 *   S = max over v of  n(v) ln r - (r - 1) M(v)
 *
 * n and M are reports and matured expectation of tasks solved since v. No detector can do better at equal run length.
 *
 * @param threshold nats; see oracleThreshold
 * @returns when it alarms; null: not within the events
 */
export function oracleAlarm(watch: FaultWatch, curve: DelayCurve, threshold: number): number | null {
  const { ratio, fault } = watch
  if (!(ratio > 1)) return null
  const lnRatio = Math.log(ratio)
  const solved: number[] = []
  for (const { solvedAt, receivedAt } of watch.reports) {
    // What was solved long before the onset it knows tells it nothing.
    if (solvedAt < fault.from - HOUR_MS) continue
    insert(solved, solvedAt)
    if (receivedAt < fault.from) continue
    // The best moment is always just before a task that was reported.
    for (let i = solved.length - 1; i >= 0; i--) {
      const reports = solved.length - i
      if (reports * lnRatio < threshold) continue
      const matured = watch.matured(curve, receivedAt, solved[i] as number)
      if (reports * lnRatio - (ratio - 1) * matured >= threshold) return receivedAt
    }
  }
  return null
}

function insert(sorted: number[], value: number): void {
  let at = sorted.length
  while (at > 0 && (sorted[at - 1] as number) > value) at--
  sorted.splice(at, 0, value)
}

/**
 * The oracle's threshold for an average run of so many baseline reports until a false alarm: exact for a Poisson process watched in
 * small steps, by bisection.
 *
 * @param ratio what it looks for, > 1
 * @param runLength expected reports, well above 1
 * @returns nats
 */
export function oracleThreshold(ratio: number, runLength: number): number {
  const rise = Math.log(ratio)
  // Steps so small that the chart falls by a whole part of a report's rise in each: a lattice it never leaves. A small ratio rises by
  // little, and the cost is the cube of the states.
  const lattice = Math.max(2, Math.min(LATTICE_MAX, Math.floor((STATES * rise) / Math.log(runLength))))
  const mean = rise / (lattice * (ratio - 1))
  let low = 1
  let high = Math.ceil((Math.log(runLength) / rise + 2) * lattice)
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (poissonCusumArl(mean, 1, middle, lattice) * mean < runLength) low = middle
    else high = middle
  }
  return (high / lattice) * rise
}

const LATTICE_MAX = 24
const STATES = 500
