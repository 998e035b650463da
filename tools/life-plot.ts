import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createModel } from '../src/analysis/model.ts'
import type { Finding } from '../src/domain/finding.ts'
import { hasFacts } from '../src/domain/finding.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../src/domain/instant.ts'
import type { Fault } from '../src/simulator/breaks.ts'
import { worldEvents } from '../src/simulator/events.ts'
import { presetSettings } from '../src/simulator/presets.ts'
import { buildWorld } from '../src/simulator/world.ts'
import { ChangeMaker } from '../score/run/change-maker.ts'

/**
 * Draws docs/life.svg, the method's picture of an incident from its onset to its fix, from a small simulated world that the model
 * really lived through (some seconds): run it again after the model has changed (`node_modules/.bin/node tools/life-plot.ts`), and
 * look at it.
 */
const BIN_MS = 30 * MINUTE_MS
const START_AT = Date.UTC(2026, 0, 5)
const BREAK_AT = START_AT + 2 * DAY_MS + 20.2 * HOUR_MS
const REPAIRED_AT = BREAK_AT + 6 * HOUR_MS
const FROM = START_AT + 2 * DAY_MS + 14 * HOUR_MS
const BINS = 40
const UNTIL = FROM + BINS * BIN_MS
const FACTOR = 5

const world = buildWorld(presetSettings('small', 6, START_AT))
const TYPE = 'TurnstileTask'
const busiest = world.sites.find(({ types }) => types.some(({ type }) => world.types[type] === TYPE))
if (busiest === undefined) throw new Error(`a world without ${TYPE}`)
const place = { type: TYPE, site: busiest.name }
const fault: Fault = {
  name: `${place.site} rejects`,
  where: [place],
  from: BREAK_AT,
  until: REPAIRED_AT,
  effect: { kind: 'factor', factor: FACTOR },
  course: { kind: 'sudden' },
}

const reports = Array.from({ length: BINS }, () => 0)
const expected = Array.from({ length: BINS }, () => 0)
const told: Finding[] = []
const model = createModel({ falseIncidentsPerWeek: 1, reportWindowMs: DAY_MS })
const changes = new ChangeMaker()
for (const event of worldEvents(world, [fault], UNTIL)) {
  const change = changes.of(event)
  if (change === null) continue
  const bin = change.kind === 'act' ? -1 : Math.floor((change.solvedAt - FROM) / BIN_MS)
  const isHere =
    change.kind !== 'act' && change.attributes.site === place.site && change.attributes.type === place.type
  if (isHere && change.kind === 'task' && bin >= 0)
    expected[bin] = (expected[bin] as number) + model.expects(change)
  if (isHere && change.kind === 'report' && change.claim === 'bad' && bin >= 0)
    reports[bin] = (reports[bin] as number) + 1
  told.push(...model.apply(change))
}
// What was due by the end of the plot, of the newest bins not everything.
for (let bin = 0; bin < BINS; bin++)
  expected[bin] = (expected[bin] as number) * model.maturity(place.type, UNTIL - FROM - (bin + 0.5) * BIN_MS)

const opened = told.find(({ event }) => event === 'opened')
const fixed = told.find(({ event }) => event === 'confirmed-fixed')
const alarms = new Set(told.map(({ alarmId }) => alarmId))
if (opened === undefined || !hasFacts(opened) || fixed === undefined || alarms.size > 1)
  throw new Error(
    `one incident and its fix were to be drawn, not: ${told.map(({ event }) => event).join(', ')}`,
  )
// As it was said last, for that knows most.
const { onset } = told.filter(hasFacts).at(-1)?.facts ?? opened.facts
writeFileSync(join(import.meta.dirname, '..', 'docs', 'life.svg'), draw(opened.at, fixed.at))

/** Smallest count that a Poisson variable of this mean exceeds with probability 1 - p at most. */
function poissonQuantile(p: number, mean: number): number {
  let term = Math.exp(-mean)
  let below = term
  let count = 0
  while (below < p) below += term *= mean / ++count
  return count
}

