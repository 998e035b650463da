import type { Action, ActionEffect } from '../../domain/action.ts'
import type { Incident } from '../../domain/incident.ts'
import { incidentIdOf } from '../../domain/incident.ts'
import type { DurationMs, Instant } from '../../domain/instant.ts'
import { DAY_MS, WEEK_MS } from '../../domain/instant.ts'
import type { TaskRecord } from '../../domain/task.ts'
import type { TaskId } from '../../domain/task-id.ts'
import type { JudgedReport, Judgement } from '../../domain/verdict.ts'
import { eventsFromFinding } from '../../incidents/from-findings.ts'
import type { IncidentBook } from '../../incidents/incident-book.ts'
import { createIncidentBook } from '../../incidents/incident-book.ts'
import { createModel } from '../model.ts'
import { memoryScratch } from './memory-scratch.ts'
import type { OnProgress } from './replay.ts'
import { Replay } from './replay.ts'
import type { HistoryReport } from './reports.ts'
import type { ScratchSpace } from './scratch.ts'
import type { TaskBatch } from './task-batch.ts'
import type { SorterLimits } from './task-sorter.ts'

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
  /** Where what does not fit into memory goes; memory all the same unless given. */
  readonly scratch?: ScratchSpace
  readonly limits?: SorterLimits
}

/** One thing the team did, as a file of actions tells it. */
export type HistoryAction = Omit<Action, 'id'>

/** A history to be lived through: first all of it is added, in any order; then it runs, once. */
export interface Backtest {
  addTask(record: TaskRecord): void
  /** @returns takes in the batches of one writer, in the order in which it made them */
  batches(): (batch: TaskBatch) => void
  addReport(report: HistoryReport): void
  addAction(action: HistoryAction): void
  /** @throws Error when run twice */
  run(watch?: BacktestWatch): BacktestResult
}

export interface BacktestWatch {
  readonly onProgress?: OnProgress
  /** Told of each report that counts, as it is judged at the end of the history: by when it was received, then by task. */
  readonly onVerdict?: (verdict: ReportVerdict) => void
}

/** What is thought of one report in the end. */
export interface ReportVerdict extends Pick<Judgement, 'verdict' | 'because' | 'incidentId'> {
  readonly taskId: TaskId
}

export interface BacktestResult {
  /** In their final state, by `openedAt`, then by id. */
  readonly incidents: readonly Incident[]
  readonly summary: BacktestSummary
  /** Records that were added, whatever became of them. */
  readonly told: { readonly tasks: number; readonly reports: number }
  /** From the first thing that counted to the last; null if nothing did. */
  readonly span: { readonly from: Instant; readonly to: Instant } | null
  /** By when they were done. */
  readonly actions: readonly { readonly action: Action; readonly effect: ActionEffect }[]
  /** The reports that stand, by what is thought of them. */
  readonly verdicts: VerdictCounts
  /** Bytes that went to scratch. */
  readonly scratchBytes: number
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

export interface VerdictCounts {
  readonly supported: number
  readonly unsupported: number
  readonly undetermined: number
  /** Those that are part of an incident. */
  readonly inIncidents: number
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
  const { falseIncidentsPerWeek, reportWindowMs, limits } = settings
  const model = createModel({ falseIncidentsPerWeek, reportWindowMs })
  const book = createIncidentBook()
  const replay = new Replay({
    reportWindowMs,
    parkedPerAccountMax: settings.parkedPerAccountMax ?? PARKED_PER_ACCOUNT_MAX,
    parkedForMs: settings.parkedForMs ?? PARKED_FOR_MS,
    scratch: settings.scratch ?? memoryScratch(),
    ...(limits !== undefined && { limits }),
  })

  function judge(report: JudgedReport): ReportVerdict {
    const { verdict, because, incidentId } = model.judge(report)
    return { taskId: report.taskId, verdict, because, incidentId: listedId(incidentId, book) }
  }

  return {
    addTask: (record) => replay.addTask(record),
    batches: () => replay.batches(),
    addReport: (report) => replay.addReport(report),
    addAction: (action) => replay.addAction({ id: actionIdOf(action), ...action }),
    run({ onProgress, onVerdict } = {}) {
      const { tasks, reports, span } = replay.run((change) => {
        for (const finding of model.apply(change))
          for (const event of eventsFromFinding(finding, book)) book.apply(event)
      }, onProgress)
      const verdicts = { supported: 0, unsupported: 0, undetermined: 0, inIncidents: 0 }
      for (const report of replay.standing()) {
        const verdict = judge(report)
        verdicts[verdict.verdict]++
        if (verdict.incidentId !== null) verdicts.inIncidents++
        onVerdict?.(verdict)
      }
      const incidents = book.list().toSorted((a, b) => a.openedAt - b.openedAt || (a.id < b.id ? -1 : 1))
      const effects = model.effects()
      const weeks = span === null ? 0 : Math.round(((span.to - span.from) / WEEK_MS) * 1_000) / 1_000
      return {
        incidents,
        summary: { tasks, reports, weeks, incidents: incidents.length },
        told: replay.told,
        span,
        actions: replay
          .actions()
          .map((action) => ({ action, effect: effects.get(action.id) ?? NEVER_ASKED })),
        verdicts,
        scratchBytes: replay.scratchBytes,
      }
    },
  }
}

const NEVER_ASKED: ActionEffect = {
  answer: 'unverifiable',
  hoursLeft: null,
  because: 'No answer is known for this action.',
}

/** The incident under which one is listed: itself, or the one that has absorbed it. */
function listedId(id: string | null, book: IncidentBook): string | null {
  if (id === null) return null
  const into = book.absorbedBy(id)
  return into === null ? id : listedId(into, book)
}

/** Made from what the action says, so that every replay names it the same. */
function actionIdOf({ kind, at, where, note }: HistoryAction): string {
  const pairs = Object.entries(where).sort(([a], [b]) => (a < b ? -1 : 1))
  return incidentIdOf(JSON.stringify([kind, at, pairs, note])).replace('A-', 'act-')
}
