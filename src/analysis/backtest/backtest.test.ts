import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY_MS, HOUR_MS, MINUTE_MS, toIso } from '../../domain/instant.ts'
import type { TaskRecord } from '../../domain/task.ts'
import type { BacktestResult, BacktestSettings, HistoryReport } from './backtest.ts'
import { createBacktest } from './backtest.ts'
import { reportOf, START, taskOf } from './fixtures.ts'

const SETTINGS: BacktestSettings = { falseIncidentsPerWeek: 1, reportWindowMs: DAY_MS }

function live(
  tasks: readonly TaskRecord[],
  reports: readonly HistoryReport[],
  over: Partial<BacktestSettings> = {},
): BacktestResult {
  const backtest = createBacktest({ ...SETTINGS, ...over })
  for (const record of tasks) backtest.addTask(record)
  for (const record of reports) backtest.addReport(record)
  return backtest.run()
}

/** Ten accounts, two sites, a task a minute each; from `breaksAt` on one site rejects nearly everything. */
function world(hours: number, breaksAt: number): { tasks: TaskRecord[]; reports: HistoryReport[] } {
  const tasks: TaskRecord[] = []
  const reports: HistoryReport[] = []
  for (let minute = 0; minute < hours * 60; minute++)
    for (const [s, site] of ['shop.example', 'bank.example'].entries()) {
      const taskId = 2 * minute + s + 1
      const account = `account-${(minute * 7 + s) % 10}`
      const solvedAt = START + minute * MINUTE_MS + s * 1_000
      tasks.push(taskOf({ taskId, account, site, solvedAt }))
      const isBroken = s === 0 && solvedAt >= breaksAt
      // Every 50th task is reported when all is well, every second when the site is broken.
      if (isBroken ? minute % 2 === 0 : (minute * 31 + s * 17) % 50 === 0)
        reports.push(reportOf({ taskId, account, reportedAt: solvedAt + ((minute % 9) + 1) * MINUTE_MS }))
    }
  return { tasks, reports }
}

describe('a history that is lived through', () => {
  test('tells of a site that broke, where and since when, at the time it would have', () => {
    const breaksAt = START + 40 * HOUR_MS
    const { tasks, reports } = world(44, breaksAt)
    const { incidents, summary } = live(tasks, reports)
    assert.deepEqual(
      incidents.map(({ situation, where }) => ({ situation, where })),
      [{ situation: 'regression', where: { type: 'TurnstileTask', site: 'shop.example' } }],
    )
    const [incident] = incidents
    assert.ok(incident !== undefined)
    const { openedAt, onset } = incident
    assert.ok(
      reports.some(({ reportedAt }) => reportedAt === openedAt),
      'it opens at a report',
    )
    const untilOpened = reports.filter((r) => r.reportedAt >= breaksAt && r.reportedAt <= openedAt)
    assert.ok(untilOpened.length <= 15, `${untilOpened.length} reports were needed`)
    assert.ok(onset.from <= breaksAt + 5 * MINUTE_MS, toIso(onset.from))
    assert.ok(onset.to >= breaksAt - 5 * MINUTE_MS, toIso(onset.to))
    assert.ok(Math.abs(onset.at - breaksAt) <= 45 * MINUTE_MS, toIso(onset.at))
    assert.equal(incident.state, 'open')
    assert.deepEqual(summary, {
      tasks: tasks.length,
      reports: reports.length,
      weeks: 0.262,
      incidents: 1,
    })
  })

  test('tells of nothing while all is well', () => {
    const { tasks, reports } = world(44, Infinity)
    assert.deepEqual(live(tasks, reports).incidents, [])
  })

  test('runs once, and says how far it is', () => {
    const backtest = createBacktest(SETTINGS)
    backtest.addTask(taskOf())
    const told: unknown[] = []
    backtest.run({ onProgress: (stage, share) => told.push([stage, share]) })
    assert.deepEqual(told, [
      ['sorting', 1],
      ['replaying', 0],
      ['replaying', 1],
    ])
    assert.throws(() => backtest.run(), /runs once/)
  })

  test('may be empty', () => {
    assert.deepEqual(live([], []), {
      incidents: [],
      summary: { tasks: 0, reports: 0, weeks: 0, incidents: 0 },
      told: { tasks: 0, reports: 0 },
      span: null,
      actions: [],
      verdicts: { supported: 0, unsupported: 0, undetermined: 0, inIncidents: 0 },
      scratchBytes: 0,
    })
  })
})

