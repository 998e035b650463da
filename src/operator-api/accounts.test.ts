import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { CLIENT_KEY, openApi } from '../../test/operator-api/fixture.ts'

describe('an account', () => {
  test('is made with a key that is shown once and stored as a hash', async () => {
    const api = await openApi()
    const made = await api.ask('POST', '/api/v1/accounts', { body: { id: 'acme' } })
    assert.equal(made.status, 201)
    const { clientKey, ...rest } = made.body
    assert.deepEqual(rest, { id: 'acme', name: null, group: 'acme' })
    assert.match(clientKey, /^[0-9a-f]{32}$/)
    const [key] = await api.store.listKeys()
    assert.equal(key?.hash, api.deps.hashClientKey(clientKey))
    assert.equal(key?.last4, clientKey.slice(-4))
    assert.deepEqual(api.keyring, ['account acme', `key acme ${clientKey.slice(-4)}`])
    const list = await api.ask('GET', '/api/v1/accounts')
    assert.deepEqual(list.body, {
      items: [
        { id: 'acme', name: null, group: 'acme', addresses: [], createdAt: '2026-11-23T10:00:00.000Z' },
      ],
      next: null,
    })
    assert.ok(!`${list.text}${api.log.join('')}`.includes(clientKey))
    await api.close()
  })

  test('may bring its own key, name, group and addresses', async () => {
    const api = await openApi()
    const body = {
      id: 'acme eu',
      name: 'Acme',
      group: 'acme',
      clientKey: CLIENT_KEY,
      addresses: ['10.0.0.0/8'],
    }
    const { addresses: _, ...answered } = body
    assert.deepEqual((await api.ask('POST', '/api/v1/accounts', { body })).body, answered)
    assert.deepEqual((await api.store.listAccounts())[0]?.addresses, ['10.0.0.0/8'])
    await api.close()
  })

  test('is made once: a taken id or key leaves nothing behind', async () => {
    const api = await openApi()
    await api.ask('POST', '/api/v1/accounts', { body: { id: 'acme', clientKey: CLIENT_KEY } })
    const sameId = await api.ask('POST', '/api/v1/accounts', { body: { id: 'acme' } })
    assert.equal(sameId.status, 409)
    assert.match(sameId.body.detail, /Account "acme" exists/)
    const sameKey = await api.ask('POST', '/api/v1/accounts', {
      body: { id: 'other', clientKey: CLIENT_KEY },
    })
    assert.equal(sameKey.status, 409)
    assert.ok(!sameKey.text.includes('acme'), 'whose key it is must not be told')
    const both = await Promise.all(
      ['x', 'y'].map((id) =>
        api.ask('POST', '/api/v1/accounts', { body: { id, clientKey: 'the-same-key-for-two' } }),
      ),
    )
    assert.deepEqual(both.map(({ status }) => status).sort(), [201, 409])
    assert.equal((await api.store.listAccounts()).length, 2)
    assert.equal((await api.store.listKeys()).length, 2)
    assert.equal(api.keyring.length, 4)
    await api.close()
  })

  test('is refused with the field and what is allowed', async () => {
    const api = await openApi()
    const cases: [unknown, RegExp][] = [
      [{}, /id is missing/],
      [{ id: '' }, /id must not have fewer than 1 characters/],
      [{ id: 'x'.repeat(129) }, /id must not have more than 128/],
      [{ id: 'a\u0007b' }, /id has characters that are not allowed/],
      [{ id: 7 }, /id must be/],
      [{ id: 'acme', clientKey: 'short' }, /clientKey must not have fewer than 16/],
      [{ id: 'acme', clientKey: 'k'.repeat(257) }, /clientKey must not have more than 256/],
      [{ id: 'acme', clientKey: 'sixteen__characters' }, /clientKey has "__"/],
      [{ id: 'acme', addresses: ['10.0.0.0/40'] }, /addresses: "10\.0\.0\.0\/40" is neither/],
      [{ id: 'acme', adresses: [] }, /"adresses" is not known here; known are id, name/],
      [[], /the body must be object/],
      ['null', /the body must be object/],
      ['{"id":', /JSON/],
      ['{"id":"a","__proto__":{}}', /./],
    ]
    for (const [body, detail] of cases) {
      const answer = await api.ask('POST', '/api/v1/accounts', {
        body,
        headers: { 'content-type': 'application/json' },
      })
      assert.equal(answer.status, 400, JSON.stringify(body))
      assert.match(answer.body.detail, detail)
      assert.equal(answer.body.type, '/api/v1/docs/api.md#invalid')
    }
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    assert.equal((await api.ask('POST', '/api/v1/accounts', { body: 'id=acme', headers: form })).status, 415)
    const long = { body: { id: 'acme', name: 'x'.repeat(70_000) } }
    assert.equal((await api.ask('POST', '/api/v1/accounts', long)).status, 413)
    assert.deepEqual(await api.store.listAccounts(), [])
    await api.close()
  })

  test('stands in a list that is read by pages', async () => {
    const api = await openApi()
    for (let i = 0; i < 5; i++) await api.ask('POST', '/api/v1/accounts', { body: { id: `a${i}` } })
    const seen: string[] = []
    let next: string | null = ''
    while (next !== null) {
      const page: { body: { items: { id: string }[]; next: string | null } } = await api.ask(
        'GET',
        `/api/v1/accounts?limit=2${next === '' ? '' : `&cursor=${next}`}`,
      )
      seen.push(...page.body.items.map(({ id }) => id))
      next = page.body.next
    }
    assert.deepEqual(seen, ['a0', 'a1', 'a2', 'a3', 'a4'])
    for (const query of [
      'limit=0',
      'limit=1001',
      'limit=x',
      'limit=1.5',
      'cursor=!!',
      'cursor=WzFd',
      'page=2',
    ])
      assert.equal((await api.ask('GET', `/api/v1/accounts?${query}`)).status, 400, query)
    await api.close()
  })
})

