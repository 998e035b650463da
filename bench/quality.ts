import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { TaskChange } from '../src/domain/change.ts'
import type { Attributes } from '../src/domain/task.ts'
import { DAY_MS, HOUR_MS, WEEK_MS } from '../src/domain/instant.ts'
import type { CounterQuery, CounterStore, Maturing } from '../src/store/contract.ts'
import { openCounters } from '../src/store/sqlite/counters.ts'
import { readFlags } from './flags.ts'
import { mix } from './permutation.ts'
import { less, publish } from './results.ts'
import type { Figure } from './results.ts'
import { withScratch } from './scratch.ts'

/**
 * What `/quality` costs when many tasks are stored: a week of tasks folded into the counters alone (not fed over HTTP), then the questions
 * that people and pages ask. The world is wide on purpose: 40 types, 3,000 sites, 6 solvers, 12 regions, 2,000
 * accounts, sites and accounts as unequal as they are in life.
 */
const flags = readFlags(process.argv.slice(2))
const { tasks } = flags
const NOW = Date.UTC(2026, 10, 23, 10, 7)
const SITES = 3_000
const ACCOUNTS = 2_000
const FLUSH_EVERY = 20_000

/** A value in [0, count), the first ones far likelier: each twice as far down the list half as likely (Zipf). */
function zipf(count: number, chance: number): number {
  return Math.floor((count + 1) ** chance) - 1
}

const known = new Map<string, Attributes>()
function attributesOf(index: number): Attributes {
  const account = accountOf(index)
  const chance = mix(index ^ 0x1b873593) / 2 ** 32
  // An account has a handful of sites of its own for most of what it does, and the rest anywhere.
  const site =
    chance < 0.7
      ? zipf(SITES, mix((account << 3) + Math.floor((chance / 0.7) * 5)) / 2 ** 32)
      : zipf(SITES, (chance - 0.7) / 0.3)
  const solver = mix(index ^ 0x165667b1) % 6
  // A site uses one type or two, and an account mostly its own region.
  const type = (site * 7 + (mix(index ^ 0x27d4eb2f) % 5 === 0 ? 1 : 0)) % 40
  const region = mix(mix(index) % 5 === 0 ? index ^ 0x7f4a7c15 : account) % 12
  const key = `${type}/${site}/${solver}/${region}`
  let attributes = known.get(key)
  if (attributes === undefined) {
    attributes = {
      type: `Type${type}Task`,
      site: `site-${site}.example`,
      solver: `3.8.${solver}`,
      region: `r${region}`,
      labels: {},
    }
    known.set(key, attributes)
  }
  return attributes
}

function accountOf(index: number): number {
  return zipf(ACCOUNTS, mix(index ^ 0x5bd1e995) / 2 ** 32)
}

function taskAt(index: number): TaskChange {
  const account = `a${accountOf(index)}`
  return {
    kind: 'task',
    seq: index + 1,
    taskId: index + 1,
    account,
    group: account,
    attributes: attributesOf(index),
    solvedAt: NOW - Math.floor(WEEK_MS * (1 - (index + 1) / tasks)),
    exposed: true,
  }
}

const maturing: Maturing = {
  now: NOW,
  maturity: (_type, ageMs) =>
    1 -
    0.5 * Math.exp(-ageMs / 600_000) -
    0.35 * Math.exp(-ageMs / HOUR_MS) -
    0.15 * Math.exp(-ageMs / (6 * HOUR_MS)),
}

