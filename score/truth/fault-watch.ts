import type { Where } from '../../src/domain/incident.ts'
import { DAY_MS, MINUTE_MS } from '../../src/domain/instant.ts'
import type { Fault } from '../../src/simulator/breaks.ts'
import { delayAwareLimit } from '../../src/simulator/information.ts'
import type { FaultTruth } from '../../src/simulator/truth.ts'
import type { DelayCurve } from './delay-curve.ts'
import type { Leaf } from './leaf-tasks.ts'
import { isAtAny } from './places.ts'

const SLOT_MS = 5 * MINUTE_MS

/** A bad report on a task that a fault could have hit. */
interface HitReport {
  readonly solvedAt: number
  readonly receivedAt: number
}

/** The least time in which a fault can be told from chance, and how many reports that takes. */
export interface DetectionLimit {
  readonly minutes: number
  readonly reports: number
}

/**
 * Follows one fault through the events: which tasks it could hit, by when they were solved, and every bad report on them. From these
 * and the truth come the limits that any detector has, and the oracle's charts.
 */
export class FaultWatch {
  readonly fault: Fault
  readonly truth: FaultTruth
  /** Reports to be expected of one of its tasks while nothing is broken. */
  readonly reportsPerTask: number
  /** How many times as many there are at the fault's full strength. */
  readonly ratio: number
  readonly reports: HitReport[] = []
  readonly #wheres: readonly Where[]
  readonly #hit: boolean[] = []
  readonly #firstSlot: number
  readonly #tasks: Uint32Array
  readonly #until: number

  /** @param until end of the events */
  constructor(truth: FaultTruth, until: number) {
    this.truth = truth
    this.fault = truth.fault
    this.#wheres = truth.fault.where
    this.#until = until
    this.reportsPerTask = truth.healthyReportsPerHour / truth.tasksPerHour
    this.ratio = truth.brokenReportsPerHour / truth.healthyReportsPerHour
    this.#firstSlot = Math.floor((this.fault.from - DAY_MS) / SLOT_MS)
    this.#tasks = new Uint32Array(Math.max(1, Math.ceil(until / SLOT_MS) - this.#firstSlot + 1))
  }

  covers(leaf: Leaf): boolean {
    return (this.#hit[leaf.index] ??= isAtAny(this.#wheres, leaf.attributes, leaf.account))
  }

  task(leaf: Leaf, solvedAt: number): void {
    if (!this.covers(leaf)) return
    const slot = Math.floor(solvedAt / SLOT_MS) - this.#firstSlot
    if (slot >= 0) this.#tasks[slot] = (this.#tasks[slot] as number) + 1
  }

  badReport(leaf: Leaf, solvedAt: number, receivedAt: number): void {
    if (solvedAt >= this.fault.from - DAY_MS && this.covers(leaf)) this.reports.push({ solvedAt, receivedAt })
  }

  /** Bad reports received by `at` on its tasks solved in [from, until). */
  reportsBy(at: number, from: number, until = Infinity): number {
    let count = 0
    for (const { solvedAt, receivedAt } of this.reports)
      if (receivedAt <= at && solvedAt >= from && solvedAt < until) count++
    return count
  }

  /** When the n-th bad report on tasks solved since the fault began came in; null: fewer came. */
  timeOfReport(n: number): number | null {
    const since = this.reports.filter(({ solvedAt }) => solvedAt >= this.fault.from)
    return since[n - 1]?.receivedAt ?? null
  }

  /** Reports that tasks solved in [from, until) would have brought by `at`, had nothing been broken. */
  matured(curve: DelayCurve, at: number, from: number, until = Infinity): number {
    const first = Math.max(0, Math.floor(from / SLOT_MS) - this.#firstSlot)
    const last = Math.min(this.#tasks.length, Math.ceil(Math.min(until, at) / SLOT_MS) - this.#firstSlot)
    let sum = 0
    for (let slot = first; slot < last; slot++) {
      const tasks = this.#tasks[slot] as number
      if (tasks === 0) continue
      const start = Math.max(from, (slot + this.#firstSlot) * SLOT_MS)
      const end = Math.min(until, (slot + this.#firstSlot + 1) * SLOT_MS)
      const share = (end - start) / SLOT_MS
      // Three points of the slot: of a short limit one would be half of it.
      for (const part of [1 / 6, 1 / 2, 5 / 6]) {
        const solvedAt = start + part * (end - start)
        sum += (tasks * share * curve.by(at - solvedAt)) / 3
      }
    }
    return this.reportsPerTask * sum
  }

  /**
   * The least time in which the fault can be told from chance, and the reports to be expected by then.
   * @param lnThreshold ln A
   * @returns null when there never is enough before the events end: nobody could tell this fault from chance
   */
  limit(lnThreshold: number): DetectionLimit | null {
    const { truth } = this
    const minutes = delayAwareLimit(truth, truth.ratio, lnThreshold)
    if (minutes === null || this.fault.from + minutes * MINUTE_MS > this.#until) return null
    let reports = 0
    for (const { atMs, expected, strength } of truth.course.pieces) {
      const ageMs = minutes * MINUTE_MS - atMs
      if (ageMs > 0)
        reports += expected * (1 + (truth.ratio - 1) * strength) * truth.course.maturity.at(ageMs)
    }
    return { minutes, reports }
  }
}
