import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { RawClient } from './transcript.ts'
import { ACME_KEY, WireServer } from './wire-server.ts'

const TOKEN = '/reportIncorrectTokenCaptcha'
const REPORT = JSON.stringify({ clientKey: ACME_KEY, taskId: 7654321 })

const head = (length: number, ...fields: string[]) =>
  [`POST ${TOKEN} HTTP/1.1`, 'Host: assay.example', `Content-Length: ${length}`, ...fields, '', ''].join(
    '\r\n',
  )

/** A report of exactly `length` bytes. */
const padded = (length: number) => {
  const bare = `${REPORT.slice(0, -1)},"x":""}`
  return `${bare.slice(0, -2)}${'x'.repeat(length - bare.length)}"}`
}

const code = (answer: string) => /"errorCode":"([A-Z_]+)"/.exec(answer)?.[1]

for (const plainFront of [false, true])
  describe(plainFront ? 'by the plain front' : 'by node:http', () => {
    const start = (use: (server: WireServer, client: RawClient) => Promise<void>) =>
      WireServer.with({ plainFront }, async (server) => {
        const client = new RawClient(server.port)
        try {
          await use(server, client)
        } finally {
          client.abort()
        }
      })

    test('a body of the largest size counts, a byte more does not, and the connection goes on', () =>
      start(async (server, client) => {
        for (const length of [16_384, 16_385, 60_000, 900_000]) {
          await client.send(Buffer.from(head(length) + padded(length)))
          const answer = await client.readQuiet()
          assert.equal(code(answer), length > 16_384 ? 'ERROR_BAD_PARAMETERS' : undefined, answer)
          assert.match(answer, /Connection: keep-alive/)
        }
        assert.deepEqual(await server.outcomes(), { recorded: 1, malformed: 3 })
      }))

    test('a body without end is answered, and the connection closed, after a megabyte', () =>
      start(async (server, client) => {
        await client.send(Buffer.from(head(1e12)))
        const piece = Buffer.alloc(64 * 1024, 0x20)
        for (let i = 0; i < 20; i++) await client.send(piece)
        const answer = await client.readToClose()
        assert.match(answer ?? 'still open', /larger than 16384 bytes/)
        assert.match(answer ?? '', /Connection: close/)
        assert.deepEqual(await server.outcomes(), { malformed: 1 })
      }))

    test('an endless chunked body is cut off alike', () =>
      start(async (server, client) => {
        await client.send(
          Buffer.from(`POST ${TOKEN} HTTP/1.1\r\nHost: assay.example\r\nTransfer-Encoding: chunked\r\n\r\n`),
        )
        const chunk = Buffer.from(`10000\r\n${' '.repeat(65_536)}\r\n`)
        for (let i = 0; i < 20; i++) await client.send(chunk)
        assert.match((await client.readToClose()) ?? 'still open', /larger than 16384 bytes/)
        assert.deepEqual(await server.outcomes(), { malformed: 1 })
      }))

    test('a compressed bomb is not unpacked', () =>
      start(async (server, client) => {
        const bomb = gzipSync(Buffer.alloc(10_000_000))
        await client.send(Buffer.concat([Buffer.from(head(bomb.length, 'Content-Encoding: gzip')), bomb]))
        assert.match(await client.readQuiet(), /Content-Encoding: gzip is not supported here/)
        assert.deepEqual(await server.outcomes(), { malformed: 1 })
      }))

    test('nesting as deep as a body can hold is only malformed or ignored', () =>
      start(async (server, client) => {
        for (const body of [
          '['.repeat(16_000),
          `${REPORT.slice(0, -1)},"x":${'['.repeat(8_000)}${']'.repeat(8_000)}}`,
        ])
          await client.send(Buffer.from(head(body.length) + body)).then(() => client.readQuiet())
        assert.deepEqual(await server.outcomes(), { recorded: 1, malformed: 1 })
      }))

    test('the largest head a parser takes does no harm, a larger one never gets here', () =>
      start(async (server, client) => {
        await client.send(Buffer.from(head(REPORT.length, `X-Padding: ${'x'.repeat(12_000)}`) + REPORT))
        assert.match(await client.readQuiet(), /"success"/)
        await client.send(Buffer.from(head(REPORT.length, `X-Padding: ${'x'.repeat(20_000)}`) + REPORT))
        assert.match(await client.readQuiet(), /^HTTP\/1\.1 431 /)
        assert.deepEqual(await server.outcomes(), { recorded: 1 })
      }))

    test('a thousand pipelined requests are answered, each and in order', () =>
      start(async (server, client) => {
        const ids = Array.from({ length: 1_000 }, (_, i) => (i % 2 === 0 ? 7654321 : 300))
        const requests = ids.map((taskId) => {
          const body = JSON.stringify({ clientKey: ACME_KEY, taskId })
          return head(body.length) + body
        })
        await client.send(Buffer.from(requests.join('')))
        const answers = await client.readQuiet(1_000)
        const bodies = answers.split('HTTP/1.1 200 OK').slice(1)
        assert.equal(bodies.length, 1_000)
        bodies.forEach((text, i) =>
          assert.equal(code(text), i % 2 === 0 ? undefined : 'ERROR_NO_SUCH_CAPCHA_ID'),
        )
        assert.deepEqual(await server.outcomes(), { recorded: 1, repeated: 499, failed: 500 })
      }))

    test('a request that comes byte by byte is one request', () =>
      start(async (server, client) => {
        for (const byte of Buffer.from(head(REPORT.length) + REPORT)) await client.send(Buffer.from([byte]))
        assert.match(await client.readQuiet(), /"success"/)
        assert.deepEqual(await server.outcomes(), { recorded: 1 })
      }))

    test('a second request smuggled behind a short Content-Length is its own request, or none', () =>
      start(async (server, client) => {
        const inner = head(REPORT.length) + REPORT
        await client.send(Buffer.from(head(2) + '{}' + inner))
        await client.readQuiet(2)
        await client.send(Buffer.from(head(2, 'Transfer-Encoding: chunked') + '0\r\n\r\n' + inner))
        assert.match(await client.readQuiet(), /^HTTP\/1\.1 400 /)
        assert.deepEqual(await server.outcomes(), { recorded: 1, 'bad-key': 1 })
      }))
  })

