import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { StoredReport } from '../../../src/domain/report.ts'
import type { TaskRecord } from '../../../src/domain/task.ts'
import type { TaskId } from '../../../src/domain/task-id.ts'
import type { ReportRequest, Store, StoreSettings } from '../../../src/store/contract.ts'
import { wholeLog } from './change-log.ts'
import { DAY_MS, HOUR_MS, NOW, openWithAccounts, SETTINGS } from './fixtures.ts'
import type { OpenSubject } from './fixtures.ts'
import { ModelStore } from './model.ts'

const IDS: readonly TaskId[] = [
  1,
  2,
  3,
  2 ** 40,
  '007',
  'a',
  'A',
  '4bf92f35-77b3-4da6-a3ce-929d0e0e4736',
  9,
  10,
]
const GROUPS = new Map([
  ['acme', 'payer-1'],
  ['bolt', 'payer-1'],
  ['cove', 'cove'],
])

/** One step of a random life. `waitMs` passes before it. */
type Step = { readonly waitMs: number } & (
  | { readonly do: 'feed'; readonly records: readonly Draft[] }
  | { readonly do: 'report'; readonly reports: readonly Omit<ReportRequest, 'receivedAt'>[] }
  | { readonly do: 'retire' | 'reopen' }
)

/** A record whose times are relative to the step's. */
type Draft = Omit<TaskRecord, 'solvedAt' | 'issuedAt' | 'labels'> & {
  readonly labels?: Record<string, string>
  readonly solvedAgoMs: number | null
  readonly issuedAgoMs: number | null
}

const id = fc.constantFrom(...IDS)
const who = fc.constantFrom('acme', 'acme', 'acme', 'bolt', 'cove')
const ago = fc.oneof(
  fc.constantFrom(0, HOUR_MS, DAY_MS, DAY_MS + 1, -HOUR_MS, 5 * DAY_MS),
  fc.integer({ min: 0, max: 2 * DAY_MS }),
)

const draft: fc.Arbitrary<Draft> = fc
  .record(
    {
      taskId: id,
      account: fc.oneof({ weight: 9, arbitrary: who }, { weight: 1, arbitrary: fc.constant('nobody') }),
      type: fc.constantFrom('TurnstileTask', 'TurnstileTask', 'ImageToTextTask'),
      site: fc.constantFrom('a.example', 'a.example', 'b.example'),
      solver: fc.constant('3.8.1'),
      region: fc.constantFrom('eu', 'eu', 'us'),
      labels: fc.constantFrom<Record<string, string>>({ pool: 'a' }, { pool: 'a' }, {}),
      status: fc.constantFrom('processing' as const, 'ready' as const, 'ready' as const, 'failed' as const),
      solvedAgoMs: fc.oneof(fc.constant(HOUR_MS), ago),
      issuedAgoMs: fc.option(fc.oneof(fc.constant(2 * HOUR_MS), ago)),
    },
    { requiredKeys: ['taskId', 'account', 'type', 'site', 'solver', 'status', 'solvedAgoMs', 'issuedAgoMs'] },
  )
  .map((fields) =>
    fields.status === 'processing' && fields.issuedAgoMs !== null ? { ...fields, solvedAgoMs: null } : fields,
  )

const request = fc.record({
  taskId: id,
  account: who,
  claim: fc.constantFrom('bad' as const, 'bad' as const, 'good' as const),
  pathClass: fc.constantFrom('token' as const, 'token' as const, 'image' as const, null),
})

const wait = fc.oneof(fc.constantFrom(0, 0, 1, HOUR_MS), fc.integer({ min: 0, max: DAY_MS }))
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('feed' as const),
      waitMs: wait,
      records: fc.array(draft, { maxLength: 6 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('report' as const),
      waitMs: wait,
      reports: fc.array(request, { maxLength: 6 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('retire' as const, 'reopen' as const), waitMs: wait }),
  },
)

const settings: fc.Arbitrary<StoreSettings> = fc.record({
  reportWindowMs: fc.constantFrom(HOUR_MS, DAY_MS),
  retentionDays: fc.constantFrom(1, 3, 90),
  strictClass: fc.boolean(),
  taskTypes: fc.constant(SETTINGS.taskTypes),
  parkedPerAccountMax: fc.constantFrom(0, 1, 3, 100),
  parkedForMs: fc.constantFrom(HOUR_MS, DAY_MS),
})

function recordOf({ solvedAgoMs, issuedAgoMs, ...rest }: Draft, now: number): TaskRecord {
  const at = (agoMs: number | null) => (agoMs === null ? null : now - agoMs)
  return { ...rest, solvedAt: at(solvedAgoMs), issuedAt: at(issuedAgoMs) }
}

