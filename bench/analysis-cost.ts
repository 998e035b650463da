import { OPERATOR_TOKEN } from './assay-server.ts'
import type { Contender } from './contenders.ts'
import { startContenders } from './contenders.ts'
import { readFlags } from './flags.ts'
import { startLoadGenerator } from './load-generator.ts'
import { prepare } from './prepared.ts'
import { medianFigure, more, publish } from './results.ts'
import type { Figure } from './results.ts'
import { withScratch } from './scratch.ts'
import { runSlices } from './slices.ts'
import type { Slice } from './slices.ts'
import { spreadOf } from './spread.ts'

/**
 * What the analysis at full load costs the intake: durable reports a second while the analysis works through the whole log, over
 * those of the same service without any analysis, in slices that alternate. The first is stopped whole while the second is measured, and its log
 * must be long enough that the analysis has not come to its end when the last slice ends: that is checked.
 */
const CONNECTIONS = [64, 256]
/** Some minutes of work for the analysis, and more tasks than are reported. */
const TASKS_MAX = 3_000_000
const flags = readFlags(process.argv.slice(2))
const tasks = Math.min(flags.tasks, TASKS_MAX)
const generator = startLoadGenerator()
try {
  // A world of its own: what the analysis knew of it is thrown away.
  await withScratch(run)
} finally {
  generator.close()
}

async function run(dir: string): Promise<void> {
  const { world, dataDir, reported } = await prepare(dir, tasks, 'integer')
  await withScratch(async (scratch) => {
    const names = ['assay-unjudged', 'assay-judging'] as const
    const contenders = await startContenders({ names, world, dataDir, reported, scratch })
    const judging = contenders.find(({ name }) => name === 'assay-judging') as Contender
    try {
      const plan = { world, rounds: flags.rounds, connections: CONNECTIONS, sliceMs: flags.sliceMs }
      const slices = await runSlices(generator, contenders, plan)
      judging.wake?.()
      const lag = await lagOf(judging)
      if (lag === 0) throw new Error('the analysis came to the end of its log: feed more (--tasks)')
      console.error(`at the end the analysis was ${lag} positions behind`)
      const size = {
        tasks,
        rounds: flags.rounds,
        sliceMs: flags.sliceMs,
        connections: CONNECTIONS,
      }
      publish(
        'analysis-cost',
        flags.date,
        size,
        CONNECTIONS.flatMap((at) => figuresAt(slices, at)),
      )
    } finally {
      for (const contender of contenders) await contender.close()
    }
  })
}

function figuresAt(slices: readonly Slice[], connections: number): Figure[] {
  const of = (name: Slice['contender'], figure: (slice: Slice) => number): number[] =>
    slices
      .filter((slice) => slice.contender === name && slice.connections === connections)
      .toSorted((a, b) => a.round - b.round)
      .map(figure)
  const rate = ({ result }: Slice): number => result.perSecond
  const p99 = ({ result }: Slice): number => result.latencyMs.p99
  const ratio = (figure: (slice: Slice) => number) => {
    const without = of('assay-unjudged', figure)
    return spreadOf(of('assay-judging', figure).map((value, round) => value / (without[round] as number)))
  }
  return [
    medianFigure(`reports/s, judging ÷ without analysis, at ${connections}`, '', ratio(rate), more(0.95, 1)),
    medianFigure(`p99, judging ÷ without analysis, at ${connections}`, '', ratio(p99)),
    medianFigure(`judging at ${connections}`, 'requests/s', spreadOf(of('assay-judging', rate))),
    medianFigure(`without analysis at ${connections}`, 'requests/s', spreadOf(of('assay-unjudged', rate))),
  ]
}

/** How far the analysis is behind the log, in positions. */
async function lagOf({ server }: Contender): Promise<number> {
  const response = await fetch(`${server.url}/metrics`, {
    headers: { authorization: `Bearer ${OPERATOR_TOKEN}` },
  })
  const text = await response.text()
  const lag = /^assay_analysis_lag (\d+)/m.exec(text)?.[1]
  if (lag === undefined) throw new Error(`/metrics says nothing of the analysis: ${response.status}`)
  return Number(lag)
}
