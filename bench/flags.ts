import { parseArgs } from 'node:util'

/** How large a benchmark is to be. One set of flags for all of them, so that `main.ts` can pass its own on. */
export interface Flags {
  readonly tasks: number
  readonly rounds: number
  /** Length of one slice of load. */
  readonly sliceMs: number
  /** A folder with a world that has been fed already, or is to be fed and kept; null: a scratch one. */
  readonly data: string | null
  /** When the run began, ISO 8601: one date for all its results. */
  readonly date: string
  readonly full: boolean
}

/**
 * @param args `--full`: 10 M tasks and 8 rounds; `--tasks N`, `--rounds N`, `--slice MS`, `--data DIR`, `--date ISO`
 * @throws TypeError, RangeError naming the flag
 */
export function readFlags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      full: { type: 'boolean', default: false },
      tasks: { type: 'string' },
      rounds: { type: 'string' },
      slice: { type: 'string', default: '1200' },
      data: { type: 'string' },
      date: { type: 'string', default: new Date().toISOString() },
    },
  })
  const whole = (flag: string, text: string, min: number, max: number): number => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < min || value > max)
      throw new RangeError(`--${flag} ${text}: a whole number from ${min} to ${max}`)
    return value
  }
  return {
    full: values.full,
    tasks: whole('tasks', values.tasks ?? (values.full ? '10000000' : '3000000'), 100_000, 100_000_000),
    rounds: whole('rounds', values.rounds ?? (values.full ? '8' : '6'), 1, 100),
    sliceMs: whole('slice', values.slice, 100, 10_000),
    data: values.data ?? null,
    date: values.date,
  }
}
