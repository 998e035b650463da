import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { HOUR_MS, MINUTE_MS } from '../../domain/instant.ts'
import type { ChartBin, ChartData } from './chart.ts'
import { binsThatFit, drawChart } from './chart.ts'
import type { Look } from './terminal.ts'

const START = Date.UTC(2026, 10, 25, 6)
const BIN_MS = 15 * MINUTE_MS
const PLAIN: Look = { columns: 40, blocks: false, colour: false }
const BLOCKS: Look = { columns: 40, blocks: true, colour: false }

function chartOf(reports: readonly number[], over: Partial<ChartData> = {}): ChartData {
  return {
    binMs: BIN_MS,
    bins: reports.map((count, index): ChartBin => ({
      at: START + index * BIN_MS,
      exposure: 50,
      reports: count,
      expected: 1,
      maturity: index < reports.length - 2 ? 0.98 : 0.6,
    })),
    onset: { at: START + 5 * BIN_MS, from: START + 4 * BIN_MS, to: START + 7 * BIN_MS },
    marks: [
      { at: START + 8 * BIN_MS, sign: 'A' },
      { at: START + 10 * BIN_MS, sign: '1' },
      { at: START + 10 * BIN_MS, sign: 'N' },
    ],
    ...over,
  }
}

const REPORTS = [0, 1, 2, 0, 1, 5, 9, 8, 9, 7, 9, 6, 5, 2]

describe('a chart', () => {
  test('in blocks: what is above the expected, what may still rise, the onset, the marks, the tasks', () => {
    assert.deepEqual(drawChart(chartOf(REPORTS), BLOCKS), [
      '                       A   1N',
      '               ├─┼───┤',
      '    9 ┤          ┊ ██  ██  ██',
      '      │          ┊ ██████  ██',
      '      │          ┊ ██████████',
      '      │          ┊ ████████████',
      '    5 ┤          ██████████████▒▒',
      '      │          ██████████████▒▒',
      '      │          ██████████████▒▒',
      '      │    ██    ██████████████▒▒▒▒',
      '      │╌╌▓▓▓▓╌╌▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▒▒▒▒',
      '    0 ┤────────────────────────┄┄┄┄',
      'tasks  ████████████████████████████',
      '       Wed 06:00       Wed 08:00',
    ])
  })

  test('in ASCII', () => {
    assert.deepEqual(drawChart(chartOf(REPORTS), PLAIN), [
      '                       A   1N',
      '               [-+---]',
      '    9 +          : ##  ##  ##',
      '      |          : ######  ##',
      '      |          : ##########',
      '      |          : ############',
      '    5 +          ##############??',
      '      |          ##############??',
      '      |          ##############??',
      '      |    ##    ##############????',
      '      |--====--================????',
      '    0 +------------------------????',
      'tasks  8888888888888888888888888888',
      '       Wed 06:00       Wed 08:00',
    ])
  })

  test('in colour, only what is above the expected is red', () => {
    const lines = drawChart(chartOf([0, 1, 9]), { ...BLOCKS, colour: true })
    const red = lines.filter((line) => line.includes('\u001b[31m'))
    assert.equal(red.length, 8, lines.join('\n'))
    assert.deepEqual(
      drawChart(chartOf([0, 1, 1]), { ...BLOCKS, colour: true }).filter((line) =>
        line.includes('\u001b[31m'),
      ),
      [],
    )
  })

  test('refuses more bins than there are columns, and none', () => {
    assert.throws(() => drawChart(chartOf(Array.from({ length: 34 }, () => 1)), PLAIN), RangeError)
    assert.throws(() => drawChart(chartOf([]), PLAIN), RangeError)
  })

  const anyBin = fc.record({
    exposure: fc.nat(100_000),
    reports: fc.oneof(fc.constant(0), fc.nat(30), fc.nat(100_000)),
    expected: fc.option(fc.double({ min: 0, max: 500, noNaN: true }), { nil: null }),
    maturity: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: null }),
  })
  const anyLook = fc.record({ columns: fc.integer({ min: 40, max: 160 }), blocks: fc.boolean() })
  const anyAt = fc.integer({ min: -100 * HOUR_MS, max: 200 * HOUR_MS }).map((ms) => START + ms)
  const anyChart = fc
    .tuple(
      anyLook,
      fc.array(anyBin, { minLength: 1, maxLength: 60 }),
      fc.constantFrom(15 * MINUTE_MS, HOUR_MS, 24 * HOUR_MS),
      fc.tuple(anyAt, anyAt, anyAt).map((ats) => ats.sort((a, b) => a - b)),
      fc.array(fc.record({ at: anyAt, sign: fc.constantFrom('A', 'F', '1') }), { maxLength: 12 }),
    )
    .filter(([{ columns }, bins]) => bins.length <= binsThatFit(columns))
    .map(([look, bins, binMs, [from = 0, at = 0, to = 0], marks]) => ({
      look: { ...look, colour: false },
      data: {
        binMs,
        bins: bins.map((bin, index) => ({ ...bin, at: START + index * binMs })),
        onset: { at, from, to },
        marks,
      },
    }))

  /** Filled characters of each bin, from its first column; the plot's lines are those between bracket and floor. */
  function heightsOf(lines: readonly string[], bins: number, columns: number): number[] {
    const width = Math.min(3, Math.floor(binsThatFit(columns) / bins))
    const empty = new Set([' ', '╌', '┊', '-', ':'])
    return Array.from(
      { length: bins },
      (_, index) => lines.slice(2, -3).filter((line) => !empty.has(line[7 + index * width] ?? ' ')).length,
    )
  }

  test('is as wide as it may be and no wider, at most four times below, no control characters', () => {
    fc.assert(
      fc.property(anyChart, ({ look, data }) => {
        const lines = drawChart(data, look)
        for (const line of lines) {
          assert.ok(line.length <= look.columns, line)
          // eslint-disable-next-line no-control-regex
          assert.doesNotMatch(line, /[\u0000-\u001f\u007f]/)
          if (!look.blocks) assert.match(line, /^[ -~]*$/)
        }
        assert.ok((lines.at(-1) as string).trim().split(/ {1,}(?=\w{3} \d|\d\d-)/).length <= 4, lines.at(-1))
      }),
    )
  })

  test('shows every bin once: the floor and the strip have its columns, whatever it holds', () => {
    fc.assert(
      fc.property(anyChart, ({ look, data }) => {
        const lines = drawChart(data, look)
        const width = Math.min(3, Math.floor(binsThatFit(look.columns) / data.bins.length))
        assert.equal((lines.at(-3) as string).length, 7 + width * data.bins.length)
      }),
    )
  })

  test('is higher where there are more reports, and never flat where there is one', () => {
    fc.assert(
      fc.property(anyChart, ({ look, data }) => {
        const blocks = { ...look, blocks: true }
        const heights = heightsOf(drawChart(data, blocks), data.bins.length, look.columns)
        const most = Math.max(...data.bins.map(({ reports, expected }) => Math.max(reports, expected ?? 0)))
        data.bins.forEach(({ reports }, index) => {
          const height = heights[index] as number
          assert.equal(height > 0, reports > 0)
          data.bins.forEach((other, place) => {
            if (other.reports > reports) assert.ok((heights[place] as number) >= height)
          })
          // The scale goes up in steps of 1, 2, 3, 5 and 10.
          if (reports === most && reports > 9) assert.ok(height >= 9 / 2, `${height} of 9 for the most`)
        })
      }),
    )
  })
})
