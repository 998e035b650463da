import { createBacktest } from '../../src/analysis/backtest/backtest.ts'
import { restoreModel } from '../../src/analysis/model.ts'
import type { Change, ReportChange, TaskChange } from '../../src/domain/change.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { DAY_MS, HOUR_MS } from '../../src/domain/instant.ts'
import type { TaskId } from '../../src/domain/task-id.ts'
import { shuffled } from '../../src/simulator/draws.ts'
import { Random } from '../../src/simulator/random.ts'
import type { Scenario } from '../../src/simulator/scenario.ts'
import { scenarioEvents } from '../../src/simulator/scenario.ts'
import { keyOf } from '../truth/places.ts'
import { ChangeMaker } from './change-maker.ts'
import { ModelRun, settingsOf } from './model-run.ts'

const DISORDER_MS = HOUR_MS
const KNOB = 1

/** Whether a history, told or lived through in another way, came to the same. */
export interface SameAgain {
  readonly replay: boolean
  readonly disorder: boolean
  readonly restart: boolean
  /** After the restart every finding was the same, byte for byte: more than is asked. */
  readonly restartBytes: boolean
}

/** Goal 13: the same history told in another order, with its feed an hour in disorder, and with a restart in the middle. */
export function liveAgain(scenario: Scenario, seed: number): SameAgain {
  const random = Random.of(seed)
  const changes = [...changesOf(scenario)]
  const straight = live(changes)
  const there = straight.book.list()
  const { restarted, isSame } = withRestart(changes, straight)
  return {
    replay: isReplayEqual(scenario, random.split('replay')),
    disorder: areSame(there, live(inDisorder(changes, random.split('disorder'))).book.list()),
    restart: areSame(there, restarted.book.list()),
    restartBytes: isSame,
  }
}

function* changesOf(scenario: Scenario): Generator<TaskChange | ReportChange> {
  const maker = new ChangeMaker()
  for (const event of scenarioEvents(scenario)) {
    const change = maker.of(event)
    if (change !== null && change.kind !== 'act') yield change
  }
}

function live(changes: readonly Change[]): ModelRun {
  const run = new ModelRun(KNOB)
  for (const change of changes) run.apply(change)
  return run
}

function withRestart(
  changes: readonly Change[],
  straight: ModelRun,
): { restarted: ModelRun; isSame: boolean } {
  const middle = Math.floor(changes.length / 2)
  const before = live(changes.slice(0, middle))
  const restarted = new ModelRun(KNOB, restoreModel(settingsOf(KNOB), before.model.snapshot()), before.book)
  for (const change of changes.slice(middle)) restarted.apply(change)
  const said = JSON.stringify([...before.findings, ...restarted.findings])
  return { restarted, isSame: said === JSON.stringify(straight.findings) }
}

/**
 * The feed comes up to an hour late, each task by itself; a report that comes before its task is known waits for it, as the service
 * lets it.
 */
function inDisorder(changes: readonly (TaskChange | ReportChange)[], random: Random): Change[] {
  const knownAt = new Map<TaskId, number>()
  const arrivals = changes.map((change) => {
    if (change.kind === 'task') {
      const at = change.solvedAt + random.uniform() * DISORDER_MS
      knownAt.set(change.taskId, at)
      return { at, change }
    }
    const known = knownAt.get(change.taskId) ?? 0
    if (known <= change.receivedAt) return { at: change.receivedAt, change }
    return { at: known, change: { ...change, flags: ['early' as const] } }
  })
  // Stable, so a report that waited still follows its task.
  return arrivals
    .toSorted((a, b) => a.at - b.at)
    .map(({ change }, index): Change => ({ ...change, seq: index + 1 }))
}

function isReplayEqual(scenario: Scenario, random: Random): boolean {
  const records = [...scenarioEvents(scenario)]
  const orders = [records.map((_, index) => index), shuffled(random, records.length)]
  const [one, other] = orders.map((order) => {
    const backtest = createBacktest({ falseIncidentsPerWeek: KNOB, reportWindowMs: DAY_MS })
    for (const index of order) {
      const event = records[index]
      if (event?.kind === 'task') backtest.addTask(event.record)
      else if (event?.kind === 'report') backtest.addReport(event.record)
    }
    return JSON.stringify(backtest.run())
  })
  return one === other
}

/** Situation and place the same, onsets overlapping; each of one list with one of the other. */
export function areSame(some: readonly Incident[], others: readonly Incident[]): boolean {
  if (some.length !== others.length) return false
  const left = [...others]
  return some.every((one) => {
    const at = left.findIndex(
      (other) =>
        other.situation === one.situation &&
        keyOf(other.where) === keyOf(one.where) &&
        other.onset.from <= one.onset.to &&
        one.onset.from <= other.onset.to,
    )
    if (at === -1) return false
    left.splice(at, 1)
    return true
  })
}
