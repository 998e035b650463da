import type { Command } from 'commander'
import type { Alternative, Explanation } from '../../analysis/attribution/explain.ts'
import { explain } from '../../analysis/attribution/explain.ts'
import type { Where } from '../../domain/incident.ts'
import type { Cells } from './cells.ts'
import { CellsError, readCells } from './cells.ts'
import { UsageError } from './exit.ts'
import { plain, printTable } from './table.ts'

/** One explanation of one file, as printed. */
interface Line {
  readonly file: string
  readonly rank: number
  /**
   * `cause`: found, one after another; `alternative`: may be meant instead of the first cause; `even`: everything is
   * raised alike; `quiet`: nothing is raised beyond chance. The last two name no place.
   */
  readonly kind: 'cause' | 'alternative' | 'even' | 'quiet'
  readonly where: readonly Where[]
  readonly observed: number
  readonly expected: number
  readonly ratio: number
  readonly score: number
  /** Of an alternative: its likelihood beside the first cause's. */
  readonly strength?: number
}

/** `assay explain`: which attributes explain why more was observed than expected. Needs no server. */
export function addExplainCommand(program: Command): void {
  program
    .command('explain')
    .description('which combination of attributes explains why more was observed than expected')
    .argument(
      '<cells...>',
      'CSV files: columns observed and expected, every other column an attribute; .gz too',
    )
    .option('--dispersion <number>', 'variance over mean of healthy counts; default: estimated from the file')
    .option('--json', 'print JSON, one explanation a line')
    .action(async (files: readonly string[], options: { dispersion?: string; json?: boolean }) => {
      const dispersion = options.dispersion === undefined ? undefined : Number(options.dispersion)
      if (dispersion !== undefined && !(dispersion >= 1 && dispersion <= 1e6))
        throw new UsageError('--dispersion: a number of at least 1 and at most 1000000')
      for (const file of files) await explainFile(file, dispersion, options.json ?? false)
    })
}

async function explainFile(file: string, dispersion: number | undefined, json: boolean): Promise<void> {
  let cells: Cells
  try {
    cells = await readCells(file)
  } catch (error) {
    // The other files can still be explained; the exit code tells that one was not.
    const problems = error instanceof CellsError ? error.problems : [(error as Error).message]
    for (const problem of problems) process.stderr.write(`${plain(problem)}\n`)
    process.exitCode = 1
    return
  }
  const found = explain(cells.attributes, cells.leaves, dispersion === undefined ? {} : { dispersion })
  const lines = linesOf(file, cells, found)
  if (json) for (const line of lines) process.stdout.write(`${JSON.stringify(line)}\n`)
  else printForPeople(file, lines)
}

/** Causes in the order found, then what may be meant instead of the first. */
function linesOf(file: string, cells: Cells, found: readonly Explanation[]): readonly Line[] {
  const [first] = found
  if (first === undefined) return [quiet(file, cells)]
  if (Object.keys(first.where[0]!).length === 0)
    return [{ file, rank: 1, kind: 'even', where: [], ...numbersOf(first) }]
  const causes = found.map((cause) => ({ kind: 'cause' as const, where: cause.where, ...numbersOf(cause) }))
  const others = first.alternatives.map((one: Alternative) => ({
    kind: 'alternative' as const,
    where: one.where,
    ...numbersOf(one),
    strength: rounded(one.strength),
  }))
  return [...causes, ...others].map((line, place) => ({ file, rank: place + 1, ...line }))
}

function quiet(file: string, { leaves }: Cells): Line {
  const observed = leaves.reduce((sum, leaf) => sum + leaf.observed, 0)
  const expected = leaves.reduce((sum, leaf) => sum + leaf.expected, 0)
  const ratio = expected === 0 ? 1 : observed / expected
  return { file, rank: 1, kind: 'quiet', where: [], ...numbersOf({ observed, expected, ratio, score: 0 }) }
}

type Numbers = Pick<Line, 'observed' | 'expected' | 'ratio' | 'score'>

function numbersOf({ observed, expected, ratio, score }: Numbers): Numbers {
  return {
    observed: rounded(observed),
    expected: rounded(expected),
    ratio: rounded(ratio),
    score: rounded(score),
  }
}

/** Seven digits: what is printed is the same on every machine. */
function rounded(value: number): number {
  return Number(value.toPrecision(7))
}

function printForPeople(file: string, lines: readonly Line[]): void {
  const [first] = lines
  if (first === undefined) return
  process.stdout.write(`${plain(`${file}: ${sentence(first)}`)}\n`)
  if (first.kind === 'quiet' || first.kind === 'even') return
  printTable(
    ['rank', 'kind', 'observed', 'expected', 'ratio', 'score', 'strength', 'where'],
    lines.map((line) => [
      String(line.rank),
      line.kind,
      brief(line.observed),
      brief(line.expected),
      brief(line.ratio),
      line.score.toFixed(1),
      line.strength === undefined ? '' : line.strength < 0.01 ? '<0.01' : line.strength.toFixed(2),
      nameOf(line.where),
    ]),
  )
}

function sentence(line: Line): string {
  const counts = `${brief(line.observed)} observed where ${brief(line.expected)} were expected`
  if (line.kind === 'quiet') return `nothing is raised beyond chance (${counts}).`
  if (line.kind === 'even')
    return `everything is raised alike (${counts}); none of the attributes explains it.`
  return `${nameOf(line.where)} explains most: ${counts}, ×${brief(line.ratio)}.`
}

/** Combinations joined by "or"; within one, the attributes. */
function nameOf(where: readonly Where[]): string {
  return where
    .map((one) =>
      Object.entries(one)
        .map(([attribute, value]) => `${attribute} = ${value}`)
        .join(', '),
    )
    .join('  or  ')
}

function brief(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)))
}
