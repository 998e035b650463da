import { cpSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { startAssay } from './assay-server.ts'
import { startPostgres } from './postgres.ts'
import { cpuTimeUs, treeCpuTimeUs } from './process-facts.ts'
import type { ServerProcess } from './server-process.ts'
import { startServer } from './server-process.ts'
import type { World } from './world.ts'

/** `assay-judging` has a long log to judge, all the time; `assay-unjudged` has no analysis at all. */
export type ContenderName = 'net' | 'echo' | 'assay' | 'assay-judging' | 'assay-unjudged' | 'express-pg'

/** A server that takes part in the comparison. All are alive during the whole run; one at a time is under load. */
export interface Contender {
  readonly name: ContenderName
  readonly server: ServerProcess
  /** CPU time used so far by everything that serves it, in microseconds. */
  cpuUs(): number
  /** Reports 0..reported-1 of the world have been sent to it. */
  reported: number
  /** Whether each report must be about another task, since a second one is answered without the work of a first. */
  readonly countsOnce: boolean
  /** Called before and after each of its slices: for one that would not be idle in between. */
  readonly wake?: () => void
  readonly rest?: () => void
  close(): Promise<void>
}

export interface ContenderOptions {
  readonly names: readonly ContenderName[]
  readonly world: World
  /** Assay's data, fed. */
  readonly dataDir: string
  /** Reports that Assay has taken in earlier runs on the same data. */
  readonly reported: number
  /** A folder for PostgreSQL, directly below one that everybody may enter. */
  readonly scratch: string
}

/** Starts them in order; closes those that are there if one of them fails. */
export async function startContenders(options: ContenderOptions): Promise<Contender[]> {
  const contenders: Contender[] = []
  try {
    for (const name of options.names) contenders.push(await START[name](options))
    return contenders
  } catch (error) {
    for (const contender of contenders) await contender.close()
    throw error
  }
}

const START: Record<ContenderName, (options: ContenderOptions) => Promise<Contender>> = {
  net: () => startPlain('net', 'net-server.ts'),
  echo: () => startPlain('echo', 'echo.ts'),
  assay: ({ dataDir, reported }) => startOurs('assay', dataDir, reported),
  'assay-judging': async ({ dataDir, reported }) => {
    // Without what it knew, the analysis begins with the first change.
    for (const file of readdirSync(dataDir))
      if (file === 'analysis.snapshot' || file.startsWith('counters.sqlite')) rmSync(join(dataDir, file))
    const ours = await startOurs('assay-judging', dataDir, reported)
    const { pid } = ours.server
    const wake = (): boolean => process.kill(pid, 'SIGCONT')
    // Stopped whole while others are measured: it would take their processor, and come to the end of its log.
    const rest = (): boolean => process.kill(pid, 'SIGSTOP')
    rest()
    return { ...ours, wake, rest, close: () => (wake(), ours.close()) }
  },
  'assay-unjudged': async ({ dataDir, reported, scratch }) => {
    const copy = join(scratch, 'unjudged')
    cpSync(dataDir, copy, { recursive: true })
    const preload = join(import.meta.dirname, 'without-analysis.ts')
    return startOurs('assay-unjudged', copy, reported, { NODE_OPTIONS: `--import ${preload}` })
  },
  'express-pg': async ({ scratch }) => {
    const postgres = await startPostgres(scratch)
    try {
      const server = await startServer({
        args: [join(import.meta.dirname, 'express-pg.ts')],
        env: { BENCH_DATABASE_URL: postgres.url },
      })
      return {
        name: 'express-pg',
        server,
        cpuUs: () => cpuTimeUs(server.pid) + treeCpuTimeUs(postgres.pid),
        reported: 0,
        countsOnce: true,
        close: async () => {
          await server.kill()
          await postgres.stop()
        },
      }
    } catch (error) {
      await postgres.stop()
      throw error
    }
  },
}

async function startOurs(
  name: ContenderName,
  dataDir: string,
  reported: number,
  env: Record<string, string> = {},
): Promise<Contender> {
  const server = await startAssay(dataDir, { env })
  return {
    name,
    server,
    cpuUs: () => cpuTimeUs(server.pid),
    reported,
    countsOnce: true,
    close: async () => {
      const code = await server.stop()
      if (code !== 0) throw new Error(`SIGTERM ended Assay with ${code}\n${server.output()}`)
    },
  }
}

async function startPlain(name: 'net' | 'echo', file: string): Promise<Contender> {
  const server = await startServer({ args: [join(import.meta.dirname, file)] })
  return {
    name,
    server,
    cpuUs: () => cpuTimeUs(server.pid),
    reported: 0,
    countsOnce: false,
    close: () => server.kill(),
  }
}
