import type { Change, ReportChange, TaskChange } from '../domain/change.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/instant.ts'
import type { Attributes } from '../domain/task.ts'

/** A seeded source of chance: mulberry32. */
export function createChance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface Place {
  readonly attributes: Attributes
  /** Share of the traffic, relative to the other places. */
  readonly weight: number
  /** Share of its tasks that fail when all is well. */
  readonly failures: number
}

export interface Customer {
  readonly account: string
  readonly group?: string
  readonly weight: number
  /** Share of failures it reports, in [0, 1]. */
  readonly diligence: number
  /** Stretches its delays. */
  readonly slowness?: number
}

export interface StreamPlan {
  readonly seed: number
  readonly from: number
  readonly days: number
  readonly tasksPerDay: number
  readonly places: readonly Place[]
  readonly customers: readonly Customer[]
  /** Multiplies the share of failures (up to certainty) of tasks solved at `at`. */
  readonly trouble?: (at: number, place: Place, customer: Customer) => number
  /** Multiplies the traffic; at most `busiest`. */
  readonly traffic?: (at: number) => number
  readonly busiest?: number
}

export const START = Date.UTC(2026, 8, 7)

export function place(type: string, site: string, weight = 1, failures = 0.1): Place {
  return { attributes: { type, site, solver: '1', region: null, labels: {} }, weight, failures }
}

/** Places of one type with Zipf weights. */
export function zipfPlaces(type: string, count: number, failures: number, exponent = 1): Place[] {
  return Array.from({ length: count }, (_, i) =>
    place(type, `s${i}.example`, 1 / (i + 1) ** exponent, failures),
  )
}

export function zipfCustomers(count: number, diligence: (i: number) => number, exponent = 1): Customer[] {
  return Array.from({ length: count }, (_, i) => ({
    account: `c${i}`,
    weight: 1 / (i + 1) ** exponent,
    diligence: diligence(i),
  }))
}

/** A chooser by weight: alias-free, by bisection on the running sum. */
function chooser<T extends { readonly weight: number }>(items: readonly T[]): (u: number) => T {
  const sums: number[] = []
  let sum = 0
  for (const item of items) sums.push((sum += item.weight))
  return (u) => {
    const target = u * sum
    let low = 0
    let high = items.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] as number) > target) high = middle
      else low = middle + 1
    }
    return items[low] as T
  }
}

/** Delays as measured in the field, in small: half within ten minutes or so, a third within hours, the rest late. */
export function delayOf(chance: () => number, slowness = 1): number {
  const u = chance()
  const mean = u < 0.5 ? 10 * MINUTE_MS : u < 0.85 ? HOUR_MS : 6 * HOUR_MS
  return Math.min(DAY_MS - 1, -Math.log(1 - chance()) * mean * slowness)
}

/** A world as changes, in the order of time, day by day so that weeks fit into memory. */
export function* stream(plan: StreamPlan): Generator<Change> {
  const chance = createChance(plan.seed)
  const pickPlace = chooser(plan.places)
  const pickCustomer = chooser(plan.customers)
  const busiest = plan.busiest ?? 1
  const gap = DAY_MS / (plan.tasksPerDay * busiest)
  let waiting: ReportChange[] = []
  let seq = 0
  let taskId = 0
  let at = plan.from
  for (let day = 0; day < plan.days; day++) {
    const end = plan.from + (day + 1) * DAY_MS
    const tasks: TaskChange[] = []
    while (true) {
      at += -Math.log(1 - chance()) * gap
      if (at >= end) break
      if (plan.traffic !== undefined && chance() * busiest >= plan.traffic(at)) continue
      const where = pickPlace(chance())
      const who = pickCustomer(chance())
      const { account, group = account } = who
      const solvedAt = Math.floor(at)
      taskId += 1
      const { attributes } = where
      tasks.push({ kind: 'task', seq: 0, taskId, account, group, attributes, solvedAt, exposed: true })
      const failures = Math.min(1, where.failures * (plan.trouble?.(solvedAt, where, who) ?? 1))
      if (chance() >= failures * who.diligence) continue
      waiting.push({
        kind: 'report',
        seq: 0,
        taskId,
        account,
        group,
        attributes,
        solvedAt,
        claim: 'bad',
        replaces: null,
        flags: [],
        receivedAt: Math.ceil(solvedAt + delayOf(chance, who.slowness)),
      })
    }
    waiting.sort((a, b) => a.receivedAt - b.receivedAt)
    let next = 0
    for (const task of tasks) {
      while (next < waiting.length && (waiting[next] as ReportChange).receivedAt <= task.solvedAt)
        yield { ...(waiting[next++] as ReportChange), seq: ++seq }
      yield { ...task, seq: ++seq }
    }
    while (next < waiting.length && (waiting[next] as ReportChange).receivedAt < end)
      yield { ...(waiting[next++] as ReportChange), seq: ++seq }
    waiting = waiting.slice(next)
  }
}
