import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Account, AccountKey } from '../domain/account.ts'
import { createKeyring, hashClientKey } from './keyring.ts'

const SECRET = 'pepper'
const KEY = 'acme-key-0123456789abcdef'

const account = (id: string, addresses: readonly string[] = []): Account => ({
  id,
  name: null,
  group: id,
  addresses,
  createdAt: 0,
})
const accountKey = (
  keyId: string,
  accountId: string,
  key: string,
  revokedAt: number | null = null,
): AccountKey => ({
  keyId,
  account: accountId,
  hash: hashClientKey(SECRET, key),
  last4: key.slice(-4),
  createdAt: 0,
  revokedAt,
})

/** A keyring over lists that a test may change. */
async function keyringOf(accounts: Account[], keys: AccountKey[]) {
  const store = { listAccounts: async () => accounts, listKeys: async () => keys }
  const keyring = createKeyring({ secret: SECRET, store, salt: 'salt' })
  await keyring.load()
  return keyring
}

describe('the keyring', () => {
  test('hashes keys with HMAC-SHA-256 under the secret', () => {
    // printf acme-key-0123456789abcdef | openssl dgst -sha256 -hmac pepper
    assert.equal(hashClientKey(SECRET, KEY), EXPECTED_HASH)
    assert.notEqual(hashClientKey('other', KEY), EXPECTED_HASH)
  })

  test('finds the holder of a key, the first time and every other', async () => {
    const keyring = await keyringOf([account('acme')], [accountKey('k1', 'acme', KEY)])
    for (let i = 0; i < 3; i++) assert.equal(keyring.find(KEY)?.account, 'acme')
    assert.equal(keyring.find(KEY)?.last4, 'cdef')
    for (const wrong of ['', KEY.slice(1), KEY.toUpperCase(), `${KEY} `, 'x'.repeat(257)])
      assert.equal(keyring.find(wrong), null)
  })

  test('knows nothing before it is loaded', () => {
    const store = { listAccounts: async () => [account('acme')], listKeys: async () => [] }
    assert.equal(createKeyring({ secret: SECRET, store }).find(KEY), null)
  })

  test('refuses a key from the moment it is revoked, also one that was right a moment ago', async () => {
    const keyring = await keyringOf([account('acme')], [accountKey('k1', 'acme', KEY)])
    assert.ok(keyring.find(KEY))
    keyring.revokeKey('other', 'k1')
    assert.ok(keyring.find(KEY))
    keyring.revokeKey('acme', 'k1')
    assert.equal(keyring.find(KEY), null)
    assert.equal(keyring.size, 0)
  })

  test('takes new accounts and keys, and several keys an account', async () => {
    const keyring = await keyringOf([account('acme')], [accountKey('k1', 'acme', KEY)])
    assert.equal(keyring.find('a-new-key-1234567'), null)
    keyring.addAccount(account('rival'))
    keyring.addKey(accountKey('k2', 'rival', 'a-new-key-1234567'))
    keyring.addKey(accountKey('k3', 'acme', 'another-key-12345'))
    assert.equal(keyring.find('a-new-key-1234567')?.account, 'rival')
    assert.equal(keyring.find('another-key-12345')?.account, 'acme')
    assert.throws(() => keyring.addKey(accountKey('k4', 'nobody', 'k')), /account nobody, which is unknown/)
  })

  test('leaves out keys that were revoked before it was loaded, and forgets what a new load does not hold', async () => {
    const keys = [accountKey('k1', 'acme', KEY), accountKey('k2', 'acme', 'a-revoked-key-123', 5)]
    const keyring = await keyringOf([account('acme')], keys)
    assert.equal(keyring.find('a-revoked-key-123'), null)
    assert.ok(keyring.find(KEY))
    keys.length = 0
    await keyring.load()
    assert.equal(keyring.find(KEY), null)
  })

  test("applies an account's address list, and its change, to all of its keys", async () => {
    const keyring = await keyringOf([account('acme', ['192.0.2.0/24'])], [accountKey('k1', 'acme', KEY)])
    assert.equal(keyring.find(KEY)?.addresses?.has('192.0.2.7'), true)
    assert.equal(keyring.find(KEY)?.addresses?.has('198.51.100.1'), false)
    keyring.addAccount(account('acme'))
    assert.equal(keyring.find(KEY)?.addresses, null)
  })
})

const EXPECTED_HASH = '503e6601574063ca1533bf8f228123282c7e47fe2dc33670c07de0ffc9b05197'
