import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { LoadPlan, LoadResult } from './load-plan.ts'
import { runLoad } from './load-run.ts'

const SUCCESS = '{"errorId":0,"status":"success"}'

async function loadOn(listener: RequestListener, over: Partial<LoadPlan>): Promise<LoadResult> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const world = { tasks: 100_000, ids: 'integer', seed: 1, newestAt: 0 } as const
  const { port } = server.address() as AddressInfo
  const plan = {
    port,
    connections: 4,
    warmupMs: 50,
    durationMs: 300,
    world,
    from: 0,
    count: 50_000,
    perSecond: null,
  }
  try {
    return await runLoad({ ...plan, ...over })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test('each request names another task, and successes are told from refusals', async () => {
  const seen = new Set<number>()
  let requests = 0
  const result = await loadOn((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      seen.add((JSON.parse(text) as { taskId: number }).taskId)
      const body = ++requests % 10 === 0 ? '{"errorId":1,"errorCode":"ERROR_X"}' : SUCCESS
      response.writeHead(200, { 'Content-Length': body.length }).end(body)
    })
  }, {})
  assert.equal(seen.size, requests)
  assert.equal(result.sent, requests)
  assert.equal(result.other, Math.floor(requests / 10))
  assert.equal(result.success + result.other, requests)
  assert.equal(result.failed, 0)
  assert.match(result.example, /ERROR_X/)
  assert.ok(result.perSecond > 0 && result.perSecond <= result.success / 0.3)
})

test('a server that answers after 20 ms shows 20 ms, and one request at a time on each connection', async () => {
  let under = 0
  let most = 0
  const result = await loadOn((request, response) => {
    most = Math.max(most, ++under)
    request.resume().on('end', () =>
      setTimeout(() => {
        under--
        response.writeHead(200, { 'Content-Length': SUCCESS.length }).end(SUCCESS)
      }, 20),
    )
  }, {})
  assert.equal(most, 4)
  assert.ok(result.latencyMs.p50 >= 19 && result.latencyMs.p50 < 200, JSON.stringify(result.latencyMs))
})

test('an open loop counts the wait for a stalled server from when each request was due', async () => {
  let firstAt: number | null = null
  // Deaf for the first 250 ms: a closed loop would see 4 slow answers, the truth is that all that was due had to wait.
  const result = await loadOn(
    (request, response) => {
      firstAt ??= performance.now()
      const wait = Math.max(0, firstAt + 250 - performance.now())
      request
        .resume()
        .on('end', () =>
          setTimeout(() => response.writeHead(200, { 'Content-Length': SUCCESS.length }).end(SUCCESS), wait),
        )
    },
    { perSecond: 500, warmupMs: 0, durationMs: 500 },
  )
  assert.equal(result.sent, 250)
  assert.equal(result.success, 250)
  assert.ok(result.latencyMs.p90 > 100, JSON.stringify(result.latencyMs))
})

test('a server that goes away leaves failed requests and an end', async () => {
  const result = await loadOn((request) => request.socket.destroy(), {})
  assert.equal(result.success, 0)
  assert.equal(result.failed, 4)
  assert.notEqual(result.example, '')
})
