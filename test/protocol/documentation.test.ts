import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { CLIENT_KEY_LENGTH_MAX } from '../../src/domain/account.ts'
import { OUTCOMES } from '../../src/domain/outcome.ts'
import { TASK_ID_LENGTH_MAX } from '../../src/domain/task-id.ts'
import { BATCHER_LIMITS } from '../../src/intake/batcher.ts'
import { BODY_LIMITS } from '../../src/intake/http-exchange.ts'
import { THROTTLE_LIMITS } from '../../src/intake/throttle.ts'
import { REFUSALS } from '../../src/protocol/errors.ts'
import { routeOf, WIRE_ROUTES } from '../../src/protocol/wire.ts'
import { ACME_KEY, WireServer } from './wire-server.ts'

const text = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')

const thousands = (count: number) => count.toLocaleString('en-US')

describe('docs/protocol.md', () => {
  test('has the error table, row by row and in its order', () => {
    const rows = REFUSALS.map(
      ({ cause, errorCode, numericErrorId, httpStatus, retryable, outcome, meaning }) =>
        `| \`${cause}\` | \`${errorCode}\` | ${numericErrorId} | ${httpStatus} | ${retryable ? 'yes' : 'no'} | ${outcome === null ? '' : `\`${outcome}\` `}| ${meaning} |`,
    )
    const table = text.slice(
      text.indexOf('|---|---|---|---|---|---|---|\n') + 30,
      text.indexOf('<!-- /errors -->'),
    )
    assert.deepEqual(table.trim().split('\n'), rows)
  })

  test('has every path and no other, with what it says', () => {
    const rows = [...text.matchAll(/^\| `(\/[A-Za-z]+)` \| (bad|good|) ?\|/gm)]
    assert.deepEqual(
      rows.map(([, path, claim]) => [path, claim]),
      WIRE_ROUTES.map((route) => [route.path, route.kind === 'report' ? route.claim : '']),
    )
  })

  test('names every outcome', () => {
    for (const outcome of OUTCOMES) assert.ok(text.includes(`\`${outcome}\``), outcome)
  })

  test('states the limits that hold', () => {
    for (const stated of [
      `| body | ${thousands(BODY_LIMITS.bodyBytesMax)} bytes |`,
      `up to ${BODY_LIMITS.drainedBytesMax / 1024 / 1024} MiB`,
      `| ${TASK_ID_LENGTH_MAX} characters |`,
      `| ${CLIENT_KEY_LENGTH_MAX} characters |`,
      `| reports that wait for the disk | ${thousands(BATCHER_LIMITS.queueMax)}; beyond: 503 |`,
      `lasts over ${BATCHER_LIMITS.stallTicks} s`,
      `${THROTTLE_LIMITS.wrongPerMinuteMax} wrong keys or ids a minute`,
      `After ${THROTTLE_LIMITS.wrongPerTenMinutesMax} in ten minutes`,
      `at most ${thousands(THROTTLE_LIMITS.addressesMax)} of them`,
    ])
      assert.ok(text.includes(stated), stated)
  })

  test('routes every path, and no other, in its gateway snippets', () => {
    const patterns = [...text.matchAll(/\^\/\(reportIncorrect[^\s]*\$/g)].map(
      ([pattern]) => new RegExp(pattern),
    )
    assert.equal(patterns.length, 2)
    for (const pattern of patterns) {
      for (const { path } of WIRE_ROUTES) {
        assert.match(path, pattern)
        assert.match(`${path}/`, pattern)
      }
      for (const other of ['/createTask', '/getTaskResult', '/reportIncorrectHCaptcha', '/x/getReportStatus'])
        assert.doesNotMatch(other, pattern)
    }
  })

  test('shows answers that the server gives', () =>
    WireServer.with({}, async (server) => {
      const examples = [...text.matchAll(/^```json\n(.*)\n```$/gm)].map(([, json]) => json)
      const send = async (path: string, taskId: number) =>
        (await server.post(path, { clientKey: ACME_KEY, taskId })).text.replace(
          `task ${taskId}`,
          'task 7654321',
        )
      assert.equal(routeOf('/reportIncorrectTokenCaptcha')?.kind, 'report')
      assert.deepEqual(examples, [
        await send('/reportIncorrectTokenCaptcha', 7654321),
        await send('/reportIncorrectTokenCaptcha', 400),
        (await send('/getReportStatus', 7654321)).replace('not judged yet', '…'),
      ])
    }))
})
