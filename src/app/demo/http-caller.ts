import { Agent, request } from 'node:http'

/** An answer, its body read as JSON. */
export interface Reply {
  readonly status: number
  readonly body: unknown
}

/** Real HTTP over a bounded number of kept-alive connections. */
export class HttpCaller {
  readonly #url: URL
  readonly #agent: Agent

  constructor(baseUrl: string, connectionsMax: number) {
    this.#url = new URL(baseUrl)
    this.#agent = new Agent({ keepAlive: true, maxSockets: connectionsMax })
  }

  /** @throws Error naming the call, if there is no answer, or none that is JSON */
  async call(
    method: 'GET' | 'POST',
    path: string,
    headers: Record<string, string>,
    body: string,
  ): Promise<Reply> {
    try {
      return await this.#once(method, path, headers, body)
    } catch (error) {
      // A kept connection may close just as it is used; nothing was answered, and every call here may be repeated.
      if (error instanceof StaleConnection) return this.#once(method, path, headers, body)
      throw error
    }
  }

  close(): void {
    this.#agent.destroy()
  }

  #once(method: string, path: string, headers: Record<string, string>, body: string): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const fail = (why: string, cause?: unknown): void =>
        reject(new Error(`${method} ${path} at ${this.#url.origin}: ${why}`, { cause }))
      const call = request(
        new URL(path, this.#url),
        {
          method,
          agent: this.#agent,
          headers: { ...headers, 'content-length': Buffer.byteLength(body) },
          timeout: ANSWER_WITHIN_MS,
        },
        (response) => {
          const pieces: Buffer[] = []
          response.on('data', (piece: Buffer) => pieces.push(piece))
          response.on('error', (error) => fail('the answer broke off', error))
          response.on('end', () => {
            const text = Buffer.concat(pieces).toString('utf8')
            try {
              resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) })
            } catch (error) {
              fail(`status ${response.statusCode} without JSON: ${text.slice(0, 100)}`, error)
            }
          })
        },
      )
      call.on('timeout', () => call.destroy(new Error(`no answer within ${ANSWER_WITHIN_MS / 1_000} s`)))
      call.on('error', (error: NodeJS.ErrnoException) => {
        if (call.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE'))
          reject(new StaleConnection())
        else fail(error.message || String(error.code), error)
      })
      call.end(body)
    })
  }
}

const ANSWER_WITHIN_MS = 30_000

class StaleConnection extends Error {
  override name = 'StaleConnection'
}
