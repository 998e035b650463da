import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { Connection } from './connection.ts'
import type { Fate } from './connection.ts'
import { LatencyHistogram } from './latency-histogram.ts'
import type { LoadPlan, LoadResult } from './load-plan.ts'
import { buildReports } from './requests.ts'

/** How long an answer may take after the end before it counts as failed. */
const GRACE_MS = 10_000

/** Runs one slice of load. Always ends: after its time, its requests and the grace for the last answers. */
export async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const requests = buildReports(plan.world, plan.from, plan.count)
  const latency = new LatencyHistogram()
  const lateness = plan.perSecond === null ? null : new LatencyHistogram()
  let next = 0
  let success = 0
  let other = 0
  let failed = 0
  let inTime = 0
  let example = ''
  let outstanding = 0
  const pace = plan.perSecond === null ? null : { everyMs: 1000 / plan.perSecond, startedAt: 0, due: 0 }
  const idle: Connection[] = []

  const send = (connection: Connection, since: number): void => {
    const { bytes, offsets } = requests
    outstanding++
    connection.send(bytes.subarray(offsets[next]!, offsets[next + 1]!), next, since)
    next++
  }

  const onFate = (connection: Connection, fate: Fate): void => {
    const now = performance.now()
    outstanding--
    if (fate === 'success') success++
    else if (fate === 'other') other++
    else failed++
    if (fate !== 'success' && example === '') example = fate === 'other' ? connection.otherText : fate.message
    if (connection.since >= measureFrom) {
      if (connection.since < measureUntil) latency.record(now - connection.since)
    }
    if (fate === 'success' && now >= measureFrom && now < measureUntil) inTime++
    connection.since = Number.NaN
    if (fate instanceof Error) return
    if (pace === null) {
      if (now < measureUntil && next < requests.count) send(connection, now)
    } else idle.push(connection)
  }

  const connections = await Promise.all(
    Array.from({ length: plan.connections }, () => Connection.open(plan.port, onFate)),
  )
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  const measureFrom = startedAt + plan.warmupMs
  const measureUntil = measureFrom + plan.durationMs

  if (pace === null) {
    for (const connection of connections) if (next < requests.count) send(connection, performance.now())
    await sleep(plan.warmupMs + plan.durationMs)
  } else {
    idle.push(...connections)
    pace.startedAt = startedAt
    await sendOnTime()
  }
  const graceUntil = performance.now() + GRACE_MS
  while (outstanding > 0 && performance.now() < graceUntil) await sleep(2)
  const cpu = process.cpuUsage(cpuBefore)
  // What is still unanswered fails now, and its waiting time counts.
  for (const connection of connections) if (!connection.idle) onFate(connection, new Error('no answer within 10 s'))
  for (const connection of connections) connection.close()

  return {
    perSecond: (inTime * 1000) / plan.durationMs,
    latencyMs: {
      p50: latency.quantileMs(0.5),
      p90: latency.quantileMs(0.9),
      p99: latency.quantileMs(0.99),
      p999: latency.quantileMs(0.999),
      max: latency.maxMs,
    },
    latenessP99Ms: lateness === null ? null : lateness.quantileMs(0.99),
    sent: next,
    success,
    other,
    failed,
    example,
    exhausted: next >= requests.count,
    generatorCpuUs: (cpu.user + cpu.system) / Math.max(1, next),
  }

  /**
   * Sends request i at startedAt + i * everyMs, whatever has been answered. A request that finds every connection busy
   * waits, and its latency still counts from the intended time. The wait is a spin over the event loop: timers tick by
   * the millisecond, and would send in bursts.
   */
  async function sendOnTime(): Promise<void> {
    if (pace === null || lateness === null) throw new Error('a closed loop has no pace')
    for (;;) {
      const now = performance.now()
      if (now >= measureUntil || next >= requests.count) return
      let intended = pace.startedAt + next * pace.everyMs
      while (intended <= now && intended < measureUntil && next < requests.count) {
        const connection = idle.pop()
        if (connection === undefined) break
        if (intended >= measureFrom) lateness.record(performance.now() - intended)
        send(connection, intended)
        intended = pace.startedAt + next * pace.everyMs
      }
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
  }
}
