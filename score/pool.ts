import { Worker } from 'node:worker_threads'
import type { Job, JobResult } from './jobs.ts'

/**
 * Does jobs side by side, each thread one at a time, in the order given. Which thread does what changes nothing: a job is its seed.
 * @param onDone told of each result as it comes in
 * @throws whatever a job threw, named
 */
export async function doJobs(
  jobs: readonly Job[],
  threads: number,
  onDone: (job: Job, result: JobResult, done: number) => void,
): Promise<JobResult[]> {
  const results: JobResult[] = []
  let next = 0
  let done = 0
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('worker.ts', import.meta.url))
    try {
      while (next < jobs.length) {
        const index = next++
        const job = jobs[index] as Job
        const result = await ask(worker, job)
        results[index] = result
        onDone(job, result, ++done)
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: Math.min(threads, jobs.length) }, work))
  return results
}

function ask(worker: Worker, job: Job): Promise<JobResult> {
  return new Promise((resolve, reject) => {
    const onMessage = (result: JobResult): void => {
      worker.off('error', onError)
      resolve(result)
    }
    const onError = (error: Error): void => {
      worker.off('message', onMessage)
      reject(new Error(`${job.family}, seed ${job.seed}: ${error.message}`, { cause: error }))
    }
    worker.once('message', onMessage)
    worker.once('error', onError)
    worker.postMessage(job)
  })
}
