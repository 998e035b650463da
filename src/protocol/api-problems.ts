import type { Static } from 'typebox'
import { Type } from 'typebox'

/** One kind of refusal of the operator API. */
export interface ProblemRow {
  readonly status: number
  /** The problem in a few words, the same each time. */
  readonly title: string
  /** When it happens and what to do, for the docs. */
  readonly meaning: string
}

/** Every problem the operator API answers with (RFC 9457). docs/api.md shows this table. */
export const PROBLEMS = {
  invalid: {
    status: 400,
    title: 'The request is not valid',
    meaning:
      'A parameter or a field of the body is missing, unknown or out of range, or the body is not JSON; `detail` names it and says what is allowed.',
  },
  'broken-body': {
    status: 400,
    title: 'The feed broke off',
    meaning:
      'Its bytes could not be unpacked, or ended early. What `taken` counts stays; sending everything again is harmless.',
  },
  unauthorized: {
    status: 401,
    title: 'The token is missing or wrong',
    meaning: 'Send `Authorization: Bearer <operator token>`.',
  },
  'not-found': {
    status: 404,
    title: 'There is no such thing',
    meaning: 'No such path, or nothing with this id; `detail` says which.',
  },
  conflict: {
    status: 409,
    title: 'It contradicts what is there',
    meaning:
      'An id or key is taken, an Idempotency-Key was used for something else, or an incident is settled already. Nothing was changed.',
  },
  'too-large': {
    status: 413,
    title: 'The body is too large',
    meaning:
      'It is over its limit. Of a feed, what `taken` counts stays; send the rest in further requests, or all of it: feeding is idempotent.',
  },
  'unsupported-media': {
    status: 415,
    title: 'The media type is not supported',
    meaning:
      'The Content-Type or Content-Encoding is none that this path takes; `detail` lists those it takes.',
  },
  'too-wide': {
    status: 422,
    title: 'The question is too wide',
    meaning: 'The answer would read or hold more than one request may; `detail` says how to narrow it.',
  },
  internal: {
    status: 500,
    title: 'A fault of Assay',
    meaning: 'A bug of ours. `instance` is the id of the request in the log, where the cause stands.',
  },
  unavailable: {
    status: 503,
    title: 'Not available now',
    meaning:
      'The store or the analysis cannot answer now, or too much is under way. Nothing was changed; the same request may succeed later.',
  },
} as const satisfies Readonly<Record<string, ProblemRow>>

export type ProblemName = keyof typeof PROBLEMS

/** Where the server gives docs/api.md. */
export const API_GUIDE_PATH = '/api/v1/docs/api.md'

/** Where a problem is explained: a path, so that it leads to the docs of the installation that was asked. */
export function problemType(name: ProblemName): string {
  return `${API_GUIDE_PATH}#${name}`
}

const count = (description: string) => Type.Integer({ description, minimum: 0 })

/** Media type `application/problem+json`. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'Where this kind of problem is explained: a path of this server.' }),
    title: Type.String({ description: 'The problem in a few words, the same each time.' }),
    status: Type.Integer({ description: 'The HTTP status, again.', minimum: 400, maximum: 599 }),
    detail: Type.String({ description: 'What was wrong this time, and what is allowed.' }),
    instance: Type.String({ description: 'The id of this request, which the log has as `reqId`.' }),
    taken: Type.Optional(
      Type.Object(
        {
          received: count('Records read before it stopped.'),
          recorded: count('New tasks among them.'),
          updated: count('Tasks that settled.'),
          unchanged: count('Tasks that were known just so.'),
          rejected: count('Records refused.'),
        },
        { description: 'Of a feed that stopped early: what had been taken in by then, and stays.' },
      ),
    ),
  },
  { description: 'An error (RFC 9457).' },
)
export type Problem = Static<typeof Problem>
