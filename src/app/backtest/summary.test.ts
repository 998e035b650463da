import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { BacktestResult } from '../../analysis/backtest/backtest.ts'
import type { Incident, IncidentEvent, IncidentFacts } from '../../domain/incident.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/instant.ts'
import { summaryText } from './summary.ts'
import { durationOf, placeOf, shareOf } from './summary-words.ts'

const START = Date.UTC(2026, 5, 1)
const CONTEXT = { falseIncidentsPerWeek: 1, leftOut: 0, seconds: 12.3 }

const EMPTY: BacktestResult = {
  incidents: [],
  summary: { tasks: 1_000_000, reports: 20_000, weeks: 13, incidents: 0 },
  told: { tasks: 1_000_010, reports: 20_100 },
  span: { from: START, to: START + 91 * DAY_MS },
  actions: [],
  verdicts: { supported: 0, unsupported: 0, undetermined: 20_000, inIncidents: 0 },
  scratchBytes: 0,
}

function incident(hours: number, over: Partial<Incident> = {}, fixedAfterMs?: number): Incident {
  const openedAt = START + hours * HOUR_MS
  const onsetAt = openedAt - 24 * MINUTE_MS
  const facts: IncidentFacts = {
    situation: 'regression',
    where: { type: 'TurnstileTask', site: 'shop.example' },
    onset: { at: onsetAt, from: onsetAt, to: onsetAt },
    ratio: { estimate: 9.34, low: 5, high: 15 },
    reports: 9,
    expected: 0.83,
    accounts: 6,
    alternatives: [],
    because: 'so it is',
    ...over,
  }
  const id = over.id ?? `A-${hours}`
  const event = (name: IncidentEvent['event'], at: number): IncidentEvent => ({
    incidentId: id,
    event: name,
    at,
    by: null,
    key: name,
    ...(name === 'opened' && { facts }),
  })
  return {
    ...facts,
    reports: 40,
    id,
    openedAt,
    state: fixedAfterMs === undefined ? 'open' : 'fixed',
    history: [
      event('opened', openedAt),
      ...(fixedAfterMs === undefined ? [] : [event('confirmed-fixed', onsetAt + fixedAfterMs)]),
    ],
    ...over,
  }
}

