import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { StoreUnavailable } from '../store/contract.ts'
import { NOW, openApi, taskRecord, TOKEN } from '../../test/operator-api/fixture.ts'

const FEED = '/api/v1/tasks'
const lines = (...records: readonly unknown[]): string =>
  records.map((record) => (typeof record === 'string' ? record : JSON.stringify(record))).join('\n')

describe('a feed', () => {
  test('is lines or an array, whatever it is called, packed or not', async () => {
    const api = await openApi()
    await api.ask('POST', '/api/v1/accounts', { body: { id: 'acme' } })
    let id = 0
    const two = () => [taskRecord(++id), taskRecord(++id)]
    const feeds: [string | Buffer, Record<string, string>][] = [
      [lines(...two()), { 'content-type': 'application/x-ndjson' }],
      [JSON.stringify(two()), { 'content-type': 'application/json' }],
      [lines(...two()), { 'content-type': 'application/json; charset=utf-8' }],
      [lines(...two()), { 'content-type': 'text/csv' }],
      [lines(...two()), {}],
      [gzipSync(lines(...two())), { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' }],
      [gzipSync(JSON.stringify(two())), { 'content-encoding': 'GZIP' }],
      [lines(...two()), { 'content-encoding': 'identity' }],
    ]
    for (const [body, headers] of feeds) {
      const answer = await api.ask('POST', FEED, { body, headers })
      const expected = { received: 2, recorded: 2, updated: 0, unchanged: 0, rejected: [] }
      assert.deepEqual([answer.status, answer.body], [200, expected], JSON.stringify(headers))
    }
    const odd = `[]\n${lines(taskRecord(++id))}`
    const spoiled = await api.ask('POST', FEED, {
      body: odd,
      headers: { 'content-type': 'application/x-ndjson' },
    })
    assert.equal(spoiled.body.recorded, 1, 'in NDJSON a line that is an array spoils no other')
    assert.equal(spoiled.body.rejected[0].line, 1)
    const empty = await api.ask('POST', FEED)
    assert.equal(empty.body.received, 0)
    await api.close()
  })

  test('answers for every record, and the parts add up', async () => {
    const api = await openApi()
    await api.ask('POST', '/api/v1/accounts', { body: { id: 'acme' } })
    const waiting = taskRecord(2, { status: 'processing', solvedAt: undefined, issuedAt: 1_795_428_000_000 })
    await api.ask('POST', FEED, { body: lines(taskRecord(1), waiting) })
    const { status, body } = await api.ask('POST', FEED, {
      body: lines(
        taskRecord(1),
        taskRecord(2),
        '',
        taskRecord(3),
        '{"taskId":',
        taskRecord(4, { account: 'nobody' }),
        taskRecord(1, { site: 'other.example' }),
        taskRecord(5, { solvedAt: '2020-01-01T00:00:00Z' }),
        taskRecord(6, { solvedAt: '2027-01-01T00:00:00Z' }),
      ),
    })
    assert.equal(status, 200)
    const { rejected, ...counts } = body
    assert.deepEqual(counts, { received: 8, recorded: 1, updated: 1, unchanged: 1 })
    assert.deepEqual(
      rejected.map(({ line, reason }: { line: number; reason: string }) => [line, reason]),
      [
        [5, 'malformed'],
        [6, 'unknown-account'],
        [7, 'conflict'],
        [8, 'too-old'],
        [9, 'future'],
      ],
    )
    const metrics = await api.ask('GET', '/metrics')
    assert.match(metrics.text, /assay_feed_records_total\{fate="recorded"\} 3\n/)
    assert.match(metrics.text, /assay_feed_records_total\{fate="rejected"\} 5\n/)
    assert.match(metrics.text, /assay_feeds_open 0\n/)
    await api.close()
  })

  test('with values nobody should send is answered by name, line by line, and spoils nothing', async () => {
    const api = await openApi()
    await api.ask('POST', '/api/v1/accounts', { body: { id: 'acme' } })
    await api.ask('POST', '/api/v1/accounts', { body: { id: 'flood' } })
    const labels = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`k${i}`, 'v']))
    const { body } = await api.ask('POST', '/api/v1/tasks', {
      body: [
        taskRecord(1),
        taskRecord(2, { site: `${'x'.repeat(10_000)}.example` }),
        taskRecord(3, { solvedAt: NOW + 5 * 60_000 + 1 }),
        taskRecord(4, { labels }),
        taskRecord(5, { labels: { pool: 'x'.repeat(129) } }),
        taskRecord(6, { solver: 'a\u0000b' }),
        taskRecord(7, { solvedAt: 8.64e15 }),
      ],
    })
    assert.equal(body.recorded, 1)
    assert.deepEqual(
      body.rejected.map(({ line, reason, detail }: Record<string, string>) => [
        line,
        reason,
        detail?.slice(0, 24),
      ]),
      [
        [2, 'malformed', 'site is "xxxxxxxxxxxxxxx'],
        [3, 'future', 'solvedAt 2026-11-23T10:0'],
        [4, 'malformed', 'labels has 9 entries; at'],
        [5, 'malformed', 'labels.pool is "xxxxxxxx'],
        [6, 'malformed', 'solver is "a\\u0000b": 1 '],
        [7, 'future', 'solvedAt +275760-09-13T0'],
      ],
    )
    for (const { detail } of body.rejected) assert.ok(detail.length < 300, detail)
    await api.close()
  })

  test('of thousands of made-up sites and labels is stored, and what others ask is answered as before', async () => {
    const api = await openApi()
    await api.ask('POST', '/api/v1/accounts', { body: { id: 'acme' } })
    await api.ask('POST', '/api/v1/accounts', { body: { id: 'flood' } })
    const own = Array.from({ length: 40 }, (_, i) => taskRecord(i + 1))
    await api.ask('POST', '/api/v1/tasks', { body: own })
    const before = (await api.ask('GET', '/api/v1/quality?site=shop.example&by=account,site')).text
    const flood = Array.from({ length: 20_000 }, (_, i) =>
      JSON.stringify(
        taskRecord(`f${i}`, { account: 'flood', site: `s${i}.example`, labels: { [`k${i}`]: `v${i}` } }),
      ),
    )
    const fed = await api.ask('POST', '/api/v1/tasks', { body: flood.join('\n') })
    assert.equal(fed.body.recorded, 20_000)
    assert.equal((await api.ask('GET', '/api/v1/quality?site=shop.example&by=account,site')).text, before)
    const page = await api.ask('GET', '/api/v1/quality?by=site&account=flood&limit=10000')
    assert.equal(page.body.items.length, 10_000)
    assert.notEqual(page.body.next, null)
    await api.close()
  })

  test('in another encoding is refused before it is read', async () => {
    const api = await openApi()
    for (const encoding of ['br', 'deflate', 'gzip, gzip']) {
      const answer = await api.ask('POST', FEED, { body: 'x', headers: { 'content-encoding': encoding } })
      assert.equal(answer.status, 415)
      assert.match(answer.body.detail, /gzip, or none/)
    }
    await api.close()
  })

  test('that goes on too long is stopped, and says what was taken', async () => {
    const api = await openApi({ feedLimits: { bytesMax: 2_000, linesMax: 1_000, inFlightMax: 3 } })
    await api.ask('POST', '/api/v1/accounts', { body: { id: 'acme' } })
    const records = Array.from({ length: 100 }, (_, i) => taskRecord(i + 1))
    for (const [body, headers] of [
      [lines(...records), {}],
      [gzipSync(lines(...records)), { 'content-encoding': 'gzip' }],
    ] as const) {
      const answer = await api.ask('POST', FEED, { body, headers })
      assert.equal(answer.status, 413)
      assert.match(answer.body.detail, /more than 2000 bytes/)
      const { received, recorded, unchanged, updated, rejected } = answer.body.taken
      assert.equal(recorded + unchanged + updated + rejected, received)
    }
    await api.close()
  })

  test('that cannot be unpacked, or breaks off, is a problem and not a fault', async () => {
    const api = await openApi()
    await api.ask('POST', '/api/v1/accounts', { body: { id: 'acme' } })
    const gzip = { 'content-encoding': 'gzip' }
    const packed = gzipSync(lines(taskRecord(1), taskRecord(2)))
    for (const body of [Buffer.from('not gzip at all'), packed.subarray(0, packed.length - 12)]) {
      const answer = await api.ask('POST', FEED, { body, headers: gzip })
      assert.equal(answer.status, 400)
      assert.equal(answer.body.type, '/api/v1/docs/api.md#broken-body')
      assert.ok(answer.body.taken.received <= 2)
    }
    assert.ok(!api.log.some((line) => line.includes('unexpected')))
    await api.close()
  })

  test('waits for a store that is away, told as such', async () => {
    const api = await openApi({
      feed: {
        accept: async () => {
          throw new StoreUnavailable('disk full')
        },
      },
    })
    const answer = await api.ask('POST', FEED, { body: lines(taskRecord(1)) })
    assert.equal(answer.status, 503)
    assert.equal(answer.headers['retry-after'], '1')
    await api.close()
  })
})

