import type { Instant } from '../domain/instant.ts'

/** Which of many windows hold an instant that only moves forward: looked up in constant time between their edges. */
export class ActiveWindows<T extends { readonly from: Instant; readonly until: Instant }> {
  readonly #byStart: readonly T[]
  #next = 0
  #active: readonly T[] = []
  #changesAt = -Infinity

  constructor(windows: readonly T[]) {
    this.#byStart = windows.filter(({ from, until }) => from < until).sort((a, b) => a.from - b.from)
  }

  /** @param at not before that of the last call */
  at(at: Instant): readonly T[] {
    if (at >= this.#changesAt) this.#moveTo(at)
    return this.#active
  }

  #moveTo(at: Instant): void {
    const windows = this.#byStart
    const begun: T[] = []
    while (this.#next < windows.length && (windows[this.#next] as T).from <= at)
      begun.push(windows[this.#next++] as T)
    this.#active = [...this.#active, ...begun].filter(({ until }) => at < until)
    this.#changesAt = Math.min(
      windows[this.#next]?.from ?? Infinity,
      ...this.#active.map(({ until }) => until),
    )
  }
}
