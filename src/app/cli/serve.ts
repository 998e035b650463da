import type { Command } from 'commander'
import { pino } from 'pino'
import type { Logger } from 'pino'
import { readConfig } from '../config.ts'
import type { Config } from '../config.ts'
import type { Service } from '../service.ts'
import { startService } from '../service.ts'

/** Longer than the service gives open requests, shorter than an init system's patience. */
const EXIT_AFTER_MS = 9_500

/** `assay serve`: takes reports until it is told to stop. */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('serve: customers report at the root, operators use /api/v1')
    .option('--config <file>', 'settings file (default: assay.yaml if there is one)')
    .action(async (options: { config?: string }) => {
      const config = readConfig(process.env, options.config ?? null)
      const log = createLog(config)
      const service = await startService({ config, clock: { now: () => Date.now() }, log })
      announce(service, config)
      stopOnSignal(service, log)
    })
}

/** Structured lines on standard error; anything that could be a secret is cut out, wherever it stands. */
export function createLog(config: Pick<Config, 'logLevel'>): Logger {
  return pino(
    {
      level: config.logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: [
          'clientKey',
          '*.clientKey',
          'authorization',
          '*.authorization',
          '*.headers.authorization',
          'token',
          '*.token',
        ],
        censor: '(redacted)',
      },
    },
    pino.destination({ dest: 2, sync: false }),
  )
}

/** Ends the service on SIGINT or SIGTERM, and with an error if it cannot go on. */
export function stopOnSignal(service: Service, log: Logger): void {
  let stopping = false
  const stop = (code: number): void => {
    if (stopping) return
    stopping = true
    const giveUp = setTimeout(() => {
      log.error('stopping took too long; what was acknowledged is on disk')
      process.exit(1)
    }, EXIT_AFTER_MS)
    giveUp.unref()
    service.close().then(
      () => process.exit(code),
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed; what was acknowledged is on disk')
        process.exit(1)
      },
    )
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop(0))
  void service.failed.then(() => stop(1))
}

function announce(service: Service, config: Config): void {
  const lines = [`assay listens on ${service.url}`]
  if (service.adminUrl !== service.url) lines.push(`operators on ${service.adminUrl}`)
  lines.push(`API docs  ${service.adminUrl}/api/v1/docs`)
  // A terminal is a person; a log file keeps what it is given for years.
  if (service.tokenIsNew && process.stdout.isTTY)
    lines.push(`operator token (new, also in ${config.dataDir}/operator-token)  ${service.operatorToken}`)
  if (service.isEmpty) lines.push('', ...firstSteps(service, config))
  process.stdout.write(`${lines.join('\n')}\n`)
}

function firstSteps(service: Service, config: Config): string[] {
  const prefix =
    process.env.ASSAY_URL === undefined && config.port === 8787 ? '' : `ASSAY_URL=${service.adminUrl} `
  const data = process.env.ASSAY_DATA === undefined ? '' : `ASSAY_DATA='${config.dataDir}' `
  return [
    'Nothing is here yet. Paste this into a second terminal, in this folder:',
    '',
    `  KEY=$(${prefix}${data}npm run -s assay -- account add acme)`,
    `  curl -s ${service.adminUrl}/api/v1/tasks -H "authorization: Bearer $(cat '${config.dataDir}/operator-token')" -H 'content-type: application/x-ndjson' -d '{"taskId":7654321,"account":"acme","type":"TurnstileTask","site":"shop.example","solver":"3.8.1","status":"ready","solvedAt":"'$(date -u +%FT%TZ)'"}'`,
    `  curl -s ${service.url}/reportIncorrectTokenCaptcha -d '{"clientKey":"'$KEY'","taskId":7654321}'`,
    '',
    'or see it with simulated customers:  npm run demo',
    '(the console comes with a later release; until then, the API docs above)',
  ]
}
