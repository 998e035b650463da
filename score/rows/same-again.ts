import { more } from '../../bench/results.ts'
import type { ScoreRow } from '../row.ts'
import type { SameAgain } from '../run/same-again.ts'
import { shareRow } from './build.ts'

const FIGURES: readonly [keyof SameAgain, string][] = [
  ['replay', 'replay in another order: the same bytes'],
  ['disorder', 'up to 1 h of disorder in the feed: the same final incidents'],
  ['restart', 'a restart in the middle: the same final incidents'],
  ['restartBytes', 'a restart in the middle: the same findings, byte for byte'],
]

/** Goal 13: of all stories lived through again. */
export function sameAgainRows(stories: readonly SameAgain[]): ScoreRow[] {
  return FIGURES.map(([key, figure]) =>
    shareRow(
      { goal: '13', figure, unit: 'of stories', bound: more(1, null) },
      stories.filter((one) => one[key]).length,
      stories.length,
    ),
  )
}
