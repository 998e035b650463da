import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Account, AccountKey } from '../../domain/account.ts'
import type { Instant } from '../../domain/instant.ts'

/** What rows refer to by number. */
export interface AccountName {
  readonly num: number
  readonly id: string
  readonly group: string
}

/** Reads who an account number stands for. Accounts are only ever added, so what was read stays true. */
export class AccountReader {
  readonly #byNum = new Map<number, AccountName>()
  readonly #select: StatementSync

  constructor(db: DatabaseSync) {
    this.#select = db.prepare('SELECT id, payer FROM account WHERE num = ?')
  }

  /** @throws Error when a row names an account that is not there: a damaged store */
  get(num: number): AccountName {
    const known = this.#byNum.get(num)
    if (known !== undefined) return known
    const row = this.#select.get(num) as { id: string; payer: string } | undefined
    if (row === undefined) throw new Error(`account ${num} is named by a row but is not in the store`)
    const name = { num, id: row.id, group: row.payer }
    this.#byNum.set(num, name)
    return name
  }
}

interface AccountRow {
  num: number
  id: string
  name: string | null
  payer: string
  addresses: string
  created_at: number
}

interface KeyRow {
  key_id: string
  account: string
  hash: string
  last4: string
  created_at: number
  revoked_at: number | null
}

/** Accounts and their keys. For the one writer of the store. */
export class AccountBook {
  readonly #nums = new Map<string, number>()
  readonly #addAccount: StatementSync
  readonly #listAccounts: StatementSync
  readonly #addKey: StatementSync
  readonly #revokeKey: StatementSync
  readonly #listKeys: StatementSync

  constructor(db: DatabaseSync) {
    this.#addAccount = db.prepare(
      `INSERT INTO account (id, name, payer, addresses, created_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (id) DO NOTHING`,
    )
    this.#listAccounts = db.prepare('SELECT * FROM account ORDER BY num')
    this.#addKey = db.prepare(
      `INSERT INTO account_key (account, key_id, hash, last4, created_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    )
    this.#revokeKey = db.prepare(
      'UPDATE account_key SET revoked_at = ? WHERE account = ? AND key_id = ? AND revoked_at IS NULL',
    )
    this.#listKeys = db.prepare(
      `SELECT key_id, account.id AS account, hash, last4, account_key.created_at, revoked_at
       FROM account_key JOIN account ON account.num = account_key.account ORDER BY account_key.rowid`,
    )
    this.reload()
  }

  /** The number of an account; undefined if there is none with this id. */
  numOf(id: string): number | undefined {
    return this.#nums.get(id)
  }

  /** Reads the numbers anew, after a transaction that failed. */
  reload(): void {
    this.#nums.clear()
    for (const { id, num } of this.#listAccounts.all() as unknown as AccountRow[]) this.#nums.set(id, num)
  }

  add(account: Account): boolean {
    const { id, name, group, addresses, createdAt } = account
    const { changes, lastInsertRowid } = this.#addAccount.run(
      id,
      name,
      group,
      JSON.stringify(addresses),
      createdAt,
    )
    if (changes === 0) return false
    this.#nums.set(id, Number(lastInsertRowid))
    return true
  }

  list(): Account[] {
    return (this.#listAccounts.all() as unknown as AccountRow[]).map((row) => ({
      id: row.id,
      name: row.name,
      group: row.payer,
      addresses: JSON.parse(row.addresses) as string[],
      createdAt: row.created_at,
    }))
  }

  addKey(key: AccountKey): boolean {
    const account = this.numOf(key.account)
    if (account === undefined) return false
    const { keyId, hash, last4, createdAt, revokedAt } = key
    return this.#addKey.run(account, keyId, hash, last4, createdAt, revokedAt).changes === 1
  }

  revokeKey(accountId: string, keyId: string, at: Instant): boolean {
    const account = this.numOf(accountId)
    return account !== undefined && this.#revokeKey.run(at, account, keyId).changes === 1
  }

  listKeys(): AccountKey[] {
    return (this.#listKeys.all() as unknown as KeyRow[]).map((row) => ({
      keyId: row.key_id,
      account: row.account,
      hash: row.hash,
      last4: row.last4,
      createdAt: row.created_at,
      revokedAt: row.revoked_at,
    }))
  }
}
