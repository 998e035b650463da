import { ACCOUNTS, accountOf, clientKey, reportOrder, taskIds } from './world.ts'
import type { World } from './world.ts'

/** Requests as bytes, built before the clock starts: one buffer, request i at `offsets[i]`..`offsets[i + 1]`. */
export interface Requests {
  readonly bytes: Buffer
  readonly offsets: Uint32Array
  readonly count: number
}

const REQUEST_BYTES_MAX = 320

/**
 * Builds reports `from`..`from + count` of a world, each about another task and with its owner's key: what a JSON client
 * sends, with the headers that every client sends.
 */
export function buildReports(world: World, from: number, count: number): Requests {
  if (from + count > world.tasks)
    throw new RangeError(`reports ${from}..${from + count} of a world of ${world.tasks} tasks`)
  const idAt = taskIds(world)
  const indexAt = reportOrder(world)
  const starts = Array.from(
    { length: ACCOUNTS },
    (_, account) => `{"clientKey":"${clientKey(account)}","taskId":`,
  )
  const bytes = Buffer.allocUnsafe(count * REQUEST_BYTES_MAX)
  const offsets = new Uint32Array(count + 1)
  let at = 0
  for (let i = 0; i < count; i++) {
    const index = indexAt(from + i)
    const body = `${starts[accountOf(index)]}${idAt(index)}}`
    at += bytes.write(
      'POST /reportIncorrectTokenCaptcha HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n' +
        `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      at,
      'latin1',
    )
    offsets[i + 1] = at
  }
  return { bytes, offsets, count }
}
