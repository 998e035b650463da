import { Worker } from 'node:worker_threads'
import type { Finding } from '../domain/finding.ts'
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
  quality(query: CounterQuery, atLeast: number): Promise<CounterRow[]>
  status(): Promise<AnalysisStatus>
  /** Ends cleanly, with a snapshot. */
  stop(): Promise<void>
}

/** Commits are gathered this long before the analysis is woken: a person does not notice, a busy intake does. */
const NUDGE_AFTER_MS = 20

/**
 * Starts the analysis thread.
 * @param onFindings stores findings; the analysis goes on once they are stored
 * @param onGone called if the thread fails or ends unasked: reports go on being taken, but nothing is judged
 */
export function startAnalysis(
  options: AnalysisOptions,
  onFindings: (findings: readonly Finding[]) => Promise<void>,
  onGone: (error: Error) => void,
): Analysis {
  const worker = new Worker(new URL('./analysis-thread.ts', import.meta.url), {
    workerData: options,
    resourceLimits: THREAD_LIMITS,
  })
  const caller = createCaller(worker)
  answerCalls(worker, { findings: onFindings })
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
    quality: (query, atLeast) => caller.call<CounterRow[]>('quality', { query, atLeast }),
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
