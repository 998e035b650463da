import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Leaf } from '../../src/analysis/attribution/leaf.ts'
import type { Where } from '../../src/domain/incident.ts'

/** One incident of the live-streaming service, as cells of its first minute. */
export interface RealCase {
  readonly name: string
  readonly attributes: readonly string[]
  /** One leaf for each row of the incident's minute: bad viewers seen, bad viewers that its usual share would give. */
  readonly leaves: readonly Leaf[]
  /** What the operators wrote down. */
  readonly cause: readonly Where[]
}

/** Where the cases lie below the folder of third-party data. */
export const CASES_FOLDER = 'attribution-live-streaming'

/** Bad viewers that every leaf is given at the overall share, before its own history speaks. */
const PRIOR_EXPECTED = 2

interface Label {
  readonly case: string
  /** Seconds: the minute in which the operators saw it. */
  readonly timestamp: number
  readonly cause: readonly Readonly<Record<string, string | number>>[]
}

/** @returns all cases in the order of `labels.json` */
export function readRealCases(datasets: string): readonly RealCase[] {
  const folder = join(datasets, CASES_FOLDER)
  const labels = JSON.parse(readFileSync(join(folder, 'labels.json'), 'utf8')) as readonly Label[]
  return labels.map((label) => {
    const text = readFileSync(join(folder, `${label.case}.csv`), 'utf8')
    return {
      name: label.case,
      ...cellsOf(text, label.timestamp),
      cause: label.cause.map((one) =>
        Object.fromEntries(Object.entries(one).map(([attribute, value]) => [attribute, String(value)])),
      ),
    }
  })
}

/**
 * How `value` bad viewers among `cnt` become observed and expected. Of every minute before the incident's, all alike:
 *
 *   observed = value in the incident's minute
 *   expected = cnt in the incident's minute * share
 *   share    = (2 + bad before) / (2 / overall share before + viewers before)
 *
 * that is, a leaf's own share, drawn to the overall one by two expected bad viewers (judgement by shrunk rates in its
 * plainest form). Nothing of the incident's minute or later enters the expectation.
 */
function cellsOf(text: string, timestamp: number): Pick<RealCase, 'attributes' | 'leaves'> {
  const [head = '', ...lines] = text.trim().split(/\r?\n/)
  const columns = head.split(',')
  const attributes = columns.filter((name) => !['min', 'value', 'cnt'].includes(name))
  const [minute, value, cnt] = ['min', 'value', 'cnt'].map((name) => columns.indexOf(name)) as [
    number,
    number,
    number,
  ]
  const places = attributes.map((name) => columns.indexOf(name))
  const cells = new Map<
    string,
    { values: string[]; bad: number; viewers: number; badNow: number; viewersNow: number }
  >()
  let bad = 0
  let viewers = 0
  for (const line of lines) {
    const row = line.split(',')
    const at = Number(row[minute])
    if (at > timestamp) continue
    const values = places.map((place) => row[place]!)
    const key = values.join(',')
    const cell = cells.get(key) ?? { values, bad: 0, viewers: 0, badNow: 0, viewersNow: 0 }
    cells.set(key, cell)
    if (at === timestamp) {
      cell.badNow += Number(row[value])
      cell.viewersNow += Number(row[cnt])
    } else {
      cell.bad += Number(row[value])
      cell.viewers += Number(row[cnt])
      bad += Number(row[value])
      viewers += Number(row[cnt])
    }
  }
  const leaves = [...cells.values()]
    .filter((cell) => cell.viewersNow > 0 || cell.badNow > 0)
    .map((cell) => {
      const share =
        (PRIOR_EXPECTED + cell.bad) / ((PRIOR_EXPECTED * viewers) / Math.max(1, bad) + cell.viewers)
      return { values: cell.values, observed: cell.badNow, expected: cell.viewersNow * share }
    })
  return { attributes, leaves }
}

/** @returns the case as the file that `assay explain` reads */
export function cellsCsv({ attributes, leaves }: RealCase): string {
  const rows = leaves.map(({ values, observed, expected }) => [...values, observed, expected].join(','))
  return `${[...attributes, 'observed', 'expected'].join(',')}\n${rows.join('\n')}\n`
}
