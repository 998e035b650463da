import type { DurationMs, Instant } from '../../domain/instant.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/instant.ts'
import type { Look, Tone } from './terminal.ts'
import { toned } from './terminal.ts'

/** What was solved in one bin, and what is said of it by now. */
export interface ChartBin {
  readonly at: Instant
  /** Tasks that could be reported. */
  readonly exposure: number
  readonly reports: number
  /** Reports to be expected by now; null while that is not known. */
  readonly expected: number | null
  /** Share of its reports that is due by now; null where there are no tasks. */
  readonly maturity: number | null
}

export interface ChartMark {
  readonly at: Instant
  /** One printable ASCII character. */
  readonly sign: string
}

export interface ChartData {
  readonly binMs: DurationMs
  /** One after the other without a gap, the oldest first; at least one. */
  readonly bins: readonly ChartBin[]
  readonly onset: { readonly at: Instant; readonly from: Instant; readonly to: Instant }
  readonly marks: readonly ChartMark[]
}

/** Under this share of its reports a bin is drawn as one that may still rise. */
export const MATURE_FROM = 0.9
const ROWS = 9
const STEPS = 8
const GUTTER = 7
const BIN_WIDTH_MAX = 3
const TICKS_MAX = 4

/** Bins that fit into a line. */
export function binsThatFit(columns: number): number {
  return columns - GUTTER
}

interface Glyphs {
  /** Parts of a cell, from an eighth to the whole. */
  readonly parts: readonly string[]
  /** A whole cell of what was expected, and of a bin that may still rise. */
  readonly usual: string
  readonly young: string
  readonly level: string
  readonly onset: string
  readonly bracket: readonly [left: string, line: string, at: string, right: string]
  readonly side: string
  readonly tick: string
  readonly floor: string
  readonly youngFloor: string
  /** Nine heights of the strip, none first. */
  readonly strip: readonly string[]
}

