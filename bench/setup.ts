import { spawn, spawnSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { OPERATOR_TOKEN, untilReady, withApi } from './assay-server.ts'
import type { AssayServer } from './assay-server.ts'
import { readFlags } from './flags.ts'
import { less, medianFigure, publish } from './results.ts'
import { withScratch } from './scratch.ts'
import { follow, ROOT } from './server-process.ts'
import { spreadOf } from './spread.ts'

/**
 * What a newcomer waits for: a bare clone of what is committed here, `npm start`, an account, a task, and the first report accepted.
 * The download is left out: the clone is given our node_modules.
 */
const ROUNDS = 3
const flags = readFlags(process.argv.slice(2))
const cloneMs: number[] = []
const serveMs: number[] = []
const totalMs: number[] = []
for (let round = 0; round < ROUNDS; round++) await withScratch(run)
publish('setup', flags.date, { rounds: ROUNDS }, [
  medianFigure('bare clone to first accepted report', 's', inSeconds(totalMs), less(60, 20)),
  medianFigure('of it the clone', 's', inSeconds(cloneMs)),
  medianFigure('of it npm start until ready', 's', inSeconds(serveMs)),
])

function inSeconds(ms: number[]) {
  return spreadOf(ms.map((value) => value / 1000))
}

async function run(scratch: string): Promise<void> {
  const clone = join(scratch, 'assay')
  const startedAt = performance.now()
  const cloned = spawnSync('git', ['clone', '--quiet', '--no-hardlinks', ROOT, clone], { encoding: 'utf8' })
  if (cloned.status !== 0) throw new Error(`git clone: ${cloned.stderr}`)
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'))
  const clonedAt = performance.now()

  // npm, its shell and the door are processes of their own: their group is ended as one.
  const child = spawn('npm', ['start'], {
    cwd: clone,
    env: { ...process.env, ASSAY_PORT: '0', ASSAY_OPERATOR_TOKEN: OPERATOR_TOKEN },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const server = withApi(await follow(child, { ownGroup: true }))
  try {
    await untilReady(server)
    const readyAt = performance.now()
    await reportFirst(server)
    const acceptedAt = performance.now()
    cloneMs.push(clonedAt - startedAt)
    serveMs.push(readyAt - clonedAt)
    totalMs.push(acceptedAt - startedAt)
  } finally {
    await server.kill()
  }
}

async function reportFirst(server: AssayServer): Promise<void> {
  const { clientKey } = await server.api<{ clientKey: string }>('POST', '/accounts', { id: 'acme' })
  const task = {
    taskId: 7_654_321,
    account: 'acme',
    type: 'TurnstileTask',
    site: 'shop.example',
    solver: '3.8.1',
    status: 'ready',
    solvedAt: new Date().toISOString(),
  }
  const { recorded } = await server.api<{ recorded: number }>('POST', '/tasks', [task])
  if (recorded !== 1) throw new Error(`the first task was not recorded\n${server.output()}`)
  const response = await fetch(`${server.url}/reportIncorrectTokenCaptcha`, {
    method: 'POST',
    body: JSON.stringify({ clientKey, taskId: task.taskId }),
  })
  const answer = await response.text()
  if (answer !== '{"errorId":0,"status":"success"}')
    throw new Error(`the first report was answered ${answer}`)
}
