import type { Where } from '../../src/domain/incident.ts'
import type { Attributes } from '../../src/domain/task.ts'

/** The attributes of each view; every task counts in one segment of each. The same six that the method's example names. */
export const VIEWS: readonly (readonly (keyof Attributes)[])[] = [
  [],
  ['type'],
  ['type', 'site'],
  ['type', 'solver'],
  ['type', 'region'],
  ['type', 'site', 'solver'],
]

/** The segments of all views, numbered as they are first seen. */
export class SegmentBook {
  readonly #wheres: Where[] = []
  readonly #byKey = new Map<string, number>()
  readonly #byAttributes = new Map<Attributes, readonly number[]>()

  get size(): number {
    return this.#wheres.length
  }

  where(segment: number): Where {
    return this.#wheres[segment] as Where
  }

  /** The segments that a task counts in, one a view. @param attributes interned: equal ones are one object */
  of(attributes: Attributes): readonly number[] {
    let segments = this.#byAttributes.get(attributes)
    if (segments === undefined) {
      segments = VIEWS.map((view, index) => this.#segment(index, view, attributes))
      this.#byAttributes.set(attributes, segments)
    }
    return segments
  }

  #segment(index: number, view: readonly (keyof Attributes)[], attributes: Attributes): number {
    const where: Record<string, string> = {}
    // A task without a region is one of a region of its own, as a naive monitor would have it.
    for (const attribute of view) where[attribute] = String(attributes[attribute] ?? '')
    const key = `${index}\n${Object.values(where).join('\n')}`
    let segment = this.#byKey.get(key)
    if (segment === undefined) {
      segment = this.#wheres.push(where) - 1
      this.#byKey.set(key, segment)
    }
    return segment
  }
}
