import type { FastifyInstance } from 'fastify'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import type { Account, AccountKey } from '../domain/account.ts'
import { toIso } from '../domain/instant.ts'
import {
  AccountBody,
  AccountListQuery,
  AccountMade,
  AccountPage,
  AccountParams,
  KeyBody,
  KeyMade,
  KeyPage,
  KeyParams,
} from '../protocol/api-accounts.ts'
import type { AccountShape, KeyShape } from '../protocol/api-accounts.ts'
import { AddressList } from '../protocol/wire-address.ts'
import type { OperatorApiDeps } from './deps.ts'
import { answers, OF_BODIES } from './describe.ts'
import { decodeCursor, pageAfter } from './paging.ts'
import { ApiProblem } from './problem.ts'
import { emptyBodyIsEmptyObject } from './validation.ts'

type Deps = Pick<OperatorApiDeps, 'store' | 'keyring' | 'hashClientKey' | 'randomBytes' | 'clock'>

/** Accounts and their keys. A key leaves Assay once, in the answer to the call that made it. */
export function accountRoutes(instance: FastifyInstance, deps: Deps): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>()
  const { store, keyring } = deps
  const oneByOne = serially()

  app.post(
    '/accounts',
    {
      schema: {
        operationId: 'addAccount',
        summary: 'Make an account, with its first key',
        tags: ['accounts'],
        body: AccountBody,
        response: answers({ 201: AccountMade }, 'conflict', ...OF_BODIES),
      },
    },
    (request, reply) =>
      oneByOne(async (): Promise<Static<typeof AccountMade>> => {
        const { id, name = null, group = id, addresses = [] } = request.body
        checkAddresses(addresses)
        const account: Account = { id, name, group, addresses, createdAt: deps.clock.now() }
        const { key, clientKey } = newKey(deps, id, request.body.clientKey)
        // First what may be refused, so that no account is left without its key.
        await refuseTakenKey(store, key)
        if (!(await store.addAccount(account)))
          throw new ApiProblem('conflict', `Account ${quoted(id)} exists.`)
        await storeKey(store, key)
        keyring.addAccount(account)
        keyring.addKey(key)
        reply.code(201)
        return { id, name, group, clientKey }
      }),
  )

  app.get(
    '/accounts',
    {
      schema: {
        operationId: 'listAccounts',
        summary: 'List accounts',
        tags: ['accounts'],
        querystring: AccountListQuery,
        response: answers({ 200: AccountPage }),
      },
    },
    async (request): Promise<Static<typeof AccountPage>> => {
      const { cursor, limit = 100 } = request.query
      const accounts = await store.listAccounts()
      const page = pageAfterId(accounts, cursor, limit, ({ id }) => id)
      return { items: page.items.map(accountToWire), next: page.next }
    },
  )

  app.get(
    '/accounts/:id/keys',
    {
      schema: {
        operationId: 'listKeys',
        summary: 'List the keys of an account, without the keys themselves',
        tags: ['accounts'],
        params: AccountParams,
        querystring: AccountListQuery,
        response: answers({ 200: KeyPage }, 'not-found'),
      },
    },
    async (request): Promise<Static<typeof KeyPage>> => {
      const { id } = request.params
      const { cursor, limit = 100 } = request.query
      await findAccount(store, id)
      const keys = (await store.listKeys()).filter(({ account }) => account === id)
      const page = pageAfterId(keys, cursor, limit, ({ keyId }) => keyId)
      return { items: page.items.map(keyToWire), next: page.next }
    },
  )

  app.post(
    '/accounts/:id/keys',
    {
      schema: {
        operationId: 'addKey',
        summary: 'Add a key to an account; the others stay in use',
        tags: ['accounts'],
        params: AccountParams,
        body: KeyBody,
        response: answers({ 201: KeyMade }, 'not-found', 'conflict', ...OF_BODIES),
      },
      preValidation: emptyBodyIsEmptyObject,
    },
    (request, reply) =>
      oneByOne(async (): Promise<Static<typeof KeyMade>> => {
        const { id } = request.params
        await findAccount(store, id)
        const { key, clientKey } = newKey(deps, id, request.body.clientKey)
        await refuseTakenKey(store, key)
        await storeKey(store, key)
        keyring.addKey(key)
        reply.code(201)
        const { keyId, last4, createdAt } = key
        return { keyId, last4, createdAt: toIso(createdAt), clientKey }
      }),
  )

  app.delete(
    '/accounts/:id/keys/:keyId',
    {
      schema: {
        operationId: 'revokeKey',
        summary: 'Revoke a key: it is refused from now on',
        tags: ['accounts'],
        params: KeyParams,
        response: answers({ 204: Type.Null({ description: 'The key is revoked.' }) }, 'not-found'),
      },
    },
    async (request, reply) => {
      const { id, keyId } = request.params
      if (!(await store.revokeKey(id, keyId, deps.clock.now())))
        throw new ApiProblem('not-found', `Account ${quoted(id)} has no key ${quoted(keyId)} in use.`)
      keyring.revokeKey(id, keyId)
      return reply.code(204).send()
    },
  )
}

