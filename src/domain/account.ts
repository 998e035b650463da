import type { Instant } from './instant.ts'

/** Who pays for tasks. Several accounts of one payer share a `group`; by default the account is its own group. */
export interface Account {
  readonly id: string
  readonly name: string | null
  readonly group: string
  /** CIDR blocks or addresses its keys may report from; empty: anywhere. */
  readonly addresses: readonly string[]
  readonly createdAt: Instant
}

/** One of an account's keys. The key itself exists only on the wire; the store has a keyed hash of it. */
export interface AccountKey {
  readonly keyId: string
  readonly account: string
  /** HMAC-SHA-256 of the key under the installation's secret, 64 hex digits. */
  readonly hash: string
  readonly last4: string
  readonly createdAt: Instant
  readonly revokedAt: Instant | null
}

export const CLIENT_KEY_LENGTH_MIN = 16
export const CLIENT_KEY_LENGTH_MAX = 256
