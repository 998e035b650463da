import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { REFUSALS, type RefusalCause } from '../../src/protocol/errors.ts'
import { ACME_KEY, FENCED_KEY, WireServer } from './wire-server.ts'

/**
 * One request with several things wrong with it at once. Of each group at most one thing can be wrong; `fenced` (an
 * account whose list 127.0.0.1 is not on) stands for a refused address.
 */
interface Wrong {
  readonly method: boolean
  readonly body: 'large' | 'not-json' | 'not-object' | null
  readonly key: 'missing' | 'unknown' | 'fenced' | null
  readonly id: 'missing' | 'bad' | null
  readonly task: 'unknown' | 'not-ready' | 'failed' | 'late' | null
  readonly class: boolean
}

const TASK = { unknown: 777, 'not-ready': 200, failed: 300, late: 400, fine: 7654321 }

function causesOf(wrong: Wrong): RefusalCause[] {
  const causes: RefusalCause[] = []
  if (wrong.method) causes.push('method')
  if (wrong.body === 'large') causes.push('body-too-large')
  else if (wrong.body !== null) causes.push(`body-${wrong.body}`)
  if (wrong.key === 'fenced') causes.push('address-refused')
  else if (wrong.key !== null) causes.push(`key-${wrong.key}`)
  if (wrong.id !== null) causes.push(`id-${wrong.id}`)
  if (wrong.task === 'unknown') causes.push('task-unknown')
  else if (wrong.task !== null) causes.push(wrong.task)
  if (wrong.class) causes.push('class')
  return causes
}

async function send(server: WireServer, wrong: Wrong): Promise<Record<string, unknown>> {
  const key =
    wrong.key === 'unknown' ? 'a-key-nobody-has-1234' : wrong.key === 'fenced' ? FENCED_KEY : ACME_KEY
  const body = JSON.stringify({
    ...(wrong.key === 'missing' ? {} : { clientKey: key }),
    ...(wrong.id === 'missing' ? {} : { taskId: wrong.id === 'bad' ? -1 : TASK[wrong.task ?? 'fine'] }),
    ...(wrong.body === 'large' ? { padding: 'x'.repeat(20_000) } : {}),
  })
  const sent = wrong.body === 'not-json' ? `${body}}` : wrong.body === 'not-object' ? `[${body}]` : body
  const path = wrong.class ? '/reportIncorrectImageCaptcha' : '/reportIncorrectTokenCaptcha'
  const response = await fetch(server.url + path, { method: wrong.method ? 'PUT' : 'POST', body: sent })
  return (await response.json()) as Record<string, unknown>
}

test('of several things wrong with a request, the earliest in the error table is the answer', () =>
  WireServer.with(
    // No throttle here: it replaces answers, and has tests of its own.
    {
      store: { strictClass: true, parkedPerAccountMax: 1_000_000 },
      intake: {
        throttle: { wrongPerMinuteMax: 1e9, wrongPerTenMinutesMax: 1e9, banMs: 1, addressesMax: 10 },
      },
    },
    async (server) => {
      const orNull = <T extends string>(...values: T[]) => fc.constantFrom<T | null>(null, null, ...values)
      const wrongs = fc.record({
        method: fc.nat(5).map((one) => one === 0),
        body: orNull('large', 'not-json', 'not-object'),
        key: orNull('missing', 'unknown', 'fenced'),
        id: orNull('missing', 'bad'),
        task: orNull('unknown', 'not-ready', 'failed', 'late'),
        class: fc.boolean(),
      }) as fc.Arbitrary<Wrong>
      await fc.assert(
        fc.asyncProperty(wrongs, async (wrong) => {
          const causes = causesOf(wrong)
          const answer = await send(server, wrong)
          const first = REFUSALS.find(({ cause }) => causes.includes(cause))
          if (first === undefined) return assert.deepEqual(answer, { errorId: 0, status: 'success' })
          assert.equal(answer['errorCode'], first.errorCode)
          const told = first.describe({
            method: 'PUT',
            kind: first.cause === 'body-not-object' ? 'an array' : 'not JSON',
            bodyBytesMax: 16 * 1024,
            key:
              wrong.key === 'unknown'
                ? 'a-key-nobody-has-1234'
                : wrong.key === 'fenced'
                  ? FENCED_KEY
                  : ACME_KEY,
            address: '127.0.0.1',
            sentId: -1,
            taskId: TASK[wrong.task ?? 'fine'],
            windowMs: 24 * 3_600_000,
            pathClass: 'image',
          })
          assert.equal(answer['errorDescription'], told, JSON.stringify(causes))
        }),
        { numRuns: 400 },
      )
    },
  ))