describe('a key', () => {
  test('is added beside the others, listed without itself, and revoked', async () => {
    const api = await openApi()
    await api.ask('POST', '/api/v1/accounts', { body: { id: 'acme', clientKey: CLIENT_KEY } })
    const made = await api.ask('POST', '/api/v1/accounts/acme/keys')
    assert.equal(made.status, 201)
    const { keyId, clientKey, last4 } = made.body
    assert.equal(last4, clientKey.slice(-4))
    const list = await api.ask('GET', '/api/v1/accounts/acme/keys')
    assert.deepEqual(
      list.body.items.map((key: { last4: string; revokedAt: string | null }) => [key.last4, key.revokedAt]),
      [
        ['0001', null],
        [last4, null],
      ],
    )
    assert.ok(!/hash|client-key/.test(list.text))
    const path = `/api/v1/accounts/acme/keys/${keyId}`
    assert.equal((await api.ask('DELETE', path)).status, 204)
    assert.equal((await api.ask('DELETE', path)).status, 404)
    assert.equal((await api.ask('DELETE', '/api/v1/accounts/nobody/keys/k1')).status, 404)
    const [, revoked] = (await api.ask('GET', '/api/v1/accounts/acme/keys')).body.items
    assert.equal(revoked.revokedAt, '2026-11-23T10:00:00.000Z')
    assert.equal(api.keyring.at(-1), `revoked acme ${keyId}`)
    await api.close()
  })

  test('is refused for an account that is not there, or when it is, or was, in use', async () => {
    const api = await openApi()
    await api.ask('POST', '/api/v1/accounts', { body: { id: 'acme', clientKey: CLIENT_KEY } })
    const keys = '/api/v1/accounts/acme/keys'
    assert.equal((await api.ask('POST', '/api/v1/accounts/nobody/keys')).status, 404)
    assert.equal((await api.ask('GET', '/api/v1/accounts/nobody/keys')).status, 404)
    assert.equal((await api.ask('POST', keys, { body: { clientKey: CLIENT_KEY } })).status, 409)
    assert.equal((await api.ask('POST', keys, { body: { key: CLIENT_KEY } })).status, 400)
    assert.equal((await api.store.listKeys()).length, 1)
    await api.close()
  })
})
