import { spawn } from 'node:child_process'
import { createWriteStream, statSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { toIso } from '../src/domain/instant.ts'
import { worldEvents } from '../src/simulator/events.ts'
import { presetSettings } from '../src/simulator/presets.ts'
import { buildWorld } from '../src/simulator/world.ts'
import { readFlags } from './flags.ts'
import { less, publish } from './results.ts'
import { withScratch } from './scratch.ts'

/**
 * `assay backtest` over a quarter of a year: how long, and how much memory, at a tenth of the tasks and at all of them. The input is made
 * by the simulator from a fixed seed, as large as asked for: 50 M tasks take some minutes to make and 11 GB of disk.
 *
 *     node bench/backtest.ts                  2 M and 0.2 M tasks
 *     node bench/backtest.ts --full           50 M and 5 M, as the goal is stated
 */
const WEEKS = 13
const START = Date.UTC(2026, 5, 1)
const REPORTS_PER_TASK = 0.02
/** The goal is stated for 50 M tasks; a smaller run is held to its share. */
const GOAL_TASKS = 50_000_000
const GOAL_MINUTES = 15
const HOPE_MINUTES = 8

const flags = readFlags(process.argv.slice(2))
const large = flags.full ? GOAL_TASKS : Math.min(flags.tasks, 2_000_000)

await withScratch(async (dir) => {
  const small = await measure(dir, Math.round(large / 10))
  const whole = await measure(dir, large)
  const share = large / GOAL_TASKS
  publish('backtest', flags.date, { tasks: whole.tasks, reports: whole.reports, weeks: whole.weeks }, [
    {
      name: `backtest of ${large / 1e6} M tasks, ${(whole.reports / 1e6).toPrecision(2)} M reports`,
      unit: 'min',
      value: whole.seconds / 60,
      goal: less(GOAL_MINUTES * share, HOPE_MINUTES * share),
    },
    { name: 'tasks and reports a second, all stages', unit: '/s', value: Math.round(whole.perSecond) },
    { name: 'most memory (RSS)', unit: 'MB', value: whole.rssMb },
    { name: `most memory at ${large / 1e7} M tasks`, unit: 'MB', value: small.rssMb },
    {
      name: 'memory at ten times the tasks ÷ before',
      unit: '',
      value: whole.rssMb / small.rssMb,
      goal: less(2, 1.2),
    },
    { name: 'input', unit: 'GB', value: whole.inputBytes / 1e9 },
    { name: 'incidents told', unit: '', value: whole.incidents },
  ])
})

interface Measured {
  readonly tasks: number
  readonly reports: number
  readonly weeks: number
  readonly incidents: number
  readonly seconds: number
  readonly perSecond: number
  readonly rssMb: number
  readonly inputBytes: number
}

async function measure(dir: string, tasks: number): Promise<Measured> {
  const startedAt = performance.now()
  const files = await writeHistory(dir, tasks)
  const inputBytes = statSync(files.tasks).size
  console.error(
    `${tasks} tasks written in ${Math.round((performance.now() - startedAt) / 1000)} s (${(inputBytes / 1e9).toFixed(1)} GB)`,
  )
  const args = ['backtest', '--tasks', files.tasks, '--reports', files.reports, '--scratch', dir, '--json']
  const { output, rssMb } = await run(args)
  const last = output.trimEnd().split('\n').at(-1) as string
  const { summary } = JSON.parse(last) as {
    summary: { tasks: number; reports: number; weeks: number; incidents: number; seconds: number }
  }
  const perSecond = (summary.tasks + summary.reports) / summary.seconds
  console.error(`${JSON.stringify(summary)}, ${Math.round(rssMb)} MB`)
  return { ...summary, perSecond, rssMb, inputBytes }
}

/** A quarter of a year of a large service, scaled to so many tasks: the same number gives the same bytes. */
async function writeHistory(dir: string, tasks: number): Promise<{ tasks: string; reports: string }> {
  const preset = presetSettings('full', 20_260_601, START)
  const perWeek = Math.round(tasks / WEEKS)
  // Accounts report more readily than in life, so that there are as many reports as the goal has.
  const someReport: [number, number] = [0.2, 0.9]
  const world = buildWorld({
    ...preset,
    accounts: { ...preset.accounts, someReport },
    traffic: { ...preset.traffic, volume: { kind: 'tasks', perWeek } },
  })
  const files = { tasks: join(dir, 'tasks.ndjson'), reports: join(dir, 'reports.ndjson') }
  const out = { task: createWriteStream(files.tasks), report: createWriteStream(files.reports) }
  const held = { task: [] as string[], report: [] as string[] }
  const flush = async (kind: 'task' | 'report'): Promise<void> => {
    if (!out[kind].write(`${held[kind].join('\n')}\n`)) await once(out[kind], 'drain')
    held[kind] = []
  }
  const until = START + WEEKS * 7 * 86_400_000
  let taskCount = 0
  let reportCount = 0
  for (const event of worldEvents(world, [], until)) {
    if (event.kind === 'task') {
      if (taskCount++ === tasks) break
      const { solvedAt, issuedAt: _, ...rest } = event.record
      held.task.push(JSON.stringify({ ...rest, solvedAt: toIso(solvedAt as number) }))
      if (held.task.length === 4_096) await flush('task')
    } else if (reportCount++ < tasks * REPORTS_PER_TASK) {
      held.report.push(JSON.stringify(event.record))
      if (held.report.length === 4_096) await flush('report')
    }
  }
  for (const kind of ['task', 'report'] as const) {
    await flush(kind)
    out[kind].end()
    await once(out[kind], 'finish')
  }
  return files
}

/** Runs the command in a process of its own and asks it, at its end, for the most memory it had. */
function run(args: readonly string[]): Promise<{ output: string; rssMb: number }> {
  const child = spawn(
    process.execPath,
    [
      '--import',
      join(import.meta.dirname, 'tell-memory.ts'),
      join(import.meta.dirname, '../src/app/main.ts'),
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] },
  )
  const chunks: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
  let rssMb = Number.NaN
  child.on('message', (message) => {
    rssMb = (message as { rssMb: number }).rssMb
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve({ output: Buffer.concat(chunks).toString(), rssMb })
      else reject(new Error(`assay backtest ended with ${code}`))
    })
  })
}
