import { fork } from 'node:child_process'
import { on } from 'node:events'
import { join } from 'node:path'
import type { LoadPlan, LoadResult } from './load-plan.ts'

type Message = { readonly started: true } | { readonly result: LoadResult } | { readonly error: string }

/** The benchmark's hold on the load generator's process. */
export interface LoadGenerator {
  /**
   * Runs one slice; one at a time.
   * @param onStart called when its requests are built, its connections stand and load begins
   * @throws Error with the generator's own words when a slice cannot be run
   */
  run(plan: LoadPlan, onStart?: () => void): Promise<LoadResult>
  close(): void
}

export function startLoadGenerator(): LoadGenerator {
  const child = fork(join(import.meta.dirname, 'load.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const ended = new AbortController()
  child.once('exit', () => ended.abort(new Error('the load generator ended')))
  return {
    run: async (plan, onStart) => {
      child.send(plan)
      for await (const [message] of on(child, 'message', { signal: ended.signal })) {
        const heard = message as Message
        if ('result' in heard) return heard.result
        if ('error' in heard) throw new Error(heard.error)
        onStart?.()
      }
      throw new Error('the load generator said nothing')
    },
    close: () => child.disconnect(),
  }
}
