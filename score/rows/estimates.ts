import { less, more } from '../../bench/results.ts'
import type { ScoreRow } from '../row.ts'
import type { Observation } from '../run/observe.ts'
import { rowOf, shareRow } from './build.ts'
import { detections } from './detection.ts'

/** Goals 5 and 6: since when, and how much. Of sudden faults that were found: a ramp has no one onset, and no one size. */
export function estimateRows(observations: readonly Observation[]): ScoreRow[] {
  const found = detections(observations).flatMap(({ fault, found }) =>
    found !== null && fault.course === 'sudden' && fault.situation !== 'one-account'
      ? [{ fault, found }]
      : [],
  )
  const covered = found.filter(({ found }) => found.isOnsetCovered).length
  const rows: ScoreRow[] = [
    shareRow(
      {
        goal: '5',
        figure: 'onset: the 90 % interval holds it, at the alarm (0.85 to 0.95)',
        bound: more(0.85, 0.88),
      },
      covered,
      found.length,
    ),
  ]
  for (const [factor, low, high, atLeast, hope] of [
    [3, 2, 5, 4, 3],
    [10, 5, 20, 2, 1.5],
  ] as const) {
    const errors = found
      .filter(({ fault }) => fault.ratio >= low && fault.ratio < high)
      .map(({ found }) => found.onsetErrorReports)
    rows.push(
      rowOf(
        {
          goal: '5',
          figure: `onset: median error, about x${factor} (x${low} to x${high})`,
          unit: 'reports',
          bound: less(atLeast, hope),
        },
        errors,
        'median',
      ),
    )
  }
  const sizes = found.map(({ found }) => found.sizeOverTrue)
  rows.push(
    rowOf(
      {
        goal: '6',
        figure: 'size: stated ÷ true one delay after the alarm, median (0.85 to 1.2)',
        unit: '×',
        bound: less(1.2, 1.1),
      },
      sizes,
      'median',
    ),
    rowOf(
      {
        goal: '6',
        figure: 'size: true ÷ stated, median: the other side of the same',
        unit: '×',
        bound: less(1 / 0.85, 1 / 0.92),
      },
      sizes.map((size) => 1 / size),
      'median',
    ),
  )
  return rows
}
