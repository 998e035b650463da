import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { pino } from 'pino'
import { readConfig } from '../config.ts'
import { Page } from '../demo/page.ts'
import { runDemo } from '../demo/run-demo.ts'
import { startService } from '../service.ts'
import { UsageError } from './exit.ts'
import { lookOf } from './terminal.ts'

/** `assay demo`: a simulated operator and its customers, over real HTTP, in a scratch folder, on a clock that runs fast. */
export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description(
      'a simulated operator and customers, with a clock that runs fast; nothing of yours is touched',
    )
    .option('--seed <number>', 'another world', '2')
    .option('--once', 'end when everything has been shown, after about a minute and a half')
    .option('--ascii', 'draw with plain ASCII')
    .action(async (options: { seed: string; once?: boolean; ascii?: boolean }) => {
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
      const write = (line: string): void => void process.stdout.write(`${line}\n`)
      const page = new Page(
        write,
        lookOf(process.stdout, process.env, process.platform, options.ascii === true),
      )
      try {
        const statistics = await runDemo({
          startServer: (clock) => startService({ config, clock, log }),
          seed,
          today: Date.now(),
          realNow: () => performance.now(),
          signal: stop.signal,
          page,
          onServer: ({ adminUrl }) => {
            page.plain(
              'A simulated operator and its customers, over real HTTP. To look in from a second terminal, first:',
            )
            write(`   export ASSAY_URL=${adminUrl} ASSAY_DATA='${dataDir}'`)
            write('')
          },
          endWithShow: options.once === true,
        })
        process.stderr.write(
          `${statistics.tasksFed} tasks fed, ${statistics.reportsAccepted} reports accepted, ${statistics.incidents.length} incidents\n`,
        )
      } finally {
        rmSync(dataDir, { recursive: true, force: true })
      }
    })
}
