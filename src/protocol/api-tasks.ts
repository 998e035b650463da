import type { Static } from 'typebox'
import { Type } from 'typebox'
import { words } from './api-shapes.ts'

/** What a feed may be sent as: lines, or one array. */
export const FEED_MEDIA_TYPES = ['application/x-ndjson', 'application/json'] as const

const name = (description: string) => Type.String({ description, minLength: 1, maxLength: 128 })
const instant = (description: string) =>
  Type.Union([Type.String({ format: 'date-time' }), Type.Integer()], {
    description: `${description} ISO 8601 with an offset, or integer milliseconds since 1970.`,
  })

/** For the documents: the feed itself is decoded by hand (registry/decode.ts), at a far higher rate than any other request. */
export const TaskRecordShape = Type.Object(
  {
    taskId: Type.Union([Type.Integer({ minimum: 1 }), Type.String({ minLength: 1, maxLength: 64 })], {
      description:
        'The id your customer got, unique in an installation: an integer from 1 to 2^53-1, the same as its decimal string, or another opaque string.',
    }),
    account: name('Whose task it is.'),
    type: name('The task type, e.g. TurnstileTask.'),
    site: Type.String({
      description: 'Where the result is used: a host of at most 253 characters; a URL is cut to its host.',
      maxLength: 4_096,
    }),
    solver: name('What produced the result, e.g. its version.'),
    region: Type.Optional(name('Where it was produced.')),
    labels: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: 'At most 8 names and values of your own, each of at most 128 characters.',
        maxProperties: 8,
      }),
    ),
    status: words(['processing', 'ready', 'failed'], 'Only a ready task was issued and can be reported.'),
    solvedAt: Type.Optional(instant('When it was solved; a ready task has it.')),
    issuedAt: Type.Optional(instant('When it was taken on; a task without solvedAt has it.')),
  },
  {
    description: 'A task. Other fields are ignored, and nothing of them is kept.',
    examples: [
      {
        taskId: 7654321,
        account: 'acme',
        type: 'TurnstileTask',
        site: 'shop.example',
        solver: '3.8.1',
        region: 'eu-1',
        labels: { pool: 'b' },
        status: 'ready',
        solvedAt: '2026-11-23T10:00:00.000Z',
      },
    ],
  },
)

const count = (description: string) => Type.Integer({ description, minimum: 0 })

export const FeedAnswer = Type.Object(
  {
    received: count('Items read; the four others add up to it, `rejected` by its length.'),
    recorded: count('New tasks.'),
    updated: count('Known tasks that settled.'),
    unchanged: count('Tasks that were known just so: sending them again is harmless.'),
    rejected: Type.Array(
      Type.Object({
        line: Type.Integer({
          description: 'Line of the NDJSON, or item of the array, counted from 1.',
          minimum: 1,
        }),
        reason: words(
          ['malformed', 'unknown-account', 'conflict', 'too-old', 'future'],
          'Which rule it broke.',
        ),
        detail: Type.String({ description: 'Which field, what is wrong with it, what is allowed.' }),
      }),
      { description: 'Items refused; they spoil no other.' },
    ),
  },
  { description: 'What became of the items.' },
)
export type FeedAnswer = Static<typeof FeedAnswer>
