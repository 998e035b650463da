import { Agent, request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { OPERATOR_TOKEN } from './assay-server.ts'
import { taskLines } from './world.ts'
import type { World } from './world.ts'

/** Rows in one request: about 2 MB, far below what a request may hold. */
export const ROWS_PER_REQUEST = 10_000
/** Requests under way at once: while one is being committed the next one is read. */
const REQUESTS_AT_ONCE = 2

export type FeedEncoding = 'identity' | 'gzip'

/** Bodies of requests for tasks `from`..`to`, built before the clock starts. */
export function buildFeed(world: World, from: number, to: number, encoding: FeedEncoding): Buffer[] {
  const bodies: Buffer[] = []
  for (let start = from; start < to; start += ROWS_PER_REQUEST) {
    const text = Buffer.from(taskLines(world, start, Math.min(to, start + ROWS_PER_REQUEST)))
    bodies.push(encoding === 'gzip' ? gzipSync(text) : text)
  }
  return bodies
}

/**
 * Sends bodies to `POST /api/v1/tasks`, two at a time.
 * @returns tasks recorded
 * @throws Error when an answer is not 200, or a row was not recorded, with the server's words
 */
export async function feed(port: number, bodies: readonly Buffer[], encoding: FeedEncoding): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: REQUESTS_AT_ONCE })
  const queue = bodies.values()
  let recorded = 0
  const worker = async (): Promise<void> => {
    for (const body of queue) {
      const answer = await post(agent, port, body, encoding)
      if (answer.recorded !== answer.received)
        throw new Error(
          `of ${answer.received} rows ${answer.recorded} were recorded: ${JSON.stringify(answer).slice(0, 500)}`,
        )
      recorded += answer.recorded
    }
  }
  try {
    await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, worker))
  } finally {
    agent.destroy()
  }
  return recorded
}

interface FeedAnswer {
  readonly received: number
  readonly recorded: number
}

function post(agent: Agent, port: number, body: Buffer, encoding: FeedEncoding): Promise<FeedAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: '/api/v1/tasks',
        headers: {
          authorization: `Bearer ${OPERATOR_TOKEN}`,
          'content-type': 'application/x-ndjson',
          'content-length': body.length,
          ...(encoding === 'gzip' ? { 'content-encoding': 'gzip' } : {}),
        },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('error', reject)
        response.on('end', () => {
          if (response.statusCode === 200) resolve(JSON.parse(text) as FeedAnswer)
          else reject(new Error(`feed: ${response.statusCode} ${text.slice(0, 500)}`))
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
