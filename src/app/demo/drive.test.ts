import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { Clock } from '../../domain/instant.ts'
import { HOUR_MS, toIso } from '../../domain/instant.ts'
import type { TaskRecord } from '../../domain/task.ts'
import { taskClassOf } from '../../domain/task-class.ts'
import type { DemoOptions, DemoServer } from './run-demo.ts'
import { runDemo } from './run-demo.ts'

/**
 * A server with the demo's four calls and the plainest judgement there is: an incident as soon as one site has had more reports in
 * an hour than in any five hours before. It checks what a real one would refuse.
 */
async function startPlainServer(
  clock: Clock,
  complaints: string[],
): Promise<DemoServer & { reports: number[] }> {
  const token = 'operator-token-of-the-test'
  const keys = new Map<string, string>()
  const tasks = new Map<number, TaskRecord>()
  const reported = new Set<number>()
  const hours = new Map<string, number[]>()
  const incidents: unknown[] = []
  const reports: number[] = []
  let failsNext = true

  const takeReport = (path: string, clientKey: string, taskId: number): object => {
    const task = tasks.get(taskId)
    if (task === undefined) complaints.push(`a report came before its task ${taskId}`)
    else if (keys.get(task.account) !== clientKey)
      complaints.push(`${taskId} reported with a key not its own`)
    else if (reported.has(taskId)) complaints.push(`${taskId} reported twice`)
    else if (task.solvedAt === null || clock.now() < task.solvedAt)
      complaints.push(`${taskId} was not solved`)
    else if (path !== '/reportCorrectRecaptcha') {
      const image = path === '/reportIncorrectImageCaptcha'
      if (image !== (taskClassOf(task.type, new Map()) === 'image'))
        complaints.push(`${task.type} on ${path}`)
      judge(task)
    }
    reported.add(taskId)
    reports.push(clock.now())
    return { errorId: 0, status: 'success' }
  }
  const judge = (task: TaskRecord): void => {
    const cell = `${task.type} ${task.site}`
    const hour = Math.floor(clock.now() / HOUR_MS)
    const counts = hours.get(cell) ?? []
    hours.set(cell, counts)
    counts[hour] = (counts[hour] ?? 0) + 1
    const usual = Math.max(...counts.slice(0, hour).filter((count) => count > 0), 0)
    if (counts.filter((count) => count > 0).length < 40 || incidents.length > 0) return
    if ((counts[hour] as number) > 1.4 * usual)
      incidents.push({
        id: 'A-PLAIN',
        situation: 'regression',
        where: { type: task.type, site: task.site },
        openedAt: toIso(clock.now()),
        onset: { at: toIso(clock.now()), from: toIso(clock.now() - HOUR_MS), to: toIso(clock.now()) },
        ratio: { estimate: 5 },
        reports: counts[hour],
        accounts: 3,
        state: 'open',
        because: 'more than ever.',
      })
  }

  const server = createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    }
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (piece: string) => (text += piece))
    request.on('end', () => {
      const path = request.url ?? ''
      if (path.startsWith('/api/') && request.headers.authorization !== `Bearer ${token}`)
        return answer(401, {})
      if (path === '/api/v1/accounts') {
        const { id } = JSON.parse(text) as { id: string }
        keys.set(id, `key-of-${id}-0123456789`)
        return answer(201, { id, clientKey: keys.get(id) })
      }
      if (path === '/api/v1/tasks') {
        const records = text.split('\n').map((line) => JSON.parse(line) as TaskRecord)
        for (const record of records) {
          if ((record.solvedAt ?? record.issuedAt ?? Infinity) > clock.now())
            complaints.push('a task of the future')
          tasks.set(record.taskId as number, record)
        }
        return answer(200, { received: records.length, recorded: records.length, rejected: [] })
      }
      if (path.startsWith('/api/v1/incidents')) return answer(200, { items: incidents, next: null })
      if (failsNext) {
        failsNext = false
        return answer(503, { errorId: 1, errorCode: 'ERROR_SERVICE_UNAVAILABLE' })
      }
      const body = JSON.parse(text) as { clientKey: string; taskId: number }
      return answer(200, takeReport(path, body.clientKey, body.taskId))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    adminUrl: url,
    operatorToken: token,
    reports,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

// Real time stands still while the world is busy and leaps when it waits: ten times faster than a person would watch.
function hurriedTime(): () => number {
  return () => performance.now() * 10
}

function options(complaints: string[], lines: string[], signal: AbortSignal): DemoOptions {
  return {
    startServer: (clock) => startPlainServer(clock, complaints),
    seed: 7,
    today: Date.UTC(2026, 10, 25, 13),
    realNow: hurriedTime(),
    signal,
    log: (line) => lines.push(line),
    howToSee: (id, { url }) => `look at ${url}/api/v1/incidents/${id}`,
    endWithIncident: true,
  }
}

test('the demo plays a world over HTTP until the break is an incident', async () => {
  const complaints: string[] = []
  const lines: string[] = []
  const done = await runDemo(options(complaints, lines, AbortSignal.timeout(60_000)))
  assert.deepEqual(complaints, [])
  assert.ok(done.found, lines.join('\n'))
  assert.equal(done.reportsRetried, 1)
  assert.deepEqual(done.reportsRefused, {})
  assert.ok(done.tasksFed > 200_000, `${done.tasksFed} tasks`)
  assert.ok(done.reportsAccepted > 1_000, `${done.reportsAccepted} reports`)
  const story = lines.join('\n')
  assert.match(story, /Mon 00:00 {2}12 sites, 3 task types, 30 customers/)
  assert.match(story, /Wed 09:00 {2}\S+ rejects 10 times as many \w+ tokens as before/)
  assert.match(story, /incident A-PLAIN \(regression\) opened after \d+ reports from 3 customers/)
  assert.match(story, /in truth: it began Wed 09:00, \d+ minutes before/)
})

test('a stopped demo ends at once and closes its server', async () => {
  const complaints: string[] = []
  const lines: string[] = []
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 300)
  const began = performance.now()
  const done = await runDemo(options(complaints, lines, stop.signal))
  assert.equal(done.found, null)
  assert.ok(performance.now() - began < 5_000)
})

test('a server that refuses the feed ends the demo with its words', async () => {
  const refusing = createServer((request, response) => {
    request.resume()
    const made = request.url === '/api/v1/accounts'
    response.writeHead(made ? 201 : 413, { 'content-type': 'application/json' })
    response.end(JSON.stringify(made ? { clientKey: 'k'.repeat(16) } : { detail: 'too much of it' }))
  })
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`
  const close = (): Promise<void> => new Promise((resolve) => refusing.close(() => resolve()))
  const startServer = async (): Promise<DemoServer> => ({ url, adminUrl: url, operatorToken: 't', close })
  await assert.rejects(
    runDemo({ ...options([], [], AbortSignal.timeout(10_000)), startServer }),
    /status 413.*too much of it/,
  )
})
