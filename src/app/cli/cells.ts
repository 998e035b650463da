import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import type { Info } from 'csv-parse'
import { CsvError, parse } from 'csv-parse'
import type { Leaf } from '../../analysis/attribution/leaf.ts'

/** What `assay explain` is given: one row a cell, its counts beside its attributes. */
export interface Cells {
  readonly attributes: readonly string[]
  readonly leaves: readonly Leaf[]
}

/** A file that cannot be used, with everything that is wrong with it, up to a bound. */
export class CellsError extends Error {
  override name = 'CellsError'
  /** Each with file, line and column. */
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/** Rows of one file. Time grows with rows times combinations of attributes: these bounds are about half a minute. */
export const ROWS_MAX = 200_000

/** Attribute columns of one file. */
export const ATTRIBUTES_MAX = 12

/** Characters of one value or column name. */
export const VALUE_LENGTH_MAX = 1_000

/** A single count, far above any that is meant and far below where sums lose whole numbers. */
const COUNT_MAX = 1e12

/** Problems named before the rest of the file is left unread. */
const PROBLEMS_MAX = 20

const RECORD_BYTES_MAX = 64 * 1024
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/**
 * Reads one CSV file of cells (RFC 4180, UTF-8, a byte order mark is allowed; unpacked if its name ends in .gz). The
 * first row names the columns: `observed`, `expected`, and at least one attribute. An empty value means that the cell has
 * none.
 *
 * @throws CellsError for whatever is wrong with the content; Error if the file cannot be read
 */
export async function readCells(file: string): Promise<Cells> {
  const problems: string[] = []
  const leaves: Leaf[] = []
  let columns: Columns | null = null
  const raw = createReadStream(file)
  const input = file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw
  const parser = input.pipe(
    parse({
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: RECORD_BYTES_MAX,
    }),
  )
  raw.on('error', (error) => parser.destroy(error))
  input.on('error', (error: Error) => parser.destroy(error))
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      if (columns === null) {
        columns = columnsOf(file, record)
        continue
      }
      if (leaves.length >= ROWS_MAX)
        problems.push(
          `${file}:${info.lines}: more than ${ROWS_MAX} rows: sum cells that need not be told apart`,
        )
      else readRow(file, info.lines, columns, record, leaves, problems)
      if (problems.length >= PROBLEMS_MAX || (problems.length > 0 && leaves.length >= ROWS_MAX)) break
    }
  } catch (error) {
    if (error instanceof CsvError) problems.push(`${file}: ${inWords(error)}`)
    else if (error instanceof CellsError) throw error
    else throw new Error(`${file}: cannot be read (${describe(error)})`, { cause: error })
  } finally {
    raw.destroy()
  }
  if (columns === null && problems.length === 0)
    problems.push(`${file}:1: empty: the first row names the columns`)
  if (columns !== null && leaves.length === 0 && problems.length === 0)
    problems.push(`${file}: no rows after the first, which names the columns`)
  if (columns === null || problems.length > 0) throw new CellsError(problems)
  return { attributes: columns.attributes, leaves }
}

interface Columns {
  readonly names: readonly string[]
  readonly observed: number
  readonly expected: number
  readonly attributes: readonly string[]
  /** Where each attribute stands in a row. */
  readonly places: readonly number[]
}

function columnsOf(file: string, names: readonly string[]): Columns {
  const problems: string[] = []
  const say = (problem: string): void => void problems.push(`${file}:1: ${problem}`)
  for (const needed of ['observed', 'expected'])
    if (!names.includes(needed)) say(`column '${needed}' is missing; there are ${list(names)}`)
  names.forEach((name, place) => {
    if (name === '') say(`column ${place + 1} has no name`)
    else if (names.indexOf(name) < place) say(`column '${short(name)}' stands there twice`)
    if (name.length > VALUE_LENGTH_MAX)
      say(`column ${place + 1}: a name of more than ${VALUE_LENGTH_MAX} characters`)
  })
  const places = names.flatMap((name, place) => (name === 'observed' || name === 'expected' ? [] : [place]))
  if (places.length === 0) say('no attribute columns: every column but observed and expected is one')
  if (places.length > ATTRIBUTES_MAX)
    say(`${places.length} attribute columns; at most ${ATTRIBUTES_MAX} can be searched`)
  if (problems.length > 0) throw new CellsError(problems)
  return {
    names,
    observed: names.indexOf('observed'),
    expected: names.indexOf('expected'),
    attributes: places.map((place) => names[place]!),
    places,
  }
}

function readRow(
  file: string,
  line: number,
  columns: Columns,
  row: readonly string[],
  leaves: Leaf[],
  problems: string[],
): void {
  if (row.length !== columns.names.length) {
    problems.push(`${file}:${line}: ${row.length} columns where the first row has ${columns.names.length}`)
    return
  }
  const count = (column: 'observed' | 'expected'): number => {
    const text = row[columns[column]]!.trim()
    const value = NUMBER.test(text) ? Number(text) : NaN
    const wrong = Number.isNaN(value)
      ? text === ''
        ? 'is empty'
        : `'${short(text)}' is not a number`
      : value < 0
        ? `${short(text)} is negative`
        : value > COUNT_MAX
          ? `${short(text)} is more than ${COUNT_MAX}`
          : null
    if (wrong !== null) problems.push(`${file}:${line}: column '${column}': ${wrong}`)
    return value
  }
  const observed = count('observed')
  const expected = count('expected')
  const values = columns.places.map((place) => {
    const value = row[place]!
    if (value.length > VALUE_LENGTH_MAX)
      problems.push(
        `${file}:${line}: column '${short(columns.names[place]!)}': more than ${VALUE_LENGTH_MAX} characters`,
      )
    return value === '' ? null : value
  })
  leaves.push({ values, observed, expected })
}

/** The parser's complaint without its options' names. */
function inWords(error: CsvError): string {
  if (error.code === 'CSV_MAX_RECORD_SIZE') return `a row of more than ${RECORD_BYTES_MAX} bytes`
  return `not CSV: ${error.message.slice(0, 200)}`
}

function describe(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => `'${short(name)}'`)
  return names.length > shown.length
    ? `${shown.join(', ')} and ${names.length - shown.length} more`
    : shown.join(', ')
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
