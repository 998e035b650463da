import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { REFUSALS } from './errors.ts'
import { refusal } from './wire-answer.ts'
import { BodyProblem, clientKeyOf, readBody, routeOf, softIdOf, WIRE_ROUTES } from './wire.ts'

describe('a path', () => {
  test('is found in every form that is tolerated', () => {
    for (const route of WIRE_ROUTES)
      for (const form of [
        route.path,
        `${route.path}/`,
        `${route.path}?a=1`,
        `${route.path}/?a=/b`,
        `http://assay.example${route.path}`,
        `HTTPS://user@assay.example:8443${route.path}/?q`,
        `${route.path}#x`,
      ])
        assert.equal(routeOf(form), route, form)
  })

  test('is no other', () => {
    for (const other of [
      '',
      '/',
      '*',
      'reportIncorrectTokenCaptcha',
      '//reportIncorrectTokenCaptcha',
      '/reportIncorrectTokenCaptcha//',
      '/reportIncorrectTokencaptcha',
      '/reportIncorrectTokenCaptchas',
      '/report%49ncorrectTokenCaptcha',
      '/api/v1/reportIncorrectTokenCaptcha',
      '/x/../reportIncorrectTokenCaptcha',
      '/?/reportIncorrectTokenCaptcha',
      'http://reportIncorrectTokenCaptcha',
      '/__proto__',
      '/constructor',
    ])
      assert.equal(routeOf(other), null, other)
  })

  test('never makes the look-up throw', () =>
    fc.assert(fc.property(fc.string(), (target) => void routeOf(target))))
})

describe('a body', () => {
  const read = (text: string | Buffer) => readBody(Buffer.from(text as string), undefined)

  test('is any JSON object', () =>
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const text = JSON.stringify(object)
        const body = read(text)
        assert.ok(!(body instanceof BodyProblem))
        assert.deepEqual(body, JSON.parse(text))
      }),
    ))

  test('is nothing else, and reading it never throws', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const body = read(Buffer.from(bytes))
        if (!(body instanceof BodyProblem)) assert.equal(typeof body, 'object')
      }),
    ))

  test('may be nested as deep as its size allows', () => {
    for (const text of ['['.repeat(16_000), '{"a":'.repeat(3_000)])
      assert.ok(read(text) instanceof BodyProblem)
    const deep = `{"clientKey":"k","x":${'['.repeat(8_000)}${']'.repeat(8_000)}}`
    assert.equal((read(deep) as { clientKey?: unknown }).clientKey, 'k')
  })

  test('cannot reach the prototype of objects', () => {
    const body = read('{"__proto__":{"clientKey":"x","polluted":1}}') as { clientKey?: unknown }
    assert.equal(body.clientKey, undefined)
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
  })
})

test('a key ends before the first double underscore', () => {
  assert.equal(clientKeyOf('abc'), 'abc')
  assert.equal(clientKeyOf('a_b__nocache__x'), 'a_b')
  assert.equal(clientKeyOf('a___b'), 'a')
  for (const none of ['', '__x', null, undefined, 5, {}, ['k']]) assert.equal(clientKeyOf(none), null)
})

test('of the extras only a number for the software is kept', () => {
  assert.equal(softIdOf({ softId: 3898 }), 3898)
  assert.equal(softIdOf({ soft_id: '4587' }), 4587)
  for (const none of [-1, 1.5, 2 ** 31, '', 'x', '12345678901', null, {}, [1], true])
    assert.equal(softIdOf({ softId: none }), null)
  assert.equal(softIdOf({}), null)
})

describe('the error table', () => {
  test('has one row a cause, and every code under one number', () => {
    assert.equal(new Set(REFUSALS.map(({ cause }) => cause)).size, REFUSALS.length)
    const numbers = new Map<string, number>()
    for (const { errorCode, numericErrorId } of REFUSALS) {
      assert.equal(numbers.get(errorCode) ?? numericErrorId, numericErrorId)
      numbers.set(errorCode, numericErrorId)
    }
  })

  test('answers business refusals with 200, and says 503 only when a retry is right', () => {
    for (const row of REFUSALS) {
      if (row.outcome !== null && row.outcome !== 'method' && row.outcome !== 'unavailable')
        assert.equal(row.httpStatus, 200, row.cause)
      if (row.httpStatus === 503) assert.ok(row.retryable)
    }
  })

  test('describes without a fact as well as with all, in JSON of the declared length, and never shows a key', () => {
    const key = 'a-secret-key-0123456789'
    for (const { cause } of REFUSALS)
      for (const facts of [
        {},
        { key, taskId: 'задача "1"', sentId: 'x'.repeat(9_000), method: 'GET', windowMs: 5_400_000 },
      ]) {
        const { headers, body } = refusal(cause, facts, false)
        assert.equal(headers[headers.indexOf('Content-Length') + 1], String(Buffer.byteLength(body)))
        const answer = JSON.parse(body) as Record<string, unknown>
        assert.deepEqual(Object.keys(answer), ['errorId', 'errorCode', 'errorDescription'])
        assert.ok(String(answer['errorDescription']).length < 300)
        assert.ok(!body.includes(key) && !body.includes(key.slice(0, -4)))
      }
  })

  test('names the window in its largest whole unit', () => {
    const late = (windowMs: number) => refusal('late', { taskId: 1, windowMs }, false).body
    assert.match(late(86_400_000), /up to 24 h after/)
    assert.match(late(5_400_000), /up to 90 min after/)
    assert.match(late(61_000), /up to 61 s after/)
    assert.match(late(1), /up to 1 ms after/)
  })
})
