import { Worker } from 'node:worker_threads'
import type { VerdictChange } from '../analysis/recent-verdicts.ts'
import type { ActionEffect } from '../domain/action.ts'
import type { Finding } from '../domain/finding.ts'
import type { Instant } from '../domain/instant.ts'
import type { StoredReport } from '../domain/report.ts'
import type { Judgement } from '../domain/verdict.ts'
import type { CounterQuery, CounterRow } from '../store/contract.ts'
import { StoreUnavailable } from '../store/contract.ts'
import type { AnalysisOptions, AnalysisStatus } from './analysis-thread.ts'
import { answerCalls, createCaller } from './rpc.ts'
import { THREAD_LIMITS } from './thread-limits.ts'

/** The main thread's end of the analysis. */
export interface Analysis {
  /** Something was committed: read on soon. Cheap; called after every commit. */
  nudge(): void
  /** Counts that include everything committed up to `atLeast`. */
  quality(query: CounterQuery, atLeast: number, now: Instant): Promise<CounterRow[]>
  /** What is thought of each report, after waiting at most `waitMs` for it to be read; null for one that was not. */
  judge(reports: readonly StoredReport[], waitMs: number): Promise<(Judgement | null)[]>
  /** Whether each action helped, as of position `atLeast` or, after `waitMs`, as far as the analysis has come. */
  effects(atLeast: number, waitMs: number): Promise<ReadonlyMap<string, ActionEffect>>
  status(): Promise<AnalysisStatus>
  /** Ends cleanly, with a snapshot. */
  stop(): Promise<void>
}

/** What the analysis says by itself. */
export interface AnalysisListener {
  /** Stores findings; the analysis goes on once they are stored. */
  readonly onFindings: (findings: readonly Finding[]) => Promise<void>
  /** Told of verdicts that changed. */
  readonly onVerdicts: (changes: readonly VerdictChange[]) => void
  /** Called if the thread fails or ends unasked: reports go on being taken, but nothing is judged. */
  readonly onGone: (error: Error) => void
}

/** Commits are gathered this long before the analysis is woken: a person does not notice, a busy intake does. */
const NUDGE_AFTER_MS = 20

/** Starts the analysis thread. */
export function startAnalysis(
  options: AnalysisOptions,
  { onFindings, onVerdicts, onGone }: AnalysisListener,
): Analysis {
  const worker = new Worker(new URL('./analysis-thread.ts', import.meta.url), {
    workerData: options,
    resourceLimits: THREAD_LIMITS,
  })
  const caller = createCaller(worker)
  answerCalls(worker, { findings: onFindings, verdicts: onVerdicts })
  let stopping = false
  let failed = false
  const gone = (error: Error): void => {
    caller.fail(new StoreUnavailable(`the analysis thread ended: ${error.message}`))
    if (stopping || failed) return
    failed = true
    onGone(error)
  }
  worker.on('error', gone)
  worker.on('exit', (code) => gone(new Error(`exit code ${code}`)))

  let timer: NodeJS.Timeout | null = null
  const advance = (): void => {
    timer = null
    caller.call('advance').catch(gone)
  }
  return {
    nudge() {
      if (timer === null && !stopping && !failed) timer = setTimeout(advance, NUDGE_AFTER_MS)
    },
    quality: (query, atLeast, now) => caller.call<CounterRow[]>('quality', { query, atLeast, now }),
    judge: (reports, waitMs) => caller.call<(Judgement | null)[]>('judge', { reports, waitMs }),
    effects: (atLeast, waitMs) =>
      caller.call<ReadonlyMap<string, ActionEffect>>('effects', { atLeast, waitMs }),
    status: () => caller.call<AnalysisStatus>('status'),
    async stop() {
      if (stopping) return
      stopping = true
      if (timer !== null) clearTimeout(timer)
      if (!failed) await caller.call('stop')
      await worker.terminate()
    },
  }
}
