import type { WorldEvent } from './events.ts'

/**
 * Reports that are due later (and tasks that are recorded late), earliest first; of two due at the same instant the one that was
 * added first. A binary heap, so memory is that of the reports under way, whatever the length of history.
 */
export class ReportQueue {
  readonly #heap: { readonly serial: number; readonly event: WorldEvent }[] = []
  #serial = 0

  get size(): number {
    return this.#heap.length
  }

  /** When the next one is due; Infinity: none is under way. */
  get nextAt(): number {
    return this.#heap[0]?.event.at ?? Infinity
  }

  add(event: WorldEvent): void {
    const entry = { serial: this.#serial++, event }
    const heap = this.#heap
    let index = heap.push(entry) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent] as typeof entry
      if (!before(entry, above)) break
      heap[index] = above
      index = parent
    }
    heap[index] = entry
  }

  /** @throws RangeError if none is under way */
  take(): WorldEvent {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined) throw new RangeError('no report is under way')
    if (heap.length > 0) {
      let index = 0
      for (;;) {
        let child = 2 * index + 1
        if (child >= heap.length) break
        if (child + 1 < heap.length && before(heap[child + 1] as typeof last, heap[child] as typeof last))
          child++
        const below = heap[child] as typeof last
        if (!before(below, last)) break
        heap[index] = below
        index = child
      }
      heap[index] = last
    }
    return first.event
  }
}

function before(
  a: { readonly serial: number; readonly event: WorldEvent },
  b: { readonly serial: number; readonly event: WorldEvent },
): boolean {
  return a.event.at === b.event.at ? a.serial < b.serial : a.event.at < b.event.at
}
