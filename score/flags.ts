import { parseArgs } from 'node:util'

/** The goals that the score measures itself; goal 12 is a matter of speed and size, and `npm run bench` measures it. */
export const GOALS = [
  '1',
  '2',
  '3',
  '3b',
  '4',
  '5',
  '6',
  '7',
  '8',
  '9',
  '10',
  '11',
  '13',
  'baselines',
] as const
export type GoalName = (typeof GOALS)[number]

/** What a run of the score is to do. */
export interface ScoreFlags {
  readonly full: boolean
  /** Only this goal; null: all. */
  readonly only: GoalName | null
  /** Stories lived through side by side. */
  readonly threads: number
  /** When the run began, ISO 8601. */
  readonly date: string
}

/**
 * @param args `--full`, `--only GOAL`, `--threads N`
 * @throws TypeError, RangeError naming the flag
 */
export function readFlags(args: readonly string[], threadsUsual: number, now: Date): ScoreFlags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      full: { type: 'boolean', default: false },
      only: { type: 'string' },
      threads: { type: 'string' },
    },
  })
  const only = GOALS.find((goal) => goal === values.only) ?? null
  if (values.only !== undefined && only === null)
    throw new RangeError(`--only ${values.only}: one of ${GOALS.join(', ')}`)
  const threads = Number(values.threads ?? threadsUsual)
  if (!Number.isInteger(threads) || threads < 1 || threads > 64)
    throw new RangeError(`--threads ${values.threads}: a whole number from 1 to 64`)
  return { full: values.full, only, threads, date: now.toISOString() }
}
