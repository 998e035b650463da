import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { pino } from 'pino'
import { readConfig } from '../config.ts'
import { runDemo } from '../demo/run-demo.ts'
import { startService } from '../service.ts'
import { UsageError } from './exit.ts'

/** `assay demo`: a simulated operator and its customers, over real HTTP, in a scratch folder, on a clock that runs fast. */
export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description(
      'a simulated operator and customers, with a clock that runs fast; nothing of yours is touched',
    )
    .option('--seed <number>', 'another world', '1')
    .option('--once', 'end when the incident stands')
    .action(async (options: { seed: string; once?: boolean }) => {
      const seed = Number(options.seed)
      if (!Number.isSafeInteger(seed)) throw new UsageError('--seed: a whole number')
      const dataDir = mkdtempSync(join(tmpdir(), 'assay-demo-'))
      const stop = new AbortController()
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())
      // The demo has settings of its own: whatever is set for the real service must not reach it.
      const config = readConfig(
        {
          ASSAY_DATA: dataDir,
          ASSAY_PORT: process.env.ASSAY_PORT ?? '0',
          ASSAY_LOG_LEVEL: process.env.ASSAY_LOG_LEVEL ?? 'error',
        },
        null,
      )
      const log = pino({ level: config.logLevel, base: null }, pino.destination({ dest: 2, sync: false }))
      try {
        const statistics = await runDemo({
          startServer: (clock) => startService({ config, clock, log }),
          seed,
          today: Date.now(),
          realNow: () => performance.now(),
          signal: stop.signal,
          log: (line) => process.stdout.write(`${line}\n`),
          howToSee: (incidentId, server) =>
            `ASSAY_URL=${server.adminUrl} ASSAY_DATA='${dataDir}' npm run -s assay -- incident show ${incidentId}`,
          endWithIncident: options.once === true,
        })
        process.stderr.write(
          `${statistics.tasksFed} tasks fed, ${statistics.reportsAccepted} reports accepted, ${statistics.incidents.length} incidents\n`,
        )
      } finally {
        rmSync(dataDir, { recursive: true, force: true })
      }
    })
}
