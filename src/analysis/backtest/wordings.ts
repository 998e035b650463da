import type { Attributes, TaskRecord } from '../../domain/task.ts'
import { Column } from './columns.ts'
import { NAMES_MAX, TooManyNames } from './names.ts'

/** What a record says of its task apart from its id, owner and times. */
export type Told = Pick<TaskRecord, 'type' | 'site' | 'solver' | 'region' | 'labels'>

type Labels = Readonly<Record<string, string>>

// An omitted region or label never contradicts what is known, so it must not turn into "none".
const REGION_TOLD = 1
const LABELS_TOLD = 2

/** All that is told as text: what tells wordings apart, and orders them. */
export function textOf({ type, site, solver, region, labels }: Told): string {
  // No name holds a control character, so these mark the ends of names; an omitted field has no mark.
  const text = `${type}\n${site}\n${solver}`
  return `${text}${region === undefined ? '' : `\r${region}`}${labels === undefined ? '' : `\t${labelText(labels)}`}`
}

function labelText(labels: Labels): string {
  let text = ''
  for (const key in labels) text += `${key}\n${labels[key]}\n`
  return text
}

/**
 * What records say of their tasks, as small numbers: those that say the same share one, and equal attributes are one object. As with
 * names, the numbers order nothing. About 200 bytes each, since names are kept once however many wordings have them.
 */
export class WordingTable {
  readonly #max: number
  readonly #attributes: Attributes[] = []
  readonly #told = Column.ofCodes()
  readonly #codes = new Map<string, number>()
  readonly #names = new Map<string, string>()
  readonly #labels = new Map<string, Labels>()

  constructor(max = NAMES_MAX) {
    this.#max = max
  }

  /** @throws TooManyNames */
  encode(told: Told): number {
    const text = textOf(told)
    const known = this.#codes.get(text)
    if (known !== undefined) return known
    const attributes = this.#attributesOf(told)
    const code = this.#attributes.length
    if (code >= this.#max)
      throw new TooManyNames(
        `more than ${this.#max} different combinations of type, site, solver, region and labels: does a label or the solver name each task apart?`,
      )
    this.#attributes.push(attributes)
    this.#told.push(
      (told.region === undefined ? 0 : REGION_TOLD) | (told.labels === undefined ? 0 : LABELS_TOLD),
    )
    this.#codes.set(text, code)
    return code
  }

  attributes(code: number): Attributes {
    const attributes = this.#attributes[code]
    if (attributes === undefined) throw new RangeError(`no wording has code ${code}`)
    return attributes
  }

  /** As it was told. */
  told(code: number): Told {
    const { type, site, solver, region, labels } = this.attributes(code)
    const told = this.#told.get(code)
    return {
      type,
      site,
      solver,
      ...((told & REGION_TOLD) !== 0 && region !== null && { region }),
      ...((told & LABELS_TOLD) !== 0 && { labels }),
    }
  }

  /** By what is told, whatever the codes. */
  compare(a: number, b: number): number {
    if (a === b) return 0
    return textOf(this.told(a)) < textOf(this.told(b)) ? -1 : 1
  }

  #attributesOf({ type, site, solver, region, labels }: Told): Attributes {
    // "No labels" told and labels not told are two wordings of the same attributes; all else that is told differently is different.
    if (labels !== undefined && Object.keys(labels).length === 0)
      return this.attributes(this.encode({ type, site, solver, ...(region !== undefined && { region }) }))
    return {
      type: this.#nameOf(type),
      site: this.#nameOf(site),
      solver: this.#nameOf(solver),
      region: region === undefined ? null : this.#nameOf(region),
      labels: this.#labelsOf(labels ?? {}),
    }
  }

  #nameOf(name: string): string {
    const kept = this.#names.get(name)
    if (kept === undefined) this.#names.set(name, name)
    return kept ?? name
  }

  #labelsOf(labels: Labels): Labels {
    const text = labelText(labels)
    const kept = this.#labels.get(text)
    if (kept === undefined) this.#labels.set(text, labels)
    return kept ?? labels
  }
}