export function randomContract(open: OpenSubject): void {
  describe('random lives', () => {
    it('agree with the model in every answer', async () => {
      await fc.assert(
        fc.asyncProperty(settings, fc.array(step, { maxLength: 40 }), async (chosen, steps) => {
          let subject = await openWithAccounts(open, chosen)
          const model = new ModelStore(chosen, GROUPS)
          let now = NOW
          try {
            for (const one of steps) {
              now += one.waitMs
              if (one.do === 'reopen') subject = (await subject.reopen?.()) ?? subject
              else await takeStep(subject.store, model, one, now, chosen)
            }
            await compare(subject.store, model, now)
          } finally {
            await subject.dispose()
          }
        }),
        { numRuns: process.env.ASSAY_TEST_FULL === '1' ? 3000 : 150 },
      )
    })

    it('are the same however their batches are split', async () => {
      const cut = fc.array(fc.nat({ max: 40 }), { maxLength: 6 })
      await fc.assert(
        fc.asyncProperty(
          fc.array(draft, { maxLength: 40 }),
          fc.array(request, { maxLength: 40 }),
          cut,
          async (drafts, requests, cuts) => {
            const records = drafts.map((one) => recordOf(one, NOW))
            const reports = requests.map((one) => ({ ...one, receivedAt: NOW }))
            const whole = await live(open, [records.slice(0, 5), records.slice(5)], [reports])
            const split = await live(
              open,
              [records.slice(0, 5), ...pieces(records.slice(5), cuts)],
              pieces(reports, cuts),
            )
            assert.deepEqual(split, whole)
          },
        ),
        { numRuns: process.env.ASSAY_TEST_FULL === '1' ? 1000 : 60 },
      )
    })
  })
}

async function takeStep(
  store: Store,
  model: ModelStore,
  step: Step,
  now: number,
  { retentionDays }: StoreSettings,
): Promise<void> {
  if (step.do === 'feed') {
    const records = step.records.map((one) => recordOf(one, now))
    const fates = (await store.recordTasks(records, now)).map((fate) =>
      'detail' in fate ? withoutDetail(fate) : fate,
    )
    assert.deepEqual(
      fates,
      records.map((record) => model.recordTask(record, now)),
    )
  } else if (step.do === 'report') {
    const reports = step.reports.map((one) => ({ ...one, receivedAt: now }))
    assert.deepEqual(
      await store.recordReports(reports),
      reports.map((report) => model.recordReport(report)),
    )
  } else if (step.do === 'retire') {
    const oldestDay = Math.floor(now / DAY_MS) - retentionDays
    while ((await store.retire(oldestDay, 2)) === 2);
    model.retire(oldestDay)
  }
}

function withoutDetail({ fate, reason }: { fate: string; reason: string }): { fate: string; reason: string } {
  return { fate, reason }
}

async function compare(store: Store, model: ModelStore, now: number): Promise<void> {
  for (const taskId of IDS) {
    assert.deepEqual(await store.findTask(taskId), model.findTask(taskId))
    assert.deepEqual(unplaced(await store.findReport(taskId)), model.findReport(taskId))
  }
  assert.deepEqual(await store.outcomes(), model.outcomes())
  for (const limit of [3, 1000]) {
    assert.deepEqual(
      (await wholeLog(store, limit)).map(({ seq: _seq, ...change }) => change),
      model.log(),
    )
  }
  for (const account of [undefined, 'acme']) {
    for (const [from, to] of [
      [0, now + 1],
      [now - DAY_MS, now],
    ] as const) {
      const { items } = await store.listReports({
        limit: 1000,
        from,
        to,
        ...(account === undefined ? {} : { account }),
      })
      assert.deepEqual(items.map(unplaced), model.listReports(account, from, to))
    }
  }
}

async function live(
  open: OpenSubject,
  feeds: readonly (readonly TaskRecord[])[],
  reports: readonly (readonly ReportRequest[])[],
): Promise<unknown[]> {
  const subject = await openWithAccounts(open, { parkedPerAccountMax: 3 })
  const { store } = subject
  try {
    const [first = [], ...rest] = feeds
    const fates: unknown[] = [...(await store.recordTasks(first, NOW))]
    for (const batch of reports) fates.push(...(await store.recordReports(batch)))
    for (const batch of rest) fates.push(...(await store.recordTasks(batch, NOW)))
    const { bytes: _bytes, ...stats } = await store.stats()
    return [
      fates,
      await wholeLog(store),
      await store.outcomes(),
      stats,
      (await store.listReports({ limit: 1000 })).items,
    ]
  } finally {
    await subject.dispose()
  }
}

function pieces<T>(list: readonly T[], cuts: readonly number[]): (readonly T[])[] {
  const edges = [0, ...cuts.map((at) => at % (list.length + 1)), list.length].sort((a, b) => a - b)
  return edges.slice(1).map((end, i) => list.slice(edges[i], end))
}

/** A report without its place in the log, which is the engine's own affair. */
function unplaced(report: StoredReport | null): Omit<StoredReport, 'seq'> | null {
  if (report === null) return null
  const { seq, ...rest } = report
  assert.ok(seq > 0)
  return rest
}
