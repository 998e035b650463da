import type { Contender } from './contenders.ts'
import type { LoadGenerator } from './load-generator.ts'
import type { Figure } from './results.ts'
import { less, medianFigure } from './results.ts'
import { expectOnlySuccess } from './slices.ts'
import { spreadOf } from './spread.ts'
import { openSyncProbe } from './sync-probe.ts'
import type { World } from './world.ts'

/** Few enough to be cheap, enough that a request hardly ever waits for a free one. */
const CONNECTIONS = 128
const DURATION_MS = 3000
const WARMUP_MS = 500
const SYNCS_PER_ROUND = 500
const ROUNDS_MAX = 5

/**
 * Latency of an open loop at half of what was reached at saturation, next to what the disk takes for a sync in the same minutes:
 * the goal is 5 x the p99 of fdatasync + 2 ms.
 */
export async function measureHalfLoad(
  generator: LoadGenerator,
  assay: Contender,
  plan: { world: World; perSecond: number; scratch: string; rounds: number },
): Promise<Figure[]> {
  const { world, perSecond } = plan
  const probe = openSyncProbe(plan.scratch)
  const p50: number[] = []
  const p99: number[] = []
  const lateness: number[] = []
  try {
    for (let round = 0; round < Math.min(plan.rounds, ROUNDS_MAX); round++) {
      probe.sample(SYNCS_PER_ROUND)
      const count = Math.ceil((perSecond * (WARMUP_MS + DURATION_MS)) / 1000)
      const result = await generator.run({
        port: assay.server.port,
        connections: CONNECTIONS,
        warmupMs: WARMUP_MS,
        durationMs: DURATION_MS,
        world,
        from: assay.reported,
        count,
        perSecond,
      })
      assay.reported += result.sent
      expectOnlySuccess('assay at half load', result)
      p50.push(result.latencyMs.p50)
      p99.push(result.latencyMs.p99)
      lateness.push(result.latenessP99Ms ?? Number.NaN)
    }
    probe.sample(SYNCS_PER_ROUND)
    const goal = less(5 * probe.p99Ms() + 2, null)
    return [
      medianFigure(`p99 at half load (${Math.round(perSecond)}/s), open loop`, 'ms', spreadOf(p99), goal),
      medianFigure('p50 at half load, open loop', 'ms', spreadOf(p50)),
      medianFigure("of it the generator's own lateness, p99", 'ms', spreadOf(lateness)),
      { name: 'fdatasync of 4 KiB, p50', unit: 'ms', value: probe.p50Ms() },
      { name: 'fdatasync of 4 KiB, p99', unit: 'ms', value: probe.p99Ms() },
    ]
  } finally {
    probe.close()
  }
}
