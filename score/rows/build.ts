import type { Goal } from '../../bench/results.ts'
import { poissonInterval } from '../poisson-interval.ts'
import type { ScoreRow } from '../row.ts'
import { shareOf, summarise } from './summary.ts'

/** How a row is named. */
export interface RowName {
  readonly goal: string
  readonly figure: string
  readonly unit?: string
  readonly bound?: Goal
}

const NOTHING = 'no case of it in this run'

/** One statistic of some figures. */
export function rowOf(
  { goal, figure, unit = '', bound }: RowName,
  values: readonly number[],
  which: 'median' | 'mean' | 'p90',
): ScoreRow {
  const summary = summarise(values)
  const head = { goal, figure, unit, ...(bound !== undefined && { bound }) }
  if (summary === null) return { ...head, value: null, because: NOTHING }
  return { ...head, value: summary[which], count: summary.count }
}

/** A share of so many cases, with Wilson's interval. */
export function shareRow(
  { goal, figure, unit = 'of all', bound }: RowName,
  part: number,
  all: number,
): ScoreRow {
  const share = shareOf(part, all)
  const head = { goal, figure, unit, ...(bound !== undefined && { bound }) }
  return share === null ? { ...head, value: null, because: NOTHING } : { ...head, ...share, count: all }
}

/** Events a week, with the exact Poisson interval. `asked` divides: observed over asked for. */
export function weeklyRow(
  { goal, figure, unit = '/week', bound }: RowName,
  count: number,
  weeks: number,
  asked = 1,
): ScoreRow {
  const head = { goal, figure, unit, ...(bound !== undefined && { bound }) }
  if (weeks === 0) return { ...head, value: null, because: NOTHING }
  const { low, high } = poissonInterval(count)
  const per = weeks * asked
  return { ...head, value: count / per, low: low / per, high: high / per, count }
}
