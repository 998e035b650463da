import type { Instant } from '../domain/instant.ts'
import { SECOND_MS } from '../domain/instant.ts'
import type { Account } from './accounts.ts'
import { ActiveWindows } from './active-windows.ts'
import type { CompiledFault, Fault, TaskIndices } from './breaks.ts'
import { brokenShare, compileFault, hits, strengthAt } from './breaks.ts'
import type { Disorder, Disturbance, TrafficChange } from './disturbances.ts'
import { ofKind } from './disturbances.ts'
import type { TaskEvent, Truth } from './events.ts'
import type { Random } from './random.ts'
import { TaskNumbers } from './task-numbers.ts'
import type { TaskSource } from './task-source.ts'
import type { World } from './world.ts'

const ACCEPTED: Truth = { rejected: false, fault: null }
const REJECTED: Truth = { rejected: true, fault: null }

/** Turns a source's next task into a record and decides its fate. The same draws for every task, broken or not. */
export class TaskMaker {
  readonly #world: World
  readonly #numbers: TaskNumbers
  readonly #labels: readonly Readonly<Record<string, string>>[]
  readonly #indices: TaskIndices = { account: 0, type: 0, site: 0, solver: 0, region: 0, pool: -1 }
  readonly #faults: ActiveWindows<CompiledFault & { readonly from: Instant; readonly until: Instant }>
  readonly #truths = new Map<Fault, Truth>()
  readonly #unsolved: number
  readonly #droughts: ActiveWindows<TrafficChange>
  readonly #disorders: ActiveWindows<Disorder>
  readonly #random: Random
  #serial = 0
  /** Of the task made last: who bought it, the share of such solutions that is rejected by itself, and the coin that decides whether that account says anything. */
  account!: Account
  share = 0
  reportCoin = 0

  /** @throws RangeError naming the fault or disturbance that this world cannot have */
  constructor(world: World, faults: readonly Fault[], disturbances: readonly Disturbance[]) {
    this.#world = world
    this.#numbers = new TaskNumbers(world.random.split('task numbers'))
    this.#labels = world.pools.map((pool) => ({ pool }))
    this.#faults = new ActiveWindows(
      faults.map((fault) => ({ ...compileFault(world, fault), from: fault.from, until: fault.until })),
    )
    for (const fault of faults) this.#truths.set(fault, { rejected: true, fault })
    const { unsolved } = world.settings.traffic
    this.#unsolved = unsolved / (1 + unsolved)
    this.#droughts = new ActiveWindows(ofKind(disturbances, 'traffic').filter(({ factor }) => factor < 1))
    this.#disorders = new ActiveWindows(ofKind(disturbances, 'disorder'))
    this.#random = world.random.split('disturbed tasks')
  }

  /** @returns null if a drought took it */
  make(source: TaskSource): TaskEvent | null {
    const world = this.#world
    const indices = this.#indices
    const at = Math.floor(source.nextAt)
    const share = source.next(indices)
    const fateCoin = source.random.coin()
    this.share = share
    this.reportCoin = source.random.coin()
    const failed = this.#unsolved > 0 && source.random.coin() < this.#unsolved
    if (source.habits === null && this.#driesUp(at)) return null

    const account = world.accounts[indices.account] as Account
    this.account = account
    return {
      kind: 'task',
      at: this.#recordedAt(at),
      record: {
        taskId: this.#numbers.of(this.#serial++),
        account: account.id,
        type: world.types[indices.type] as string,
        site: (world.sites[indices.site] as { name: string }).name,
        solver: world.solvers[indices.solver] as string,
        region: world.regions[indices.region] as string,
        labels: this.#labels[indices.pool] ?? NO_LABELS,
        status: failed ? 'failed' : 'ready',
        solvedAt: failed ? null : at,
        issuedAt: failed ? at - GIVEN_UP_AFTER_MS : null,
      },
      truth: failed ? ACCEPTED : this.#fate(share, fateCoin, at),
    }
  }

  /** One coin against a share that faults can only raise, so the first fault that lifts it above the coin is the cause. */
  #fate(healthy: number, coin: number, at: Instant): Truth {
    if (coin < healthy) return REJECTED
    let share = healthy
    for (const compiled of this.#faults.at(at)) {
      if (!hits(compiled, this.#indices)) continue
      const { fault } = compiled
      share = brokenShare(fault.effect, share, strengthAt(fault, at))
      if (coin < share) return this.#truths.get(fault) as Truth
    }
    return ACCEPTED
  }

  #driesUp(at: Instant): boolean {
    for (const { site, factor } of this.#droughts.at(at)) {
      const here = site === null || site === this.#world.sites[this.#indices.site]?.name
      if (here && this.#random.coin() >= factor) return true
    }
    return false
  }

  #recordedAt(at: Instant): Instant {
    let late = 0
    for (const { tasksLate, withinMs } of this.#disorders.at(at))
      if (this.#random.coin() < tasksLate) late = Math.max(late, this.#random.below(withinMs))
    return at + late
  }
}

const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({})
/** A task that nobody could solve was issued a while before it was given up. */
const GIVEN_UP_AFTER_MS = 90 * SECOND_MS
