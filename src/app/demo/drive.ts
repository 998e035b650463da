import { setTimeout as sleep } from 'node:timers/promises'
import type { Instant } from '../../domain/instant.ts'
import { toIso } from '../../domain/instant.ts'
import type { TaskRecord } from '../../domain/task.ts'
import type { ReportEvent } from '../../simulator/events.ts'
import type { ActionEvent, ScenarioEvent } from '../../simulator/scenario.ts'
import { scenarioEvents } from '../../simulator/scenario.ts'
import { Customers } from './customers.ts'
import type { FastClock } from './fast-clock.ts'
import { HttpCaller } from './http-caller.ts'
import { Narrator } from './narrator.ts'
import type { SeenIncident } from './operator.ts'
import { Operator } from './operator.ts'
import type { Page } from './page.ts'
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
  readonly page: Page
  /** End when everything has been shown, instead of going on until `signal`. */
  readonly endWithShow: boolean
}

/** What was done, and what came of it. */
export interface DriveStatistics {
  readonly tasksFed: number
  readonly reportsAccepted: number
  readonly reportsRefused: Readonly<Record<string, number>>
  readonly reportsRetried: number
  readonly incidents: readonly SeenIncident[]
  /** Of each thing that broke, the incident that tells it as it is; null if none does. */
  readonly found: readonly (SeenIncident | null)[]
  /** The first answer to each action, in the order of the story; null if there is none yet. */
  readonly answers: readonly (string | null)[]
  /** When the show was over, in real milliseconds from the start; null if it was stopped before. */
  readonly shownAfterRealMs: number | null
}

/** How often the world is caught up with, in real milliseconds; on a slower server less often. */
const TICK_MS = 50
const LOOK_EVERY_MS = 500
const CONNECTIONS_MAX = 8
/**
 * Plays a story over real HTTP: an operator feeds the tasks as they are solved, customers report when their time has come, each
 * over its own key. A report is sent only once its task has been acknowledged, as in life, where solving comes before using.
 *
 * The clock is slowed while the server lags behind, so a slow machine sees the same story, later.
 * @throws Error if the server refuses what the story does
 */
export async function driveDemo(options: DriveOptions): Promise<DriveStatistics> {
  const { clock, story, realNow, signal, page } = options
  const operatorHttp = new HttpCaller(options.adminUrl, 2)
  const customerHttp = new HttpCaller(options.url, CONNECTIONS_MAX)
  const operator = new Operator(operatorHttp, options.operatorToken)
  const narrator = new Narrator(story, page)
  const startedAt = realNow()
  try {
    const keys = new Map<string, string>()
    for (const { id } of story.scenario.world.accounts) keys.set(id, await operator.addAccount(id))
    const customers = new Customers(customerHttp, keys, CONNECTIONS_MAX)
    const world = new WorldFeed(story)
    let shownAfterRealMs: number | null = null
    let tasksFed = 0
    let tickMs = 0
    let lookAt = 0

    while (!signal.aborted && !(options.endWithShow && shownAfterRealMs !== null)) {
      const tickAt = realNow()
      setSpeed(clock, story, tickMs)
      const { tasks, reports, actions } = world.until(clock.now())
      await operator.feed(tasks)
      tasksFed += tasks.length
      await customers.send(reports)
      narrator.catchUp(clock.now(), { tasks: tasksFed, reports: customers.tally.accepted })
      for (const { action } of actions) narrator.acted(action, await operator.act(action))
      if (tickAt >= lookAt) {
        lookAt = tickAt + LOOK_EVERY_MS
        narrator.look(
          (await operator.incidents()).toReversed(),
          narrator.waitsForAnswers ? await operator.actions() : [],
          clock.now(),
        )
        if (shownAfterRealMs === null && clock.now() >= story.showEndsAt) {
          shownAfterRealMs = realNow() - startedAt
          narrator.sumUp(clock.now())
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
      incidents: narrator.incidents,
      found: narrator.found,
      answers: narrator.answers,
      shownAfterRealMs,
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
  readonly #events: Iterator<ScenarioEvent, void>
  readonly #endsAt: Instant
  #next: ScenarioEvent | null

  constructor({ scenario }: Story) {
    this.#endsAt = scenario.until
    this.#events = scenarioEvents(scenario)
    this.#next = this.#take()
  }

  until(now: Instant): { tasks: TaskRecord[]; reports: ReportEvent[]; actions: ActionEvent[] } {
    if (now >= this.#endsAt) throw new RangeError(`the demo's world ended at ${toIso(this.#endsAt)}`)
    const tasks: TaskRecord[] = []
    const reports: ReportEvent[] = []
    const actions: ActionEvent[] = []
    for (let event = this.#next; event !== null && event.at <= now; event = this.#next) {
      if (event.kind === 'task') tasks.push(event.record)
      else if (event.kind === 'report') reports.push(event)
      else actions.push(event)
      this.#next = this.#take()
    }
    return { tasks, reports, actions }
  }

  #take(): ScenarioEvent | null {
    const next = this.#events.next()
    return next.done === true ? null : next.value
  }
}
