/** What is counted of a cell. A change of claim moves one from `bad` to `good`, so differences can be negative. */
export interface Cell {
  issued: number
  bad: number
  good: number
}

/** Cells by three numbers, made when first asked for. Nested maps: time comes almost in order, so the outer one is warm. */
export class CellMap {
  readonly #outer = new Map<number, Map<number, Map<number, Cell>>>()

  at(first: number, second: number, third: number): Cell {
    const inner = entryOf(
      entryOf(this.#outer, first, () => new Map<number, Map<number, Cell>>()),
      second,
      () => new Map<number, Cell>(),
    )
    return entryOf(inner, third, () => ({ issued: 0, bad: 0, good: 0 }))
  }

  *entries(): Generator<readonly [first: number, second: number, third: number, cell: Cell]> {
    for (const [first, middle] of this.#outer) {
      for (const [second, inner] of middle) {
        for (const [third, cell] of inner) yield [first, second, third, cell]
      }
    }
  }

  clear(): void {
    this.#outer.clear()
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
