import { plain } from '../cli/table.ts'

/** Lines that could not be read are named up to here, then only counted. */
const NAMED_MAX = 20

/** Lines that were no records: left out, and said so. */
export class LineProblems {
  readonly #named: string[] = []
  #count = 0

  /** How many lines were left out. */
  get count(): number {
    return this.#count
  }

  /** @param line counted from 1 */
  add(file: string, line: number, detail: string): void {
    this.#count++
    if (this.#named.length < NAMED_MAX) this.#named.push(`${file}:${line}: ${plain(detail)}`)
  }

  addUnnamed(count: number): void {
    this.#count += count
  }

  /** What to tell whoever started this; nothing when all is well. */
  lines(): readonly string[] {
    const more = this.#count - this.#named.length
    return more === 0 ? this.#named : [...this.#named, `... and ${more} more lines left out`]
  }
}
