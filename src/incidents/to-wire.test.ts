import assert from 'node:assert/strict'
import { test } from 'node:test'
import { factsOf, openedOf } from './fixtures.ts'
import { createIncidentBook } from './incident-book.ts'
import { toWire } from './to-wire.ts'

test('an incident leaves with its keys in the documented order, byte for byte', () => {
  const book = createIncidentBook([
    openedOf('A-23456789', {
      method: '1',
      facts: factsOf({
        expected: 0.7999999999,
        ratio: { estimate: 11.2345, low: 0.001419, high: 1234.567 },
        alternatives: [{ where: { solver: '3.8.1' }, strength: 0.3999999 }],
      }),
    }),
    { incidentId: 'A-23456789', event: 'resolved', at: 90_000, by: 'ann', note: 'rolled back', key: 'k' },
  ])
  assert.equal(
    JSON.stringify(toWire(book.get('A-23456789')!)),
    '{"id":"A-23456789","situation":"regression","where":{"type":"TurnstileTask","site":"shop.example"},' +
      '"alternatives":[{"where":{"solver":"3.8.1"},"strength":0.4}],"openedAt":"1970-01-01T00:00:02.000Z",' +
      '"onset":{"at":"1970-01-01T00:00:01.000Z","from":"1970-01-01T00:00:00.500Z","to":"1970-01-01T00:00:01.500Z"},' +
      '"ratio":{"estimate":11.23,"low":0.00142,"high":1234.57},"reports":9,"expected":0.8,"accounts":6,"state":"resolved",' +
      '"history":[{"at":"1970-01-01T00:00:02.000Z","event":"opened","where":{"type":"TurnstileTask","site":"shop.example"},' +
      '"situation":"regression","onset":{"at":"1970-01-01T00:00:01.000Z","from":"1970-01-01T00:00:00.500Z",' +
      '"to":"1970-01-01T00:00:01.500Z"},"ratio":{"estimate":11.23,"low":0.00142,"high":1234.57},"reports":9,"expected":0.8},' +
      '{"at":"1970-01-01T00:01:30.000Z","event":"resolved","by":"ann","note":"rolled back"}],' +
      '"because":"Nine reports from six customers where 0.8 were expected."}',
  )
})

test('an absorbed incident is named by the merge that took it', () => {
  const book = createIncidentBook([
    openedOf('A'),
    openedOf('B'),
    { incidentId: 'A', event: 'merged', other: 'B', at: 5_000, by: null, key: 'm' },
  ])
  const [only, ...rest] = book.list().map(toWire)
  assert.equal(rest.length, 0)
  assert.deepEqual(only?.history[1], { at: '1970-01-01T00:00:05.000Z', event: 'merged', other: 'B' })
})

test('a split names its hosts, and each event says why, which other and which action', () => {
  const sites = { rejecting: ['a.example'], accepting: ['b.example'], undecided: ['c.example'] }
  const book = createIncidentBook([
    openedOf('A', { facts: factsOf({ situation: 'split', where: { type: 'T' }, sites }) }),
    openedOf('B'),
    { incidentId: 'A', event: 'merged', other: 'B', because: 'One.', at: 5_000, by: null, key: 'm' },
    { incidentId: 'A', event: 'action', action: 'act-1', at: 6_000, by: null, key: 'a' },
    { incidentId: 'A', event: 'confirmed-fixed', because: 'None since.', at: 7_000, by: null, key: 'f' },
  ])
  const wire = toWire(book.get('A')!)
  assert.deepEqual(Object.keys(wire).slice(0, 5), ['id', 'situation', 'where', 'sites', 'alternatives'])
  assert.deepEqual(wire.sites, sites)
  assert.equal(wire.state, 'fixed')
  assert.deepEqual(wire.history.slice(1), [
    { at: '1970-01-01T00:00:05.000Z', event: 'merged', other: 'B', because: 'One.' },
    { at: '1970-01-01T00:00:06.000Z', event: 'action', action: 'act-1' },
    { at: '1970-01-01T00:00:07.000Z', event: 'confirmed-fixed', because: 'None since.' },
  ])
})