/** 128 bits as 32 hex digits: as many as the keys of the services have, and never a `__`. */
const KEY_BYTES = 16

function newKey(
  { clock, hashClientKey, randomBytes }: Deps,
  account: string,
  given: string | undefined,
): { key: AccountKey; clientKey: string } {
  if (given?.includes('__') === true)
    throw new ApiProblem('invalid', 'clientKey has "__", which begins a suffix on the wire.')
  const clientKey = given ?? randomBytes(KEY_BYTES).toString('hex')
  const key: AccountKey = {
    keyId: `k${randomBytes(8).toString('hex')}`,
    account,
    hash: hashClientKey(clientKey),
    last4: clientKey.slice(-4),
    createdAt: clock.now(),
    revokedAt: null,
  }
  return { key, clientKey }
}

async function refuseTakenKey(store: Deps['store'], { hash }: AccountKey): Promise<void> {
  const isTaken = (await store.listKeys()).some((key) => key.hash === hash)
  // Whose it is, nobody needs to know; that it is taken, the operator does. A revoked key stays taken.
  if (isTaken) throw new ApiProblem('conflict', 'This clientKey is, or was, in use already.')
}

async function storeKey(store: Deps['store'], key: AccountKey): Promise<void> {
  if (!(await store.addKey(key)))
    throw new Error(`key ${key.keyId} of account ${key.account} was refused although it was new`)
}

async function findAccount(store: Deps['store'], id: string): Promise<void> {
  const accounts = await store.listAccounts()
  if (!accounts.some((account) => account.id === id))
    throw new ApiProblem('not-found', `There is no account ${quoted(id)}.`)
}

function checkAddresses(addresses: readonly string[]): void {
  try {
    void new AddressList(addresses)
  } catch (error) {
    if (error instanceof RangeError) throw new ApiProblem('invalid', `addresses: ${error.message}.`)
    throw error
  }
}

/** Lists that are only ever added to: the place of the last entry given is where the next page begins. */
function pageAfterId<T>(
  entries: readonly T[],
  cursor: string | undefined,
  limit: number,
  idOf: (entry: T) => string,
): { items: T[]; next: string | null } {
  if (cursor === undefined) return pageAfter(entries, null, limit, (entry) => [idOf(entry)])
  const [lastId] = decodeCursor(cursor, 1)
  const last = entries.findIndex((entry) => idOf(entry) === lastId)
  if (last < 0) throw new ApiProblem('invalid', 'cursor is not one that this list has given.')
  return pageAfter(entries.slice(last + 1), null, limit, (entry) => [idOf(entry)])
}

function accountToWire({ id, name, group, addresses, createdAt }: Account): AccountShape {
  return { id, name, group, addresses: [...addresses], createdAt: toIso(createdAt) }
}

function keyToWire({ keyId, last4, createdAt, revokedAt }: AccountKey): KeyShape {
  return {
    keyId,
    last4,
    createdAt: toIso(createdAt),
    revokedAt: revokedAt === null ? null : toIso(revokedAt),
  }
}

/** What is checked and then stored must not be overtaken. Accounts are made rarely, so they wait for each other. */
function serially(): <T>(work: () => Promise<T>) => Promise<T> {
  let tail: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = tail.then(work)
    tail = result.catch(() => undefined)
    return result
  }
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 128))
}