const BLOCKS: Glyphs = {
  parts: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  usual: '▓',
  young: '▒',
  level: '╌',
  onset: '┊',
  bracket: ['├', '─', '┼', '┤'],
  side: '│',
  tick: '┤',
  floor: '─',
  youngFloor: '┄',
  strip: [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
}

const ASCII: Glyphs = {
  parts: ['.', '.', '.', ':', ':', ':', '#', '#'],
  usual: '=',
  young: '?',
  level: '-',
  onset: ':',
  bracket: ['[', '-', '+', ']'],
  side: '|',
  tick: '+',
  floor: '-',
  youngFloor: '?',
  strip: [' ', '1', '2', '3', '4', '5', '6', '7', '8'],
}

/** One character of the plot, with its tone. */
interface Cell {
  readonly text: string
  readonly tone: Tone | null
}

const EMPTY: Cell = { text: ' ', tone: null }

/**
 * Reports a bin as bars, with what was expected, the onset and its interval, marks in a lane above, and the tasks as a strip below.
 * Every bin is one column, or several of the same; no line is longer than `columns`. In colour, only what is above the expected is red.
 *
 * A bar's height is its reports times `ROWS` over the top of the scale, in eighths of a line (halves in ASCII), and never nothing
 * where there is a report.
 * @throws RangeError for more bins than fit, or none
 */
export function drawChart(data: ChartData, look: Look): string[] {
  const { bins, binMs } = data
  const [first] = bins
  const width = Math.min(BIN_WIDTH_MAX, Math.floor(binsThatFit(look.columns) / bins.length))
  if (first === undefined || width < 1)
    throw new RangeError(`${bins.length} bins do not fit into ${look.columns} columns`)
  const glyphs = look.blocks ? BLOCKS : ASCII
  const columnOf = (at: Instant): number => Math.floor((at - first.at) / binMs) * width
  const span = bins.length * width
  const top = scaleTop(Math.max(...bins.map(({ reports, expected }) => Math.max(reports, expected ?? 0))))
  const onsetColumn = columnOf(data.onset.at)

  const lines = [
    ' '.repeat(GUTTER) + toned(laneOf(data.marks, columnOf, span), 'bold', look),
    ' '.repeat(GUTTER) + bracketOf(data.onset, columnOf, span, glyphs),
  ]
  for (let row = ROWS - 1; row >= 0; row--) {
    const cells = bins.flatMap((bin, index) =>
      Array.from({ length: width }, (_, part): Cell => {
        const cell = cellOf(bin, row, top, glyphs)
        const isOnset = index * width + part === onsetColumn
        return cell === EMPTY && isOnset ? { text: glyphs.onset, tone: null } : cell
      }),
    )
    const labelled = row === ROWS - 1 || row === Math.floor(ROWS / 2)
    const label = labelled ? rounded((top * (row + 1)) / ROWS) : ''
    lines.push(gutter(label, labelled ? glyphs.tick : glyphs.side) + painted(cells, look))
  }
  const floor = bins.map((bin) => (isYoung(bin) ? glyphs.youngFloor : glyphs.floor).repeat(width)).join('')
  lines.push(gutter('0', glyphs.tick) + floor)
  const most = Math.max(1, ...bins.map(({ exposure }) => exposure))
  const strip = bins.map(({ exposure }) =>
    (glyphs.strip[Math.ceil((STEPS * exposure) / most)] as string).repeat(width),
  )
  lines.push(gutter('tasks', ' ') + toned(strip.join(''), 'dim', look))
  lines.push(' '.repeat(GUTTER) + timesOf(bins, binMs, width, span))
  return lines.map((line) => line.trimEnd())
}

function gutter(label: string, edge: string): string {
  return `${label.padStart(GUTTER - 2)} ${edge}`
}

/** In at most five characters, exact: the scale's steps are whole thousands by then. */
function rounded(value: number): string {
  if (value < 10_000) return String(value)
  return value < 10_000_000 ? `${value / 1_000}k` : `${value / 1_000_000}M`
}

/** The least multiple of `ROWS` that holds it: the labels are whole numbers, also half-way (row 5 of 9). */
function scaleTop(most: number): number {
  for (let unit = 1; ; unit *= 10)
    for (const step of [1, 2, 3, 5]) if (ROWS * step * unit >= most) return ROWS * step * unit
}

export function isYoung({ maturity }: ChartBin): boolean {
  return maturity !== null && maturity < MATURE_FROM
}

function cellOf(bin: ChartBin, row: number, top: number, glyphs: Glyphs): Cell {
  const heightOf = (value: number): number =>
    value === 0 ? 0 : Math.max(1, Math.round((value * ROWS * STEPS) / top))
  const filled = heightOf(bin.reports) - row * STEPS
  const usual = heightOf(bin.expected ?? Infinity) - row * STEPS
  if (filled <= 0) {
    const isLevel = bin.expected !== null && usual > 0 && usual <= STEPS
    return isLevel ? { text: glyphs.level, tone: 'dim' } : EMPTY
  }
  // A cell that is partly above what is expected is told by the greater part.
  const tone = Math.min(filled, STEPS) / 2 >= usual ? 'red' : null
  if (filled < STEPS) return { text: glyphs.parts[filled - 1] as string, tone }
  if (isYoung(bin)) return { text: glyphs.young, tone }
  return { text: tone === null ? glyphs.usual : (glyphs.parts[STEPS - 1] as string), tone }
}

/** Runs of one tone are painted at once. */
function painted(cells: readonly Cell[], look: Look): string {
  let line = ''
  for (let from = 0; from < cells.length;) {
    const { tone } = cells[from] as Cell
    let to = from
    let run = ''
    for (; to < cells.length && (cells[to] as Cell).tone === tone; to++) run += (cells[to] as Cell).text
    line += tone === null ? run : toned(run, tone, look)
    from = to
  }
  return line
}

/** Each mark at its bin; where several fall together, in the next free places, so that none is hidden. */
function laneOf(marks: readonly ChartMark[], columnOf: (at: Instant) => number, span: number): string {
  const lane: string[] = Array.from({ length: span }, () => ' ')
  for (const { at, sign } of marks.toSorted((a, b) => a.at - b.at)) {
    const wished = Math.max(0, Math.min(span - 1, columnOf(at)))
    const free = [...lane.keys()].filter((column) => lane[column] === ' ')
    const column = free.find((one) => one >= wished) ?? free.findLast((one) => one < wished)
    if (column !== undefined) lane[column] = sign
  }
  return lane.join('')
}

/** The onset's interval as a bracket; where it lies before the first bin, a bracket that is open to the left. */
function bracketOf(
  { at, from, to }: ChartData['onset'],
  columnOf: (at: Instant) => number,
  span: number,
  glyphs: Glyphs,
): string {
  const [left, line, middle, right] = glyphs.bracket
  const [start, end, onset] = [columnOf(from), columnOf(to), columnOf(at)]
  return Array.from({ length: span }, (_, column) => {
    if (column === onset) return middle
    if (column < start || column > end) return ' '
    return column === start ? left : column === end ? right : line
  }).join('')
}

const TICK_STEPS: readonly DurationMs[] = [
  15 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  DAY_MS,
  2 * DAY_MS,
  7 * DAY_MS,
  14 * DAY_MS,
  28 * DAY_MS,
]

/** At most four times, at round hours or days, each beginning under its bin. */
function timesOf(bins: readonly ChartBin[], binMs: DurationMs, width: number, span: number): string {
  const first = (bins[0] as ChartBin).at
  const end = first + bins.length * binMs
  const step =
    TICK_STEPS.find(
      (ms) => ms >= binMs && Math.floor((end - 1) / ms) - Math.ceil(first / ms) + 1 <= TICKS_MAX,
    ) ?? end - first
  let line = ''
  for (let at = Math.ceil(first / step) * step; at < end; at += step) {
    const column = Math.floor((at - first) / binMs) * width
    const label = labelOf(at, binMs)
    if (column + label.length > span || (line !== '' && column < line.length + 1)) continue
    line = line.padEnd(column) + label
  }
  return line
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** `Wed 09:00`, or `11-25` where a bin is a day. */
function labelOf(at: Instant, binMs: DurationMs): string {
  const date = new Date(at)
  const iso = date.toISOString()
  return binMs >= DAY_MS ? iso.slice(5, 10) : `${DAYS[date.getUTCDay()]} ${iso.slice(11, 16)}`
}
