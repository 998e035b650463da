import assert from 'node:assert/strict'
import { createServer, get } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { StoreUnavailable } from '../store/contract.ts'
import { CLIENT_KEY, finding, openApi, quietIntake, TOKEN } from '../../test/operator-api/fixture.ts'

describe('the token', () => {
  test('opens everything under /api/v1, and nothing but it does', async () => {
    const api = await openApi()
    const guarded = [
      '/accounts',
      '/outcomes',
      '/reports',
      '/reports/1',
      '/quality',
      '/incidents',
      '/events',
      '/nowhere',
    ]
    for (const path of guarded)
      for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: `Basic ${TOKEN}` }]) {
        const answer = await api.ask('GET', `/api/v1${path}`, { token: null, headers: headers as never })
        assert.equal(answer.status, 401, path)
        assert.match(String(answer.headers['www-authenticate']), /^Bearer/)
      }
    assert.equal((await api.ask('POST', '/api/v1/tasks', { token: null, body: 'x' })).status, 401)
    assert.equal((await api.ask('POST', '/api/v1/accounts', { token: null, body: 'not json' })).status, 401)
    assert.equal((await api.ask('GET', '/metrics', { token: null })).status, 401)
    for (const open of ['/livez', '/readyz', '/api/v1/openapi.json', '/api/v1/docs/api.md'])
      assert.equal((await api.ask('GET', open, { token: null })).status, 200, open)
    const lower = await api.ask('GET', '/api/v1/outcomes', {
      token: null,
      headers: { authorization: `bearer ${TOKEN}` },
    })
    assert.equal(lower.status, 200)
    await api.close()
  })

  test('is not needed for metrics on a port of their own', async () => {
    const api = await openApi({ adminPortSeparate: true })
    assert.equal((await api.ask('GET', '/metrics', { token: null })).status, 200)
    assert.equal((await api.ask('GET', '/api/v1/outcomes', { token: null })).status, 401)
    await api.close()
  })
})

describe('what is not there', () => {
  test('is said to be not there, or not yet', async () => {
    const api = await openApi()
    const nowhere = await api.ask('GET', '/api/v1/nowhere?token=x')
    assert.deepEqual(
      [nowhere.status, nowhere.body.detail, nowhere.headers['content-type']],
      [404, 'There is no GET /api/v1/nowhere.', 'application/problem+json'],
    )
    for (const path of ['exposure', 'incidents/A-1/acknowledge', 'incidents/A-1/snooze'])
      assert.match(
        (await api.ask('POST', `/api/v1/${path}`, { body: {} })).body.detail,
        /not in this release yet/,
      )
    assert.equal((await api.ask('DELETE', '/api/v1/accounts')).status, 404)
    assert.equal((await api.ask('GET', '/api/v1/reports/%')).status, 400)
    await api.close()
  })
})

describe('errors', () => {
  test('of ours are opaque, and found in the log by their instance', async () => {
    const api = await openApi()
    api.store.outcomes = async () => {
      throw new Error('secret detail')
    }
    const answer = await api.ask('GET', '/api/v1/outcomes?')
    assert.equal(answer.status, 500)
    assert.ok(!answer.text.includes('secret'))
    const line = api.log.find((one) => one.includes('secret detail'))
    assert.equal(JSON.parse(line ?? '{}').reqId, answer.body.instance)
    await api.close()
  })

  test('of a store that is away say so', async () => {
    const api = await openApi({
      quality: async () => {
        throw new StoreUnavailable('gone')
      },
    })
    const answer = await api.ask('GET', '/api/v1/quality')
    assert.equal(answer.status, 503)
    assert.equal(answer.body.type, '/api/v1/docs/api.md#unavailable')
    await api.close()
  })

  test('differ in their ids, across processes too', async () => {
    const ids = new Set<string>()
    const api = await openApi()
    for (let i = 0; i < 3; i++) ids.add((await api.ask('GET', '/api/v1/nowhere')).body.instance)
    assert.equal(ids.size, 3)
    await api.close()
  })
})

test('the log has neither keys, nor the token, nor queries', async () => {
  const api = await openApi()
  await api.ask('POST', '/api/v1/accounts', { body: { id: 'acme', clientKey: CLIENT_KEY } })
  await api.ask('GET', '/api/v1/reports?account=acme')
  await api.ask('GET', '/api/v1/reports?account=acme&cursor=nonsense')
  await api.ask('GET', '/api/v1/nowhere?account=acme')
  const log = api.log.join('')
  assert.ok(api.log.length >= 4)
  for (const secret of [CLIENT_KEY, TOKEN, 'account=acme', 'nonsense'])
    assert.ok(!log.includes(secret), secret)
  await api.close()
})

describe('probes', () => {
  test('tell life from readiness', async () => {
    let reason: string | null = 'starting'
    const api = await openApi({ ready: () => ({ ok: reason === null, reason }) })
    assert.equal((await api.ask('GET', '/livez')).status, 200)
    const waiting = await api.ask('GET', '/readyz')
    assert.deepEqual([waiting.status, waiting.body.reason], [503, 'starting'])
    reason = null
    assert.equal((await api.ask('GET', '/readyz')).status, 200)
    await api.close()
  })
})

