import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'
import { StoreUnavailable } from '../../src/store/contract.ts'
import { ACME_KEY, WireServer, type WireServerOptions } from '../protocol/wire-server.ts'

// CommonJS, and its HTTP layer is private to its types: it has no report method, so its users call what is below.
const require = createRequire(import.meta.url)
const { CapMonsterCloudClientFactory, ClientOptions } = require('@zennolab_com/capmonstercloud-client') as {
  ClientOptions: new (options: { clientKey: string; serviceUrl: string }) => object
  CapMonsterCloudClientFactory: { Create(options: object): Client }
}
interface Client {
  readonly _httpClient: {
    post(method: string, json: string): Promise<Record<string, unknown>>
    readonly _agent?: Agent
  }
}
interface Agent {
  destroy(): void
}

const REPORT_PATHS = [
  'reportIncorrectImageCaptcha',
  'reportIncorrectTokenCaptcha',
  'reportIncorrectRecaptcha',
  'reportIncorrectHcaptcha',
]

/** The client, told nothing but its key and the server. */
const withClient = (
  use: (post: Client['_httpClient']['post'], server: WireServer) => Promise<void>,
  options: WireServerOptions = {},
) =>
  WireServer.with(options, async (server) => {
    // The path of the URL is dropped by the client: paths stand at the root.
    const clientOptions = new ClientOptions({ clientKey: ACME_KEY, serviceUrl: `${server.url}/ignored` })
    const client = CapMonsterCloudClientFactory.Create(clientOptions)
    try {
      await use((method, json) => client._httpClient.post(method, json), server)
    } finally {
      client._httpClient._agent?.destroy()
    }
  })

const body = (taskId: unknown, clientKey = ACME_KEY) => JSON.stringify({ clientKey, taskId })

for (const plainFront of [false, true])
  describe(`capmonstercloud-client 2.6.1, unmodified, by ${plainFront ? 'the plain front' : 'node:http'}`, () => {
    test('reports on each of the four paths, and a repeat is a success too', () =>
      withClient(
        async (post, server) => {
          for (const path of REPORT_PATHS)
            assert.deepEqual(await post(path, body(7654321)), { errorId: 0, status: 'success' })
          assert.deepEqual(await server.outcomes(), { recorded: 1, repeated: 3 })
          assert.deepEqual(
            server.accepted.map(({ account, taskId, claim }) => ({ account, taskId, claim })),
            [{ account: 'acme', taskId: 7654321, claim: 'bad' }],
          )
        },
        { plainFront },
      ))

    test('hears of a refusal as an object, not as a transport error', () =>
      withClient(
        async (post) => {
          const refused = await post(REPORT_PATHS[1] ?? '', body(7654321, 'an-unknown-key-1234'))
          assert.equal(refused['errorId'], 1)
          assert.equal(refused['errorCode'], 'ERROR_KEY_DOES_NOT_EXIST')
          assert.equal((await post(REPORT_PATHS[1] ?? '', body(200)))['errorCode'], 'CAPTCHA_NOT_READY')
          assert.equal((await post(REPORT_PATHS[1] ?? '', 'no json'))['errorCode'], 'ERROR_BAD_PARAMETERS')
          assert.equal((await post('getReportStatus', body(7654321)))['status'], 'none')
        },
        { plainFront },
      ))
  })

test('capmonstercloud-client throws its HttpStatusError when the report cannot be stored, and may retry', () => {
  let isAway = true
  return withClient(
    async (post, server) => {
      await assert.rejects(post('reportIncorrectTokenCaptcha', body(7654321)), { statusCode: 503 })
      isAway = false
      assert.deepEqual(await post('reportIncorrectTokenCaptcha', body(7654321)), {
        errorId: 0,
        status: 'success',
      })
      assert.deepEqual(await server.outcomes(), { recorded: 1, unavailable: 1 })
    },
    {
      wrapStore: (store) => ({
        ...store,
        recordReports: (reports) =>
          isAway ? Promise.reject(new StoreUnavailable('away')) : store.recordReports(reports),
      }),
    },
  )
})
