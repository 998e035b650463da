import type { Model } from '../src/analysis/model.ts'
import { createModel } from '../src/analysis/model.ts'
import { DAY_MS, HOUR_MS } from '../src/domain/instant.ts'
import { JudgementWorld } from './judgement-world.ts'

/**
 * What one segment view weighs: memory of the process with a model and without it, all garbage collected, by the views it has. Everything
 * the model holds is in it: accounts, pairs, single reports, and the indexes that are made from the state.
 *
 *     node --expose-gc bench/judgement-memory.ts 1500000
 *
 * Recent traffic: after three days of the stream. Idle: then nothing for nine days but one site's tasks.
 */
export interface MemoryOfViews {
  readonly views: number
  readonly recentBytes: number
  readonly idleBytes: number
}

const DAYS = 3
const IDLE_MS = 9 * DAY_MS
const tasks = Number(process.argv[2])
const STRETCH = Math.max(1, Math.round(tasks / DAYS / 288))
const settings = { falseIncidentsPerWeek: 1, reportWindowMs: DAY_MS }

const world = new JudgementWorld(tasks / DAYS)
let model: Model | null = createModel(settings)
for (let done = 0; done < tasks; done += STRETCH) {
  const stretch = world.next(Math.min(STRETCH, tasks - done))
  for (const change of [...stretch.tasks, ...stretch.reports]) model.apply(change)
}
const views = model.stats().segments
const recentHeld = held()
for (const change of world.idle(IDLE_MS, HOUR_MS)) model.apply(change)
const idleHeld = held()
model = null
const without = held()
const told: MemoryOfViews = {
  views,
  recentBytes: (recentHeld - without) / views,
  idleBytes: (idleHeld - without) / views,
}
console.error(JSON.stringify(told))
process.send?.(told)
process.channel?.unref()

/** Bytes on the heap and outside it, when nothing is left to collect. */
function held(): number {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc')
  for (let i = 0; i < 3; i++) globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
