import { parentPort } from 'node:worker_threads'
import { answerCalls } from '../src/app/rpc.ts'

/** Stands in for the analysis thread (without-analysis.ts): answers the calls that reports cause, and does nothing. */
if (parentPort === null) throw new Error('idle-analysis.ts is started as a thread')
answerCalls(parentPort, { advance: () => undefined, status: () => ({ cursor: 0 }), stop: () => undefined })
