import type { Contender, ContenderName } from './contenders.ts'
import { startContenders } from './contenders.ts'
import { readFlags } from './flags.ts'
import { startLoadGenerator } from './load-generator.ts'
import type { LoadGenerator } from './load-generator.ts'
import { measureHalfLoad } from './half-load.ts'
import { prepare, untilQuiet } from './prepared.ts'
import type { Prepared } from './prepared.ts'
import { less, medianFigure, more, publish } from './results.ts'
import type { Figure, Goal } from './results.ts'
import { withScratch } from './scratch.ts'
import { runSlices } from './slices.ts'
import type { Slice } from './slices.ts'
import { spreadOf } from './spread.ts'
import type { World } from './world.ts'

/**
 * Durable reports a second: Assay's full path (key, owner, window and duplicate checked, synced to disk) against a raw node:http
 * echo that does nothing, and against Express with one INSERT a request. Then its latency at half that load.
 */
const CONNECTIONS = [64, 256]
/** Of the echo's rate, by connections. */
const RATE_GOALS: Record<number, Goal> = { 64: more(0.75, 1), 256: more(0.85, 1) }
const flags = readFlags(process.argv.slice(2))
const generator = startLoadGenerator()
try {
  await (flags.data === null ? withScratch(run) : run(flags.data))
} finally {
  generator.close()
}

async function run(dir: string): Promise<void> {
  await measure(dir, 'intake', 'integer', flags.tasks, ['net', 'echo', 'assay', 'express-pg'])
  // Ids that are no integers take another way through the store; the peer does not care.
  await measure(dir, 'intake-uuid', 'uuid', flags.full ? flags.tasks : flags.tasks / 2, [
    'net',
    'echo',
    'assay',
  ])
}

async function measure(
  dir: string,
  bench: string,
  ids: World['ids'],
  tasks: number,
  names: ContenderName[],
): Promise<void> {
  const prepared = await prepare(dir, tasks, ids)
  const { world, dataDir, reported } = prepared
  await withScratch(async (scratch) => {
    const contenders = await startContenders({
      names,
      world,
      dataDir,
      reported,
      scratch,
    })
    try {
      const figures = await compare(generator, contenders, prepared, scratch)
      const size = { tasks, ids, rounds: flags.rounds, sliceMs: flags.sliceMs, connections: CONNECTIONS }
      publish(bench, flags.date, size, figures)
    } finally {
      for (const contender of contenders) await contender.close()
      prepared.reported = named(contenders, 'assay').reported
      prepared.save()
    }
  })
}

async function compare(
  generator: LoadGenerator,
  contenders: Contender[],
  { world }: Prepared,
  scratch: string,
): Promise<Figure[]> {
  const assay = named(contenders, 'assay')
  await untilQuiet(assay.server.pid)
  const slices = await runSlices(generator, contenders, {
    world,
    rounds: flags.rounds,
    connections: CONNECTIONS,
    sliceMs: flags.sliceMs,
  })
  const figures = CONNECTIONS.flatMap((connections) => figuresAt(slices, connections))
  const perSecond = medianOf(slices, 'assay', 64, (slice) => slice.result.perSecond).median / 2
  await untilQuiet(assay.server.pid)
  figures.push(
    ...(await measureHalfLoad(generator, assay, { world, perSecond, scratch, rounds: flags.rounds })),
  )
  return figures
}

function figuresAt(slices: readonly Slice[], connections: number): Figure[] {
  const rate = (slice: Slice) => slice.result.perSecond
  const p99 = (slice: Slice) => slice.result.latencyMs.p99
  const ratio = (over: ContenderName, under: ContenderName, figure: (slice: Slice) => number) =>
    spreadOf(
      perRound(slices, connections, over, figure).map(
        (value, round) => value / perRound(slices, connections, under, figure)[round]!,
      ),
    )
  const at = `at ${connections}`
  const names = [...new Set(slices.map(({ contender }) => contender))].toSorted()
  return [
    medianFigure(`reports/s ÷ echo ${at}`, '', ratio('assay', 'echo', rate), RATE_GOALS[connections]),
    ...(names.includes('express-pg')
      ? [medianFigure(`reports/s ÷ Express + pg ${at}`, '', ratio('assay', 'express-pg', rate), more(5, 10))]
      : []),
    medianFigure(`p99 ÷ echo's p99 ${at}`, '', ratio('assay', 'echo', p99), less(1.3, 1)),
    medianFigure(`generator: net server ÷ echo ${at}`, '', ratio('net', 'echo', rate), more(1.3, null)),
    ...names.flatMap((name) => [
      medianFigure(`${name} ${at}`, 'requests/s', medianOf(slices, name, connections, rate)),
      medianFigure(`${name} p99 ${at}`, 'ms', medianOf(slices, name, connections, p99)),
      medianFigure(
        `${name} CPU ${at}`,
        'us/request',
        medianOf(slices, name, connections, (slice) => slice.cpuUs),
      ),
    ]),
  ]
}

function medianOf(
  slices: readonly Slice[],
  name: ContenderName,
  connections: number,
  figure: (slice: Slice) => number,
) {
  return spreadOf(perRound(slices, connections, name, figure))
}

/** One value a round, in the order of the rounds, so that two lists can be divided element by element. */
function perRound(
  slices: readonly Slice[],
  connections: number,
  name: ContenderName,
  figure: (slice: Slice) => number,
): number[] {
  return slices
    .filter((slice) => slice.contender === name && slice.connections === connections)
    .toSorted((a, b) => a.round - b.round)
    .map(figure)
}

function named(contenders: readonly Contender[], name: ContenderName): Contender {
  const found = contenders.find((contender) => contender.name === name)
  if (found === undefined) throw new Error(`${name} takes no part in this run`)
  return found
}
