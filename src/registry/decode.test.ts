import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TaskRecord } from '../domain/task.ts'
import { decodeTask, hostOf, RecordProblem } from './decode.ts'

const good = {
  taskId: 7654321,
  account: 'acme',
  type: 'TurnstileTask',
  site: 'shop.example',
  solver: '3.8.1',
  region: 'eu-1',
  labels: { pool: 'b' },
  status: 'ready',
  solvedAt: '2026-11-23T10:00:00.000Z',
}

function decode(over: object): TaskRecord {
  const record = decodeTask({ ...good, ...over })
  assert.ok(!(record instanceof RecordProblem), record instanceof RecordProblem ? record.detail : '')
  return record
}

function complaint(over: object): string {
  const record = decodeTask({ ...good, ...over })
  assert.ok(record instanceof RecordProblem, JSON.stringify(record))
  return record.detail
}

describe('a task record', () => {
  test('comes out in canonical form', () => {
    assert.deepEqual(decode({ taskId: '7654321', site: 'https://Shop.Example:8443/pay?x=1#y' }), {
      taskId: 7654321,
      account: 'acme',
      type: 'TurnstileTask',
      site: 'shop.example',
      solver: '3.8.1',
      region: 'eu-1',
      labels: { pool: 'b' },
      status: 'ready',
      solvedAt: Date.UTC(2026, 10, 23, 10),
      issuedAt: null,
    })
  })

  test('keeps nothing it was not asked for', () => {
    assert.deepEqual(
      Object.keys(decode({ token: 'secret', proxy: '1.2.3.4', image: 'x' })).sort(),
      Object.keys(decode({})).sort(),
    )
  })

  test('may leave out region and labels, or say null', () => {
    const record = decode({ region: null, labels: undefined })
    assert.ok(!('region' in record) && !('labels' in record))
  })

  test('has its labels in one order', () => {
    assert.deepEqual(Object.keys(decode({ labels: { b: '1', a: '2' } }).labels ?? {}), ['a', 'b'])
    assert.ok(Object.hasOwn(decode({ labels: JSON.parse('{"__proto__":"x"}') }).labels ?? {}, '__proto__'))
  })

  test('is refused with the field, what is wrong, and what is allowed', () => {
    const cases: [object, RegExp][] = [
      [{ taskId: 0 }, /^taskId is 0: an integer from 1/],
      [{ taskId: 1.5 }, /^taskId is 1\.5/],
      [{ taskId: undefined }, /^taskId is missing/],
      [{ account: '' }, /^account is "": 1 to 128/],
      [{ account: 'x'.repeat(129) }, /^account is .*129|131 characters/],
      [{ type: 'a\u0000b' }, /^type is/],
      [{ solver: 3 }, /^solver is 3/],
      [{ region: '' }, /^region is ""/],
      [{ status: 'done' }, /^status is "done": processing, ready or failed/],
      [{ site: undefined }, /^site is missing/],
      [{ site: 'a b' }, /^site is "a b"/],
      [{ site: `${'a.'.repeat(127)}example` }, /^site is/],
      [{ solvedAt: 'yesterday' }, /^solvedAt is "yesterday": ISO 8601/],
      [{ solvedAt: undefined }, /^solvedAt is missing/],
      [{ status: 'processing', solvedAt: undefined }, /^issuedAt is missing/],
      [{ labels: [] }, /^labels is \[\]/],
      [{ labels: { a: 1 } }, /^labels\.a is 1/],
      [{ labels: { '': 'x' } }, /^labels: a key is ""/],
      [
        { labels: Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`k${i}`, 'v'])) },
        /^labels has 9 entries; at most 8/,
      ],
    ]
    for (const [over, expected] of cases) assert.match(complaint(over), expected)
    for (const value of [null, 1, 'x', [], true]) assert.ok(decodeTask(value) instanceof RecordProblem)
  })

  test('never echoes much of what was sent', () => {
    assert.ok(complaint({ status: 's'.repeat(10_000) }).length < 200)
  })
})

test('a site is a host: lower case, punycode, without scheme, port, path or final dot', () => {
  const cases: [unknown, string | null][] = [
    ['shop.example', 'shop.example'],
    ['SHOP.example.', 'shop.example'],
    ['http://user:pw@shop.example:80/a?b', 'shop.example'],
    ['shop.example:8443', 'shop.example'],
    ['shop.example/path', 'shop.example'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['例え.テスト', 'xn--r8jz45g.xn--zckzah'],
    ['a_b.example', 'a_b.example'],
    ['127.0.0.1', '127.0.0.1'],
    ['http://[::1]:80/', '[::1]'],
    ['localhost', 'localhost'],
    ['', null],
    ['http://', null],
    ['a..b', null],
    ['<b>', null],
    ['shop.example\n', null],
    [5, null],
    [`${'a'.repeat(64)}.example`, null],
    ['x'.repeat(5_000), null],
  ]
  for (const [sent, host] of cases) assert.equal(hostOf(sent), host, JSON.stringify(sent))
})
