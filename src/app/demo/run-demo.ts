import type { Clock, Instant } from '../../domain/instant.ts'
import { DAY_MS, WEEK_MS } from '../../domain/instant.ts'
import type { DriveStatistics } from './drive.ts'
import { driveDemo } from './drive.ts'
import { FastClock } from './fast-clock.ts'
import type { Page } from './page.ts'
import { demoSettings, threeSituations } from './story.ts'

/** A server that lives by the demo's clock. */
export interface DemoServer {
  readonly url: string
  readonly adminUrl: string
  readonly operatorToken: string
  close(): Promise<void>
}

export interface DemoOptions {
  readonly startServer: (clock: Clock) => Promise<DemoServer>
  readonly seed: number | string
  /** What day it is: the story takes place in the days before it. */
  readonly today: Instant
  /** Real milliseconds from any beginning, never going back. */
  readonly realNow: () => number
  readonly signal: AbortSignal
  readonly page: Page
  /** Told once the server runs, before anything happens. */
  readonly onServer: (server: DemoServer) => void
  /** End when everything has been shown, instead of going on until `signal`. */
  readonly endWithShow: boolean
}

/** Instant 0 was a Thursday. */
const MONDAY_MS = 4 * DAY_MS
const QUIET_DAYS = 2

/** The last Monday that lies two days back: always a Monday, so that a seed tells the same story whatever the date. */
function startOf(today: Instant): Instant {
  return Math.floor((today - QUIET_DAYS * DAY_MS - MONDAY_MS) / WEEK_MS) * WEEK_MS + MONDAY_MS
}

/** Starts a server under a clock of its own, plays the story on it, and closes it. */
export async function runDemo(options: DemoOptions): Promise<DriveStatistics> {
  const startAt = startOf(options.today)
  const story = threeSituations(demoSettings(options.seed, startAt))
  const clock = new FastClock(startAt, 0, options.realNow)
  const server = await options.startServer(clock)
  try {
    options.onServer(server)
    return await driveDemo({
      url: server.url,
      adminUrl: server.adminUrl,
      operatorToken: server.operatorToken,
      clock,
      story,
      realNow: options.realNow,
      signal: options.signal,
      page: options.page,
      endWithShow: options.endWithShow,
    })
  } finally {
    await server.close()
  }
}
