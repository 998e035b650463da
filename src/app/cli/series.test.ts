import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/instant.ts'
import type { ApiClient } from './client.ts'
import type { IncidentWire } from './incident-page.ts'
import { binMsOf, foldRows, marksOf, seriesOf, windowOf } from './series.ts'

const ONSET = Date.UTC(2026, 10, 25, 9)

describe('the bins around an incident', () => {
  test('are as narrow as they may be', () => {
    assert.deepEqual(windowOf(ONSET, ONSET + HOUR_MS, 60), {
      bin: '15m',
      from: ONSET + HOUR_MS - 30 * 15 * MINUTE_MS,
      count: 30,
    })
    assert.equal(windowOf(ONSET, ONSET + 9 * HOUR_MS, 60).bin, '15m')
    assert.equal(windowOf(ONSET, ONSET + 12 * HOUR_MS, 60).bin, '1h')
    assert.equal(windowOf(ONSET, ONSET + 9 * HOUR_MS, 40).bin, '1h')
    assert.equal(windowOf(ONSET, ONSET + 3 * DAY_MS, 60).bin, '1d')
  })

  test('are at most sixty and as many as fit, reach to the end, and hold a baseline unless the incident is older than they reach', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -HOUR_MS, max: 400 * DAY_MS }),
        fc.integer({ min: 33, max: 150 }),
        (lastsMs, most) => {
          const end = ONSET + lastsMs
          const window = windowOf(ONSET, end, most)
          const binMs = binMsOf(window)
          const reach = window.from + window.count * binMs
          assert.ok(window.count <= Math.min(60, most) && window.count >= Math.min(30, most))
          assert.ok(reach >= end && reach < Math.max(end, ONSET + binMs) + binMs)
          assert.equal(window.from % binMs, 0)
          if (lastsMs <= 20 * DAY_MS) assert.ok(window.from <= ONSET - 11 * binMs)
        },
      ),
    )
  })
})

const row = (minutes: number, over: object = {}) => ({
  where: {},
  at: new Date(ONSET + minutes * MINUTE_MS).toISOString(),
  exposure: 10,
  reports: 2,
  expected: 0.5,
  maturity: 0.5,
  ...over,
})

test('rows are summed by bin, without a gap; what one row does not know, the bin does not', () => {
  const window = { bin: '15m', from: ONSET, count: 4 } as const
  const bins = foldRows(
    [row(0), row(0, { exposure: 30, maturity: 1 }), row(15, { expected: null }), row(15), row(600)],
    window,
  )
  assert.deepEqual(
    bins.map(({ at, ...bin }) => ({ minute: (at - ONSET) / MINUTE_MS, ...bin })),
    [
      { minute: 0, exposure: 40, reports: 4, expected: 1, maturity: 0.875 },
      { minute: 15, exposure: 20, reports: 4, expected: null, maturity: 0.5 },
      { minute: 30, exposure: 0, reports: 0, expected: 0, maturity: null },
      { minute: 45, exposure: 0, reports: 0, expected: 0, maturity: null },
    ],
  )
})

const incident: IncidentWire = {
  id: 'A-1',
  situation: 'split',
  where: { type: 'T', 'labels.pool': 'p 1' },
  sites: { rejecting: ['a.example'], accepting: ['b.example'], undecided: [] },
  alternatives: [],
  openedAt: new Date(ONSET + HOUR_MS).toISOString(),
  onset: {
    at: new Date(ONSET).toISOString(),
    from: new Date(ONSET - HOUR_MS).toISOString(),
    to: new Date(ONSET).toISOString(),
  },
  ratio: { estimate: 11.2, low: 7.9, high: 15.1 },
  reports: 9,
  expected: 0.8,
  accounts: 6,
  state: 'open',
  because: '',
  history: [
    { at: new Date(ONSET + HOUR_MS).toISOString(), event: 'opened' },
    { at: new Date(ONSET + 2 * HOUR_MS).toISOString(), event: 'updated' },
    { at: new Date(ONSET + 2 * HOUR_MS).toISOString(), event: 'action', action: 'act-1' },
    { at: new Date(ONSET + 3 * HOUR_MS).toISOString(), event: 'not-fixed' },
    { at: new Date(ONSET + 3 * HOUR_MS).toISOString(), event: 'action', action: 'act-2' },
  ],
}

test('alarm, actions and fixes are marks, actions numbered', () => {
  assert.deepEqual(
    marksOf(incident).map(({ sign }) => sign),
    ['A', '1', 'N', '2'],
  )
})

test('of a split the sites that reject are asked for; with too many sites, its class', async () => {
  const asked: URLSearchParams[] = []
  const client: Pick<ApiClient, 'get'> = {
    get: async (path) => {
      asked.push(new URL(path, 'http://host').searchParams)
      const items =
        asked.length % 2 === 1
          ? [row(120)]
          : [row(0, { where: { site: 'a.example' } }), row(0, { where: { site: 'b.example' }, reports: 7 })]
      return { items } as never
    },
  }
  const series = await seriesOf(client as ApiClient, incident, 60)
  const [, query] = asked
  assert.deepEqual([query?.get('type'), query?.get('labels.pool'), query?.get('by')], ['T', 'p 1', 'site'])
  assert.ok(series.rejectingOnly)
  assert.equal(
    series.bins.reduce((sum, { reports }) => sum + reports, 0),
    2,
  )
  // Reaches to the last hour that has tasks.
  assert.equal((series.bins.at(-1)?.at ?? 0) + series.binMs, ONSET + 3 * HOUR_MS)

  const many = Array.from({ length: 200 }, (_, index) => `site-${index}.example`)
  const whole = await seriesOf(
    client as ApiClient,
    { ...incident, sites: { rejecting: many, accepting: [], undecided: [] } },
    60,
  )
  assert.equal(asked.at(-1)?.get('by'), null)
  assert.ok(!whole.rejectingOnly)
  assert.equal(
    whole.bins.reduce((sum, { reports }) => sum + reports, 0),
    9,
  )
})