describe('the summary of a backtest', () => {
  test('begins with how many incidents, how soon, and what became of them', () => {
    const incidents = [
      incident(100, {}, 2 * DAY_MS),
      incident(200),
      incident(300, { situation: 'never-worked' }),
    ]
    const text = summaryText({ ...EMPTY, incidents }, CONTEXT)
    assert.deepEqual(text.split('\n').slice(0, 8), [
      'Assay would have told you of 3 incidents: half of them within 24 min of their beginning, after 9 reports or fewer.',
      '1 of them was over by the end, 2 still open.',
      '2026-06-01 to 2026-08-31: 1,000,000 tasks, 20,000 reports, 13.0 weeks; set to at most 1 false incident a week.',
      '',
      'Used to be accepted, then rejected (2)',
      '  told at (UTC)     after   reports it took  now   what became of it           where',
      '  2026-06-05 04:00  24 min  9 (0.8 usual)    x9.3  fixed after 2 d             TurnstileTask at shop.example',
      '  2026-06-09 08:00  24 min  9 (0.8 usual)    x9.3  still open after 82 d 16 h  TurnstileTask at shop.example',
    ])
    assert.match(text, /Never worked well \(1\)/)
    assert.match(text, /Reports: 20,000 of 20,100 counted; the others were said twice/)
  })

  test('names the sites of a split, some of each kind', () => {
    const sites = { rejecting: ['a', 'b', 'c', 'd', 'e', 'f'], accepting: [], undecided: [] }
    const split = incident(100, { situation: 'split', where: { type: 'TurnstileTask', solver: '3' }, sites })
    const text = summaryText({ ...EMPTY, incidents: [split] }, CONTEXT)
    assert.match(text, /TurnstileTask, solver 3\n {8}rejecting: a, b, c, d and 2 more; accepting: none/)
  })

  test("tells one customer's own findings apart and in short", () => {
    const incidents = Array.from({ length: 40 }, (_, i) =>
      incident(i, { situation: 'one-account', where: { account: `c${i % 8}`, site: 'shop.example' } }),
    )
    const text = summaryText({ ...EMPTY, incidents }, CONTEXT)
    assert.match(text, /^Assay would have told you of no incident\./)
    assert.match(
      text,
      /own findings \(40, of 8 customers\): listed, nobody is alarmed\n {2}c0: 5 times, last /,
    )
    assert.match(text, /and 4 more customers/)
  })

  test('fits on a screen or two, however much there is', () => {
    const where = { type: 'TurnstileTask' }
    const effect = { answer: 'helped' as const, hoursLeft: null, because: 'It did.' }
    const text = summaryText(
      {
        ...EMPTY,
        incidents: Array.from({ length: 500 }, (_, i) => incident(i)),
        actions: Array.from({ length: 500 }, (_, i) => ({
          action: { id: `act-${i}`, kind: 'other' as const, at: START, where, note: null },
          effect,
        })),
      },
      CONTEXT,
    )
    assert.ok(text.split('\n').length < 50)
    assert.match(text, /\.\.\. and 488 more; --json lists all/)
    assert.match(text, /2026-06-01 00:00 {2}other, TurnstileTask: helped\. It did\./)
  })

  test('never lets silence look like health where nothing could be told', () => {
    const small = { ...EMPTY, span: { from: START, to: START + DAY_MS } }
    assert.match(summaryText(small, CONTEXT), /too small to say that all was well[^]+shorter than three days/)
    const silent = { ...EMPTY, summary: { ...EMPTY.summary, reports: 0 }, told: { tasks: 5, reports: 0 } }
    assert.match(
      summaryText(silent, CONTEXT),
      /too small to say[^]+no reports: without them nothing can be told/,
    )
    const few = { ...EMPTY, summary: { ...EMPTY.summary, reports: 3 } }
    assert.match(summaryText(few, CONTEXT), /3 reports in all/)
    const nothing = { ...EMPTY, span: null, told: { tasks: 0, reports: 0 } }
    assert.match(summaryText(nothing, CONTEXT), /^Nothing could be judged: there are no task records\.\n/)
    assert.match(summaryText(EMPTY, { ...CONTEXT, leftOut: 2 }), /2 lines were no records and were left out/)
  })

  test('obeys nothing that came from outside', () => {
    const where = { type: '\u001b[2Jtype', site: 'shop.example' }
    const text = summaryText({ ...EMPTY, incidents: [incident(100, { where })] }, CONTEXT)
    assert.ok(!text.includes('\u001b'))
    assert.match(text, /\\u001b\[2Jtype/)
  })
})

test('durations have two units at most, shares are never rounded to nothing', () => {
  const cases: [number, string][] = [
    [20_000, 'under 1 min'],
    [24 * MINUTE_MS, '24 min'],
    [HOUR_MS, '1 h'],
    [3 * HOUR_MS + 5 * MINUTE_MS, '3 h 5 min'],
    [DAY_MS - 1, '24 h'],
    [2 * DAY_MS + 3 * HOUR_MS, '2 d 3 h'],
  ]
  for (const [ms, text] of cases) assert.equal(durationOf(ms), text)
  assert.deepEqual(
    [shareOf(0, 9), shareOf(1, 1_000), shareOf(999, 1_000), shareOf(9, 9)],
    ['0 %', 'under 1 %', 'over 99 %', '100 %'],
  )
  assert.equal(placeOf({}), 'everything')
  assert.equal(
    placeOf({ account: 'acme', type: 'T', site: 's.example', 'labels.pool': 'b' }),
    'acme, T at s.example, pool b',
  )
  assert.equal(placeOf({ site: 's.example' }), 'all types at s.example')
})
