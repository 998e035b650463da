import { HOUR_MS, WEEK_MS } from '../../src/domain/instant.ts'
import type { JudgedReport } from '../../src/domain/verdict.ts'
import type { Fault } from '../../src/simulator/breaks.ts'
import type { Scenario } from '../../src/simulator/scenario.ts'
import { scenarioEvents } from '../../src/simulator/scenario.ts'
import { faultTruths } from '../../src/simulator/truth.ts'
import { BaselineWatch } from '../baselines/watch.ts'
import { DelayCurve } from '../truth/delay-curve.ts'
import { FaultWatch } from '../truth/fault-watch.ts'
import { LeafTasks } from '../truth/leaf-tasks.ts'
import { ChangeMaker } from './change-maker.ts'
import { ModelRun } from './model-run.ts'

/** A bad report, and what really happened to its task. */
export interface KnownReport {
  readonly report: JudgedReport
  readonly rejected: boolean
  /** The fault but for which the task would have been accepted. */
  readonly fault: Fault | null
}

/** Everything that one pass over a scenario's events leaves behind. */
export interface Life {
  readonly scenario: Scenario
  /** One a knob, in the order asked for. */
  readonly models: readonly ModelRun[]
  /** null where nothing is compared with them. */
  readonly baselines: BaselineWatch | null
  readonly leaves: LeafTasks
  readonly faults: readonly FaultWatch[]
  readonly curve: DelayCurve
  /** Bad reports received after the warm-up: all, or every so many-th where there are more than `KNOWN_MAX`. */
  readonly known: readonly KnownReport[]
  readonly tasks: number
  readonly reports: number
  /** Bad reports a week that the whole world brings while nothing is broken: true, not counted. */
  readonly badReportsPerWeek: number
}

const KNOWN_MAX = 4_000

/**
 * Lets models and baselines live through a scenario together, as the service would: a task is known when it was solved, a report when it
 * is received, an action when it is recorded. The events are made once. World and models share no code; this is where they meet.
 */
export function liveThrough(scenario: Scenario, knobs: readonly number[], withBaselines: boolean): Life {
  const { world, faults, until, warmUpUntil } = scenario
  const models = knobs.map((knob) => new ModelRun(knob))
  const baselines = withBaselines ? new BaselineWatch(warmUpUntil) : null
  const named = faults.flatMap(({ where }) => where.flatMap(({ account }) => account ?? []))
  const leaves = new LeafTasks(named)
  const everything: Fault = {
    name: 'everything',
    where: [{}],
    from: warmUpUntil,
    until,
    effect: { kind: 'factor', factor: 1 },
    course: { kind: 'sudden' },
  }
  const [whole, ...truths] = faultTruths(world, [everything, ...faults])
  const watches = truths.map((truth) => new FaultWatch(truth, until))
  const curve = new DelayCurve()
  const sample = new Sample<KnownReport>(KNOWN_MAX)
  const changes = new ChangeMaker()
  let tasks = 0
  let reports = 0

  for (const event of scenarioEvents(scenario)) {
    const change = changes.of(event)
    if (change === null) continue
    for (const model of models) model.apply(change)
    if (change.kind === 'act' || event.kind === 'action') continue
    const { attributes, solvedAt } = change
    const leaf = leaves.leafOf(attributes, change.account)
    if (change.kind === 'task') {
      tasks++
      leaves.count(leaf, solvedAt)
      baselines?.task(attributes, solvedAt)
      for (const watch of watches) watch.task(leaf, solvedAt)
      continue
    }
    reports++
    if (change.claim !== 'bad') continue
    baselines?.badReport(attributes, change.receivedAt)
    curve.add(change.receivedAt - solvedAt)
    for (const watch of watches) watch.badReport(leaf, solvedAt, change.receivedAt)
    if (change.receivedAt >= warmUpUntil)
      sample.add({ report: change, rejected: event.truth.rejected, fault: event.truth.fault })
  }
  return {
    scenario,
    models,
    baselines,
    leaves,
    faults: watches,
    curve,
    known: sample.kept,
    tasks,
    reports,
    badReportsPerWeek: (whole?.healthyReportsPerHour ?? 0) * (WEEK_MS / HOUR_MS),
  }
}

/** Every n-th of a stream, n growing so that a bound is kept: as even over time as the stream. */
class Sample<T> {
  kept: T[] = []
  readonly #max: number
  #every = 1
  #seen = 0

  constructor(max: number) {
    this.#max = max
  }

  add(one: T): void {
    if (this.#seen++ % this.#every !== 0) return
    this.kept.push(one)
    if (this.kept.length < this.#max) return
    this.kept = this.kept.filter((_, index) => index % 2 === 0)
    this.#every *= 2
  }
}
