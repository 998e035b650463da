import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NOW, openApi } from '../../test/operator-api/fixture.ts'
import type { ActionEffect } from '../domain/action.ts'

const BODY = {
  kind: 'solver-release',
  at: '2026-11-23T09:00:00Z',
  where: { type: 'TurnstileTask', solver: '3.8.2', 'labels.pool': 'b' },
  note: 'canary went well',
}

test('an action is recorded once, however often it is sent, and listed with its effect', async () => {
  const effects = new Map<string, ActionEffect>()
  const api = await openApi({ effects: async () => effects })
  const made = await api.ask('POST', '/api/v1/actions', { body: BODY })
  assert.equal(made.status, 201)
  const { id, ...rest } = made.body
  assert.deepEqual(Object.keys(rest.where), ['type', 'solver', 'labels.pool'])
  assert.match(id, /^act-[0-9a-f]{20}$/)
  assert.deepEqual(rest, {
    kind: 'solver-release',
    at: '2026-11-23T09:00:00.000Z',
    where: { 'labels.pool': 'b', solver: '3.8.2', type: 'TurnstileTask' },
    note: 'canary went well',
    recordedAt: '2026-11-23T10:00:00.000Z',
    effect: {
      answer: 'too-early',
      hoursLeft: null,
      because: 'The analysis has not judged this action yet.',
    },
  })
  api.clock.at = NOW + 60_000
  // The same place in another order, and the instant in another form: a job that retries.
  const again = await api.ask('POST', '/api/v1/actions', {
    body: {
      ...BODY,
      at: NOW - 3_600_000,
      where: { 'labels.pool': 'b', solver: '3.8.2', type: 'TurnstileTask' },
    },
  })
  assert.equal(again.status, 200)
  assert.deepEqual(again.body, made.body)

  effects.set(id, { answer: 'too-early', hoursLeft: 1.23, because: 'Six reports are missing.' })
  const list = await api.ask('GET', '/api/v1/actions')
  assert.equal(list.body.items.length, 1)
  assert.deepEqual(list.body.items[0].effect, {
    answer: 'too-early',
    hoursLeft: 1.3,
    because: 'Six reports are missing.',
  })
  effects.set(id, { answer: 'helped', hoursLeft: null, because: 'Back to usual.' })
  const one = await api.ask('GET', `/api/v1/actions/${id}`)
  assert.equal(one.body.effect.answer, 'helped')
  assert.equal((await api.ask('GET', '/api/v1/actions/act-none')).status, 404)
  await api.close()
})

test('an Idempotency-Key is one action, and refuses another body', async () => {
  const api = await openApi()
  const headers = { 'idempotency-key': 'pipeline 17' }
  const first = await api.ask('POST', '/api/v1/actions', { body: BODY, headers })
  assert.equal(first.status, 201)
  assert.equal((await api.ask('POST', '/api/v1/actions', { body: BODY, headers })).status, 200)
  const other = await api.ask('POST', '/api/v1/actions', { body: { ...BODY, note: 'other' }, headers })
  assert.equal(other.status, 409)
  // Without the key the same body is another action: nobody said that they are one.
  assert.equal((await api.ask('POST', '/api/v1/actions', { body: BODY })).status, 201)
  assert.equal((await api.ask('GET', '/api/v1/actions')).body.items.length, 2)
  await api.close()
})

test('what is no action is refused in words, and nothing is recorded', async () => {
  const api = await openApi()
  const refused: readonly (readonly [object, RegExp])[] = [
    [{ kind: 'prayer' }, /kind is none of solver-release, model-update, type-support, other/],
    [{ kind: undefined }, /kind is missing/],
    [{ at: 'yesterday' }, /at is "yesterday": ISO 8601/],
    [{ at: '2026-11-31T09:00:00Z' }, /ISO 8601/],
    [{ at: 1.5 }, /at/],
    [{ at: -5 }, /at is -5/],
    [{ at: NOW + 5 * 60_000 + 1 }, /more than 5 minutes ahead of 2026-11-23T10:00:00.000Z/],
    [{ where: { colour: 'red' } }, /where names "colour", which is no attribute; known are type, site/],
    [{ where: { 'labels.': 'x' } }, /no attribute/],
    [{ where: { type: '' } }, /where/],
    [{ where: { type: 'x'.repeat(129) } }, /where.type is .* 1 to 128 characters/],
    [{ where: { solver: 'a\u0000b' } }, /control characters/],
    [{ where: { site: 'x'.repeat(4_096) } }, /where.site is .* a host name of at most 253/],
    [{ where: { site: 'x'.repeat(10_000) } }, /where/],
    [
      { where: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`labels.k${i}`, 'v'])) },
      /where has 17 attributes; at most 16/,
    ],
    [{ where: undefined }, /where is missing/],
    [{ note: 'x'.repeat(4_001) }, /note/],
    [{ by: 'me' }, /"by" is not known here/],
  ]
  for (const [over, detail] of refused) {
    const answer = await api.ask('POST', '/api/v1/actions', { body: { ...BODY, ...over } })
    assert.equal(answer.status, 400, JSON.stringify(over))
    assert.match(answer.body.detail, detail)
  }
  assert.deepEqual((await api.ask('GET', '/api/v1/actions')).body.items, [])
  const ahead = await api.ask('POST', '/api/v1/actions', { body: { ...BODY, at: NOW + 5 * 60_000 } })
  assert.equal(ahead.status, 201)
  await api.close()
})

test('a site is stored as its host, and nothing named means everything', async () => {
  const api = await openApi()
  const site = await api.ask('POST', '/api/v1/actions', {
    body: { ...BODY, where: { site: 'https://Shop.Example:443/login' } },
  })
  assert.deepEqual(site.body.where, { site: 'shop.example' })
  const all = await api.ask('POST', '/api/v1/actions', { body: { kind: 'other', at: NOW, where: {} } })
  assert.deepEqual([all.body.where, all.body.note], [{}, null])
  await api.close()
})

test('actions are listed by kind and time, page by page', async () => {
  const api = await openApi()
  for (let i = 0; i < 5; i++)
    await api.ask('POST', '/api/v1/actions', {
      body: { kind: i === 3 ? 'other' : 'model-update', at: NOW - i * 1_000, where: {}, note: `n${i}` },
    })
  const notes = async (query: string): Promise<string[]> => {
    const found: string[] = []
    for (let next: string | null = ''; next !== null;) {
      const answer = await api.ask(
        'GET',
        `/api/v1/actions?limit=2&${query}${next === '' ? '' : `&cursor=${next}`}`,
      )
      assert.equal(answer.status, 200, answer.text)
      found.push(...answer.body.items.map(({ note }: { note: string }) => note))
      next = answer.body.next
    }
    return found
  }
  assert.deepEqual(await notes(''), ['n4', 'n3', 'n2', 'n1', 'n0'])
  assert.deepEqual(await notes('kind=other'), ['n3'])
  assert.deepEqual(await notes(`from=${NOW - 2_000}&to=${NOW}`), ['n2', 'n1'])
  assert.equal((await api.ask('GET', '/api/v1/actions?cursor=zzz')).status, 400)
  assert.equal((await api.ask('GET', '/api/v1/actions?kind=prayer')).status, 400)
  await api.close()
})
