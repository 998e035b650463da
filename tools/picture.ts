import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createModel } from '../src/analysis/model.ts'
import type { FactsFinding } from '../src/domain/finding.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../src/domain/instant.ts'
import { exactRateWorld } from '../src/simulator/exact-rate.ts'
import { liveThrough } from '../test/simulation/live-through.ts'

/**
 * Draws docs/picture.svg, the README's picture, from a simulated world that the model really lived through: run it again after the
 * model has changed (`node_modules/.bin/node tools/picture.ts`), and look at it.
 */
const BIN_MS = 15 * MINUTE_MS
const BASELINE_PER_HOUR = 6
const START_AT = Date.UTC(2026, 0, 5)
const BREAK_AT = START_AT + 3 * DAY_MS + 14.3 * HOUR_MS
const FROM = BREAK_AT - 3.5 * HOUR_MS - ((BREAK_AT - 3.5 * HOUR_MS) % BIN_MS)
const BINS = 28

const { world, fault, segment } = exactRateWorld({
  seed: 5,
  startAt: START_AT,
  breakAt: BREAK_AT,
  repairedAt: Infinity,
  baselinePerHour: BASELINE_PER_HOUR,
  factor: 10,
})
const bins = Array.from({ length: BINS }, () => 0)
let opened: FactsFinding | null = null
liveThrough(
  createModel({ falseIncidentsPerWeek: 1, reportWindowMs: DAY_MS }),
  world,
  [fault],
  FROM + BINS * BIN_MS,
  ({ task, record }, findings) => {
    if (task.site !== segment.site || task.type !== segment.type) return
    opened ??=
      findings.find(({ facts }) => facts.situation === 'regression' && facts.where.site === segment.site) ??
      null
    const bin = Math.floor(((task.solvedAt as number) - FROM) / BIN_MS)
    if (record.claim === 'bad' && bin >= 0 && bin < BINS) bins[bin] = (bins[bin] as number) + 1
  },
)
if (opened === null) throw new Error('the break was not found: nothing to draw')
writeFileSync(join(import.meta.dirname, '..', 'docs', 'picture.svg'), draw(opened))

function draw({ at, facts }: FactsFinding): string {
  const width = 860
  const height = 320
  const left = 46
  const right = 24
  const top = 104
  const bottom = 282
  const most = Math.max(...bins, 4)
  const x = (instant: number): number => left + ((instant - FROM) / (BINS * BIN_MS)) * (width - left - right)
  const y = (count: number): number => bottom - (count / most) * (bottom - top)
  const expected = (BASELINE_PER_HOUR * BIN_MS) / HOUR_MS
  // Where 90 % of quiet bins fall: Poisson with mean 1.5.
  const bandTop = 4
  const clock = (instant: number): string => new Date(instant).toISOString().slice(11, 16)
  const bar = (count: number, i: number): string => {
    const barLeft = x(FROM + i * BIN_MS) + 1.5
    const barWidth = x(FROM + BIN_MS) - x(FROM) - 3
    const grey = Math.min(count, bandTop)
    const red = count - grey
    return (
      `<rect x="${barLeft.toFixed(1)}" y="${y(grey).toFixed(1)}" width="${barWidth.toFixed(1)}" height="${(bottom - y(grey)).toFixed(1)}" fill="#8f8d88"/>` +
      (red > 0
        ? `<rect x="${barLeft.toFixed(1)}" y="${y(count).toFixed(1)}" width="${barWidth.toFixed(1)}" height="${(y(grey) - y(count) - 1).toFixed(1)}" fill="#d92d20"/>`
        : '')
    )
  }
  const hours = Array.from({ length: 7 }, (_, i) => Math.ceil(FROM / HOUR_MS) * HOUR_MS + i * HOUR_MS)
  const text = (px: number, py: number, words: string, more = ''): string =>
    `<text x="${px.toFixed(1)}" y="${py}" ${more}>${words}</text>`
  const { onset, ratio } = facts
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Reports a quarter of an hour for one site: quiet until ${clock(BREAK_AT)}, then ten times as many; an incident opened at ${clock(at)} after ${facts.reports} reports" font-family="system-ui, sans-serif" font-size="12" fill="#4b4a47">
<rect width="${width}" height="${height}" rx="10" fill="#fcfcfa"/>
${text(left, 32, `Since ${clock(onset.at)} (${clock(onset.from)}–${clock(onset.to)}), customers report ${segment.type} tokens`, 'font-size="18" font-weight="600" fill="#1c1b1a"')}
${text(left, 56, `rejected by ${segment.site} ${ratio.estimate.toFixed(1)} times as often as usual.`, 'font-size="18" font-weight="600" fill="#1c1b1a"')}
<rect x="${left}" y="${y(bandTop).toFixed(1)}" width="${width - left - right}" height="${(bottom - y(bandTop)).toFixed(1)}" fill="#dbe7fb"/>
<rect x="${x(onset.from).toFixed(1)}" y="${top - 12}" width="${Math.max(2, x(onset.to) - x(onset.from)).toFixed(1)}" height="${bottom - top + 12}" fill="#1c1b1a" opacity="0.1"/>
${bins.map(bar).join('\n')}
<line x1="${left}" x2="${width - right}" y1="${y(expected).toFixed(1)}" y2="${y(expected).toFixed(1)}" stroke="#2563c9" stroke-width="1.5"/>
<line x1="${left}" x2="${width - right}" y1="${bottom}" y2="${bottom}" stroke="#1c1b1a" stroke-width="0.75"/>
<line x1="${x(onset.at).toFixed(1)}" x2="${x(onset.at).toFixed(1)}" y1="${top - 12}" y2="${bottom}" stroke="#1c1b1a" stroke-width="1.5"/>
${text(x(onset.at) - 6, top - 2, `onset ${clock(onset.at)}`, 'text-anchor="end" font-weight="600" fill="#1c1b1a"')}
<path d="M ${(x(at) - 5).toFixed(1)} ${top - 24} h 10 l -5 8 z" fill="#d92d20"/>
${text(x(at) + 9, top - 16, `incident at ${clock(at)}: ${facts.reports} reports, ${facts.expected.toFixed(1)} expected`, 'fill="#b42318"')}
${hours.map((hour) => text(x(hour), bottom + 18, clock(hour), 'text-anchor="middle"')).join('\n')}
${[0, most].map((count) => text(left - 8, y(count) + 4, String(count), 'text-anchor="end"')).join('\n')}
${text(width - right, bottom + 34, 'reports by the time their task was solved, 15 min a bar; blue: what is usual. One simulated afternoon, judged by Assay', 'text-anchor="end" font-size="11" fill="#75736e"')}
</svg>
`
}