describe('what counts', () => {
  const counted = (
    reports: readonly HistoryReport[],
    tasks = [taskOf()],
    over: Partial<BacktestSettings> = {},
  ) => live(tasks, reports, over).summary.reports

  test('is a claim of the owner about a task that was issued, within the window', () => {
    assert.equal(counted([reportOf()]), 1)
    assert.equal(counted([reportOf({ account: 'other' })]), 0)
    assert.equal(counted([reportOf({ taskId: 2 })]), 0)
    assert.equal(counted([reportOf({ taskId: '1a' })]), 0)
    assert.equal(counted([reportOf({ reportedAt: START + DAY_MS })]), 1)
    assert.equal(counted([reportOf({ reportedAt: START + DAY_MS + 1 })]), 0)
    assert.equal(counted([reportOf()], [taskOf({ status: 'failed' })]), 0)
    assert.equal(counted([reportOf()], [taskOf({ status: 'processing' })]), 0)
  })

  test('is one claim and one change of it', () => {
    const at = (minutes: number, claim: 'bad' | 'good') =>
      reportOf({ claim, reportedAt: START + minutes * MINUTE_MS })
    assert.equal(counted([at(1, 'bad'), at(2, 'bad')]), 1)
    assert.equal(counted([at(1, 'bad'), at(2, 'good')]), 2)
    assert.equal(counted([at(1, 'bad'), at(2, 'good'), at(3, 'bad'), at(4, 'good')]), 2)
  })

  test('is an early report once its task is there, unless it waited too long or too many did', () => {
    const early = reportOf({ reportedAt: START - DAY_MS })
    assert.equal(counted([early]), 1)
    assert.equal(counted([reportOf({ reportedAt: START - DAY_MS - 1 })]), 0)
    assert.equal(counted([{ ...early, account: 'other' }]), 0)
    const before = reportOf({ taskId: 'gone', reportedAt: START - 2 })
    const tight = { parkedPerAccountMax: 1 }
    assert.equal(counted([before, reportOf({ reportedAt: START - 1 })], [taskOf()], tight), 0)
    assert.equal(
      counted([{ ...before, account: 'other' }, reportOf({ reportedAt: START - 1 })], [taskOf()], tight),
      1,
    )
    assert.equal(
      counted(
        [{ ...before, reportedAt: START - DAY_MS - 2 }, reportOf({ reportedAt: START - 1 })],
        [taskOf()],
        tight,
      ),
      1,
      'what waited too long makes room',
    )
  })

  test('a task is what its records say together; of two that contradict each other the earlier stands', () => {
    const issued = taskOf({ status: 'processing', solvedAt: null, issuedAt: START - 1_000, region: 'eu-1' })
    const tasksOf = (...records: TaskRecord[]) => live(records, []).summary.tasks
    assert.equal(tasksOf(issued), 0)
    assert.equal(tasksOf(issued, taskOf()), 1)
    assert.equal(tasksOf(taskOf(), issued), 1)
    assert.equal(tasksOf(issued, taskOf({ region: 'us-1' })), 0, 'a contradiction')
    assert.equal(
      tasksOf(issued, taskOf({ status: 'failed', solvedAt: null, issuedAt: START - 1_000 }), taskOf()),
      0,
    )
    assert.equal(tasksOf(taskOf(), taskOf({ solvedAt: START + 1 })), 1)
    // The earlier record's owner is the task's.
    const stolen = [taskOf({ account: 'other', solvedAt: START + 1 }), taskOf()]
    assert.equal(counted([reportOf()], stolen), 1)
    assert.equal(counted([reportOf({ account: 'other' })], stolen), 0)
    // A report waits through `processing` too.
    assert.equal(counted([reportOf({ reportedAt: START - 500 })], [issued, taskOf()]), 1)
  })
})

test('of a broken site, read backwards, from two files and twice over, the bytes are the same', () => {
  const { tasks, reports } = world(43, START + 40 * HOUR_MS)
  const once = live(tasks, reports)
  assert.equal(once.incidents.length, 1)
  const evens = tasks.filter((_, i) => i % 2 === 0)
  const odds = tasks.filter((_, i) => i % 2 === 1)
  const again = live([...odds, ...evens.reverse(), ...odds], [...reports.toReversed(), ...reports])
  // How often it was told is all that differs.
  assert.equal(JSON.stringify({ ...again, told: once.told }), JSON.stringify(once))
})
