import { less } from '../../bench/results.ts'
import type { ScoreRow } from '../row.ts'
import type { FaultFound, FaultObservation, Observation } from '../run/observe.ts'
import { rowOf, shareRow } from './build.ts'

/** A fault that can be told from chance, with how long the analysis took: a miss counts as its whole length. */
export interface Detection {
  readonly fault: FaultObservation
  readonly found: FaultFound | null
  readonly minutes: number
  readonly reports: number
  readonly limit: { readonly minutes: number; readonly reports: number }
}

export function detections(observations: readonly Observation[]): Detection[] {
  return observations.flatMap(({ faults }) =>
    faults.flatMap((fault) => {
      const { limit } = fault
      if (limit === null) return []
      const found = foundOf(fault)
      return [
        {
          fault,
          found,
          limit,
          minutes: Math.min(fault.minutes, found?.minutes ?? Infinity),
          reports: Math.min(fault.reports, found?.reports ?? Infinity),
        },
      ]
    }),
  )
}

export function foundOf({ found }: FaultObservation): FaultFound | null {
  return typeof found === 'string' ? null : found
}

const ratioOfMeans = (all: readonly Detection[]): number[] =>
  all.length === 0
    ? []
    : [all.reduce((sum, one) => sum + one.minutes, 0) / all.reduce((sum, one) => sum + one.limit.minutes, 0)]

/** Goal 2: end to end, with late reports and everything learned, against the limit that knows them. */
export function detectionRows(observations: readonly Observation[]): ScoreRow[] {
  const rows: ScoreRow[] = []
  const known = detections(observations.filter(({ kind }) => kind === 'known-rate'))
  for (const factor of [10, 3, 30]) {
    const these = known.filter(({ fault }) => Math.abs(fault.ratio / factor - 1) < 0.05)
    const at = factor === 30 ? 0.6 : 6
    const [ratio] = ratioOfMeans(these)
    const figure = `x${factor} at ${at} reports/h`
    rows.push(
      ratio === undefined
        ? {
            goal: '2',
            figure: `${figure}: mean minutes ÷ limit`,
            unit: '×',
            value: null,
            because: 'not lived through in this run',
          }
        : {
            goal: '2',
            figure: `${figure}: mean minutes ÷ limit`,
            unit: '×',
            value: ratio,
            count: these.length,
            bound: less(1.35, 1.15),
          },
      rowOf(
        { goal: '2', figure: `${figure}: minutes, median`, unit: 'min' },
        these.map(({ minutes }) => minutes),
        'median',
      ),
      rowOf(
        { goal: '2', figure: `${figure}: reports, median`, unit: 'reports' },
        these.map(({ reports }) => reports),
        'median',
      ),
    )
  }
  const incidents = observations.filter(({ kind }) => kind === 'incidents')
  const all = detections(incidents)
  const ratios = all.map((one) => one.minutes / one.limit.minutes)
  for (const which of ['median', 'mean', 'p90'] as const)
    rows.push(
      rowOf(
        { goal: '2', figure: `every kind of fault: minutes ÷ limit, ${which}`, unit: '×' },
        ratios,
        which,
      ),
    )
  for (const which of ['median', 'mean', 'p90'] as const)
    rows.push(
      rowOf(
        { goal: '2', figure: `every kind of fault: reports ÷ limit, ${which}`, unit: '×' },
        all.map((one) => one.reports / one.limit.reports),
        which,
      ),
    )
  rows.push(
    shareRow(
      { goal: '2', figure: 'every kind of fault: found (place, situation and onset right)' },
      all.filter(({ found }) => found !== null).length,
      all.length,
    ),
  )
  for (const why of ['not found', 'another place', 'another situation', 'another onset'] as const)
    rows.push(
      shareRow(
        { goal: '2', figure: `  of them ${why}` },
        all.filter(({ fault }) => fault.found === why).length,
        all.length,
      ),
    )
  for (const situation of ['regression', 'split', 'never-worked', 'one-account'] as const) {
    const these = all.filter(({ fault }) => fault.situation === situation)
    rows.push(
      shareRow(
        { goal: '2', figure: `  ${situation}: found` },
        these.filter(({ found }) => found !== null).length,
        these.length,
      ),
    )
  }
  const decoys = detections(observations.filter(({ kind }) => kind === 'decoy'))
  rows.push(
    shareRow(
      { goal: '2', figure: 'faults among the decoys: found' },
      decoys.filter(({ found }) => found !== null).length,
      decoys.length,
    ),
  )
  const faults = incidents.flatMap((one) => one.faults)
  rows.push(
    shareRow(
      { goal: '2', figure: 'faults below the limit (undetectable), left out above' },
      faults.length - all.length,
      faults.length,
    ),
  )
  return rows
}
