import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerProcess } from './server-process.ts'
import { ROOT, startServer } from './server-process.ts'

export const OPERATOR_TOKEN = 'bench-operator-token-for-the-loopback'

/** An Assay server as a real process, and its operator API. */
export interface AssayServer extends ServerProcess {
  /** @throws Error on any answer that is not 2xx, with the problem's words */
  api<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T>
}

export interface AssayStart {
  readonly ownGroup?: boolean
  readonly env?: Readonly<Record<string, string>>
  readonly onSpawn?: (pid: number) => void
}

/** Starts `assay serve` on a data folder and a free port, and waits until it is ready. */
export async function startAssay(dataDir: string, start: AssayStart = {}): Promise<AssayServer> {
  const server = await startServer({
    args: [join(ROOT, 'bin', 'assay.js'), 'serve'],
    env: {
      ASSAY_HOST: '127.0.0.1',
      ASSAY_PORT: '0',
      ASSAY_DATA: dataDir,
      ASSAY_OPERATOR_TOKEN: OPERATOR_TOKEN,
      ...start.env,
    },
    ownGroup: start.ownGroup ?? false,
    ...(start.onSpawn === undefined ? {} : { onSpawn: start.onSpawn }),
  })
  await untilReady(server)
  return withApi(server)
}

/** The same for a server that was started in another way. */
export function withApi(server: ServerProcess): AssayServer {
  return { ...server, api }

  async function api<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${OPERATOR_TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }
}

/** Asks `/readyz` every few milliseconds until it says 200. */
export async function untilReady(server: ServerProcess, patienceMs = 60_000): Promise<void> {
  const until = performance.now() + patienceMs
  let last = 'no answer'
  while (performance.now() < until) {
    if (server.hasEnded()) throw new Error(`the server ended before it was ready\n${server.output()}`)
    try {
      const response = await fetch(`${server.url}/readyz`)
      last = `${response.status} ${await response.text()}`
      if (response.status === 200) return
    } catch (error) {
      last = (error as Error).message
    }
    await sleep(3)
  }
  throw new Error(`not ready after ${patienceMs} ms: ${last}\n${server.output()}`)
}
