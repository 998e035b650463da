/** More different names than this are a feed that names each task apart, by mistake; a service has thousands. */
export const NAMES_MAX = 4_000_000

/** A history has more different names, or combinations of attributes, than can be kept in memory. */
export class TooManyNames extends Error {
  override name = 'TooManyNames'
}

/** Names as small numbers, each spelled once. The numbers depend on the order of reading: they order nothing. */
export class NameTable {
  readonly #what: string
  readonly #max: number
  readonly #names: string[] = []
  readonly #codes = new Map<string, number>()

  /** @param what the names are, in the plural, for the error that there are too many of them */
  constructor(what: string, max = NAMES_MAX) {
    this.#what = what
    this.#max = max
  }

  get size(): number {
    return this.#names.length
  }

  /** @throws TooManyNames */
  encode(name: string): number {
    let code = this.#codes.get(name)
    if (code === undefined) {
      code = this.#names.length
      if (code >= this.#max) throw new TooManyNames(`more than ${this.#max} different ${this.#what}`)
      this.#names.push(name)
      this.#codes.set(name, code)
    }
    return code
  }

  decode(code: number): string {
    const name = this.#names[code]
    if (name === undefined) throw new RangeError(`none of the ${this.#what} has code ${code}`)
    return name
  }

  /** By code units of the names. */
  compare(a: number, b: number): number {
    if (a === b) return 0
    return this.decode(a) < this.decode(b) ? -1 : 1
  }
}
