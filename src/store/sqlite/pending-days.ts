import type { BinCounts } from './day-bins.ts'

/** The bins of one day and first number, by the second. */
export type PendingBins = Iterable<readonly [second: number, bins: readonly BinCounts[]]>

/** Bins by day and two numbers, made when first asked for: what was counted since the last flush. */
export class PendingDays {
  // Nested maps: time comes almost in order, so the outer one is warm.
  readonly #days = new Map<number, Map<number, Map<number, BinCounts[]>>>()

  at(day: number, first: number, second: number, bin: number): BinCounts {
    const bins = entryOf(
      entryOf(
        entryOf(this.#days, day, () => new Map<number, Map<number, BinCounts[]>>()),
        first,
        () => new Map<number, BinCounts[]>(),
      ),
      second,
      () => [] as BinCounts[],
    )
    // Time comes almost in order here too: the one looked for is nearly always the last.
    for (let i = bins.length - 1; i >= 0; i--) {
      const one = bins[i] as BinCounts
      if (one.bin === bin) return one
    }
    const made = { bin, issued: 0, bad: 0, good: 0, expected: 0 }
    bins.push(made)
    return made
  }

  /** In the order of their numbers, so that whoever writes them goes through the table once instead of all over it. */
  each(visit: (day: number, first: number, its: PendingBins) => void): void {
    for (const [day, middle] of inOrder(this.#days)) {
      for (const [first, inner] of inOrder(middle)) visit(day, first, inOrder(inner))
    }
  }

  clear(): void {
    this.#days.clear()
  }
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}

function inOrder<V>(map: ReadonlyMap<number, V>): Iterable<readonly [number, V]> {
  return map.size < 2 ? map : [...map].sort(([a], [b]) => a - b)
}