function draw(openedAt: number, fixedAt: number): string {
  const width = 860
  const height = 300
  const left = 46
  const right = 24
  const top = 72
  const bottom = 246
  const most = Math.max(...reports, 4)
  const x = (instant: number): number => left + ((instant - FROM) / (BINS * BIN_MS)) * (width - left - right)
  const y = (count: number): number => bottom - (count / most) * (bottom - top)
  const clock = (instant: number): string => new Date(instant).toISOString().slice(11, 16)
  const at = (bin: number): number => FROM + bin * BIN_MS
  const line = (point: (bin: number) => number): string =>
    expected.map((_, bin) => `H ${x(at(bin)).toFixed(1)} V ${y(point(bin)).toFixed(1)}`).join(' ')
  const low = (bin: number): number => poissonQuantile(0.05, expected[bin] as number)
  const high = (bin: number): number => poissonQuantile(0.95, expected[bin] as number)
  const back = Array.from(
    { length: BINS },
    (_, i) => `V ${y(low(BINS - 1 - i)).toFixed(1)} H ${x(at(BINS - 1 - i)).toFixed(1)}`,
  ).join(' ')
  const band = `M ${left} ${y(high(0)).toFixed(1)} ${line(high)} H ${width - right} ${back} Z`
  const usual = `M ${left} ${y(expected[0] as number).toFixed(1)} ${line((bin) => expected[bin] as number)} H ${width - right}`
  const bars = reports.map((count, bin) => {
    const isHigh = count > high(bin)
    const barLeft = x(at(bin)) + 1.5
    const barWidth = x(at(1)) - x(at(0)) - 3
    return `<rect x="${barLeft.toFixed(1)}" y="${y(count).toFixed(1)}" width="${barWidth.toFixed(1)}" height="${(bottom - y(count)).toFixed(1)}" fill="${isHigh ? '#d92d20' : '#8f8d88'}"/>`
  })
  const text = (px: number, py: number, words: string, more = ''): string =>
    `<text x="${px.toFixed(1)}" y="${py}" ${more}>${words}</text>`
  const mark = (instant: number, colour: string): string =>
    `<path d="M ${(x(instant) - 5).toFixed(1)} ${top - 20} h 10 l -5 8 z" fill="${colour}"/>` +
    `<line x1="${x(instant).toFixed(1)}" x2="${x(instant).toFixed(1)}" y1="${top - 12}" y2="${bottom}" stroke="${colour}" stroke-dasharray="2 3"/>`
  const ticks = Array.from(
    { length: BINS / 4 },
    (_, i) => Math.ceil(FROM / HOUR_MS) * HOUR_MS + 2 * i * HOUR_MS,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Reports a half-hour for one site: usual until ${clock(BREAK_AT)}, then ${FACTOR} times as many until ${clock(REPAIRED_AT)}, then usual; an incident opened at ${clock(openedAt)} and was confirmed fixed at ${clock(fixedAt)}" font-family="system-ui, sans-serif" font-size="12" fill="#4b4a47">
<rect width="${width}" height="${height}" rx="10" fill="#fcfcfa"/>
<path d="${band}" fill="#dbe7fb"/>
<rect x="${x(onset.from).toFixed(1)}" y="${top - 12}" width="${Math.max(2, x(onset.to) - x(onset.from)).toFixed(1)}" height="${bottom - top + 12}" fill="#1c1b1a" opacity="0.12"/>
${bars.join('\n')}
<path d="${usual}" fill="none" stroke="#2563c9" stroke-width="1.5"/>
<line x1="${left}" x2="${width - right}" y1="${bottom}" y2="${bottom}" stroke="#1c1b1a" stroke-width="0.75"/>
<line x1="${x(onset.at).toFixed(1)}" x2="${x(onset.at).toFixed(1)}" y1="${top - 12}" y2="${bottom}" stroke="#1c1b1a" stroke-width="1.5"/>
${mark(openedAt, '#d92d20')}
${mark(fixedAt, '#15803d')}
${text(x(onset.at) - 6, top - 14, `onset ${clock(onset.at)}`, 'text-anchor="end" font-weight="600" fill="#1c1b1a"')}
${text(x(openedAt) + 9, top - 13, `opened ${clock(openedAt)}`, 'fill="#b42318" font-weight="600"')}
${text(x(fixedAt) + 9, top - 13, `confirmed-fixed ${clock(fixedAt)}`, 'fill="#15803d" font-weight="600"')}
${text(left, 28, `${place.type} at ${place.site}: broken from ${clock(BREAK_AT)} to ${clock(REPAIRED_AT)}, ${FACTOR} times as bad`, 'font-size="15" font-weight="600" fill="#1c1b1a"')}
${ticks.map((hour) => text(x(hour), bottom + 18, clock(hour), 'text-anchor="middle"')).join('\n')}
${[0, most].map((count) => text(left - 8, y(count) + 4, String(count), 'text-anchor="end"')).join('\n')}
${text(width - right, bottom + 36, 'reports by when their task was solved, half an hour a bar; blue: what was expected, and the band of 90 % of quiet bars', 'text-anchor="end" font-size="11" fill="#75736e"')}
</svg>
`
}