describe('over a real connection', () => {
  async function serve(api: Awaited<ReturnType<typeof openApi>>): Promise<number> {
    await api.app.listen({ port: 0, host: '127.0.0.1' })
    return (api.app.server.address() as AddressInfo).port
  }

  function open(port: number, headers: Record<string, string> = {}) {
    const request = httpRequest({
      port,
      host: '127.0.0.1',
      method: 'POST',
      path: FEED,
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    })
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      request.on('response', resolve)
      request.on('error', reject)
    })
    return { request, answered }
  }

  async function bodyOf(response: IncomingMessage) {
    let text = ''
    for await (const piece of response) text += String(piece)
    return JSON.parse(text)
  }

  test('a feed is taken while it is still being sent', async () => {
    const api = await openApi()
    await api.ask('POST', '/api/v1/accounts', { body: { id: 'acme' } })
    const { request, answered } = open(await serve(api))
    const records = Array.from({ length: 5_000 }, (_, i) => taskRecord(i + 1))
    request.write(`${lines(...records)}\n`)
    const deadline = performance.now() + 5_000
    while ((await api.store.stats()).tasks < 1_000) {
      assert.ok(performance.now() < deadline, 'nothing was taken before the end')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    request.end(lines(taskRecord(5_001)))
    assert.equal((await bodyOf(await answered)).recorded, 5_001)
    await api.close()
  })

  test('a sender of too much can read the answer while it is still sending', async () => {
    const api = await openApi({ feedLimits: { bytesMax: 100_000, linesMax: 1_000_000, inFlightMax: 3 } })
    const { request, answered } = open(await serve(api))
    // Far more than fits into the buffers between the two, so that the server has to go on reading.
    let stopped = false
    const sending = (async () => {
      for (let i = 0; i < 20_000 && !stopped; i++) {
        const isTaken = request.write(`${'x'.repeat(1_000)}\n`)
        // Node's client may keep silent about room once it has its answer.
        if (!isTaken) await Promise.race([once(request, 'drain'), answered])
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    const response = await answered
    assert.equal(response.statusCode, 413)
    assert.match((await bodyOf(response)).detail, /more than 100000 bytes/)
    stopped = true
    await sending
    request.destroy()
    await api.close()
  })

  test('a sender that goes away leaves what it sent, and no fault', async () => {
    const api = await openApi()
    await api.ask('POST', '/api/v1/accounts', { body: { id: 'acme' } })
    const { request, answered } = open(await serve(api))
    answered.catch(() => undefined)
    const records = Array.from({ length: 3_000 }, (_, i) => taskRecord(i + 1))
    request.write(`${lines(...records)}\n`)
    const deadline = performance.now() + 5_000
    while ((await api.store.stats()).tasks < 500) {
      assert.ok(performance.now() < deadline, 'nothing was taken')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    request.destroy()
    for (;;) {
      const { text } = await api.ask('GET', '/metrics')
      if (/assay_feeds_open 0\n/.test(text)) break
      assert.ok(performance.now() < deadline, 'the feed never ended')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    assert.ok(!api.log.some((one) => one.includes('unexpected')), api.log.join(''))
    await api.close()
  })
})
