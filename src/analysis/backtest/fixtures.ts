import fc from 'fast-check'
import { MINUTE_MS } from '../../domain/instant.ts'
import type { TaskRecord } from '../../domain/task.ts'
import type { HistoryReport } from './reports.ts'

/** Test data. */
export const START = 1_795_000_000_000

export function taskOf(over: Partial<TaskRecord> = {}): TaskRecord {
  return {
    taskId: 1,
    account: 'acme',
    type: 'TurnstileTask',
    site: 'shop.example',
    solver: '3.8.1',
    status: 'ready',
    solvedAt: START,
    issuedAt: null,
    ...over,
  }
}

export function reportOf(over: Partial<HistoryReport> = {}): HistoryReport {
  return { taskId: 1, account: 'acme', claim: 'bad', reportedAt: START + MINUTE_MS, ...over }
}

export interface History {
  readonly tasks: readonly TaskRecord[]
  readonly reports: readonly HistoryReport[]
}

// Few names and instants, so that ties and contradictions abound; four hours apart, so that windows close.
const ids = fc.constantFrom<(number | string)[]>(1, 2, 3, 4, 5, 'a', 'b', '漢')
const instants = fc.nat(8).map((n) => START + n * 240 * MINUTE_MS)
const names = fc.constantFrom('x', 'y')
const sometimes = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 })

/** Any records of one task: of every status, with and without what may be omitted, agreeing or not. */
export const anyTask: fc.Arbitrary<TaskRecord> = fc
  .record({
    taskId: ids,
    account: names,
    site: fc.constantFrom('a.example', 'b.example'),
    region: sometimes(names),
    labels: sometimes(fc.constantFrom<Record<string, string>>({}, { pool: 'b' })),
    status: fc.constantFrom('processing' as const, 'ready' as const, 'ready' as const, 'failed' as const),
    solvedAt: fc.option(instants, { freq: 3 }),
    issuedAt: fc.option(instants, { freq: 3 }),
  })
  .filter(({ status, solvedAt, issuedAt }) => solvedAt !== null || (status !== 'ready' && issuedAt !== null))
  .map(({ region, labels, ...rest }) =>
    taskOf({ ...rest, ...(region !== undefined && { region }), ...(labels !== undefined && { labels }) }),
  )

export const anyReport: fc.Arbitrary<HistoryReport> = fc.record({
  taskId: ids,
  account: names,
  claim: fc.constantFrom('bad' as const, 'good' as const),
  reportedAt: instants,
})

export const anyHistory: fc.Arbitrary<History> = fc.record({
  tasks: fc.array(anyTask, { maxLength: 30 }),
  reports: fc.array(anyReport, { maxLength: 40 }),
})

/** The same records, each told one to three times, in any order. */
export function retold<T>(records: readonly T[]): fc.Arbitrary<T[]> {
  const copies = records.map((record) => fc.integer({ min: 1, max: 3 }).map((n) => Array<T>(n).fill(record)))
  return fc.tuple(...copies).chain((lists) => {
    const all = lists.flat()
    return fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length })
  })
}
