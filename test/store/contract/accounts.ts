import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AccountKey } from '../../../src/domain/account.ts'
import type { IncidentEvent } from '../../../src/domain/incident.ts'
import { NOW, onStore } from './fixtures.ts'
import type { OpenSubject } from './fixtures.ts'

function key(keyId: string, fields: Partial<AccountKey> = {}): AccountKey {
  return {
    keyId,
    account: 'acme',
    hash: keyId.repeat(8),
    last4: 'f00d',
    createdAt: NOW,
    revokedAt: null,
    ...fields,
  }
}

export function accountContract(open: OpenSubject): void {
  describe('accounts and keys', () => {
    it(
      'are kept as they were given, in the order they came',
      onStore(open, async (store) => {
        const dune = {
          id: 'dune',
          name: 'Dune & Söhne',
          group: 'payer-2',
          addresses: ['10.0.0.0/8', '::1'],
          createdAt: NOW,
        }
        assert.equal(await store.addAccount(dune), true)
        const accounts = await store.listAccounts()
        assert.deepEqual(
          accounts.map(({ id }) => id),
          ['acme', 'bolt', 'cove', 'dune'],
        )
        assert.deepEqual(accounts.at(-1), dune)
      }),
    )

    it(
      'an id that is taken stays whose it is',
      onStore(open, async (store) => {
        const before = await store.listAccounts()
        const again = { id: 'acme', name: 'x', group: 'y', addresses: [], createdAt: 0 }
        assert.equal(await store.addAccount(again), false)
        assert.deepEqual(await store.listAccounts(), before)
      }),
    )

    it(
      'several keys an account, each hash once in the installation',
      onStore(open, async (store) => {
        assert.equal(await store.addKey(key('k1')), true)
        assert.equal(await store.addKey(key('k2')), true)
        assert.equal(await store.addKey(key('k3', { hash: key('k1').hash })), false)
        assert.equal(await store.addKey(key('k3', { hash: key('k1').hash, account: 'cove' })), false)
        assert.equal(await store.addKey(key('k9', { account: 'nobody' })), false)
        assert.deepEqual(await store.listKeys(), [key('k1'), key('k2')])
      }),
    )

    it(
      'a key is revoked once, and by its own account',
      onStore(open, async (store) => {
        await store.addKey(key('k1'))
        await store.addKey(key('k2'))
        assert.equal(await store.revokeKey('cove', 'k1', NOW), false)
        assert.equal(await store.revokeKey('acme', 'nokey', NOW), false)
        assert.equal(await store.revokeKey('acme', 'k1', NOW + 5), true)
        assert.equal(await store.revokeKey('acme', 'k1', NOW + 9), false)
        assert.deepEqual(await store.listKeys(), [key('k1', { revokedAt: NOW + 5 }), key('k2')])
      }),
    )
  })

  describe('incident events', () => {
    const opened: IncidentEvent = {
      incidentId: 'i1',
      event: 'opened',
      at: NOW,
      by: null,
      key: 'a',
      method: '1',
      facts: {
        situation: 'regression',
        where: { site: 'shop.example' },
        onset: { at: NOW - 5, from: NOW - 9, to: NOW - 1 },
        ratio: { estimate: 9.5, low: 4, high: 15 },
        reports: 9,
        expected: 0.8,
        accounts: 3,
        alternatives: [{ where: { solver: 's' }, strength: 0.4 }],
        because: 'so',
      },
    }
    const note: IncidentEvent = {
      incidentId: 'i1',
      event: 'note',
      at: NOW + 1,
      by: 'ops',
      key: 'b',
      note: 'looking',
    }
    const merged: IncidentEvent = {
      incidentId: 'i2',
      event: 'merged',
      at: NOW,
      by: 'ops',
      key: 'a',
      other: 'i1',
    }

    it(
      'are appended once each, and read back in order',
      onStore(open, async (store) => {
        assert.deepEqual(await store.appendIncidentEvents([opened, note, opened]), [opened, note])
        assert.deepEqual(await store.appendIncidentEvents([note, merged, { ...note, note: 'other words' }]), [
          merged,
        ])
        assert.deepEqual(await store.incidentEvents(), [opened, note, merged])
        assert.deepEqual(await store.appendIncidentEvents([]), [])
      }),
    )
  })
}
