import type { Command } from 'commander'
import type { BacktestResult } from '../../analysis/backtest/backtest.ts'
import { createBacktest } from '../../analysis/backtest/backtest.ts'
import type { ReplayStage } from '../../analysis/backtest/replay.ts'
import { toWire } from '../../incidents/to-wire.ts'
import { decodeAction } from '../../registry/decode-action.ts'
import { decodeReport } from '../../registry/decode-report.ts'
import { sizeOf } from '../backtest/line-blocks.ts'
import { LineProblems } from '../backtest/line-problems.ts'
import { readRecords } from '../backtest/read-records.ts'
import { readTasks } from '../backtest/read-tasks.ts'
import { freeBytes, ScratchFolder } from '../backtest/scratch-folder.ts'
import { summaryText } from '../backtest/summary.ts'
import { VerdictFile } from '../backtest/verdict-file.ts'
import { readConfig } from '../config.ts'
import { UsageError } from './exit.ts'
import type { Progress } from './progress.ts'
import { startProgress } from './progress.ts'

interface BacktestOptions {
  readonly tasks: string
  readonly reports: string
  readonly actions?: string
  readonly falseIncidentsPerWeek?: string
  readonly verdicts?: string
  readonly scratch?: string
  readonly config?: string
  readonly json?: boolean
}

/** `assay backtest`: what Assay would have told you, had it been there. Needs no server. */
export function addBacktestCommand(program: Command): void {
  program
    .command('backtest')
    .description('replay a history: what would Assay have told you, and when')
    .requiredOption('--tasks <file>', 'task records, NDJSON, .gz too, in any order')
    .requiredOption(
      '--reports <file>',
      'report records {taskId, account, claim, reportedAt}, NDJSON, .gz too',
    )
    .option('--actions <file>', 'what the team did: records {kind, at, where, note}, NDJSON, .gz too')
    .option('--false-incidents-per-week <number>', 'the knob (default: as configured, else 1)')
    .option('--verdicts <file>', 'write a line {taskId, verdict, because, incidentId} for each report')
    .option(
      '--scratch <folder>',
      "where what does not fit into memory goes (default: the system's own for that)",
    )
    .option('--config <file>', 'settings file (default: assay.yaml if there is one)')
    .option('--json', 'print one incident object a line, then a summary line')
    .action((options: BacktestOptions) => runBacktest(options))
}

async function runBacktest(options: BacktestOptions): Promise<void> {
  const startedAt = performance.now()
  const { falseIncidentsPerWeek: configured, reportWindowMs } = readConfig(
    process.env,
    options.config ?? null,
  )
  const falseIncidentsPerWeek = knobOf(options.falseIncidentsPerWeek) ?? configured
  // A file that is not there is said at once, not after minutes.
  for (const file of [options.reports, options.actions, options.tasks]) if (file !== undefined) sizeOf(file)
  const verdicts = options.verdicts === undefined ? null : new VerdictFile(options.verdicts)
  try {
    const scratch = new ScratchFolder(options.scratch ?? null, scratchAnnouncer(options.tasks))
    const backtest = createBacktest({ falseIncidentsPerWeek, reportWindowMs, scratch })
    const problems = new LineProblems()
    await readHistory(options, backtest, problems)
    for (const line of problems.lines()) process.stderr.write(`${line}\n`)
    if (problems.count > 0) process.exitCode = 1

    const stages = new StageProgress()
    const result = backtest.run({
      onProgress: (stage, share) => stages.tell(stage, share),
      ...(verdicts !== null && { onVerdict: (verdict) => verdicts.add(verdict) }),
    })
    stages.end()
    verdicts?.finish()
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10
    if (options.json) printJson(result, options.actions !== undefined, seconds)
    else
      process.stdout.write(summaryText(result, { falseIncidentsPerWeek, leftOut: problems.count, seconds }))
  } finally {
    verdicts?.close()
  }
}

function knobOf(text: string | undefined): number | null {
  if (text === undefined) return null
  const knob = Number(text)
  if (text.trim() !== '' && knob > 0 && knob <= 1_000) return knob
  throw new UsageError('--false-incidents-per-week: a number above 0 and at most 1000')
}

/** Rows and runs take about this share of the lines that they are made from; packed, lines take an eighth or so. */
const SCRATCH_SHARE = 0.3
const PACKING = 8

/** Says to who watches, once, that a history is too large for memory, and where it goes. */
function scratchAnnouncer(tasks: string): (folder: string) => void {
  let said = !process.stderr.isTTY
  return (folder) => {
    if (said) return
    said = true
    const forecast = sizeOf(tasks) * (tasks.endsWith('.gz') ? PACKING : 1) * SCRATCH_SHARE
    const free = freeBytes(folder)
    const room = free === null ? '' : `, where ${gigabytes(free)} are free`
    process.stderr.write(`\r\u001b[Kscratch: about ${gigabytes(forecast)} for a while in ${folder}${room}\n`)
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toPrecision(2)} GB`
}

/** Reports and actions first: they are few, and what is wrong with them is told early. */
async function readHistory(
  { tasks, reports, actions }: BacktestOptions,
  backtest: ReturnType<typeof createBacktest>,
  problems: LineProblems,
): Promise<void> {
  await withProgress(reports, (onProgress) =>
    readRecords(reports, decodeReport, (report) => backtest.addReport(report), problems, onProgress),
  )
  if (actions !== undefined)
    await withProgress(actions, (onProgress) =>
      readRecords(actions, decodeAction, (action) => backtest.addAction(action), problems, onProgress),
    )
  await withProgress(tasks, (onProgress) => readTasks(tasks, () => backtest.batches(), problems, onProgress))
}

async function withProgress(
  file: string,
  read: (onProgress: (bytesRead: number) => void) => Promise<void>,
): Promise<void> {
  const progress = startProgress(`reading ${file}`, sizeOf(file))
  try {
    await read((bytesRead) => progress.reach(bytesRead))
  } finally {
    progress.end()
  }
}

/** One line of progress after the other, as the stages come. */
class StageProgress {
  #stage: ReplayStage | null = null
  #progress: Progress | null = null

  tell(stage: ReplayStage, share: number): void {
    if (stage !== this.#stage) {
      this.end()
      this.#stage = stage
      this.#progress = startProgress(stage, 1)
    }
    this.#progress?.reach(share)
  }

  end(): void {
    this.#progress?.end()
    this.#progress = null
  }
}

/** An incident a line, and a last line that sums up; of the actions it says what they did, if there was a file of them. */
function printJson(
  { incidents, summary, actions }: BacktestResult,
  withActions: boolean,
  seconds: number,
): void {
  for (const incident of incidents) process.stdout.write(`${JSON.stringify(toWire(incident))}\n`)
  const last = {
    ...summary,
    ...(withActions && {
      actions: actions.map(({ action, effect }) => ({
        ...action,
        at: new Date(action.at).toISOString(),
        effect,
      })),
    }),
    seconds,
  }
  process.stdout.write(`${JSON.stringify({ summary: last })}\n`)
}
