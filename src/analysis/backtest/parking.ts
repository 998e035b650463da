import type { DurationMs, Instant } from '../../domain/instant.ts'
import type { Claim } from '../../domain/report.ts'
import type { TaskId } from '../../domain/task-id.ts'

/** A report that waits for its task. */
export interface WaitingReport {
  readonly taskId: TaskId
  readonly account: string
  readonly claim: Claim
  readonly reportedAt: Instant
}

/**
 * Reports of tasks not known (yet), with the service's own bounds: so many an account, for so long, one of each claim about a task.
 * What comes in is in the order of time.
 */
export class Parking {
  readonly #perAccountMax: number
  readonly #forMs: DurationMs
  /** By account, then by task and claim, oldest first. */
  readonly #lots = new Map<string, Map<string, WaitingReport>>()

  constructor(perAccountMax: number, forMs: DurationMs) {
    this.#perAccountMax = perAccountMax
    this.#forMs = forMs
  }

  park(report: WaitingReport): void {
    let lot = this.#lots.get(report.account)
    if (lot === undefined) this.#lots.set(report.account, (lot = new Map()))
    for (const [key, oldest] of lot) {
      if (!this.#isExpired(oldest, report.reportedAt)) break
      lot.delete(key)
    }
    const key = keyOf(report.taskId, report.claim)
    if (lot.size < this.#perAccountMax && !lot.has(key)) lot.set(key, report)
  }

  /** Takes out what waits for a task of this account, oldest first; what has waited too long is left out. */
  take(account: string, taskId: TaskId, now: Instant): readonly WaitingReport[] {
    const lot = this.#lots.get(account)
    if (lot === undefined) return []
    const found: WaitingReport[] = []
    for (const claim of ['bad', 'good'] as const) {
      const key = keyOf(taskId, claim)
      const report = lot.get(key)
      if (report === undefined) continue
      lot.delete(key)
      if (!this.#isExpired(report, now)) found.push(report)
    }
    if (lot.size === 0) this.#lots.delete(account)
    return found.sort((a, b) => a.reportedAt - b.reportedAt)
  }

  #isExpired(report: WaitingReport, now: Instant): boolean {
    return report.reportedAt + this.#forMs < now
  }
}

// An integer id and an opaque one are never spelled alike: canonical decimals are always integers.
function keyOf(taskId: TaskId, claim: Claim): string {
  return `${claim} ${taskId}`
}
