import type { Attributes, TaskRecord } from '../../domain/task.ts'
import { NAMES_MAX, TooManyNames } from './names.ts'

/** What a record says of its task apart from its id, owner and times. */
export type Told = Pick<TaskRecord, 'type' | 'site' | 'solver' | 'region' | 'labels'>

/** What a record says of its task, shared by all records that say the same. */
export interface Wording {
  readonly attributes: Attributes
  /** As told: an omitted region or label never contradicts what is known, so it must not turn into "none". */
  readonly region: string | undefined
  readonly labels: Readonly<Record<string, string>> | undefined
  /** All of it as text: what tells wordings apart, and orders them. */
  readonly text: string
}

/** Wordings as small numbers. As with names, the numbers order nothing. */
export class WordingTable {
  readonly #max: number
  readonly #wordings: Wording[] = []
  readonly #codes = new Map<string, number>()

  constructor(max = NAMES_MAX) {
    this.#max = max
  }

  get size(): number {
    return this.#wordings.length
  }

  /** @throws TooManyNames */
  encode({ type, site, solver, region, labels }: Told): number {
    // No name holds a control character, so these mark the ends of names; an omitted field has no mark.
    let text = `${type}\n${site}\n${solver}`
    if (region !== undefined) text += `\r${region}`
    if (labels !== undefined) {
      text += '\t'
      for (const key in labels) text += `${key}\n${labels[key]}\n`
    }
    const known = this.#codes.get(text)
    if (known !== undefined) return known
    // "No labels" told and labels not told are two wordings of the same attributes; all else that is told differently is different.
    const attributes =
      labels !== undefined && Object.keys(labels).length === 0
        ? this.at(this.encode({ type, site, solver, ...(region !== undefined && { region }) })).attributes
        : { type, site, solver, region: region ?? null, labels: labels ?? {} }
    const code = this.#wordings.length
    if (code >= this.#max)
      throw new TooManyNames(
        `more than ${this.#max} different combinations of type, site, solver, region and labels: does a label or the solver name each task apart?`,
      )
    this.#wordings.push({ attributes, region, labels, text })
    this.#codes.set(text, code)
    return code
  }

  at(code: number): Wording {
    const wording = this.#wordings[code]
    if (wording === undefined) throw new RangeError(`no wording has code ${code}`)
    return wording
  }

  told(code: number): Told {
    const { attributes, region, labels } = this.at(code)
    return {
      type: attributes.type,
      site: attributes.site,
      solver: attributes.solver,
      ...(region !== undefined && { region }),
      ...(labels !== undefined && { labels }),
    }
  }

  /** By what is told, whatever the codes. */
  compare(a: number, b: number): number {
    if (a === b) return 0
    return this.at(a).text < this.at(b).text ? -1 : 1
  }
}
