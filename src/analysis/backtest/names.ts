/** Names as small numbers, each spelled once. The numbers depend on the order of reading: they order nothing. */
export class NameTable {
  readonly #names: string[] = []
  readonly #codes = new Map<string, number>()

  encode(name: string): number {
    let code = this.#codes.get(name)
    if (code === undefined) {
      code = this.#names.length
      this.#names.push(name)
      this.#codes.set(name, code)
    }
    return code
  }

  decode(code: number): string {
    const name = this.#names[code]
    if (name === undefined) throw new RangeError(`no name has code ${code}`)
    return name
  }

  /** By code units of the names. */
  compare(a: number, b: number): number {
    if (a === b) return 0
    return this.decode(a) < this.decode(b) ? -1 : 1
  }
}
