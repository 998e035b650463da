import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { OUTCOMES, type Outcome } from '../../src/domain/outcome.ts'
import { StoreUnavailable } from '../../src/store/contract.ts'
import { bytesOf, RawClient } from './transcript.ts'
import { ACME_KEY, FENCED_KEY, RIVAL_KEY, WireServer } from './wire-server.ts'

const TOKEN = '/reportIncorrectTokenCaptcha'

/** One thing a stranger may do on a report path. */
type Deed =
  | { readonly deed: 'report'; readonly path: string; readonly key: unknown; readonly taskId: unknown }
  | { readonly deed: 'body'; readonly body: string }
  | { readonly deed: 'method'; readonly method: string }
  | { readonly deed: 'abort' }
  | { readonly deed: 'status'; readonly taskId: number }

const deeds: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      deed: fc.constant('report' as const),
      path: fc.constantFrom(
        TOKEN,
        '/reportIncorrectImageCaptcha',
        '/reportIncorrectRecaptcha',
        '/reportIncorrectHcaptcha/',
        '/reportCorrectRecaptcha?x=1',
      ),
      key: fc.constantFrom<unknown>(
        ACME_KEY,
        ACME_KEY,
        RIVAL_KEY,
        FENCED_KEY,
        `${ACME_KEY}__nocache`,
        'wrong',
        '',
        null,
        5,
      ),
      taskId: fc.oneof(
        fc.constantFrom<unknown>(
          7654321,
          '7654321',
          7654322,
          1000,
          500,
          200,
          300,
          400,
          401,
          900,
          0,
          -1,
          1.5,
          null,
          {},
        ),
        fc.integer(),
        fc.string(),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ deed: fc.constant('body' as const), body: fc.oneof(fc.string(), fc.json()) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      deed: fc.constant('method' as const),
      method: fc.constantFrom('GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ deed: 'abort' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ deed: fc.constant('status' as const), taskId: fc.constantFrom(7654321, 777) }),
  },
)

async function perform(server: WireServer, deed: Deed): Promise<void> {
  switch (deed.deed) {
    case 'report':
      await server.post(deed.path, { clientKey: deed.key, taskId: deed.taskId })
      return
    case 'body':
      await server.post(TOKEN, deed.body)
      return
    case 'method':
      await (await fetch(server.url + TOKEN, { method: deed.method })).arrayBuffer()
      return
    case 'status':
      await server.post('/getReportStatus', { clientKey: ACME_KEY, taskId: deed.taskId })
      return
    case 'abort': {
      const before = server.intake.stats().outcomes.malformed
      const client = new RawClient(server.port)
      await client.send(
        Buffer.from(
          `POST ${TOKEN} HTTP/1.1\r\nHost: assay.example\r\nContent-Length: 99\r\n\r\n{"clientKey":`,
        ),
      )
      await until(() => server.intake.stats().openReports > 0)
      client.abort()
      await until(() => server.intake.stats().outcomes.malformed > before)
    }
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 2_000 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 1))
  assert.ok(holds(), `never became true: ${holds}`)
}

describe('every request on a report path has exactly one outcome', () => {
  // WireServer.stop holds each run to it: outcomes = requests, the store counts what the process counts, no faults.
  test('whatever the requests, one after the other', () =>
    fc.assert(
      fc.asyncProperty(fc.array(deeds, { maxLength: 40 }), (sequence) =>
        WireServer.with({}, async (server) => {
          for (const deed of sequence) await perform(server, deed)
          const reports = sequence.filter(({ deed }) => deed !== 'status').length
          assert.equal(server.intake.stats().received, reports)
        }),
      ),
      { numRuns: 30 },
    ))

  test('whatever the requests, at the same time', () =>
    fc.assert(
      fc.asyncProperty(fc.array(deeds, { maxLength: 60 }), (sequence) =>
        WireServer.with({}, async (server) => {
          await Promise.all(
            sequence.filter(({ deed }) => deed !== 'abort').map((deed) => perform(server, deed)),
          )
        }),
      ),
      { numRuns: 15 },
    ))

  test('while the store comes and goes', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(deeds, fc.boolean()), { maxLength: 30 }), (sequence) => {
        let isAway = false
        const unlessAway =
          <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
          (...args: A): Promise<R> =>
            isAway ? Promise.reject(new StoreUnavailable('away')) : call(...args)
        return WireServer.with(
          {
            wrapStore: (store) => ({
              recordReports: unlessAway(store.recordReports),
              countOutcomes: unlessAway(store.countOutcomes),
              findTask: unlessAway(store.findTask),
              findReport: unlessAway(store.findReport),
            }),
          },
          async (server) => {
            for (const [deed, away] of sequence) {
              isAway = away
              await perform(server, deed)
              if (away)
                await server.intake
                  .flush()
                  .catch((error: unknown) => assert.ok(error instanceof StoreUnavailable))
            }
            isAway = false
          },
        )
      }),
      { numRuns: 20 },
    ))
})

