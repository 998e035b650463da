import type { Instant } from '../domain/instant.ts'
import { SECOND_MS } from '../domain/instant.ts'
import type { Claim } from '../domain/report.ts'
import type { TaskRecord } from '../domain/task.ts'
import { taskClassOf } from '../domain/task-class.ts'
import type { TaskId } from '../domain/task-id.ts'
import type { Account } from './accounts.ts'
import type { CompiledFault, Fault, TaskIndices } from './breaks.ts'
import { brokenShare, compileFault, hits, strengthAt } from './breaks.ts'
import { drawDelay, nextFlush } from './delays.ts'
import type { Random } from './random.ts'
import { ReportQueue } from './report-queue.ts'
import { TaskNumbers } from './task-numbers.ts'
import type { TaskSource } from './task-source.ts'
import { dedicatedTraffic, ordinaryTraffic } from './task-source.ts'
import type { World } from './world.ts'

/** A report as `backtest` reads it: `JSON.stringify` of it is a line of its file. */
export interface ReportRecord {
  readonly taskId: TaskId
  readonly account: string
  readonly claim: Claim
  readonly reportedAt: Instant
}

/** What really happened to a solution, which only the simulator knows. */
export interface Truth {
  readonly rejected: boolean
  /** The fault but for which it would have been accepted; null if none. */
  readonly fault: Fault | null
}

export interface TaskEvent {
  readonly kind: 'task'
  /** When it was solved, or given up. */
  readonly at: Instant
  readonly record: TaskRecord
  readonly truth: Truth
}

export interface ReportEvent {
  readonly kind: 'report'
  /** When it is received. */
  readonly at: Instant
  readonly record: ReportRecord
  /** The record of its task, the same object as in the task's event. */
  readonly task: TaskRecord
  readonly truth: Truth
}

export type WorldEvent = TaskEvent | ReportEvent

/**
 * Everything that happens in a world before `until`, in order of time; a report always after its task. Made as it is asked
 * for: memory is that of the reports under way.
 *
 * A fault changes which solutions are rejected, and nothing else: the tasks are the same bytes with it and without.
 */
export function* worldEvents(
  world: World,
  faults: readonly Fault[],
  until: Instant,
): Generator<WorldEvent, void, undefined> {
  const sources = [
    ordinaryTraffic(world),
    ...world.dedicated.map((traffic) => dedicatedTraffic(world, traffic)),
  ]
  const tasks = new TaskMaker(world, faults)
  const reports = new ReportMaker(world)
  const queue = new ReportQueue()
  for (;;) {
    const source = earliest(sources)
    const taskAt = Math.floor(source.nextAt)
    while (queue.nextAt < Math.min(taskAt, until)) yield queue.take()
    if (taskAt >= until) return
    const event = tasks.make(source)
    yield event
    reports.consider(event, tasks.account, tasks.reportCoin, queue)
  }
}

function earliest(sources: readonly TaskSource[]): TaskSource {
  let first = sources[0] as TaskSource
  for (const source of sources) if (source.nextAt < first.nextAt) first = source
  return first
}

const ACCEPTED: Truth = { rejected: false, fault: null }
const REJECTED: Truth = { rejected: true, fault: null }

/** Turns a source's next task into a record and decides its fate. The same draws for every task, broken or not. */
class TaskMaker {
  readonly #world: World
  readonly #numbers: TaskNumbers
  readonly #labels: readonly Readonly<Record<string, string>>[]
  readonly #indices: TaskIndices = { account: 0, type: 0, site: 0, solver: 0, region: 0, pool: -1 }
  /** Those that have not ended, by their beginning. */
  #faults: CompiledFault[]
  readonly #truths = new Map<Fault, Truth>()
  readonly #unsolved: number
  #serial = 0
  /** Of the task made last: who bought it, and the coin that decides whether that account says anything. */
  account!: Account
  reportCoin = 0

