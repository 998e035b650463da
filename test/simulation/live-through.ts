import { ChangeMaker } from '../../score/run/change-maker.ts'
import type { Model } from '../../src/analysis/model.ts'
import type { FactsFinding } from '../../src/domain/finding.ts'
import { hasFacts } from '../../src/domain/finding.ts'
import type { Fault } from '../../src/simulator/breaks.ts'
import type { ReportEvent } from '../../src/simulator/events.ts'
import { worldEvents } from '../../src/simulator/events.ts'
import type { World } from '../../src/simulator/world.ts'

/** What a model said while it lived through a world, and what happened meanwhile. */
export interface Life {
  readonly tasks: number
  readonly reports: number
  /** All `opened` and `updated` findings, in order. */
  readonly findings: readonly FactsFinding[]
}

/** Told of each report as it comes in, and of what the model said to it: for scores that count reports. */
export type Watcher = (event: ReportEvent, findings: readonly FactsFinding[]) => boolean | void

/**
 * Lets a model live through a simulated world, as the service would: a task is known when it was solved, a report when it is
 * received. World and model share no code; this is the one place where they meet.
 * @param until simulated instant of the end
 * @param watch returns true to end early
 */
export function liveThrough(
  model: Model,
  world: World,
  faults: readonly Fault[],
  until: number,
  watch?: Watcher,
): Life {
  const changes = new ChangeMaker()
  const findings: FactsFinding[] = []
  let tasks = 0
  let reports = 0
  for (const event of worldEvents(world, faults, until)) {
    const change = changes.of(event)
    if (change === null) continue
    if (change.kind === 'task') tasks++
    else reports++
    const said = model.apply(change).filter(hasFacts)
    if (said.length > 0) findings.push(...said)
    if (event.kind === 'report' && watch?.(event, said) === true) break
  }
  return { tasks, reports, findings }
}
