import type { Command } from 'commander'
import type { BacktestIncident } from '../../analysis/backtest/backtest.ts'
import { createBacktest } from '../../analysis/backtest/backtest.ts'
import { DAY_MS } from '../../domain/instant.ts'
import { decodeReport } from '../../registry/decode-report.ts'
import { decodeTask, RecordProblem } from '../../registry/decode.ts'
import { UsageError } from './exit.ts'
import { eachLine } from './lines.ts'
import { startProgress } from './progress.ts'
import { plain } from './table.ts'

interface BacktestOptions {
  readonly tasks: string
  readonly reports: string
  readonly falseIncidentsPerWeek: string
  readonly json?: boolean
}

/** Lines that could not be read are named up to here, then only counted. */
const PROBLEMS_SHOWN = 20

/** `assay backtest`: what Assay would have told you, had it been there. Needs no server. */
export function addBacktestCommand(program: Command): void {
  program
    .command('backtest')
    .description('replay a history: what would Assay have told you, and when')
    .requiredOption('--tasks <file>', 'task records, NDJSON, .gz too')
    .requiredOption(
      '--reports <file>',
      'report records {taskId, account, claim, reportedAt}, NDJSON, .gz too',
    )
    .option('--false-incidents-per-week <number>', 'the knob', '1')
    .option('--json', 'print one incident object a line, then a summary line')
    .action(async (options: BacktestOptions) => {
      const knob = Number(options.falseIncidentsPerWeek)
      if (!(knob > 0 && knob <= 1_000))
        throw new UsageError('--false-incidents-per-week: a number above 0 and at most 1000')
      await runBacktest(options, knob)
    })
}

async function runBacktest(options: BacktestOptions, falseIncidentsPerWeek: number): Promise<void> {
  const startedAt = performance.now()
  const backtest = createBacktest({ falseIncidentsPerWeek, reportWindowMs: DAY_MS })
  const problems = new Problems()
  await readRecords(
    options.tasks,
    (value) => {
      const record = decodeTask(value)
      if (record instanceof RecordProblem) return record
      backtest.addTask(record)
      return null
    },
    problems,
  )
  await readRecords(
    options.reports,
    (value) => {
      const record = decodeReport(value)
      if (record instanceof RecordProblem) return record
      backtest.addReport(record)
      return null
    },
    problems,
  )
  problems.print()

  const progress = startProgress('replaying', 1)
  let shown = 0
  const { incidents, summary } = backtest.run({
    onProgress: (share: number) => {
      progress.advance(share - shown)
      shown = share
    },
  })
  progress.end()
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10
  if (options.json) {
    for (const incident of incidents) process.stdout.write(`${JSON.stringify(incident)}\n`)
    process.stdout.write(`${JSON.stringify({ summary: { ...summary, seconds } })}\n`)
  } else {
    for (const incident of incidents) process.stdout.write(`${describe(incident)}\n`)
    process.stdout.write(
      `${summary.tasks} tasks and ${summary.reports} reports over ${summary.weeks.toFixed(1)} weeks: ` +
        `${summary.incidents} ${summary.incidents === 1 ? 'incident' : 'incidents'}, at no more than ${falseIncidentsPerWeek} false a week (${seconds} s)\n`,
    )
  }
}

function describe(incident: BacktestIncident): string {
  return `${incident.openedAt.slice(0, 16).replace('T', ' ')}  ${incident.id}  ${incident.situation}  ${plain(incident.because)}`
}

/** Lines that were no records: named on standard error, and left out. */
class Problems {
  #count = 0
  add(file: string, line: number, detail: string): void {
    if (++this.#count <= PROBLEMS_SHOWN) process.stderr.write(`${file}:${line}: ${plain(detail)}\n`)
  }
  print(): void {
    if (this.#count > PROBLEMS_SHOWN)
      process.stderr.write(`... and ${this.#count - PROBLEMS_SHOWN} more lines left out\n`)
    if (this.#count > 0) process.exitCode = 1
  }
}

function readRecords(
  file: string,
  take: (value: unknown) => RecordProblem | null,
  problems: Problems,
): Promise<void> {
  let number = 0
  return eachLine(file, 'reading', (line) => {
    number++
    if (line.trim() === '') return
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch (error) {
      problems.add(file, number, `not JSON: ${(error as Error).message.slice(0, 120)}`)
      return
    }
    const problem = take(value)
    if (problem !== null) problems.add(file, number, problem.detail)
  })
}
