import type { Goal } from '../bench/results.ts'

/** One line of the score: a figure beside its goal and stretch. */
export interface ScoreRow {
  /** Number of the goal it belongs to, '1' to '13' and '3b'; `baselines` for the comparison. */
  readonly goal: string
  readonly figure: string
  readonly unit: string
  /** null: could not be measured in this run; `because` says why. Never a stand-in number. */
  readonly value: number | null
  readonly because?: string
  /** An interval of the figure, 95 % unless the figure says otherwise. */
  readonly low?: number
  readonly high?: number
  /** How many cases stand behind it. */
  readonly count?: number
  readonly bound?: Goal
}
