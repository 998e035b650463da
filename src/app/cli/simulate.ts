import type { Command } from 'commander'
import { toIso } from '../../domain/instant.ts'
import { CATALOGUE } from '../../simulator/catalogue/catalogue.ts'
import type { Scenario } from '../../simulator/scenario.ts'
import { UsageError } from './exit.ts'
import { writeHistory } from './history-files.ts'
import { printTable } from './table.ts'

interface SimulateOptions {
  readonly scenario?: string
  readonly seed: string
  readonly weeks?: string
  readonly out?: string
  readonly list?: boolean
  readonly json?: boolean
}

/** `assay simulate`: a made-up history with its truth, to try `assay backtest` or anything else on. Needs no server. */
export function addSimulateCommand(program: Command): void {
  program
    .command('simulate')
    .description('write a made-up history whose truth is known: tasks, reports, actions, and what was broken')
    .option('--scenario <name>', 'what happens (see --list)')
    .option('--seed <seed>', 'the same seed gives the same bytes, another seed another world', '1')
    .option(
      '--weeks <number>',
      'weeks after the four days of warm-up (default: as long as it has something to show)',
    )
    .option('--out <folder>', 'where the four files go; it is made if it is not there')
    .option('--list', 'name the scenarios')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Writes tasks.ndjson.gz, reports.ndjson.gz, actions.ndjson.gz and truth.json.

  $ assay simulate --scenario incidents --seed 7 --out history
  $ assay backtest --tasks history/tasks.ndjson.gz --reports history/reports.ndjson.gz`,
    )
    .action(async (options: SimulateOptions) => {
      if (options.list) printList(options.json === true)
      else await simulate(options)
    })
}

function printList(json: boolean): void {
  if (json)
    for (const { name, about } of CATALOGUE) process.stdout.write(`${JSON.stringify({ name, about })}\n`)
  else
    printTable(
      ['scenario', 'what happens'],
      CATALOGUE.map(({ name, about }) => [name, about]),
    )
}

async function simulate(options: SimulateOptions): Promise<void> {
  const startedAt = performance.now()
  const { seed, out } = options
  if (out === undefined) throw new UsageError('--out: the folder for the files')
  const scenario = readScenario(options)
  const counts = await writeHistory(scenario, seed, out)
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10
  const { faults, disturbances } = scenario
  const summary = {
    scenario: scenario.name,
    seed,
    from: toIso(scenario.world.settings.startAt),
    until: toIso(scenario.until),
    ...counts,
    faults: faults.length,
    disturbances: disturbances.length,
    seconds,
  }
  if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`)
  else
    process.stdout.write(
      `${scenario.name}, seed ${seed}: ${counts.tasks} tasks, ${counts.reports} reports and ${counts.actions} actions in ${out}, ` +
        `with ${faults.length} faults and ${disturbances.length} disturbances in truth.json (${seconds} s)\n`,
    )
}

function readScenario({ scenario: name, seed, weeks }: SimulateOptions): Scenario {
  if (name === undefined) throw new UsageError('--scenario: what happens; `assay simulate --list` names them')
  const entry = CATALOGUE.find((one) => one.name === name)
  if (entry === undefined)
    throw new UsageError(`--scenario: no '${name}'; \`assay simulate --list\` names them`)
  if (weeks !== undefined && !(Number(weeks) > 0 && Number(weeks) <= WEEKS_MAX))
    throw new UsageError(`--weeks: a number above 0 and at most ${WEEKS_MAX}`)
  return entry.make(seed, weeks === undefined ? null : Number(weeks))
}

const WEEKS_MAX = 520
