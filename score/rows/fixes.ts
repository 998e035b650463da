import { less } from '../../bench/results.ts'
import type { ScoreRow } from '../row.ts'
import type { FixObservation, Observation } from '../run/observe.ts'
import { rowOf, shareRow } from './build.ts'
import { foundOf } from './detection.ts'

/** A repair is fairly asked about when this many times the mean need has matured before the events end. */
const FAIR = 3

/** Goal 11: was it fixed, and did what the team did help? */
export function fixRows(observations: readonly Observation[]): ScoreRow[] {
  const fixes = observations.flatMap(({ faults }) =>
    faults.flatMap((fault): FixObservation[] => {
      const fix = foundOf(fault)?.fix ?? null
      return fix === null ? [] : [fix]
    }),
  )
  const fair = fixes.filter(({ availableOverLimit }) => availableOverLimit >= FAIR)
  const overLimit = fixes.flatMap(({ overLimit }) => overLimit ?? [])
  const effects = observations.flatMap((one) => one.effects)
  const useless = effects.filter(({ truly }) => truly.includes('no-change'))
  return [
    rowOf(
      { goal: '11', figure: 'fix confirmed: mean M over what is needed', unit: '×', bound: less(1.5, 1.2) },
      overLimit,
      'mean',
    ),
    shareRow(
      { goal: '11', figure: 'called fixed while the fault stood', bound: less(0.05, 0.02) },
      fixes.filter(({ isFalse }) => isFalse).length,
      fixes.length,
    ),
    shareRow(
      { goal: '11', figure: `confirmed at all, of repairs with ${FAIR} times the need` },
      fair.filter(({ overLimit }) => overLimit !== null).length,
      fair.length,
    ),
    shareRow(
      { goal: '11', figure: 'actions: said as it truly was' },
      effects.filter(({ truly, said }) => said !== null && truly.includes(said)).length,
      effects.length,
    ),
    shareRow(
      { goal: '11', figure: 'actions: said to have helped, in part at least, when they had not' },
      useless.filter(({ said }) => said === 'helped' || said === 'partly').length,
      useless.length,
    ),
    shareRow(
      { goal: '11', figure: 'actions: nothing said, too early or unverifiable' },
      effects.filter(({ said }) => said === null || said === 'too-early' || said === 'unverifiable').length,
      effects.length,
    ),
  ]
}
