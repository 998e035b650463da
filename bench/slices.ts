import type { Contender, ContenderName } from './contenders.ts'
import type { LoadGenerator } from './load-generator.ts'
import type { LoadResult } from './load-plan.ts'
import { mix } from './permutation.ts'
import type { World } from './world.ts'

/** What one contender did in one slice. */
export interface Slice {
  readonly round: number
  readonly connections: number
  readonly contender: ContenderName
  readonly result: LoadResult
  /** CPU time of the serving processes for one request, in microseconds. */
  readonly cpuUs: number
}

export interface SlicePlan {
  readonly world: World
  readonly rounds: number
  readonly connections: readonly number[]
  readonly sliceMs: number
}

const WARMUP_MS = 200
/** Requests are built beforehand; no server here takes more than this many a second. */
const PER_SECOND_MAX: Record<ContenderName, number> = {
  net: 250_000,
  echo: 120_000,
  assay: 120_000,
  'assay-judging': 120_000,
  'assay-unjudged': 120_000,
  'express-pg': 30_000,
}
/** Spent at the end of a slice, so that the next one does not start on its leavings (checkpoints, collections). */
const REST_MS = 150

/**
 * Closed-loop slices, the contenders in another order each round and close together in time, so that whatever the machine
 * does next to them falls on all alike and cancels in the ratios.
 */
export async function runSlices(
  generator: LoadGenerator,
  contenders: readonly Contender[],
  plan: SlicePlan,
): Promise<Slice[]> {
  const slices: Slice[] = []
  for (let round = 0; round < plan.rounds; round++)
    for (const connections of plan.connections)
      for (const contender of shuffled(contenders, round * 1000 + connections)) {
        contender.wake?.()
        const slice = await runSlice(generator, contender, plan, connections)
        contender.rest?.()
        slices.push({ round, ...slice })
        await new Promise((resolve) => setTimeout(resolve, REST_MS))
      }
  return slices
}

async function runSlice(
  generator: LoadGenerator,
  contender: Contender,
  { world, sliceMs }: SlicePlan,
  connections: number,
): Promise<Omit<Slice, 'round'>> {
  const wanted = Math.ceil((PER_SECOND_MAX[contender.name] * (sliceMs + WARMUP_MS)) / 1000)
  const from = contender.countsOnce ? contender.reported : 0
  const cpuBefore = contender.cpuUs()
  const result = await generator.run({
    port: contender.server.port,
    connections,
    warmupMs: WARMUP_MS,
    durationMs: sliceMs,
    world,
    from,
    count: Math.min(wanted, world.tasks - from),
    perSecond: null,
  })
  const cpuUs = (contender.cpuUs() - cpuBefore) / Math.max(1, result.sent)
  contender.reported += result.sent
  expectOnlySuccess(contender.name, result)
  if (result.exhausted)
    throw new Error(
      `${contender.name} ran out of tasks to report after ${contender.reported}: feed more (--tasks)`,
    )
  return { connections, contender: contender.name, result, cpuUs }
}

/** A refusal costs a server less than a report: a rate with refusals in it is no rate of reports. */
export function expectOnlySuccess(name: string, result: LoadResult): void {
  if (result.other + result.failed > 0)
    throw new Error(
      `${name}: ${result.other} refused, ${result.failed} failed of ${result.sent}: ${result.example}`,
    )
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  return items
    .map((item, index) => ({ item, key: mix(seed * 31 + index) }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item)
}
