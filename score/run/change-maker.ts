import type { ReportChange, TaskChange } from '../../src/domain/change.ts'
import type { Attributes, TaskRecord } from '../../src/domain/task.ts'
import type { ReportEvent, WorldEvent } from '../../src/simulator/events.ts'

/** World events as the change log would have them. Attributes are interned, as the store does. */
export class ChangeMaker {
  readonly #attributes = new Map<string, Attributes>()
  readonly #byTask = new WeakMap<TaskRecord, Attributes>()
  #seq = 0

  /** The next place in the log, for what is no event of the world: an action of the team. */
  nextSeq(): number {
    return ++this.#seq
  }

  /** @returns null for a task that issued nothing */
  of(event: WorldEvent): TaskChange | ReportChange | null {
    if (event.kind === 'report') return this.#report(event)
    return event.record.status === 'ready' ? this.#task(event.record) : null
  }

  #report({ task, record }: ReportEvent): ReportChange {
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
    const { type, site, solver, region, labels = NO_LABELS } = task
    let key = `${type}\n${site}\n${solver}\n${region ?? ''}`
    for (const [name, value] of Object.entries(labels)) key += `\n${name}=${value}`
    attributes = this.#attributes.get(key)
    if (attributes === undefined) {
      attributes = { type, site, solver, region: region ?? null, labels }
      this.#attributes.set(key, attributes)
    }
    this.#byTask.set(task, attributes)
    return attributes
  }
}

const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({})