test('unknown and foreign tasks are answered with the same bytes, on every path', () =>
  WireServer.with({}, async (server) => {
    for (const path of [
      TOKEN,
      '/reportIncorrectImageCaptcha',
      '/reportCorrectRecaptcha',
      '/getReportStatus',
    ]) {
      const unknown = await server.post(path, { clientKey: ACME_KEY, taskId: 901 })
      const foreign = await server.post(path, { clientKey: ACME_KEY, taskId: 900 })
      assert.equal(foreign.text, unknown.text.replaceAll('901', '900'))
      assert.equal(foreign.status, unknown.status)
    }
  }))

test('an early report counts when its task comes, with its own receipt time', () =>
  WireServer.with({}, async (server) => {
    const { json } = await server.post(TOKEN, { clientKey: ACME_KEY, taskId: 4242, softId: 7 })
    assert.equal(json['errorCode'], 'ERROR_NO_SUCH_CAPCHA_ID')
    const receivedAt = server.now
    server.now += 60_000
    await server.store.recordTasks(
      [
        {
          taskId: 4242,
          account: 'acme',
          type: 'TurnstileTask',
          site: 'shop.example',
          solver: '3.8.1',
          status: 'ready',
          solvedAt: receivedAt - 1_000,
          issuedAt: null,
        },
      ],
      server.now,
    )
    const status = await server.post('/getReportStatus', { clientKey: ACME_KEY, taskId: 4242 })
    assert.equal(status.json['receivedAt'], new Date(receivedAt).toISOString())
    assert.deepEqual(await server.outcomes(), { 'unknown-task': 1 })
    assert.equal((await server.store.outcomes()).adopted, 1)
  }))

test('a revoked key is refused at once, a new one taken at once', () =>
  WireServer.with({}, async (server) => {
    const send = async () => (await server.post(TOKEN, REPORT)).json
    assert.deepEqual(await send(), { errorId: 0, status: 'success' })
    server.keyring.revokeKey('acme', 'k1')
    assert.equal((await send())['errorCode'], 'ERROR_KEY_DOES_NOT_EXIST')
  }))

for (const plainFront of [false, true])
  test(`a bug in what listens to accepted reports harms no answer, ${plainFront ? 'by the plain front' : 'by node:http'}`, async () => {
    const server = await WireServer.start({ plainFront })
    server.accepted.push = () => {
      throw new Error('a listener failed')
    }
    const { text } = await server.post(TOKEN, REPORT)
    assert.equal(text, '{"errorId":0,"status":"success"}')
    assert.equal(server.intake.stats().faults, 1)
    assert.equal(server.errors.length, 1)
    // Every other test would have failed on it.
    await assert.rejects(server.stop(), { name: 'AssertionError' })
    await server.store.close()
  })
