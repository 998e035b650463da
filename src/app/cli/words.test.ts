import assert from 'node:assert/strict'
import { test } from 'node:test'
import { effectInWords, readWhere } from './action.ts'
import { UsageError } from './exit.ts'
import { describe as incidentText } from './incident-page.ts'

test('where is written as pairs, and a slip is named', () => {
  assert.deepEqual(readWhere('type=T, site=a.example,labels.pool=x=y,'), {
    type: 'T',
    site: 'a.example',
    'labels.pool': 'x=y',
  })
  assert.deepEqual(readWhere(''), {})
  for (const text of ['type', '=T', 'type=', 'type=a,type=b'])
    assert.throws(() => readWhere(text), UsageError, text)
})

test('an effect that is not known never reads like an answer', () => {
  const said = (answer: string, hoursLeft: number | null = null) =>
    effectInWords({ answer, hoursLeft, because: '' })
  assert.deepEqual(
    ['helped', 'partly', 'no-change', 'worse', 'too-early', 'unverifiable'].map((answer) => said(answer)),
    ['yes', 'partly', 'no', 'no, it got worse', 'too early to tell', 'cannot be told'],
  )
  assert.equal(said('too-early', 0.4), 'too early to tell, about 24 min more')
  assert.equal(said('too-early', 2.25), 'too early to tell, about 2.3 h more')
  assert.equal(said('too-early', 31), 'too early to tell, about 31 h more')
})

test('an incident shows the hosts of a split, other causes, and why each thing happened', () => {
  const text = incidentText({
    id: 'A-1',
    situation: 'split',
    where: { type: 'T' },
    sites: { rejecting: ['a.example'], accepting: ['b.example', 'c.example'], undecided: [] },
    alternatives: [{ where: { solver: '3.8.1' }, strength: 0.4 }],
    openedAt: '2026-11-23T10:00:00.000Z',
    onset: {
      at: '2026-11-23T09:00:00.000Z',
      from: '2026-11-23T08:50:00.000Z',
      to: '2026-11-23T09:05:00.000Z',
    },
    ratio: { estimate: 11.2, low: 7.9, high: 15.1 },
    reports: 9,
    expected: 0.8,
    accounts: 6,
    state: 'fixed',
    because: 'Some sites reject\u001b[31m.',
    history: [
      { at: '2026-11-23T10:00:00.000Z', event: 'opened', reports: 9, expected: 0.8 },
      { at: '2026-11-23T10:05:00.000Z', event: 'merged', other: 'A-2', because: 'One fault.' },
      { at: '2026-11-23T10:06:00.000Z', event: 'action', action: 'act-1' },
      { at: '2026-11-23T11:00:00.000Z', event: 'confirmed-fixed', because: 'None since.' },
      { at: '2026-11-23T11:30:00.000Z', event: 'note', by: 'ann', note: 'thanks' },
    ],
  })
  for (const line of [
    'Some sites reject\\u001b[31m.',
    'rejecting   1: a.example',
    'accepting   2: b.example, c.example',
    'undecided   none',
    'or perhaps  solver = 3.8.1 (strength 0.40)',
    '2026-11-23 10:00  opened, 9 reports where 0.8 were expected',
    '2026-11-23 10:05  took in A-2: One fault.',
    '2026-11-23 10:06  action act-1',
    '2026-11-23 11:00  confirmed fixed: None since.',
    '2026-11-23 11:30  note by ann: thanks',
  ])
    assert.ok(text.split('\n').includes(line), `${line} is missing in\n${text}`)
})
