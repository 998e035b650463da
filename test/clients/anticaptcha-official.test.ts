import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'
import type { TaskId } from '../../src/domain/task-id.ts'
import { StoreUnavailable } from '../../src/store/contract.ts'
import { ACME_KEY, WireServer, type WireServerOptions } from '../protocol/wire-server.ts'

// CommonJS without types; one object for the whole process, as its users have it.
const require = createRequire(import.meta.url)
const PACKAGE = '@antiadmin/anticaptchaofficial'
const client = require(PACKAGE) as {
  readonly session: { taskId: TaskId }
  setAPIKey(key: string): void
  shutUp(): void
  reportIncorrectImageCaptcha(): Promise<true>
  reportIncorrectRecaptcha(): Promise<true>
  reportIncorrectHcaptcha(): Promise<true>
  reportCorrectRecaptcha(): Promise<true>
}

interface RequestConfig {
  url: string
}
// The very axios that the client will load.
const axios = createRequire(require.resolve(PACKAGE))('axios') as {
  readonly interceptors: {
    readonly request: {
      use(change: (config: RequestConfig) => RequestConfig): number
      eject(id: number): void
    }
  }
}

/** The client's host is fixed in its code: an interceptor on its axios sends it here instead, and changes nothing else. */
const withClient = (use: (server: WireServer) => Promise<void>, options: WireServerOptions = {}) =>
  WireServer.with(options, async (server) => {
    const interceptor = axios.interceptors.request.use((config) => {
      config.url = config.url.replace('https://api.anti-captcha.com', server.url)
      return config
    })
    client.setAPIKey(ACME_KEY)
    client.shutUp()
    client.session.taskId = 0
    try {
      await use(server)
    } finally {
      axios.interceptors.request.eject(interceptor)
    }
  })

for (const numericErrorIds of [false, true])
  for (const plainFront of [false, true]) {
    const options: WireServerOptions = { plainFront, intake: { numericErrorIds } }
    const door = plainFront ? 'the plain front' : 'node:http'
    describe(`anticaptchaofficial 1.0.56, unmodified, by ${door}${numericErrorIds ? ', numeric error ids' : ''}`, () => {
      test('reports by each of its four methods', () =>
        withClient(async (server) => {
          client.session.taskId = 7654321
          assert.equal(await client.reportIncorrectRecaptcha(), true)
          assert.equal(await client.reportIncorrectHcaptcha(), true)
          client.session.taskId = 500
          assert.equal(await client.reportIncorrectImageCaptcha(), true)
          client.session.taskId = 1000
          assert.equal(await client.reportCorrectRecaptcha(), true)
          assert.deepEqual(await server.outcomes(), { recorded: 3, repeated: 1 })
          assert.deepEqual(
            server.accepted.map(({ taskId, claim }) => [taskId, claim]),
            [
              [7654321, 'bad'],
              [500, 'bad'],
              [1000, 'good'],
            ],
          )
        }, options))

      test('reports an image id on the token path, as its users do, and it counts', () =>
        withClient(async (server) => {
          client.session.taskId = 500
          assert.equal(await client.reportIncorrectRecaptcha(), true)
          assert.deepEqual((await server.store.findReport(500))?.flags, ['class-mismatch'])
        }, options))

      test('changes its mind once', () =>
        withClient(async (server) => {
          client.session.taskId = 7654321
          assert.equal(await client.reportIncorrectRecaptcha(), true)
          assert.equal(await client.reportCorrectRecaptcha(), true)
          assert.equal((await server.store.findReport(7654321))?.claim, 'good')
          assert.deepEqual(await server.outcomes(), { recorded: 1, changed: 1 })
        }, options))

      test('throws the bare code of a refusal', () =>
        withClient(async () => {
          // No task was created in this process.
          await assert.rejects(client.reportIncorrectRecaptcha(), throws('ERROR_NO_SUCH_CAPCHA_ID'))
          client.session.taskId = 200
          await assert.rejects(client.reportIncorrectRecaptcha(), throws('CAPTCHA_NOT_READY'))
          client.session.taskId = 400
          await assert.rejects(client.reportIncorrectRecaptcha(), throws('ERROR_NO_SUCH_CAPCHA_ID'))
          client.setAPIKey('an-unknown-key-1234')
          await assert.rejects(client.reportIncorrectRecaptcha(), throws('ERROR_KEY_DOES_NOT_EXIST'))
        }, options))
    })
  }

test('anticaptchaofficial in its default, talking mode prints the cause', () =>
  withClient(async () => {
    const printed: string[] = []
    const settings = (client as unknown as { settings: { isVerbose: boolean } }).settings
    const print = console.error
    console.error = (line: unknown) => void printed.push(String(line))
    settings.isVerbose = true
    client.session.taskId = 300
    try {
      await assert.rejects(client.reportIncorrectRecaptcha(), throws('ERROR_NO_SUCH_CAPCHA_ID'))
    } finally {
      console.error = print
      settings.isVerbose = false
    }
    assert.match(printed.join(), /ERROR_NO_SUCH_CAPCHA_ID: task 300 failed: no solution was issued/)
  }))

test('anticaptchaofficial throws its AxiosError when the report cannot be stored', () =>
  withClient(
    async () => {
      client.session.taskId = 7654321
      await assert.rejects(client.reportIncorrectRecaptcha(), { name: 'AxiosError', status: 503 })
    },
    {
      wrapStore: (store) => ({ ...store, recordReports: () => Promise.reject(new StoreUnavailable('away')) }),
    },
  ))

/** The client throws strings, which assert.rejects would take for a message. */
function throws(code: string): (thrown: unknown) => boolean {
  return (thrown) => {
    assert.equal(thrown, code)
    return true
  }
}