test('sending everything again adds only `repeated` to what was recorded', () =>
  fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.constantFrom(7654321, 7654322, 1000, 500, 401, 9007199254740991), { minLength: 1 }),
      fc.array(fc.constantFrom(TOKEN, '/reportIncorrectHcaptcha', '/reportIncorrectImageCaptcha'), {
        minLength: 1,
        maxLength: 4,
      }),
      (taskIds, paths) =>
        WireServer.with({}, async (server) => {
          for (const taskId of taskIds) await server.post(TOKEN, { clientKey: ACME_KEY, taskId })
          const { recorded: first, ...others } = await server.outcomes()
          assert.equal(first, taskIds.length)
          assert.deepEqual(others, {})
          for (const path of paths)
            for (const taskId of taskIds) {
              const { text } = await server.post(path, { clientKey: ACME_KEY, taskId })
              assert.equal(text, '{"errorId":0,"status":"success"}')
            }
          assert.deepEqual(await server.outcomes(), {
            recorded: taskIds.length,
            repeated: taskIds.length * paths.length,
          })
          assert.equal(server.accepted.length, taskIds.length)
        }),
    ),
    { numRuns: 15 },
  ))

test('a client that hangs up before its answer is reported all the same', async () => {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  await WireServer.with(
    {
      wrapStore: (store) => ({
        ...store,
        recordReports: (reports) => held.then(() => store.recordReports(reports)),
      }),
    },
    async (server) => {
      const client = new RawClient(server.port)
      const body = `{"clientKey":"${ACME_KEY}","taskId":7654321}`
      await client.send(
        bytesOf(
          [
            { text: `POST ${TOKEN} HTTP/1.1`, isWhole: true },
            { text: 'Host: assay.example', isWhole: true },
            { text: `Content-Length: ${body.length}`, isWhole: true },
            { text: '', isWhole: true },
            { text: body, isWhole: false },
          ],
          'send',
        ),
      )
      await until(() => server.intake.stats().inFlight === 1)
      client.abort()
      await new Promise((resolve) => setTimeout(resolve, 30))
      release()
      await until(() => server.intake.stats().openReports === 0)
      assert.deepEqual(await server.outcomes(), { recorded: 1 })
      assert.equal((await server.store.findReport(7654321))?.claim, 'bad')
    },
  )
})

test('outcomes reach the store within about a second without being asked for', () =>
  WireServer.with({}, async (server) => {
    await server.post(TOKEN, '[]')
    assert.equal((await server.store.outcomes()).total, 0)
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    assert.equal((await server.store.outcomes()).outcomes.malformed, 1)
  }))

test('closing waits for the requests that have begun, and tells their connections that they end', async () => {
  const server = await WireServer.start({
    wrapStore: (store) => ({
      ...store,
      recordReports: (reports) =>
        new Promise((resolve) => setTimeout(() => resolve(store.recordReports(reports)), 50)),
    }),
  })
  const answer = fetch(server.url + TOKEN, {
    method: 'POST',
    body: JSON.stringify({ clientKey: ACME_KEY, taskId: 7654321 }),
  })
  await until(() => server.intake.stats().inFlight === 1)
  await server.stop()
  const response = await answer
  assert.equal(response.headers.get('connection'), 'close')
  assert.equal(await response.text(), '{"errorId":0,"status":"success"}')
})

test('the closed set has no outcome that cannot be reached from the wire', async () => {
  const seen = new Set<Outcome>()
  await WireServer.with(
    {
      store: { parkedPerAccountMax: 0 },
      intake: { throttle: { wrongPerMinuteMax: 3, wrongPerTenMinutesMax: 9, banMs: 1000, addressesMax: 9 } },
    },
    async (server) => {
      const report = (taskId: unknown, path = TOKEN, clientKey = ACME_KEY) =>
        server.post(path, { clientKey, taskId })
      for (const id of [7654321, 7654321, 777, 200, 300, 400]) await report(id)
      await report(7654321, '/reportCorrectRecaptcha')
      await report(1, TOKEN, 'wrong')
      await report(600, TOKEN, FENCED_KEY)
      for (let i = 0; i < 3; i++) await report(-1)
      await server.post(TOKEN, '')
      await fetch(server.url + TOKEN)
      for (const outcome of Object.keys(await server.outcomes())) seen.add(outcome as Outcome)
    },
  )
  await WireServer.with(
    {
      wrapStore: (store) => ({ ...store, recordReports: () => Promise.reject(new StoreUnavailable('away')) }),
    },
    async (server) => {
      const { status } = await server.post(TOKEN, { clientKey: ACME_KEY, taskId: 7654321 })
      assert.equal(status, 503)
      for (const outcome of Object.keys(await server.outcomes())) seen.add(outcome as Outcome)
    },
  )
  assert.deepEqual([...seen].toSorted(), [...OUTCOMES].toSorted())
})