describe('metrics', () => {
  test('are what the parts counted', async () => {
    const api = await openApi({
      metrics: async () => ({
        intake: {
          ...quietIntake(),
          outcomes: { ...quietIntake().outcomes, recorded: 7 },
          queued: 3,
          latency: { boundsMs: [1, 10], counts: [5, 1, 2], sumMs: 500 },
        },
        store: { tasks: 10, reports: 7, parked: 1, actions: 2, bytes: 4096, schemaVersion: 1 },
        head: 20,
        cursor: 17,
        model: { segments: 12, overflow: 3, standingAlarms: 1 },
      }),
    })
    api.find(finding())
    const { text, headers } = await api.ask('GET', '/metrics')
    assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/)
    for (const line of [
      'assay_build_info{version="0.0.0-test"} 1',
      'assay_report_requests_total{outcome="recorded"} 7',
      'assay_report_requests_total{outcome="late"} 0',
      'assay_intake_queue_reports 3',
      'assay_incidents{state="open",situation="regression"} 1',
      'assay_incidents{state="resolved",situation="one-account"} 0',
      'assay_store_rows{table="tasks"} 10',
      'assay_store_rows{table="actions"} 2',
      'assay_store_bytes 4096',
      'assay_log_head 20',
      'assay_analysis_lag 3',
      'assay_analysis_segments 12',
      'assay_analysis_alarms 1',
      'assay_analysis_overflow_total 3',
      'assay_store_up 1',
      'assay_report_duration_seconds_bucket{le="0.001"} 5',
      'assay_report_duration_seconds_bucket{le="0.01"} 6',
      'assay_report_duration_seconds_bucket{le="+Inf"} 8',
      'assay_report_duration_seconds_sum 0.5',
      'assay_report_duration_seconds_count 8',
    ])
      assert.ok(text.includes(`${line}\n`), line)
    assert.match(text, /assay_process_cpu_seconds_total \d/)
    assert.ok(text.split('\n').every((line) => /^(#.*|assay_.*|)$/.test(line)))
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)
    assert.equal(new Set(names).size, names.length, 'a metric is there twice')
    await api.close()
  })

  test('are there without the store, and say that it is away', async () => {
    const api = await openApi({
      metrics: async () => {
        throw new StoreUnavailable('gone')
      },
    })
    const { status, text } = await api.ask('GET', '/metrics')
    assert.equal(status, 200)
    assert.match(text, /assay_store_up 0\n/)
    assert.ok(!text.includes('assay_store_rows'))
    await api.close()
  })
})

describe('over a real connection', () => {
  test('events come as they happen, resume, and end with the server', async () => {
    const api = await openApi()
    await api.app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = api.app.server.address() as AddressInfo
    const first = await listen(port)
    assert.equal(first.response.headers['content-type'], 'text/event-stream; charset=utf-8')
    assert.match(await first.until('event: outcomes'), /data: \{"total":0,/)
    api.find(finding())
    const id = /id: (\S+)\nevent: incident/.exec(await first.until('event: incident\n.*\n\n'))?.[1]
    assert.ok(id)
    first.response.destroy()
    api.find(finding({ site: 'b.example' }))
    const back = await listen(port, { 'last-event-id': id })
    const missed = await back.until('event: outcomes')
    assert.match(missed, /event: incident\ndata: .*b\.example/)
    assert.ok(!missed.includes('shop.example'))
    const ended = new Promise((resolve) => back.response.on('close', resolve))
    await api.close()
    await ended
  })

  test('events have a hundred listeners at most, and one that leaves makes room', async () => {
    const api = await openApi()
    await api.app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = api.app.server.address() as AddressInfo
    const listeners = await Promise.all(Array.from({ length: 100 }, () => listen(port)))
    const refused = await api.ask('GET', '/api/v1/events')
    assert.equal(refused.status, 503)
    assert.match(refused.body.detail, /Too many are listening/)
    assert.match((await api.ask('GET', '/metrics')).text, /assay_event_clients 100\n/)
    listeners[0]?.response.destroy()
    const deadline = performance.now() + 5_000
    while (!(await api.ask('GET', '/metrics')).text.includes('assay_event_clients 99\n')) {
      assert.ok(performance.now() < deadline, 'nobody noticed that one left')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    assert.equal((await listen(port)).response.statusCode, 200)
    await api.close()
  })

  test('a server of one’s own is used', async () => {
    let dispatch: RequestListener | null = null
    const api = await openApi({
      serverFactory: (handler) => {
        dispatch = handler
        return createServer((req, res) => {
          if (req.url === '/mine') res.end('mine')
          else handler(req, res)
        })
      },
    })
    assert.ok(dispatch)
    await api.app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = api.app.server.address() as AddressInfo
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/mine`)).text(), 'mine')
    assert.equal((await fetch(`http://127.0.0.1:${port}/livez`)).status, 200)
    await api.close()
  })

  async function listen(port: number, headers: Record<string, string> = {}) {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(
        {
          port,
          host: '127.0.0.1',
          path: '/api/v1/events',
          headers: { authorization: `Bearer ${TOKEN}`, ...headers },
        },
        resolve,
      ).on('error', reject)
    })
    response.on('error', () => undefined)
    let text = ''
    response.on('data', (piece: Buffer) => (text += piece.toString()))
    const until = async (pattern: string): Promise<string> => {
      const deadline = performance.now() + 5_000
      while (!new RegExp(pattern).test(text)) {
        assert.ok(performance.now() < deadline, `no ${pattern} in ${text}`)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      return text
    }
    return { response, until }
  }
})
