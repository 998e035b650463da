import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import { goalMet } from '../bench/results.ts'
import type { Goal, GoalMet } from '../bench/results.ts'
import type { ScoreRow } from './row.ts'

const HEAD = ['goal', 'figure', 'measured', '95 % interval', 'cases', 'goal / stretch', 'met'] as const

/** The score as text: one line a figure, the measured beside goal and stretch. */
export function tableOf(rows: readonly ScoreRow[]): string {
  const lines = rows.map((row) => [
    row.goal,
    row.figure,
    row.value === null ? `not measured: ${row.because ?? ''}` : `${rounded(row.value)} ${row.unit}`.trim(),
    row.low === undefined || row.high === undefined ? '' : `${rounded(row.low)} to ${rounded(row.high)}`,
    row.count === undefined ? '' : String(row.count),
    row.bound === undefined ? '' : wanted(row.bound),
    metOf(row) ?? '',
  ])
  const all = [[...HEAD], ...lines]
  const widths = HEAD.map((_, column) => Math.max(...all.map((line) => (line[column] as string).length)))
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] as number))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Writes `bench/results/score.json`: no host name, no path, only what a reader needs to compare. */
export function writeScore(date: string, size: Record<string, unknown>, rows: readonly ScoreRow[]): void {
  const machine = {
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e9),
    platform: `${process.platform}-${process.arch}`,
    node: process.versions.node,
  }
  const figures = rows.map((row) => {
    const met = metOf(row)
    return {
      ...row,
      value: row.value === null ? null : rounded(row.value),
      ...(row.low !== undefined && { low: rounded(row.low) }),
      ...(row.high !== undefined && { high: rounded(row.high) }),
      ...(met !== null && { met }),
    }
  })
  const folder = join(import.meta.dirname, '..', 'bench', 'results')
  mkdirSync(folder, { recursive: true })
  const text = `${JSON.stringify({ bench: 'score', date, machine, size, figures }, null, 2)}\n`
  writeFileSync(join(folder, 'score.json'), text)
}

function metOf({ value, bound }: ScoreRow): GoalMet | null {
  return bound === undefined || value === null ? null : goalMet(value, bound)
}

function wanted({ better, atLeast, hope }: Goal): string {
  const sign = better === 'more' ? '>=' : '<='
  return `${sign} ${rounded(atLeast)}${hope === null ? '' : ` / ${rounded(hope)}`}`
}

/** Three significant digits: more would promise a precision that so many cases have not. */
function rounded(value: number): number {
  return Number(value.toPrecision(3))
}