  constructor(world: World, faults: readonly Fault[]) {
    this.#world = world
    this.#numbers = new TaskNumbers(world.random.split('task numbers'))
    this.#labels = world.pools.map((pool) => ({ pool }))
    this.#faults = faults
      .map((fault) => compileFault(world, fault))
      .sort((a, b) => a.fault.from - b.fault.from)
    for (const fault of faults) this.#truths.set(fault, { rejected: true, fault })
    const { unsolved } = world.settings.traffic
    this.#unsolved = unsolved / (1 + unsolved)
  }

  make(source: TaskSource): TaskEvent {
    const world = this.#world
    const indices = this.#indices
    const at = Math.floor(source.nextAt)
    const share = source.next(indices)
    const fateCoin = source.random.coin()
    this.reportCoin = source.random.coin()
    this.account = world.accounts[indices.account] as Account
    const failed = this.#unsolved > 0 && source.random.coin() < this.#unsolved
    const base = {
      taskId: this.#numbers.of(this.#serial++),
      account: this.account.id,
      type: world.types[indices.type] as string,
      site: (world.sites[indices.site] as { name: string }).name,
      solver: world.solvers[indices.solver] as string,
      region: world.regions[indices.region] as string,
      labels: this.#labels[indices.pool] ?? NO_LABELS,
    }
    if (failed) {
      const record: TaskRecord = {
        ...base,
        status: 'failed',
        solvedAt: null,
        issuedAt: at - GIVEN_UP_AFTER_MS,
      }
      return { kind: 'task', at, record, truth: ACCEPTED }
    }
    const record: TaskRecord = { ...base, status: 'ready', solvedAt: at, issuedAt: null }
    return { kind: 'task', at, record, truth: this.#fate(share, fateCoin, at) }
  }

  /** One coin against a share that faults can only raise, so the first fault that lifts it above the coin is the cause. */
  #fate(healthy: number, coin: number, at: Instant): Truth {
    if (coin < healthy) return REJECTED
    let share = healthy
    let ended = false
    for (const compiled of this.#faults) {
      const { fault } = compiled
      if (fault.from > at) break
      if (fault.until <= at) {
        ended = true
        continue
      }
      if (!hits(compiled, this.#indices)) continue
      share = brokenShare(fault.effect, share, strengthAt(fault, at))
      if (coin < share) return this.#truths.get(fault) as Truth
    }
    if (ended) this.#faults = this.#faults.filter(({ fault }) => fault.until > at)
    return ACCEPTED
  }
}

const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({})
/** A task that nobody could solve was issued a while before it was given up. */
const GIVEN_UP_AFTER_MS = 90 * SECOND_MS

/** Decides whether an account says something about a task, what, and when. */
class ReportMaker {
  readonly #world: World
  readonly #random: Random
  readonly #praisable: ReadonlyMap<string, boolean>

  constructor(world: World) {
    this.#world = world
    this.#random = world.random.split('reports')
    // No service takes a positive report on an image.
    this.#praisable = new Map(world.types.map((type) => [type, taskClassOf(type, new Map()) === 'token']))
  }

  consider(event: TaskEvent, account: Account, coin: number, queue: ReportQueue): void {
    const { record, truth } = event
    if (record.solvedAt === null) return
    const says = this.#claim(account, truth.rejected, record.type, coin)
    if (says === null) return
    const { delays } = this.#world.settings
    const delay = drawDelay(this.#random, delays.family) * account.delayFactor
    let at = record.solvedAt + Math.max(1, Math.round(delay))
    if (account.flushing !== null) at = nextFlush(account.flushing, at)
    if (at > record.solvedAt + delays.giveUpMs) return
    queue.add({
      kind: 'report',
      at,
      record: { taskId: record.taskId, account: record.account, claim: says, reportedAt: at },
      task: record,
      truth,
    })
  }

  #claim(account: Account, rejected: boolean, type: string, coin: number): Claim | null {
    const blames = rejected ? account.blames : account.accuses
    if (coin < blames) return 'bad'
    if (rejected || account.praises === 0 || this.#praisable.get(type) !== true) return null
    return (coin - blames) / (1 - blames) < account.praises ? 'good' : null
  }
}
