import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MINUTE_MS } from '../../src/domain/instant.ts'
import { ACME_KEY, WireServer, type WireServerOptions } from './wire-server.ts'

const TOKEN = '/reportIncorrectTokenCaptcha'
const SUCCESS = '{"errorId":0,"status":"success"}'

const report = async (server: WireServer, clientKey: unknown, taskId: unknown, path = TOKEN) => {
  const { text, json } = await server.post(path, { clientKey, taskId })
  return text === SUCCESS ? 'success' : String(json['errorCode'])
}

test('30 wrong keys a minute hear so, then it is too many, after 300 a ban; a right report always gets through', () =>
  WireServer.with({}, async (server) => {
    const codes: string[] = []
    for (let i = 1; i <= 302; i++) codes.push(await report(server, `wrong-${i}`, 7654321))
    assert.deepEqual(new Set(codes.slice(0, 30)), new Set(['ERROR_KEY_DOES_NOT_EXIST']))
    assert.deepEqual(new Set(codes.slice(30, 300)), new Set(['ERROR_TOO_MUCH_REQUESTS']))
    assert.deepEqual(new Set(codes.slice(300)), new Set(['ERROR_IP_BANNED']))
    assert.equal(await report(server, ACME_KEY, 7654321), 'success')
    assert.equal(await report(server, ACME_KEY, 200), 'CAPTCHA_NOT_READY')
    assert.equal(await report(server, ACME_KEY, 400), 'ERROR_NO_SUCH_CAPCHA_ID')
    assert.deepEqual(await server.outcomes(), {
      recorded: 1,
      'not-ready': 1,
      late: 1,
      'bad-key': 30,
      throttled: 272,
    })
    server.now += 10 * MINUTE_MS
    assert.equal(await report(server, 'wrong', 7654321), 'ERROR_KEY_DOES_NOT_EXIST')
  }))

test('ids that are none, and unknown ids beyond the parking bound, are wrong too; parked ones neither feed nor suffer', () =>
  WireServer.with({ store: { parkedPerAccountMax: 40 } }, async (server) => {
    for (let id = 1001; id <= 1040; id++)
      assert.equal(await report(server, ACME_KEY, id), 'ERROR_NO_SUCH_CAPCHA_ID')
    for (let i = 0; i < 30; i++)
      assert.equal(await report(server, ACME_KEY, i % 2 === 0 ? -1 : 5000 + i), 'ERROR_NO_SUCH_CAPCHA_ID')
    assert.equal(await report(server, ACME_KEY, 6000), 'ERROR_TOO_MUCH_REQUESTS')
    assert.equal(await report(server, ACME_KEY, 0), 'ERROR_TOO_MUCH_REQUESTS')
    // Parked already: it waits for its task, whatever the address has done.
    assert.equal(await report(server, ACME_KEY, 1001), 'ERROR_NO_SUCH_CAPCHA_ID')
    // 40 parked and the one again, 30 that heard what is wrong: the store's word; 2 were told otherwise.
    assert.deepEqual(await server.outcomes(), { 'unknown-task': 71, throttled: 2 })
  }))

test('another customer’s id feeds the throttle exactly as an unknown one does', async () => {
  const answers = async (taskId: number) => {
    const texts: string[] = []
    await WireServer.with({ store: { parkedPerAccountMax: 0 } }, async (server) => {
      for (let i = 0; i < 32; i++)
        texts.push((await server.post(TOKEN, { clientKey: ACME_KEY, taskId })).text)
    })
    return texts.map((text) => text.replaceAll(String(taskId), 'N'))
  }
  assert.deepEqual(await answers(900), await answers(901))
})

test('a refusal for the class, of the sender’s own task, is no guess', () =>
  WireServer.with({ store: { strictClass: true } }, async (server) => {
    for (let i = 0; i < 40; i++) assert.equal(await report(server, ACME_KEY, 500), 'ERROR_NO_SUCH_CAPCHA_ID')
    assert.deepEqual(await server.outcomes(), { 'unknown-task': 40 })
    assert.equal(await report(server, 'wrong', 1), 'ERROR_KEY_DOES_NOT_EXIST')
  }))

test('getReportStatus throttles wrong keys, and never unknown ids: they may be parked', () =>
  WireServer.with({}, async (server) => {
    for (let i = 0; i < 40; i++)
      assert.equal(await report(server, ACME_KEY, 777, '/getReportStatus'), 'ERROR_NO_SUCH_CAPCHA_ID')
    for (let i = 0; i < 30; i++) await report(server, 'wrong', 777, '/getReportStatus')
    assert.equal(await report(server, 'wrong', 777, '/getReportStatus'), 'ERROR_TOO_MUCH_REQUESTS')
    assert.equal(await report(server, 'wrong', 777), 'ERROR_TOO_MUCH_REQUESTS')
    assert.deepEqual(await server.outcomes(), { throttled: 1 })
  }))

test('behind a trusted proxy each client is throttled alone; an untrusted one cannot choose its address', async () => {
  const send = async (options: WireServerOptions) => {
    const codes: string[] = []
    await WireServer.with(options, async (server) => {
      for (let i = 0; i < 33; i++) {
        const headers = { 'x-forwarded-for': `192.0.2.${i}` }
        codes.push(
          String((await server.post(TOKEN, { clientKey: 'wrong', taskId: 1 }, headers)).json['errorCode']),
        )
      }
    })
    return codes.at(-1)
  }
  assert.equal(await send({ intake: { trustedProxies: ['127.0.0.1'] } }), 'ERROR_KEY_DOES_NOT_EXIST')
  assert.equal(await send({}), 'ERROR_TOO_MUCH_REQUESTS')
})

test('no sequence of wrong requests keeps a right one out', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('key', 'id', 'unknown', 'body', 'minute'), { minLength: 10, maxLength: 80 }),
      (sequence) =>
        WireServer.with(
          {
            store: { parkedPerAccountMax: 2 },
            intake: {
              throttle: {
                wrongPerMinuteMax: 2,
                wrongPerTenMinutesMax: 5,
                banMs: 10 * MINUTE_MS,
                addressesMax: 4,
              },
            },
          },
          async (server) => {
            for (const [i, wrong] of sequence.entries()) {
              if (wrong === 'key') await report(server, `wrong-${i}`, 1)
              else if (wrong === 'id') await report(server, ACME_KEY, -i)
              else if (wrong === 'unknown') await report(server, ACME_KEY, 10_000 + i)
              else if (wrong === 'body') await server.post(TOKEN, '[]')
              else server.now += MINUTE_MS
              assert.equal(await report(server, ACME_KEY, 7654321), 'success')
            }
          },
        ),
    ),
    { numRuns: 12 },
  ))
