import { setTimeout as sleep } from 'node:timers/promises'
import type { Instant } from '../../domain/instant.ts'
import { DAY_MS, toIso } from '../../domain/instant.ts'
import type { TaskRecord } from '../../domain/task.ts'
import type { ReportEvent, WorldEvent } from '../../simulator/events.ts'
import { worldEvents } from '../../simulator/events.ts'
import { Customers } from './customers.ts'
import type { FastClock } from './fast-clock.ts'
import { HttpCaller } from './http-caller.ts'
import { isFound, Narrator } from './narrator.ts'
import type { SeenIncident } from './operator.ts'
import { Operator } from './operator.ts'
import type { Story } from './story.ts'
import { realMsToNextChapter, speedAt } from './story.ts'

export interface DriveOptions {
  /** Where customers report. */
  readonly url: string
  /** Where the operator goes; the same unless it has a port of its own. */
  readonly adminUrl: string
  readonly operatorToken: string
  /** The clock that the server lives by. It shows the story's start, and stands. */
  readonly clock: FastClock
  readonly story: Story
  /** Real milliseconds, never going back. */
  readonly realNow: () => number
  /** Ends the demo; what is under way is finished. */
  readonly signal: AbortSignal
  readonly log: (line: string) => void
  /** What a person types to look at an incident. */
  readonly howToSee: (incidentId: string) => string
  /** End when the story's own fault has become an incident, instead of going on until `signal`. */
  readonly endWithIncident: boolean
}

/** What was done, and what came of it. */
export interface DriveStatistics {
  readonly tasksFed: number
  readonly reportsAccepted: number
  readonly reportsRefused: Readonly<Record<string, number>>
  readonly reportsRetried: number
  readonly incidents: readonly SeenIncident[]
  /** The first incident that speaks of the story's fault, and how long after the start it was seen, in real milliseconds. */
  readonly found: { readonly incident: SeenIncident; readonly afterRealMs: number } | null
}

/** How often the world is caught up with, in real milliseconds; on a slower server less often. */
const TICK_MS = 150
const LOOK_EVERY_MS = 500
const CONNECTIONS_MAX = 8
/** A demo left running: its world ends some day, so that it cannot go on for ever unseen. */
const WORLD_LASTS_MS = 365 * DAY_MS

/**
 * Plays a story over real HTTP: an operator feeds the tasks as they are solved, customers report when their time has come, each
 * over its own key. A report is sent only once its task has been acknowledged, as in life, where solving comes before using.
 *
 * The clock is slowed while the server lags behind, so a slow machine sees the same story, later.
 * @throws Error if the server refuses what the story does
 */
export async function driveDemo(options: DriveOptions): Promise<DriveStatistics> {
  const { clock, story, realNow, signal, log } = options
  const operatorHttp = new HttpCaller(options.adminUrl, 2)
  const customerHttp = new HttpCaller(options.url, CONNECTIONS_MAX)
  const operator = new Operator(operatorHttp, options.operatorToken)
  const narrator = new Narrator(story, log, options.howToSee)
  const startedAt = realNow()
  try {
    const keys = new Map<string, string>()
    for (const { id } of story.world.accounts) keys.set(id, await operator.addAccount(id))
    const customers = new Customers(customerHttp, keys, CONNECTIONS_MAX)
    const world = new WorldFeed(story)
    const incidents = new Map<string, SeenIncident>()
    let found: DriveStatistics['found'] = null
    let tasksFed = 0
    let tickMs = 0
    let lookAt = 0

    while (!signal.aborted && !(options.endWithIncident && found !== null)) {
      const tickAt = realNow()
      setSpeed(clock, story, tickMs)
      const { tasks, reports } = world.until(clock.now())
      await operator.feed(tasks)
      tasksFed += tasks.length
      await customers.send(reports)
      narrator.catchUp(clock.now(), { tasks: tasksFed, reports: customers.tally.accepted })
      if (tickAt >= lookAt) {
        lookAt = tickAt + LOOK_EVERY_MS
        for (const incident of [...(await operator.incidents())].reverse()) {
          if (incidents.has(incident.id)) continue
          incidents.set(incident.id, incident)
          narrator.incident(incident)
          if (found === null && isFound(incident, story))
            found = { incident, afterRealMs: realNow() - startedAt }
        }
      }
      tickMs = realNow() - tickAt
      const rest = Math.min(TICK_MS - tickMs, realMsToNextChapter(story, clock.now(), clock.speed))
      await pause(rest, signal)
    }
    const { tally } = customers
    return {
      tasksFed,
      reportsAccepted: tally.accepted,
      reportsRefused: Object.fromEntries(tally.refused),
      reportsRetried: tally.retried,
      incidents: [...incidents.values()],
      found,
    }
  } finally {
    clock.speed = 0
    operatorHttp.close()
    customerHttp.close()
  }
}

/** The chapter's speed, or less where the last tick took more than its time. */
function setSpeed(clock: FastClock, story: Story, tickMs: number): void {
  const speed = speedAt(story, clock.now()) * Math.min(1, TICK_MS / Math.max(tickMs, 1))
  if (speed !== clock.speed) clock.speed = speed
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(Math.max(ms, 1), undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** The world's events, taken off as their time comes. */
class WorldFeed {
  readonly #events: Iterator<WorldEvent, void>
  readonly #endsAt: Instant
  #next: WorldEvent | null

  constructor({ world, truth }: Story) {
    this.#endsAt = world.settings.startAt + WORLD_LASTS_MS
    this.#events = worldEvents(world, [truth.fault], this.#endsAt)
    this.#next = this.#take()
  }

  until(now: Instant): { tasks: TaskRecord[]; reports: ReportEvent[] } {
    if (now >= this.#endsAt) throw new RangeError(`the demo's world ended at ${toIso(this.#endsAt)}`)
    const tasks: TaskRecord[] = []
    const reports: ReportEvent[] = []
    for (let event = this.#next; event !== null && event.at <= now; event = this.#next) {
      if (event.kind === 'task') tasks.push(event.record)
      else reports.push(event)
      this.#next = this.#take()
    }
    return { tasks, reports }
  }

  #take(): WorldEvent | null {
    const next = this.#events.next()
    return next.done === true ? null : next.value
  }
}
