import { parentPort } from 'node:worker_threads'
import type { Job } from './jobs.ts'
import { doJob } from './jobs.ts'

/** One thread of the score: a job comes in, its result goes out. */
parentPort?.on('message', (job: Job) => parentPort?.postMessage(doJob(job)))
