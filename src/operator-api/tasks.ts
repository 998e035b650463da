import { PassThrough } from 'node:stream'
import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { FeedForm } from '../registry/split-items.ts'
import type { FeedTally } from '../registry/task-feed.ts'
import { FEED_LIMITS, FeedBroken, FeedTooLarge, readFeed } from '../registry/read-feed.ts'
import { FEED_MEDIA_TYPES, FeedAnswer, TaskRecordShape } from '../protocol/api-tasks.ts'
import type { OperatorApiDeps } from './deps.ts'
import { answers } from './describe.ts'
import { ApiProblem } from './problem.ts'

/** Feeds that are read at once; each holds a few chunks in memory. */
const FEEDS_MAX = 16

/** Records by what became of them, and feeds under way, since this process began. */
export interface FeedNumbers {
  open: number
  recorded: number
  updated: number
  unchanged: number
  rejected: number
}

export function newFeedNumbers(): FeedNumbers {
  return { open: 0, recorded: 0, updated: 0, unchanged: 0, rejected: 0 }
}

/** The feed: task records, streamed from the socket to the store. */
export function taskRoutes(
  app: FastifyInstance,
  { feed, feedLimits: limits = FEED_LIMITS }: Pick<OperatorApiDeps, 'feed' | 'feedLimits'>,
  numbers: FeedNumbers,
): void {
  // Whatever the body is called, it is handed over unread.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))

  app.post(
    '/tasks',
    {
      schema: {
        operationId: 'feedTasks',
        summary: 'Feed task records',
        description: `NDJSON, or a JSON array; \`content-encoding: gzip\` is understood. At most ${limits.bytesMax / 2 ** 20} MiB unpacked and ${limits.linesMax} lines a request. Feeding is idempotent: after an error, send all of it again.`,
        tags: ['tasks'],
        response: answers({ 200: FeedAnswer }, 'broken-body', 'too-large', 'unsupported-media'),
      },
      config: { documentedBody: feedBody() },
    },
    async (request): Promise<FeedAnswer> => {
      const encoding = encodingOf(request)
      if (numbers.open >= FEEDS_MAX)
        throw new ApiProblem('unavailable', `${FEEDS_MAX} feeds are being read already; try again soon.`)
      numbers.open++
      let tally: FeedTally | null = null
      try {
        tally = await readFeed(bodyOf(request), encoding, feed, limits, formOf(request))
        return { ...tally, rejected: [...tally.rejected] }
      } catch (error) {
        // What the sender still sends is read and thrown away, so that it can read the answer.
        request.raw.unpipe()
        request.raw.resume()
        if (!(error instanceof FeedTooLarge || error instanceof FeedBroken)) throw error
        tally = error.tally
        const problem = error instanceof FeedTooLarge ? 'too-large' : 'broken-body'
        throw new ApiProblem(problem, `${error.message}.`, {
          taken: { ...tally, rejected: tally.rejected.length },
        })
      } finally {
        numbers.open--
        if (tally !== null) count(numbers, tally)
      }
    },
  )
}

/** Who says NDJSON means it: there a line that is an array is one bad line. Else the first byte decides. */
function formOf({ headers }: FastifyRequest): FeedForm {
  return /^application\/x-ndjson\b/i.test(headers['content-type'] ?? '') ? 'lines' : 'lines-or-array'
}

function encodingOf({ headers }: FastifyRequest): 'identity' | 'gzip' {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (encoding === 'identity' || encoding === '') return 'identity'
  if (encoding === 'gzip' || encoding === 'x-gzip') return 'gzip'
  throw new ApiProblem(
    'unsupported-media',
    `content-encoding is ${JSON.stringify(encoding.slice(0, 40))}: gzip, or none.`,
  )
}

/**
 * The body behind a pass-through: a reader that stops early destroys its source, and with the request's own stream the
 * connection would go before the answer is out.
 */
function bodyOf({ raw }: FastifyRequest): Readable {
  const body = new PassThrough({ highWaterMark: 256 * 1024 })
  raw.once('error', (error) => body.destroy(error))
  raw.pipe(body)
  return body
}

function count(numbers: FeedNumbers, tally: FeedTally): void {
  numbers.recorded += tally.recorded
  numbers.updated += tally.updated
  numbers.unchanged += tally.unchanged
  numbers.rejected += tally.rejected.length
}

function feedBody(): object {
  const [lines, array] = FEED_MEDIA_TYPES
  return {
    required: true,
    description: 'One record a line, or an array of records.',
    content: {
      [lines]: { schema: TaskRecordShape },
      [array]: { schema: { type: 'array', items: TaskRecordShape, description: 'Records.' } },
    },
  }
}
