import { syncBuiltinESMExports } from 'node:module'
import workerThreads from 'node:worker_threads'

/**
 * Loaded before a server: the same service in everything, but its analysis thread does nothing. There is no such setting, since nobody
 * wants it but a benchmark that asks what the analysis costs.
 */
if (workerThreads.isMainThread) {
  const { Worker } = workerThreads
  workerThreads.Worker = class extends Worker {
    constructor(file: string | URL, options?: workerThreads.WorkerOptions) {
      const isAnalysis = String(file).endsWith('/analysis-thread.ts')
      super(isAnalysis ? new URL('./idle-analysis.ts', import.meta.url) : file, options)
    }
  }
  syncBuiltinESMExports()
}
