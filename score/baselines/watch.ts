import type { Attributes } from '../../src/domain/task.ts'
import type { AlarmLog } from './alarm-log.ts'
import { AlarmLogger } from './alarm-log.ts'
import type { Baseline } from './baseline.ts'
import { createBurnRate } from './burn-rate.ts'
import { createErrorTracker } from './error-tracker.ts'
import { createEwma } from './ewma.ts'
import { SegmentHistory } from './segment-history.ts'
import { staticThreshold } from './static-threshold.ts'
import { SegmentBook } from './views.ts'

/** Name and usual setting of each baseline, in the order of all lists here. */
export const BASELINES: readonly { readonly name: string; readonly usual: number }[] = createBaselines(0).map(
  ({ name, usual }) => ({ name, usual }),
)

function createBaselines(everything: number): readonly Baseline[] {
  return [staticThreshold, createEwma(), createBurnRate(everything), createErrorTracker()]
}

/** All naive baselines on all views of one stream of events. */
export class BaselineWatch {
  readonly segments = new SegmentBook()
  readonly #history = new SegmentHistory()
  readonly #logs = BASELINES.map(() => new AlarmLogger())
  readonly #from: number
  #baselines: readonly Baseline[] = []

  /** @param from alarms before this instant are not kept: it is when everybody still learns */
  constructor(from: number) {
    this.#from = from
  }

  task(attributes: Attributes, solvedAt: number): void {
    for (const segment of this.segments.of(attributes)) this.#history.addTask(segment, solvedAt)
  }

  badReport(attributes: Attributes, at: number): void {
    const segments = this.segments.of(attributes)
    // The first segment is the view that has no attribute: everything.
    if (this.#baselines.length === 0) this.#baselines = createBaselines(segments[0] as number)
    for (const segment of segments) this.#history.addReport(segment, at)
    for (const segment of segments)
      this.#baselines.forEach((baseline, index) => {
        const strictness = baseline.strictness(this.#history, segment, at)
        if (at >= this.#from && strictness >= baseline.usual) this.#logs[index]?.add(segment, at, strictness)
      })
  }

  /** One log a baseline, in the order of BASELINES. */
  logs(): AlarmLog[] {
    return this.#logs.map((log) => log.take())
  }
}
