import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Change } from '../../domain/change.ts'
import { DAY_MS } from '../../domain/instant.ts'
import type { TaskId } from '../../domain/task-id.ts'
import type { Store } from '../../store/contract.ts'
import { openSqliteStore } from '../../store/sqlite/open.ts'
import type { History } from './fixtures.ts'
import { anyHistory, reportOf, retold, START, taskOf } from './fixtures.ts'
import { memoryScratch } from './memory-scratch.ts'
import { naiveChanges } from './naive-replay.ts'
import { Replay } from './replay.ts'
import type { SorterLimits } from './task-sorter.ts'
import { SORTER_LIMITS } from './task-sorter.ts'

const RULES = { reportWindowMs: DAY_MS, parkedPerAccountMax: 3, parkedForMs: DAY_MS }

function changesOf({ tasks, reports }: History, limits: SorterLimits = SORTER_LIMITS): Change[] {
  const replay = new Replay({ ...RULES, scratch: memoryScratch(), limits })
  for (const record of tasks) replay.addTask(record)
  for (const report of reports) replay.addReport(report)
  const changes: Change[] = []
  replay.run((change) => changes.push(change))
  return changes
}

describe('the log that a history comes to', () => {
  test('is the same for the same records in another order, each told up to three times', () => {
    const twice = anyHistory.chain((history) =>
      fc.record({
        once: fc.constant(history),
        again: fc.record({ tasks: retold(history.tasks), reports: retold(history.reports) }),
      }),
    )
    fc.assert(
      fc.property(twice, ({ once, again }) => assert.deepEqual(changesOf(again), changesOf(once))),
      { numRuns: 500 },
    )
  })

  test('is what the rules say, however little memory there is', () => {
    const limits = fc.record({
      heldBytesMax: fc.constantFrom(0, 2_000, 1_000_000),
      rowsAtOnceMax: fc.constantFrom(1, 2, 1_000),
      runsAtOnceMax: fc.constantFrom(2, 3, 100),
    })
    fc.assert(
      fc.property(anyHistory, limits, (history, tight) =>
        assert.deepEqual(changesOf(history, tight), naiveChanges(history, RULES)),
      ),
      { numRuns: 500 },
    )
  })

  test('is in the order of time, and no task counts twice', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const changes = changesOf(history)
        // An adopted report was received before its task was known; everything else is in order.
        const times = changes.flatMap((change) =>
          change.kind === 'task'
            ? [change.solvedAt]
            : change.kind === 'report' && !change.flags.includes('early')
              ? [change.receivedAt]
              : [],
        )
        assert.deepEqual(
          times,
          times.toSorted((a, b) => a - b),
        )
        const settled = changes.flatMap((change) => (change.kind === 'task' ? [change.taskId] : []))
        assert.equal(new Set(settled).size, settled.length)
        assert.deepEqual(
          changes.map(({ seq }) => seq),
          changes.map((_, index) => index + 1),
        )
      }),
    )
  })

  test('is what the store writes when it lives the same history', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, async (history) => {
        // The feed of a live service may tell of tasks in process; a history's are known from solvedAt on.
        // It also refuses as `future` what a history may say: that a task was issued after it was solved.
        const ready = history.tasks.filter(
          ({ status, solvedAt, issuedAt }) => status === 'ready' && (issuedAt ?? 0) <= (solvedAt ?? 0),
        )
        // Which of two records of one task and instant a feed tells first is not part of a history.
        const tasks = ready.filter(
          (a, i) => ready.findIndex((b) => b.taskId === a.taskId && b.solvedAt === a.solvedAt) === i,
        )
        const lived = { tasks, reports: history.reports }
        assert.deepEqual(changesOf(lived).map(placeless), (await storeLives(lived)).map(placeless))
      }),
      { numRuns: 150 },
    )
  })

  test('has one object for equal attributes, however they were told', () => {
    const changes = changesOf({
      tasks: [taskOf(), taskOf({ taskId: 2, labels: {} }), taskOf({ taskId: 3, region: 'eu' })],
      reports: [reportOf()],
    })
    const [first, second, third, report] = changes.map((change) =>
      change.kind === 'act' ? null : change.attributes,
    )
    assert.equal(first, second)
    assert.equal(first, report)
    assert.deepEqual(third, { ...first, region: 'eu' })
  })
})

/** The store contract's own words for it: gaps in `seq` are free. */
function placeless(change: Change): object {
  return { ...change, seq: 0 }
}

/** Feeds a store record by record, at the instants of the history. */
async function storeLives({ tasks, reports }: History): Promise<Change[]> {
  const store: Store = openSqliteStore(':memory:', {
    ...RULES,
    retentionDays: 90,
    strictClass: false,
    taskTypes: new Map(),
  })
  for (const id of ['x', 'y'])
    await store.addAccount({ id, name: null, group: id, addresses: [], createdAt: START })
  const events = [
    ...tasks.map((record) => ({ at: record.solvedAt as number, record, said: record })),
    ...reports.map((report) => ({ at: report.reportedAt, report, said: report })),
  ].sort(
    (a, b) =>
      a.at - b.at ||
      Number('report' in a) - Number('report' in b) ||
      byId(a.said.taskId, b.said.taskId) ||
      byText(a.said.account, b.said.account) ||
      byText(claimOf(a.said), claimOf(b.said)),
  )
  for (const event of events)
    if ('record' in event) await store.recordTasks([event.record], event.at)
    else {
      const { reportedAt, ...report } = event.report
      await store.recordReports([{ ...report, pathClass: null, receivedAt: reportedAt }])
    }
  const changes = await store.changesSince(0, 1_000)
  await store.close()
  return changes
}

function byId(a: TaskId, b: TaskId): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return Number(typeof a === 'string') - Number(typeof b === 'string') || byText(String(a), String(b))
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function claimOf(said: object): string {
  return 'claim' in said ? String(said.claim) : ''
}
