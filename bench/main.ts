import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readFlags } from './flags.ts'
import { printFigures } from './results.ts'
import type { Figure } from './results.ts'
import { withScratch } from './scratch.ts'

/**
 * `npm run bench`: all benchmarks, one after the other, each in a process of its own. Those that need a fed store share one. Ends with
 * one table of every figure that has a goal. A missed goal is a figure, not a failure: only a benchmark that broke is.
 *
 *     npm run bench                      3 M tasks, some minutes
 *     npm run bench -- --full            10 M tasks, as the goals are stated
 *     npm run bench -- --tasks 400000 --rounds 3
 */
const BENCHES = [
  'setup',
  'feed',
  'intake',
  'analysis-cost',
  'start',
  'judgement',
  'quality',
  'backtest',
] as const
const RESULTS = [...BENCHES, 'intake-uuid'] as const

const args = process.argv.slice(2).filter((arg) => arg !== '+bench')
const flags = readFlags(args)
await withScratch(async (scratch) => {
  for (const bench of BENCHES) {
    const shared = ['--date', flags.date, ...(flags.data === null ? ['--data', scratch] : [])]
    const code = await runBench(bench, [...args, ...shared])
    if (code !== 0) {
      console.error(`bench/${bench}.ts ended with ${code}`)
      process.exitCode = 1
    }
  }
})
const figures = RESULTS.flatMap((result) => goalsOf(result, flags.date))
console.log(`\nAll goals, ${flags.date}, ${flags.tasks} tasks`)
printFigures(figures)

function runBench(bench: string, args: readonly string[]): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, `${bench}.ts`), ...args], {
      stdio: 'inherit',
    })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal))
    child.once('error', reject)
    child.once('exit', resolve)
  })
}

/** The figures with goals of one result of this run; none where the benchmark broke and the file is an older one. */
function goalsOf(result: string, date: string): Figure[] {
  let text: string
  try {
    text = readFileSync(join(import.meta.dirname, 'results', `${result}.json`), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  const saved = JSON.parse(text) as { date: string; figures: Figure[] }
  if (saved.date !== date) return []
  return saved.figures
    .filter(({ goal }) => goal !== undefined)
    .map((figure) => ({ ...figure, name: `${result}: ${figure.name}` }))
}
