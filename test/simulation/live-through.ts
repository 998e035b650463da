import type { Model } from '../../src/analysis/model.ts'
import type { Change, TaskChange } from '../../src/domain/change.ts'
import type { FactsFinding } from '../../src/domain/finding.ts'
import { hasFacts } from '../../src/domain/finding.ts'
import type { Attributes, TaskRecord } from '../../src/domain/task.ts'
import type { Fault } from '../../src/simulator/breaks.ts'
import type { ReportEvent, WorldEvent } from '../../src/simulator/events.ts'
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

/** World events as the change log would have them. Attributes are interned, as the store does. */
class ChangeMaker {
  readonly #attributes = new Map<string, Attributes>()
  readonly #byTask = new WeakMap<TaskRecord, Attributes>()
  #seq = 0

  of(event: WorldEvent): Change | null {
    if (event.kind === 'task') {
      if (event.record.status !== 'ready') return null
      return this.#task(event.record)
    }
    const { task, record } = event
    return {
      kind: 'report',
      seq: ++this.#seq,
      taskId: task.taskId,
      account: task.account,
      group: task.account,
      attributes: this.#attributesOf(task),
      solvedAt: task.solvedAt as number,
      claim: record.claim,
      replaces: null,
      receivedAt: record.reportedAt,
      flags: [],
    }
  }

  #task(record: TaskRecord): TaskChange {
    return {
      kind: 'task',
      seq: ++this.#seq,
      taskId: record.taskId,
      account: record.account,
      group: record.account,
      attributes: this.#attributesOf(record),
      solvedAt: record.solvedAt as number,
      exposed: true,
    }
  }

  #attributesOf(task: TaskRecord): Attributes {
    let attributes = this.#byTask.get(task)
    if (attributes !== undefined) return attributes
    const { type, site, solver, region, labels } = task
    const key = `${type}\n${site}\n${solver}\n${region}\n${labels?.pool ?? ''}`
    attributes = this.#attributes.get(key)
    if (attributes === undefined) {
      attributes = { type, site, solver, region: region ?? null, labels: labels ?? {} }
      this.#attributes.set(key, attributes)
    }
    this.#byTask.set(task, attributes)
    return attributes
  }
}
