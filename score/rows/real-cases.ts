import { more } from '../../bench/results.ts'
import { scoreRealCases } from '../../test/attribution/score-real-cases.ts'
import type { ScoreRow } from '../row.ts'

/** Goal 9: the 70 real cases, which are nobody's simulation. They are read where they are and never copied. */
export function realCaseRows(datasets: string | null): ScoreRow[] {
  const head = {
    goal: '9',
    figure: 'attribution, 70 real cases: F1 (90 % bootstrap interval)',
    unit: '',
    bound: more(0.6, 0.7),
  }
  if (datasets === null)
    return [{ ...head, value: null, because: 'ASSAY_DATASETS names no folder with the cases' }]
  const { cases, f1, f1Low, f1High, exact } = scoreRealCases(datasets)
  return [
    { ...head, value: f1, low: f1Low, high: f1High, count: cases },
    {
      goal: '9',
      figure: 'attribution, 70 real cases: exact set',
      unit: 'of all',
      value: exact,
      count: cases,
    },
  ]
}