const ONE: CounterQuery = { by: [], filter: {}, binMs: null }
const TODAY = Math.floor(NOW / DAY_MS) * DAY_MS
const lastDay = NOW - DAY_MS
/** What the pages of a console ask for, and what a person types. */
const QUESTIONS: readonly (readonly [string, CounterQuery])[] = [
  ['all, by the hour, a week', { ...ONE, binMs: HOUR_MS }],
  ['by type, by 15 min, a day', { ...ONE, by: ['type'], binMs: 900_000, from: lastDay }],
  ['by type and solver, a day', { ...ONE, by: ['type', 'solver'], from: lastDay }],
  ['by site and solver, a day', { ...ONE, by: ['site', 'solver'], from: lastDay }],
  ['by site, a week', { ...ONE, by: ['site'] }],
  ['by site and solver, a week', { ...ONE, by: ['site', 'solver'] }],
  ['by site, by the day, a week', { ...ONE, by: ['site'], binMs: DAY_MS, from: TODAY - 6 * DAY_MS }],
  [
    'one site and type, by 15 min, a week',
    { ...ONE, filter: { site: 'site-0.example', type: 'Type0Task' }, binMs: 900_000 },
  ],
  [
    'one rare site by solver and region, a week',
    { ...ONE, by: ['solver', 'region'], filter: { site: 'site-2500.example' } },
  ],
  ['one solver by site, a day', { ...ONE, by: ['site'], filter: { solver: '3.8.1' }, from: lastDay }],
  ['by account, a day', { ...ONE, by: ['account'], from: lastDay }],
  ['by account, a week', { ...ONE, by: ['account'] }],
  ['one account by the hour, a week', { ...ONE, filter: { account: 'a3' }, binMs: HOUR_MS }],
  ['one account by site, a week', { ...ONE, by: ['site'], filter: { account: 'a40' } }],
  ['one site by account, a week', { ...ONE, by: ['account'], filter: { site: 'site-40.example' } }],
]
const ROUNDS = flags.full ? 10 : 5

await withScratch(async (scratch) => {
  const path = join(scratch, 'counters.sqlite')
  const counters = openCounters(path)
  const foldedMs = foldAll(counters)
  console.error(`${tasks} tasks folded, ${known.size} combinations`)

  const times: number[] = []
  const cpuTimes: number[] = []
  const slowest = { name: '', ms: 0 }
  for (const [name, query] of QUESTIONS) {
    const rounds = Array.from({ length: ROUNDS }, () => timeOf(counters, query))
    times.push(...rounds.map(({ ms }) => ms))
    cpuTimes.push(...rounds.map(({ cpuMs }) => cpuMs))
    const median = at(
      rounds.map(({ ms }) => ms),
      0.5,
    )
    const cpu = at(
      rounds.map(({ cpuMs }) => cpuMs),
      0.5,
    )
    const { length } = counters.query(query, maturing)
    console.error(
      `${name.padEnd(46)} ${median.toFixed(1)} ms, processor ${cpu.toFixed(1)} ms, ${length} rows`,
    )
    if (median > slowest.ms) Object.assign(slowest, { name, ms: median })
  }
  counters.close()
  const figures: Figure[] = [
    {
      name: 'a question, p95',
      unit: 'ms',
      value: at(times, 0.95),
      rounds: times.length,
      goal: less(300, 100),
    },
    { name: 'a question, p50', unit: 'ms', value: at(times, 0.5), rounds: times.length },
    {
      name: 'a question, p95 of processor time',
      unit: 'ms',
      value: at(cpuTimes, 0.95),
      rounds: times.length,
    },
    { name: `the slowest (${slowest.name}), median`, unit: 'ms', value: slowest.ms },
    {
      name: 'tasks folded and flushed a second of processor time',
      unit: '/s',
      value: Math.round((tasks / foldedMs) * 1_000),
    },
    { name: 'counters on disk per M tasks', unit: 'MB', value: statSync(path).size / tasks },
  ]
  publish('quality', flags.date, { tasks, combinations: known.size, questions: QUESTIONS.length }, figures)
})

function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number
}

/** Processor time beside the time that passed: on a machine that others use as well, the first is what the question costs. */
function timeOf(counters: CounterStore, query: CounterQuery): { ms: number; cpuMs: number } {
  const from = performance.now()
  const cpu = process.cpuUsage()
  counters.query(query, maturing)
  const { user, system } = process.cpuUsage(cpu)
  return { ms: performance.now() - from, cpuMs: (user + system) / 1_000 }
}

/** Processor time to fold everything in, without the time it takes to make it up. */
function foldAll(counters: CounterStore): number {
  let ms = 0
  for (let start = 0; start < tasks; start += FLUSH_EVERY) {
    const batch = Array.from({ length: Math.min(FLUSH_EVERY, tasks - start) }, (_, i) => taskAt(start + i))
    const cpu = process.cpuUsage()
    for (const change of batch) counters.fold(change, 0.02)
    counters.flush()
    const { user, system } = process.cpuUsage(cpu)
    ms += (user + system) / 1_000
  }
  return ms
}
