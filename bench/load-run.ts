import { setTimeout as sleep } from 'node:timers/promises'
import { Connection } from './connection.ts'
import type { Fate } from './connection.ts'
import { LatencyHistogram } from './latency-histogram.ts'
import type { LoadPlan, LoadResult } from './load-plan.ts'
import type { Requests } from './requests.ts'
import { buildReports } from './requests.ts'

/** How long an answer may take after the end before it counts as failed. */
const GRACE_MS = 10_000

/**
 * Runs one slice of load. Always ends: after its time, its requests and the grace for the last answers.
 * @param onStart called when the connections stand and the first request is about to be sent
 */
export async function runLoad(plan: LoadPlan, onStart?: () => void): Promise<LoadResult> {
  const run = new LoadRun(plan)
  await run.connect()
  onStart?.()
  const cpuBefore = process.cpuUsage()
  if (plan.perSecond === null) await run.sendOnAnswer()
  else await run.sendOnTime(1000 / plan.perSecond)
  const cpu = process.cpuUsage(cpuBefore)
  return run.finish(cpu.user + cpu.system)
}

class LoadRun {
  readonly #plan: LoadPlan
  readonly #requests: Requests
  readonly #latency = new LatencyHistogram()
  readonly #lateness = new LatencyHistogram()
  #connections: Connection[] = []
  /** Open loop: connections that wait for the next request. */
  readonly #idle: Connection[] = []
  /** The next request to send. */
  #next = 0
  #success = 0
  #other = 0
  #failed = 0
  #successInTime = 0
  #example = ''
  #startedAt = 0
  #measureFrom = 0
  #measureUntil = 0

  constructor(plan: LoadPlan) {
    this.#plan = plan
    this.#requests = buildReports(plan.world, plan.from, plan.count)
  }

  async connect(): Promise<void> {
    const { port, connections, warmupMs, durationMs } = this.#plan
    const onFate = (connection: Connection, fate: Fate) => this.#take(connection, fate)
    this.#connections = await Promise.all(
      Array.from({ length: connections }, () => Connection.open(port, onFate)),
    )
    this.#startedAt = performance.now()
    this.#measureFrom = this.#startedAt + warmupMs
    this.#measureUntil = this.#measureFrom + durationMs
  }

  /** Closed loop: each connection sends when it was answered. */
  async sendOnAnswer(): Promise<void> {
    for (const connection of this.#connections)
      if (this.#next < this.#requests.count) this.#send(connection, performance.now())
    await sleep(Math.max(0, this.#measureUntil - performance.now()))
    await this.#untilAnswered()
  }

  /**
   * Open loop: request i is due at start + i * everyMs, whatever has been answered. A request that finds every connection
   * busy waits, and its latency still counts from when it was due. The wait is a spin over the event loop: timers tick by
   * the millisecond, and would send in bursts.
   */
  async sendOnTime(everyMs: number): Promise<void> {
    const startedAt = this.#startedAt
    const total = Math.min(this.#requests.count, Math.round((this.#measureUntil - startedAt) / everyMs))
    this.#idle.push(...this.#connections)
    while (this.#next < total && performance.now() < this.#measureUntil + GRACE_MS) {
      for (;;) {
        const dueAt = startedAt + this.#next * everyMs
        const now = performance.now()
        if (this.#next >= total || dueAt > now) break
        const connection = this.#idle.pop()
        if (connection === undefined) break
        if (dueAt >= this.#measureFrom) this.#lateness.record(now - dueAt)
        this.#send(connection, dueAt)
      }
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
    if (this.#next < total) {
      this.#failed += total - this.#next
      this.#example ||= `${total - this.#next} requests found no free connection within ${GRACE_MS} ms`
    }
    await this.#untilAnswered()
  }

  finish(cpuUs: number): LoadResult {
    for (const connection of this.#connections) {
      // What is still unanswered has failed, and its waiting time counts.
      if (!connection.idle) this.#take(connection, new Error(`no answer within ${GRACE_MS} ms`))
      connection.close()
    }
    const closedLoop = this.#plan.perSecond === null
    return {
      perSecond: (this.#successInTime * 1000) / this.#plan.durationMs,
      latencyMs: {
        p50: this.#latency.quantileMs(0.5),
        p90: this.#latency.quantileMs(0.9),
        p99: this.#latency.quantileMs(0.99),
        p999: this.#latency.quantileMs(0.999),
        max: this.#latency.maxMs,
      },
      latenessP99Ms: closedLoop ? null : this.#lateness.quantileMs(0.99),
      sent: this.#next,
      success: this.#success,
      other: this.#other,
      failed: this.#failed,
      example: this.#example,
      exhausted: this.#next >= this.#requests.count,
      generatorCpuUs: cpuUs / Math.max(1, this.#next),
    }
  }

  #send(connection: Connection, since: number): void {
    const { bytes, offsets } = this.#requests
    const request = this.#next++
    connection.send(bytes.subarray(offsets[request]!, offsets[request + 1]!), since)
  }

  #take(connection: Connection, fate: Fate): void {
    const now = performance.now()
    const { since } = connection
    connection.since = Number.NaN
    if (since >= this.#measureFrom && since < this.#measureUntil) this.#latency.record(now - since)
    if (fate === 'success') {
      this.#success++
      if (now >= this.#measureFrom && now < this.#measureUntil) this.#successInTime++
    } else {
      if (fate === 'other') this.#other++
      else this.#failed++
      this.#example ||= fate === 'other' ? connection.otherText : fate.message
    }
    if (fate instanceof Error) return
    if (this.#plan.perSecond !== null) this.#idle.push(connection)
    else if (now < this.#measureUntil && this.#next < this.#requests.count) this.#send(connection, now)
  }

  async #untilAnswered(): Promise<void> {
    const until = performance.now() + GRACE_MS
    while (performance.now() < until && this.#connections.some((connection) => !connection.idle))
      await sleep(2)
  }
}
