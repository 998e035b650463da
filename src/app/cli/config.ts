import type { Command } from 'commander'
import { printConfig, readConfig } from '../config.ts'

/** `assay config`: the settings as they will be used; wrong ones are named, all at once, with exit code 2. */
export function addConfigCommand(program: Command): void {
  program
    .command('config')
    .description('check the settings and print them, secrets masked')
    .option('--config <file>', 'settings file (default: assay.yaml if there is one)')
    .option('--json', 'print JSON')
    .action((options: { config?: string; json?: boolean }) => {
      const lines = printConfig(readConfig(process.env, options.config ?? null))
      if (options.json) {
        const pairs = lines.map((line) => [
          line.slice(0, line.indexOf('=')),
          line.slice(line.indexOf('=') + 1),
        ])
        process.stdout.write(`${JSON.stringify(Object.fromEntries(pairs))}\n`)
      } else process.stdout.write(`${lines.join('\n')}\n`)
    })
}
