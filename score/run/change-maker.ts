import type { ActionChange, ReportChange, TaskChange } from '../../src/domain/change.ts'
import type { Attributes, TaskRecord } from '../../src/domain/task.ts'
import type { ReportEvent } from '../../src/simulator/events.ts'
import type { ScenarioEvent } from '../../src/simulator/scenario.ts'

/** What happens as the change log would have them. Attributes are interned, as the store does. */
export class ChangeMaker {
  readonly #attributes = new Map<string, Map<string, Map<string, Map<string | null, Attributes[]>>>>()
  readonly #byTask = new WeakMap<TaskRecord, Attributes>()
  #seq = 0

  /** @returns null for a task that issued nothing */
  of(event: ScenarioEvent): TaskChange | ReportChange | ActionChange | null {
    switch (event.kind) {
      case 'report':
        return this.#report(event)
      case 'action':
        return { kind: 'act', seq: ++this.#seq, act: 'action', action: event.action, at: event.at }
      case 'task':
        return event.record.status === 'ready' ? this.#task(event.record) : null
    }
  }

  #report({ at, task, record, replaces }: ReportEvent): ReportChange {
    return {
      kind: 'report',
      seq: ++this.#seq,
      taskId: task.taskId,
      account: task.account,
      group: task.account,
      attributes: this.#attributesOf(task),
      solvedAt: task.solvedAt as number,
      claim: record.claim,
      replaces,
      receivedAt: record.reportedAt,
      // It came before its task was known, and waited for it.
      flags: at > record.reportedAt ? ['early'] : [],
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
    const { type, site, solver, region = null, labels = NO_LABELS } = task
    // Names are the world's own strings, so four look-ups are several times cheaper than one with a joined key.
    const bySolver = nested(nested(this.#attributes, site), type)
    const byRegion = nested(bySolver, solver)
    const here = byRegion.get(region)
    attributes = here?.find((one) => sameLabels(one.labels, labels))
    if (attributes === undefined) {
      attributes = { type, site, solver, region, labels }
      if (here === undefined) byRegion.set(region, [attributes])
      else here.push(attributes)
    }
    this.#byTask.set(task, attributes)
    return attributes
  }
}

function nested<Key, Inner, Value>(maps: Map<Key, Map<Inner, Value>>, key: Key): Map<Inner, Value> {
  let map = maps.get(key)
  if (map === undefined) maps.set(key, (map = new Map()))
  return map
}

function sameLabels(a: Attributes['labels'], b: Attributes['labels']): boolean {
  if (a === b) return true
  const [one, other] = [Object.entries(a), Object.entries(b)]
  return one.length === other.length && one.every(([name, value]) => b[name] === value)
}

const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({})
