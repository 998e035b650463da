import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeAction, NOTE_LENGTH_MAX } from './decode-action.ts'
import { RecordProblem } from './decode.ts'

const good = {
  kind: 'solver-release',
  at: '2026-11-23T10:00:00Z',
  where: { solver: '3.8.2' },
  note: 'hotfix',
}

describe('an action record', () => {
  test('comes out in canonical form', () => {
    assert.deepEqual(decodeAction({ ...good, by: 'ci' }), {
      kind: 'solver-release',
      at: Date.UTC(2026, 10, 23, 10),
      where: { solver: '3.8.2' },
      note: 'hotfix',
    })
    const where = { type: 'T', site: 'https://Shop.Example/pay', 'labels.pool': 'b', account: 'acme' }
    const record = decodeAction({ ...good, where, note: undefined })
    assert.ok(!(record instanceof RecordProblem))
    assert.deepEqual(Object.entries(record.where), [
      ['account', 'acme'],
      ['labels.pool', 'b'],
      ['site', 'shop.example'],
      ['type', 'T'],
    ])
    assert.equal(record.note, null)
  })

  test('may be about everything', () => {
    for (const where of [undefined, null, {}]) {
      const record = decodeAction({ ...good, where })
      assert.ok(!(record instanceof RecordProblem))
      assert.deepEqual(record.where, {})
    }
  })

  test('is refused with the field, what is wrong, and what is allowed', () => {
    const cases: [unknown, RegExp][] = [
      [[good], /^an action record is a JSON object/],
      [
        { ...good, kind: 'release' },
        /^kind is "release": solver-release, model-update, type-support, other$/,
      ],
      [{ ...good, at: 'yesterday' }, /^at is "yesterday": ISO 8601/],
      [{ ...good, at: undefined }, /^at is missing: /],
      [{ ...good, where: 'shop.example' }, /^where is "shop\.example": an object/],
      [{ ...good, where: { city: 'x' } }, /^where\.city is no attribute: type, site, /],
      [{ ...good, where: { 'labels.': 'x' } }, /^where\.labels\. is no attribute/],
      [{ ...good, where: { solver: 7 } }, /^where\.solver is 7: 1 to 128 characters/],
      [{ ...good, where: { site: '-' } }, /^where\.site is "-": a host name/],
      [{ ...good, note: 7 }, /^note is 7: text of at most 4000/],
      [{ ...good, note: 'x'.repeat(NOTE_LENGTH_MAX + 1) }, /^note is "x+… \(4003 characters\): text/],
    ]
    for (const [value, expected] of cases) {
      const record = decodeAction(value)
      assert.ok(record instanceof RecordProblem, JSON.stringify(value))
      assert.match(record.detail, expected)
    }
  })
})
