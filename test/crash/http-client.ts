import { Agent, request } from 'node:http'

export interface HttpAnswer {
  readonly status: number
  readonly text: string
}

/** Keep-alive requests that end in an answer or, when the server is gone, in null: what a client knows after a kill. */
export interface HttpClient {
  post(path: string, body: string, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer | null>
  close(): void
}

export function openHttpClient(port: number): HttpClient {
  const agent = new Agent({ keepAlive: true })
  return {
    post: (path, body, headers = {}) =>
      new Promise((resolve) => {
        const outgoing = request(
          {
            agent,
            host: '127.0.0.1',
            port,
            method: 'POST',
            path,
            headers: {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(body),
              ...headers,
            },
          },
          (response) => {
            let text = ''
            response.setEncoding('utf8')
            response.on('data', (chunk: string) => (text += chunk))
            response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
            // Half an answer is none.
            response.on('error', () => resolve(null))
          },
        )
        outgoing.on('error', () => resolve(null))
        outgoing.end(body)
      }),
    close: () => agent.destroy(),
  }
}
