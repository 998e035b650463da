import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..')

/** A server that was started as a real process and has printed where it listens. */
export interface ServerProcess {
  readonly pid: number
  readonly port: number
  readonly url: string
  /** What it printed last, at most 16 kB: for the message when something goes wrong. */
  output(): string
  /** SIGTERM, then waits. @returns the exit code; @throws Error if it has not ended within 20 s */
  stop(): Promise<number | null>
  /** SIGKILL to it, or to its process group if it has its own, then waits. */
  kill(): Promise<void>
  /** True once it has ended, however. */
  hasEnded(): boolean
}

export interface ServerStart {
  /** Script and arguments, run under the Node that runs us. */
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** In a process group of its own, so that all of it can be killed at once. */
  readonly ownGroup?: boolean
  /** How long it may take until it prints its URL. */
  readonly patienceMs?: number
  /** Called as soon as there is a process, before it listens. */
  readonly onSpawn?: (pid: number) => void
}

const OUTPUT_MAX = 16_384
const STOP_PATIENCE_MS = 20_000
const running = new Set<ChildProcess>()

// Nothing outlives the benchmark: what it started, and only that, it kills by pid.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))

/** Starts a server and waits for its line with `http://127.0.0.1:PORT`. */
export function startServer(start: ServerStart): Promise<ServerProcess> {
  const child = spawn(process.execPath, start.args, {
    cwd: start.cwd ?? ROOT,
    env: { ...process.env, ...start.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: start.ownGroup ?? false,
  })
  return follow(child, start)
}

/** Waits until a process that has just been spawned says where it listens. */
export function follow(child: ChildProcess, start: Omit<ServerStart, 'args'>): Promise<ServerProcess> {
  running.add(child)
  let output = ''
  const gone = new Promise<number | null>((resolve) =>
    child.once('close', (code) => {
      running.delete(child)
      resolve(code)
    }),
  )
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${why}\n${output}`))
    const patience = setTimeout(() => {
      child.kill('SIGKILL')
      fail('the server has not said where it listens')
    }, start.patienceMs ?? 60_000)
    child.once('error', (error) => fail(error.message))
    void gone.then((code) => {
      clearTimeout(patience)
      fail(`the server ended with ${code ?? child.signalCode} before it listened`)
    })
    const listen = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-OUTPUT_MAX)
      const match = /http:\/\/127\.0\.0\.1:(\d+)/.exec(output)
      if (match === null) return
      clearTimeout(patience)
      child.stdout?.off('data', listen).on('data', keep)
      child.stderr?.off('data', listen).on('data', keep)
      resolve(handle(Number(match[1]), match[0]))
    }
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-OUTPUT_MAX)
    }
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    if (child.pid !== undefined) start.onSpawn?.(child.pid)
  })

  function handle(port: number, url: string): ServerProcess {
    const pid = child.pid
    if (pid === undefined) throw new Error('a server that listens has a pid')
    return {
      pid,
      port,
      url,
      output: () => output,
      stop: async () => {
        child.kill('SIGTERM')
        const late = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS)
        const code = await gone
        clearTimeout(late)
        if (child.signalCode === 'SIGKILL') throw new Error(`SIGTERM did not end the server\n${output}`)
        return code
      },
      kill: async () => {
        if (!hasEnded()) process.kill(start.ownGroup ? -pid : pid, 'SIGKILL')
        await gone
      },
      hasEnded,
    }
  }

  function hasEnded(): boolean {
    return child.exitCode !== null || child.signalCode !== null
  }
}
