import { Command, CommanderError } from 'commander'
import { UsageError } from './cli/exit.ts'
import { addAccountCommands } from './cli/account.ts'
import { addActionCommands } from './cli/action.ts'
import { addBacktestCommand } from './cli/backtest.ts'
import { addConfigCommand } from './cli/config.ts'
import { addDemoCommand } from './cli/demo.ts'
import { addExplainCommand } from './cli/explain.ts'
import { addIncidentCommands } from './cli/incident.ts'
import { addServeCommand } from './cli/serve.ts'
import { addSimulateCommand } from './cli/simulate.ts'
import { addTaskCommands } from './cli/task.ts'
import { ConfigError } from './config.ts'
import packageJson from '../../package.json' with { type: 'json' }

/** Commands that are promised and not here: said in words, so that nobody looks for a typing mistake. */
const NOT_YET = new Set(['report', 'backup', 'restore', 'verify', 'doctor', 'migrate'])

const program = new Command('assay')
  .description(
    'Takes reports of rejected captcha solutions, never loses one, and tells what broke, where and since when.',
  )
  .version(packageJson.version)
  .showHelpAfterError('Run `assay --help` for the commands.')
  .exitOverride()
  .addHelpText(
    'after',
    `
Examples:
  $ assay serve                                    serve on ASSAY_PORT (8787), data in ASSAY_DATA (./data)
  $ assay account add acme                         make an account; prints its key once
  $ assay task import tasks.ndjson.gz              feed task records to the running server
  $ assay incident list                            what is wrong now
  $ assay action add --kind solver-release --where type=TurnstileTask,solver=3.8.2
  $ assay backtest --tasks T.ndjson --reports R.ndjson   what Assay would have told you
  $ assay explain cells.csv                        which attributes explain more reports than expected

Data goes to standard output, talk and progress to standard error. Exit codes: 0 done, 1 failed, 2 usage.
Commands that need a server use ASSAY_URL (default: the local one) and the operator's token.`,
  )

addServeCommand(program)
addDemoCommand(program)
addAccountCommands(program)
addTaskCommands(program)
addIncidentCommands(program)
addActionCommands(program)
addBacktestCommand(program)
addExplainCommand(program)
addSimulateCommand(program)
addConfigCommand(program)

const args = process.argv.slice(2)
try {
  const [command = ''] = args
  if (NOT_YET.has(command))
    throw new UsageError(`'${command}' is not in this release yet; see CHANGELOG.md for what is planned`)
  if (args.length === 0) program.help()
  await program.parseAsync(args, { from: 'user' })
} catch (error) {
  process.exitCode = exitCodeOf(error)
}

function exitCodeOf(error: unknown): number {
  // Commander has printed its own message; help and version end with code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof UsageError) {
    process.stderr.write(`assay: ${error.message}\n`)
    return 2
  }
  if (error instanceof ConfigError) {
    for (const problem of error.problems) process.stderr.write(`assay: ${problem}\n`)
    return 2
  }
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`assay: ${message}\n`)
  if (process.env.ASSAY_LOG_LEVEL === 'debug' && error instanceof Error)
    process.stderr.write(`${error.stack}\n`)
  return 1
}
