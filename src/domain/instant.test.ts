import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayOf, parseInstant, toIso } from './instant.ts'

test('an instant is ISO 8601 with an offset, or integer milliseconds', () => {
  assert.equal(parseInstant('2026-11-23T10:00:00.000Z'), 1_795_428_000_000)
  assert.equal(parseInstant('2026-11-23T12:00:00+02:00'), 1_795_428_000_000)
  assert.equal(parseInstant(1_795_428_000_000), 1_795_428_000_000)
  for (const bad of [
    '2026-11-23',
    '2026-11-23T10:00:00',
    '2026-02-30T10:00:00Z',
    '2026-11-23T25:00:00Z',
    'now',
    '',
    1.5,
    NaN,
    9e15,
    null,
    {},
    true,
  ])
    assert.equal(parseInstant(bad), null, JSON.stringify(bad))
})

test('a day is a UTC day, and ISO is its way out', () => {
  assert.equal(dayOf(86_400_000), 1)
  assert.equal(dayOf(-1), -1)
  assert.equal(toIso(0), '1970-01-01T00:00:00.000Z')
})
