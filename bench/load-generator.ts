import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { LoadPlan, LoadResult } from './load-plan.ts'

/** The benchmark's hold on the load generator's process. */
export interface LoadGenerator {
  /** @throws Error with the generator's own words when a slice cannot be run */
  run(plan: LoadPlan): Promise<LoadResult>
  close(): void
}

export function startLoadGenerator(): LoadGenerator {
  const child = fork(join(import.meta.dirname, 'load.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  return {
    run: (plan) =>
      new Promise((resolve, reject) => {
        const onExit = (code: number | null) => reject(new Error(`the load generator ended with ${code}`))
        child.once('exit', onExit)
        child.once('message', (message: { result?: LoadResult; error?: string }) => {
          child.off('exit', onExit)
          if (message.result === undefined) reject(new Error(message.error))
          else resolve(message.result)
        })
        child.send(plan)
      }),
    close: () => child.disconnect(),
  }
}
