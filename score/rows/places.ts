import { less, more } from '../../bench/results.ts'
import type { ScoreRow } from '../row.ts'
import type { FaultNamed, Observation } from '../run/observe.ts'
import { shareRow } from './build.ts'

/** Goals 7 and 8: which sites, and which combination. Of every fault that could be told from chance and that some incident touched. */
export function placeRows(observations: readonly Observation[]): ScoreRow[] {
  const touched = observations.flatMap(({ faults }) =>
    faults.flatMap(({ limit, named, situation }) =>
      limit !== null && named !== null ? [{ named, situation }] : [],
    ),
  )
  const splits = touched.filter(({ situation }) => situation === 'split').map(({ named }) => named)
  const others = touched.filter(({ situation }) => situation !== 'split' && situation !== 'one-account')
  const ripe = splits.filter(({ isSplitExact }) => isSplitExact !== null)
  const single = others.map(({ named }) => named)
  return [
    shareRow(
      { goal: '7', figure: 'false splits, of incidents about other faults', bound: less(0.01, 0.003) },
      single.filter(({ situation }) => situation === 'split').length,
      single.length,
    ),
    shareRow(
      { goal: '7', figure: 'split: exact site set once the bad group has 60 reports', bound: more(0.8, 0.9) },
      ripe.filter(({ isSplitExact }) => isSplitExact).length,
      ripe.length,
    ),
    shareRow(
      { goal: '7', figure: 'split: called one', unit: 'of all' },
      splits.filter(({ situation }) => situation === 'split').length,
      splits.length,
    ),
    shareRow(
      { goal: '8', figure: 'attribution: exact at the alarm', bound: more(0.75, 0.85) },
      single.filter(({ isExactAtAlarm }) => isExactAtAlarm).length,
      single.length,
    ),
    shareRow(
      { goal: '8', figure: 'attribution: exact one delay later', bound: more(0.9, 0.95) },
      single.filter(({ isExactLater }) => isExactLater).length,
      single.length,
    ),
    f1Row(single),
  ]
}

/** F1 over the combinations of all faults together, as the attribution literature counts it. */
function f1Row(named: readonly FaultNamed[]): ScoreRow {
  const sum = (pick: (one: FaultNamed) => number): number =>
    named.reduce((total, one) => total + pick(one), 0)
  const right = sum((one) => one.right)
  const all = 2 * right + sum((one) => one.wrong) + sum((one) => one.missing)
  const head = { goal: '8', figure: 'attribution: F1 one delay later', unit: '' }
  return all === 0
    ? { ...head, value: null, because: 'no case of it in this run' }
    : { ...head, value: (2 * right) / all, count: named.length }
}
