import { readFlags } from './flags.ts'
import type { FeedEncoding } from './feeder.ts'
import { ROWS_PER_REQUEST } from './feeder.ts'
import { prepare } from './prepared.ts'
import { medianFigure, more, publish } from './results.ts'
import { withScratch } from './scratch.ts'
import { spreadOf } from './spread.ts'

/** How fast task records come in over HTTP, committed and answered, with gzip off and on by turns. */
const flags = readFlags(process.argv.slice(2))
await (flags.data === null ? withScratch(run) : run(flags.data))

async function run(dir: string): Promise<void> {
  const { world, feedSlices } = await prepare(dir, flags.tasks, 'integer')
  const rowsPerSecond = (encoding: FeedEncoding) =>
    spreadOf(
      feedSlices.filter((slice) => slice.encoding === encoding).map(({ rows, ms }) => (rows * 1000) / ms),
    )
  const totalRows = feedSlices.reduce((sum, { rows }) => sum + rows, 0)
  const totalMs = feedSlices.reduce((sum, { ms }) => sum + ms, 0)
  publish('feed', flags.date, { tasks: world.tasks, rowsPerRequest: ROWS_PER_REQUEST }, [
    medianFigure('feed over HTTP', 'rows/s', rowsPerSecond('identity'), more(80_000, 150_000)),
    medianFigure('feed over HTTP, gzip', 'rows/s', rowsPerSecond('gzip'), more(80_000, 150_000)),
    { name: 'the whole feed, both', unit: 'rows/s', value: (totalRows * 1000) / totalMs },
    {
      name: 'server CPU',
      unit: 'us/row',
      value: feedSlices.reduce((sum, { cpuUs }) => sum + cpuUs, 0) / totalRows,
    },
    { name: 'the last slice against the first', unit: '', value: slowdown(feedSlices) },
  ])
}

/** Rate at the end over rate at the beginning: whether feeding slows down as the store grows. */
function slowdown(slices: readonly { rows: number; ms: number }[]): number {
  const first = slices[0]
  const last = slices.findLast((slice) => slice.rows === first?.rows)
  if (first === undefined || last === undefined) throw new Error('nothing was fed')
  return first.ms / last.ms
}
