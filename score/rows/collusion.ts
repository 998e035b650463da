import { less } from '../../bench/results.ts'
import type { ScoreRow } from '../row.ts'
import type { FaultObservation, Observation } from '../run/observe.ts'
import { rowOf } from './build.ts'
import { foundOf } from './detection.ts'

/** Goal 3b: rings of new accounts that accuse a healthy site, or praise a broken one. */
export function collusionRows(observations: readonly Observation[]): ScoreRow[] {
  const rings = observations.filter(({ kind }) => kind === 'collusion')
  const opened = rings.reduce((sum, { models }) => sum + (models[0]?.aboutGuests ?? 0), 0)
  const ratios = rings
    .filter(({ scenario }) => scenario.endsWith('-hide'))
    .flatMap((hidden) => {
      const open = rings.find(
        (one) => one.seed === hidden.seed && one.scenario === `${hidden.scenario}-without`,
      )
      return open === undefined ? [] : hidden.faults.flatMap((fault) => delayRatio(fault, open.faults))
    })
  const head = {
    goal: '3b',
    figure: 'colluding accounts: incidents opened by them',
    unit: '',
    bound: less(0, 0),
  }
  return [
    rings.length === 0
      ? { ...head, value: null, because: 'no case of it in this run' }
      : { ...head, value: opened, count: rings.length },
    rowOf(
      { goal: '3b', figure: 'a fault they hide: delay with ÷ without them, mean', unit: '×' },
      ratios,
      'mean',
    ),
    worstRow(ratios),
  ]
}

function worstRow(ratios: readonly number[]): ScoreRow {
  const head = {
    goal: '3b',
    figure: 'a fault they hide: delay with ÷ without them, worst',
    unit: '×',
    bound: less(1.5, 1),
  }
  return ratios.length === 0
    ? { ...head, value: null, because: 'no fault of these was found in time without them' }
    : { ...head, value: Math.max(...ratios), count: ratios.length }
}

/** Of a fault that is found when nobody hides it; a miss counts with its whole length. */
function delayRatio(fault: FaultObservation, without: readonly FaultObservation[]): number[] {
  const open = without.find((one) => one.fault === fault.fault)
  const usual = open === undefined ? null : foundOf(open)
  if (usual === null) return []
  return [Math.min(fault.minutes, foundOf(fault)?.minutes ?? Infinity) / usual.minutes]
}
