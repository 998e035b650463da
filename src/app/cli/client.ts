import { existsSync, readFileSync } from 'node:fs'
import { readConfig } from '../config.ts'
import { operatorTokenPath } from '../secrets.ts'

export interface FeedRejection {
  readonly line: number
  readonly reason: string
  readonly detail: string
}

export interface FeedAnswer {
  readonly received: number
  readonly recorded: number
  readonly updated: number
  readonly unchanged: number
  readonly rejected: readonly FeedRejection[]
}

/** The command line's way to a running server: the same documented API that everyone else uses. */
export interface ApiClient {
  readonly url: string
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
  /** Feeds task records, one JSON object a line. */
  feed(lines: string): Promise<FeedAnswer>
}

/**
 * @throws Error in plain words when there is no token to be found; later calls throw when the server cannot be reached or
 *   refuses, with the problem's own detail
 */
export function connect(configFile: string | null): ApiClient {
  const config = readConfig(process.env, configFile)
  const port = config.adminPort ?? config.port
  const url = (
    process.env.ASSAY_URL ?? `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`
  ).replace(/\/$/, '')
  const tokenPath = operatorTokenPath(config.dataDir)
  const token =
    config.operatorToken ?? (existsSync(tokenPath) ? readFileSync(tokenPath, 'utf8').trim() : null)
  if (token === null)
    throw new Error(
      `no operator token: set ASSAY_OPERATOR_TOKEN, or run where ${tokenPath} is (it is made by the first \`assay serve\`)`,
    )

  const request = async (path: string, init: RequestInit): Promise<Response> => {
    let response: Response
    try {
      response = await fetch(`${url}${path}`, {
        ...init,
        headers: { ...init.headers, authorization: `Bearer ${token}` },
      })
    } catch (error) {
      const cause = (error as Error).cause
      const reason =
        cause instanceof Error
          ? cause.message || (cause as NodeJS.ErrnoException).code
          : (error as Error).message
      throw new Error(
        `no server answers at ${url} (${reason}); start one with \`npm start\`, or set ASSAY_URL`,
        { cause: error },
      )
    }
    if (!response.ok) throw new Error(await describeProblem(response, path))
    return response
  }
  return {
    url,
    get: async (path) => (await request(path, {})).json() as never,
    post: async (path, body) =>
      (
        await request(path, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
      ).json() as never,
    feed: async (lines) =>
      (
        await request('/api/v1/tasks', {
          method: 'POST',
          headers: { 'content-type': 'application/x-ndjson' },
          body: lines,
        })
      ).json() as never,
  }
}

async function describeProblem(response: Response, path: string): Promise<string> {
  const text = await response.text()
  try {
    const problem = JSON.parse(text) as { title?: string; detail?: string }
    return `${path}: ${response.status} ${problem.title ?? ''}${problem.detail === undefined ? '' : `: ${problem.detail}`}`
  } catch {
    return `${path}: ${response.status} ${text.slice(0, 200)}`
  }
}
