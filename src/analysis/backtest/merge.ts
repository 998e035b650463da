import type { Instant } from '../../domain/instant.ts'
import type { TaskId } from '../../domain/task-id.ts'
import { compareTaskIds } from './spelling.ts'
import type { SettledTasks } from './settled-run.ts'

/** Several runs as one: a heap of them, the one whose next task comes first on top. */
export class MergedRuns implements SettledTasks {
  readonly count: number
  /** The first `#size` have a task to give. */
  readonly #heap: SettledTasks[]
  #size = 0
  #begun = false

  constructor(runs: readonly SettledTasks[]) {
    this.count = runs.reduce((sum, run) => sum + run.count, 0)
    this.#heap = [...runs]
  }

  get at(): Instant {
    return this.#top.at
  }
  get taskId(): TaskId {
    return this.#top.taskId
  }
  get account(): number {
    return this.#top.account
  }
  get wording(): number {
    return this.#top.wording
  }
  get isReady(): boolean {
    return this.#top.isReady
  }

  next(): boolean {
    if (!this.#begun) this.#begin()
    else if (!this.#top.next()) {
      this.#size--
      this.#heap[0] = this.#heap[this.#size] as SettledTasks
    }
    if (this.#size === 0) return false
    this.#sink(0)
    return true
  }

  get #top(): SettledTasks {
    return this.#heap[0] as SettledTasks
  }

  #begin(): void {
    this.#begun = true
    const filled = this.#heap.filter((run) => run.next())
    for (const [i, run] of filled.entries()) this.#heap[i] = run
    this.#size = filled.length
    for (let i = this.#size >>> 1; i > 0; i--) this.#sink(i)
  }

  /** Moves the run at this place down until none below it comes before it. */
  #sink(place: number): void {
    const heap = this.#heap
    const size = this.#size
    const run = heap[place] as SettledTasks
    for (;;) {
      let child = 2 * place + 1
      if (child >= size) break
      if (child + 1 < size && isBefore(heap[child + 1] as SettledTasks, heap[child] as SettledTasks)) child++
      if (!isBefore(heap[child] as SettledTasks, run)) break
      heap[place] = heap[child] as SettledTasks
      place = child
    }
    heap[place] = run
  }
}

function isBefore(a: SettledTasks, b: SettledTasks): boolean {
  return a.at < b.at || (a.at === b.at && compareTaskIds(a.taskId, b.taskId) < 0)
}
