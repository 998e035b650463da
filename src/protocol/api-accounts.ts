import type { Static } from 'typebox'
import { Type } from 'typebox'
import { CLIENT_KEY_LENGTH_MAX, CLIENT_KEY_LENGTH_MIN } from '../domain/account.ts'
import { cursorQuery, instantShape, limitQuery, nullable, pageOf } from './api-shapes.ts'

/** 1 to 128 characters, none of them a control character. */
const name = (description: string) =>
  Type.String({ description, minLength: 1, maxLength: 128, pattern: NO_CONTROLS })

const NO_CONTROLS = '^[^\\u0000-\\u001f\\u007f-\\u009f]*$'

/** Addresses and blocks one account may list. */
const ADDRESSES_MAX = 256

const clientKey = Type.Optional(
  Type.String({
    description: `A key of your own choice: ${CLIENT_KEY_LENGTH_MIN} to ${CLIENT_KEY_LENGTH_MAX} characters without "__" and without control characters. Absent: one is made.`,
    minLength: CLIENT_KEY_LENGTH_MIN,
    maxLength: CLIENT_KEY_LENGTH_MAX,
    pattern: NO_CONTROLS,
  }),
)

export const AccountBody = Type.Object(
  {
    id: name('Your own name for the customer, as task records carry it.'),
    name: Type.Optional(name('A name for people.')),
    group: Type.Optional(name('Accounts of one payer share a group. Absent: the account is its own.')),
    clientKey,
    addresses: Type.Optional(
      Type.Array(Type.String({ maxLength: 64 }), {
        description: 'IP addresses and CIDR blocks its keys may report from. Absent or empty: anywhere.',
        maxItems: ADDRESSES_MAX,
      }),
    ),
  },
  { description: 'An account to be made.', additionalProperties: false },
)

export const AccountShape = Type.Object(
  {
    id: Type.String({ description: 'Its id.' }),
    name: nullable(Type.String(), 'A name for people, if one was given.'),
    group: Type.String({ description: 'The payer: accounts of one group count as one voice.' }),
    addresses: Type.Array(Type.String(), { description: 'Where its keys may report from; empty: anywhere.' }),
    createdAt: instantShape('When it was made.'),
  },
  { description: 'A customer.' },
)
export type AccountShape = Static<typeof AccountShape>

export const AccountMade = Type.Object(
  {
    id: Type.String({ description: 'Its id.' }),
    name: nullable(Type.String(), 'A name for people, if one was given.'),
    group: Type.String({ description: 'The payer.' }),
    clientKey: Type.String({ description: 'Its key. Never shown again: only a keyed hash of it is stored.' }),
  },
  { description: 'The account, with its key.' },
)

export const AccountPage = pageOf(AccountShape, 'Accounts in the order in which they were made.')
export const AccountListQuery = Type.Object(
  { cursor: cursorQuery, limit: limitQuery(1_000, 100) },
  { additionalProperties: false },
)
export const AccountParams = Type.Object({ id: name('The account.') })

export const KeyBody = Type.Object(
  { clientKey },
  { description: 'A key to be added.', additionalProperties: false },
)
export type KeyBody = Static<typeof KeyBody>

const keyFields = {
  keyId: Type.String({ description: 'Names the key when it is to be revoked.' }),
  last4: Type.String({ description: 'Its last 4 characters.' }),
  createdAt: instantShape('When it was added.'),
}

export const KeyShape = Type.Object(
  {
    ...keyFields,
    revokedAt: nullable(
      Type.String({ format: 'date-time' }),
      'When it was revoked; null while it is in use.',
    ),
  },
  { description: 'A key, without the key itself.' },
)
export type KeyShape = Static<typeof KeyShape>

export const KeyMade = Type.Object(
  {
    ...keyFields,
    clientKey: Type.String({ description: 'The key. Never shown again: only a keyed hash of it is stored.' }),
  },
  { description: 'The key, shown this once.' },
)
export const KeyPage = pageOf(KeyShape, 'Keys in the order in which they were added.')
export const KeyParams = Type.Object({ id: name('The account.'), keyId: name('The key.') })
