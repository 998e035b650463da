import { createReadStream, statSync } from 'node:fs'
import { Readable } from 'node:stream'
import type { Command } from 'commander'
import { connect } from './client.ts'
import { startProgress } from './progress.ts'
import { plain } from './table.ts'

interface FeedAnswer {
  readonly received: number
  readonly recorded: number
  readonly updated: number
  readonly unchanged: number
  readonly rejected: readonly { line: number; reason: string; detail: string }[]
}

/** Rejections printed before the rest is only counted. */
const REJECTIONS_SHOWN = 20

/** `assay task import FILE`: feeds task records to the running server. Idempotent: the same file again changes nothing. */
export function addTaskCommands(program: Command): void {
  const task = program.command('task').description('what was issued')
  task
    .command('import <file>')
    .description('feed task records: NDJSON or a JSON array, .gz too; running it again is harmless')
    .option('--json', 'print the answer as JSON')
    .option('--config <file>', 'settings file')
    .action(async (file: string, options: { json?: boolean; config?: string }) => {
      const client = connect(options.config ?? null)
      const bytesTotal = statSync(file).size
      const progress = startProgress('importing', bytesTotal)
      const stream = createReadStream(file, { highWaterMark: 256 * 1024 })
      stream.on('data', (chunk) => progress.advance(chunk.length))
      const headers: Record<string, string> = {
        'content-type': file.replace(/\.gz$/, '').endsWith('.json')
          ? 'application/json'
          : 'application/x-ndjson',
      }
      if (file.endsWith('.gz')) headers['content-encoding'] = 'gzip'
      const response = await client.send(
        'POST',
        '/api/v1/tasks',
        headers,
        Readable.toWeb(stream) as ReadableStream<Uint8Array>,
      )
      progress.end()
      const answer = (await response.json()) as FeedAnswer
      if (options.json) process.stdout.write(`${JSON.stringify(answer)}\n`)
      else {
        const { received, recorded, updated, unchanged, rejected } = answer
        process.stdout.write(
          `received ${received}: recorded ${recorded}, updated ${updated}, unchanged ${unchanged}, rejected ${rejected.length}\n`,
        )
        for (const { line, reason, detail } of rejected.slice(0, REJECTIONS_SHOWN))
          process.stderr.write(`line ${line}: ${reason}: ${plain(detail)}\n`)
        if (rejected.length > REJECTIONS_SHOWN)
          process.stderr.write(`... and ${rejected.length - REJECTIONS_SHOWN} more; --json lists them all\n`)
      }
      if (answer.rejected.length > 0) process.exitCode = 1
    })
}
