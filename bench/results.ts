import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Spread } from './spread.ts'

/** One figure of a benchmark, and what it was meant to be. */
export interface Figure {
  readonly name: string
  readonly unit: string
  readonly value: number
  /** Quartiles, where the figure is a median over rounds. */
  readonly low?: number
  readonly high?: number
  readonly rounds?: number
  readonly goal?: Goal
}

/** `at least` has to be reached; `hope` is what would please. For times and sizes both are upper bounds. */
export interface Goal {
  readonly better: 'more' | 'less'
  readonly atLeast: number
  readonly hope: number | null
}

export type GoalMet = 'hope' | 'at least' | 'missed'

export function goalMet(value: number, goal: Goal): GoalMet {
  const reaches = (bound: number) => (goal.better === 'more' ? value >= bound : value <= bound)
  if (!reaches(goal.atLeast)) return 'missed'
  return goal.hope !== null && reaches(goal.hope) ? 'hope' : 'at least'
}

export const more = (atLeast: number, hope: number | null): Goal => ({ better: 'more', atLeast, hope })
export const less = (atLeast: number, hope: number | null): Goal => ({ better: 'less', atLeast, hope })

/** A figure that is a median over rounds. */
export function medianFigure(name: string, unit: string, spread: Spread, goal?: Goal): Figure {
  const { median, low, high, rounds } = spread
  return { name, unit, value: median, low, high, rounds, ...(goal === undefined ? {} : { goal }) }
}

/** Prints a table and writes `bench/results/<bench>.json`: no host name, no path, only what a reader needs to compare. */
export function publish(bench: string, date: string, size: Record<string, unknown>, figures: Figure[]): void {
  const machine = {
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e9),
    platform: `${process.platform}-${process.arch}`,
    node: process.versions.node,
  }
  const rows = figures.map((figure) => ({
    ...figure,
    value: rounded(figure.value),
    ...(figure.low === undefined ? {} : { low: rounded(figure.low) }),
    ...(figure.high === undefined ? {} : { high: rounded(figure.high) }),
    ...(figure.goal === undefined ? {} : { met: goalMet(figure.value, figure.goal) }),
  }))
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  const text = `${JSON.stringify({ bench, date, machine, size, figures: rows }, null, 2)}\n`
  writeFileSync(join(folder, `${bench}.json`), text)
  console.log(`\n${bench}: ${JSON.stringify(size)}`)
  printFigures(figures)
}

export function printFigures(figures: readonly Figure[]): void {
  const lines = figures.map((figure) => {
    const { goal } = figure
    const quartiles =
      figure.low === undefined || figure.high === undefined
        ? ''
        : `${rounded(figure.low)} .. ${rounded(figure.high)}`
    const wanted = goal === undefined ? '' : wantedText(goal)
    const met = goal === undefined ? '' : goalMet(figure.value, goal)
    return [figure.name, `${rounded(figure.value)} ${figure.unit}`.trim(), quartiles, wanted, met]
  })
  const head = ['figure', 'median', 'quartiles', 'at least / hope', 'met']
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => line[column]!.length)))
  for (const line of [head, ...lines])
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
}

function wantedText(goal: Goal): string {
  const sign = goal.better === 'more' ? '>=' : '<='
  return `${sign} ${rounded(goal.atLeast)}${goal.hope === null ? '' : ` / ${rounded(goal.hope)}`}`
}

/** Three significant digits: more would promise a precision that a shared machine has not. */
function rounded(value: number): number {
  return Number(value.toPrecision(3))
}
