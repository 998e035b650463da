import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Change } from '../src/domain/change.ts'
import type { Model, ModelSettings } from '../src/analysis/model.ts'
import { createModel, restoreModel } from '../src/analysis/model.ts'
import { DAY_MS } from '../src/domain/instant.ts'
import { readFlags } from './flags.ts'
import type { MemoryOfViews } from './judgement-memory.ts'
import { JudgementWorld, SITES } from './judgement-world.ts'
import { less, more, publish } from './results.ts'

/**
 * The judgement by itself, one change after the other in one thread: 20,000 segments of one type at one site, six views, a model
 * that has learned for three days. Tasks and reports come mixed as in life and are timed apart, first in a healthy state, then with an incident
 * that stands and half of all reports its own.
 *
 * Rates are by processor time, collections of garbage on other cores included: what the judgement costs, whoever else
 * uses the machine.
 */
const flags = readFlags(process.argv.slice(2))
const SETTINGS: ModelSettings = { falseIncidentsPerWeek: 1, reportWindowMs: DAY_MS }
/** Of all tasks: so many are the past, so many healthy, so many under an incident. */
const PAST = 1 / 2
const HEALTHY = 3 / 10
const BROKEN = 1 / 5
const PAST_DAYS = 3
/** Tasks of five minutes: reports must not come later, by the clock of the tasks, than the model thinks they did. */
const STRETCH = Math.max(1, Math.round((flags.tasks * PAST) / PAST_DAYS / 288))

interface Cost {
  events: number
  cpuMs: number
  ms: number
}

const world = new JudgementWorld((flags.tasks * PAST) / PAST_DAYS)
const model = createModel(SETTINGS)
const startedAt = performance.now()
run(model, flags.tasks * PAST)
say(`${flags.tasks * PAST} tasks of the past in ${seconds(startedAt)} s: ${JSON.stringify(model.stats())}`)
const healthy = run(model, flags.tasks * HEALTHY)
say(`healthy: ${JSON.stringify(healthy)} ${JSON.stringify(model.stats())}`)
world.isBroken = true
const until = performance.now() + 60_000
while (model.stats().standingAlarms === 0 && performance.now() < until) run(model, STRETCH)
if (model.stats().standingAlarms === 0)
  throw new Error('the fault was not found, so there is nothing to measure')
const broken = run(model, flags.tasks * BROKEN)
say(`with an incident: ${JSON.stringify(broken)} ${JSON.stringify(model.stats())}`)

const written = timed(() => model.snapshot())
const restored = timed(() => restoreModel(SETTINGS, written.result))
if (restored.result.cursor !== model.cursor) throw new Error('the restored model stands elsewhere')
const memory = await memoryOfViews()

publish(
  'judgement',
  flags.date,
  { tasks: flags.tasks, typeSites: SITES, views: model.stats().segments, reports: healthy.reports.events },
  [
    { name: 'task events/s', unit: '/s', value: perSecond(healthy.tasks), goal: more(50_000, 100_000) },
    { name: 'report events/s', unit: '/s', value: perSecond(healthy.reports), goal: more(2_000, 5_000) },
    {
      name: 'report events/s, with an incident',
      unit: '/s',
      value: perSecond(broken.reports),
      goal: more(2_000, 5_000),
    },
    { name: 'task events/s, with an incident', unit: '/s', value: perSecond(broken.tasks) },
    { name: 'task events/s by the clock', unit: '/s', value: perSecond(healthy.tasks, 'ms') },
    { name: 'report events/s by the clock', unit: '/s', value: perSecond(healthy.reports, 'ms') },
    { name: 'bytes a view, idle', unit: 'B', value: memory.idleBytes, goal: less(300, 200) },
    {
      name: 'bytes a view, recent traffic',
      unit: 'B',
      value: memory.recentBytes,
      goal: less(2_500, 1_500),
    },
    { name: 'snapshot', unit: 'MB', value: written.result.length / 1e6 },
    { name: 'snapshot written', unit: 's', value: written.ms / 1000 },
    { name: 'snapshot restored', unit: 's', value: restored.ms / 1000 },
  ],
)

/** Stretches of the stream, tasks and reports timed apart. What the stream costs to make is in neither. */
function run(to: Model, count: number): { tasks: Cost; reports: Cost } {
  const tasks: Cost = { events: 0, cpuMs: 0, ms: 0 }
  const reports: Cost = { events: 0, cpuMs: 0, ms: 0 }
  for (let done = 0; done < count; done += STRETCH) {
    const stretch = world.next(Math.min(STRETCH, count - done))
    charge(tasks, to, stretch.tasks)
    charge(reports, to, stretch.reports)
  }
  return { tasks, reports }
}

function charge(cost: Cost, to: Model, changes: readonly Change[]): void {
  const { cpuMs, ms } = timed(() => {
    for (const change of changes) to.apply(change)
  })
  cost.events += changes.length
  cost.cpuMs += cpuMs
  cost.ms += ms
}

function timed<T>(work: () => T): { result: T; cpuMs: number; ms: number } {
  const from = performance.now()
  const cpu = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(cpu)
  return { result, cpuMs: (user + system) / 1000, ms: performance.now() - from }
}

function perSecond(cost: Cost, by: 'cpuMs' | 'ms' = 'cpuMs'): number {
  return Math.round((cost.events * 1000) / cost[by])
}

/** In a process of its own, with nothing else in it. */
function memoryOfViews(): Promise<MemoryOfViews> {
  const args = ['--expose-gc', join(import.meta.dirname, 'judgement-memory.ts'), String(flags.tasks * PAST)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  return new Promise((resolve, reject) => {
    let told: MemoryOfViews | null = null
    child.on('message', (message) => {
      told = message as MemoryOfViews
    })
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0 && told !== null) resolve(told)
      else reject(new Error(`judgement-memory.ts ended with ${code}`))
    })
  })
}

function seconds(from: number): string {
  return ((performance.now() - from) / 1000).toFixed(1)
}

function say(text: string): void {
  console.error(text)
}
