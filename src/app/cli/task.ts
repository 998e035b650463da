import type { Command } from 'commander'
import type { ApiClient, FeedAnswer, FeedRejection } from './client.ts'
import { connect } from './client.ts'
import { eachLine } from './lines.ts'
import { plain } from './table.ts'

/** Rejections printed before the rest is only counted. */
const REJECTIONS_SHOWN = 20

/** Lines sent in one request: far below what a request may bring, and some seconds of work to repeat after an interruption. */
const LINES_A_REQUEST = 100_000

/** `assay task import FILE`: feeds task records to the running server. Idempotent: the same file again changes nothing. */
export function addTaskCommands(program: Command): void {
  const task = program.command('task').description('what was issued')
  task
    .command('import <file>')
    .description('feed task records, NDJSON, .gz too, of any size; running it again is harmless')
    .option('--json', 'print the answer as JSON')
    .option('--config <file>', 'settings file')
    .action(async (file: string, options: { json?: boolean; config?: string }) => {
      const answer = await importTasks(file, connect(options.config ?? null))
      if (options.json) process.stdout.write(`${JSON.stringify(answer)}\n`)
      else printAnswer(answer)
      if (answer.rejected.length > 0) process.exitCode = 1
    })
}

async function importTasks(file: string, client: ApiClient): Promise<FeedAnswer> {
  const sum = { received: 0, recorded: 0, updated: 0, unchanged: 0, rejected: [] as FeedRejection[] }
  let lines: string[] = []
  let linesSent = 0
  const send = async (): Promise<void> => {
    if (lines.length === 0) return
    const answer = await client.feed(lines.join('\n'))
    sum.received += answer.received
    sum.recorded += answer.recorded
    sum.updated += answer.updated
    sum.unchanged += answer.unchanged
    for (const one of answer.rejected) sum.rejected.push({ ...one, line: one.line + linesSent })
    linesSent += lines.length
    lines = []
  }
  await eachLine(file, 'importing', async (line) => {
    lines.push(line)
    if (lines.length >= LINES_A_REQUEST) await send()
  })
  await send()
  return sum
}

function printAnswer({ received, recorded, updated, unchanged, rejected }: FeedAnswer): void {
  process.stdout.write(
    `received ${received}: recorded ${recorded}, updated ${updated}, unchanged ${unchanged}, rejected ${rejected.length}\n`,
  )
  for (const { line, reason, detail } of rejected.slice(0, REJECTIONS_SHOWN))
    process.stderr.write(`line ${line}: ${reason}: ${plain(detail)}\n`)
  if (rejected.length > REJECTIONS_SHOWN)
    process.stderr.write(`... and ${rejected.length - REJECTIONS_SHOWN} more; --json lists them all\n`)
}
