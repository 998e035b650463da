import type { DurationMs } from '../../domain/instant.ts'
import { DAY_MS, WEEK_MS } from '../../domain/instant.ts'
import type { TaskRecord } from '../../domain/task.ts'
import { eventsFromFinding } from '../../incidents/from-findings.ts'
import { createIncidentBook } from '../../incidents/incident-book.ts'
import type { IncidentWire } from '../../incidents/to-wire.ts'
import { toWire } from '../../incidents/to-wire.ts'
import { Replay } from './replay.ts'
import type { HistoryReport } from './reports.ts'
import { createModel } from '../model.ts'

export type { HistoryReport } from './reports.ts'

export interface BacktestSettings {
  /** The knob of the analysis, > 0. */
  readonly falseIncidentsPerWeek: number
  /** How long after `solvedAt` a claim is accepted. */
  readonly reportWindowMs: DurationMs
  /** Reports that wait for their task, per account; the service's own bound unless given. */
  readonly parkedPerAccountMax?: number
  /** How long they wait; a day, as in the service, unless given. */
  readonly parkedForMs?: DurationMs
}

/** A history to be lived through: first all of it is added, in any order; then it runs, once. */
export interface Backtest {
  addTask(record: TaskRecord): void
  addReport(report: HistoryReport): void
  /** @throws Error when run twice */
  run(watch?: BacktestWatch): BacktestResult
}

export interface BacktestWatch {
  /** Told now and then how much of the history is done, in [0, 1]. */
  readonly onProgress?: (share: number) => void
}

/** An incident in its final state, as the API would give it. */
export type BacktestIncident = IncidentWire

export interface BacktestResult {
  /** By `openedAt`, then by id. */
  readonly incidents: readonly BacktestIncident[]
  readonly summary: BacktestSummary
}

export interface BacktestSummary {
  /** Tasks that were issued. */
  readonly tasks: number
  /** Claims that counted, a changed one once more. */
  readonly reports: number
  /** From the first thing that counted to the last, to three decimals. */
  readonly weeks: number
  readonly incidents: number
}

// The service's own (app/service.ts).
const PARKED_PER_ACCOUNT_MAX = 1_000
const PARKED_FOR_MS = DAY_MS

/**
 * What Assay would have said, had it been there: the same judgement and the same incidents as live, over the change log that a history
 * comes to (replay.ts). The same records in another order, in other files or told twice give the same bytes.
 * @throws RangeError for settings outside their ranges
 */
export function createBacktest(settings: BacktestSettings): Backtest {
  const { falseIncidentsPerWeek, reportWindowMs } = settings
  const model = createModel({ falseIncidentsPerWeek, reportWindowMs })
  const book = createIncidentBook()
  const replay = new Replay({
    reportWindowMs,
    parkedPerAccountMax: settings.parkedPerAccountMax ?? PARKED_PER_ACCOUNT_MAX,
    parkedForMs: settings.parkedForMs ?? PARKED_FOR_MS,
  })
  return {
    addTask: (record) => replay.addTask(record),
    addReport: (report) => replay.addReport(report),
    run({ onProgress } = {}) {
      const { tasks, reports, span } = replay.run((change) => {
        for (const finding of model.apply(change))
          for (const event of eventsFromFinding(finding, book)) book.apply(event)
      }, onProgress)
      const incidents = book
        .list()
        .toSorted((a, b) => a.openedAt - b.openedAt || (a.id < b.id ? -1 : 1))
        .map(toWire)
      const weeks = span === null ? 0 : Math.round(((span.to - span.from) / WEEK_MS) * 1_000) / 1_000
      return { incidents, summary: { tasks, reports, weeks, incidents: incidents.length } }
    },
  }
}
