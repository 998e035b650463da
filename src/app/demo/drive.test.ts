import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { Where } from '../../domain/incident.ts'
import type { Clock } from '../../domain/instant.ts'
import { HOUR_MS, toIso } from '../../domain/instant.ts'
import type { TaskRecord } from '../../domain/task.ts'
import { taskClassOf } from '../../domain/task-class.ts'
import type { Fault } from '../../simulator/breaks.ts'
import type { DriveStatistics } from './drive.ts'
import { driveDemo } from './drive.ts'
import { FastClock } from './fast-clock.ts'
import type { DemoServer } from './run-demo.ts'
import { runDemo } from './run-demo.ts'
import type { Story } from './story.ts'
import { Page } from './page.ts'
import { demoSettings, threeSituations } from './story.ts'

/** A server with the demo's calls, which checks what a real one would refuse. It judges nothing: it knows the story's first fault. */
async function startStubServer(clock: Clock, fault: Fault, complaints: string[]): Promise<DemoServer> {
  const token = 'operator-token-of-the-test'
  const keys = new Map<string, string>()
  const tasks = new Map<number, TaskRecord>()
  const reported = new Set<number>()
  const incidents: { id: string; history: object[]; [field: string]: unknown }[] = []
  const actions: { id: string; effect: object }[] = []
  const broken = new Set<string>()
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
      look(task)
    }
    reported.add(taskId)
    return { errorId: 0, status: 'success' }
  }
  const look = (task: TaskRecord): void => {
    const where = fault.where[0] as Where
    if (task.site !== where.site || task.type !== where.type || (task.solvedAt ?? 0) < fault.from) return
    broken.add(task.account)
    if (incidents.length > 0) return
    incidents.push({
      id: 'A-STUB',
      situation: 'regression',
      where,
      openedAt: toIso(clock.now()),
      onset: { at: toIso(fault.from), from: toIso(fault.from - HOUR_MS), to: toIso(fault.from) },
      ratio: { estimate: 5 },
      reports: 8,
      accounts: broken.size,
      state: 'open',
      because: 'the stub knows the story.',
      history: [{ at: toIso(clock.now()), event: 'opened', reports: 8 }],
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
      if (path === '/api/v1/actions' && request.method === 'POST') {
        const { at } = JSON.parse(text) as { at: string }
        if (Date.parse(at) > clock.now()) complaints.push('an action of the future')
        // The first answer is "no", as the story has it.
        const [said, event] =
          actions.length === 0 ? ['no-change', 'not-fixed'] : ['helped', 'confirmed-fixed']
        const id = `act-${actions.length + 1}`
        actions.push({ id, effect: { answer: said, hoursLeft: null, because: '' } })
        incidents[0]?.history.push(
          { at, event: 'action', action: id },
          { at, event, because: 'The stub says so.' },
        )
        return answer(201, { id })
      }
      if (path.startsWith('/api/v1/actions')) return answer(200, { items: actions, next: null })
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
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

const startAt = Date.UTC(2026, 10, 23)

/** The demo's story with a tenth of its traffic, told in a few seconds. */
function quickStory(): Story {
  const usual = demoSettings(7, startAt)
  const story = threeSituations({
    ...usual,
    traffic: { ...usual.traffic, volume: { kind: 'bad-reports', perWeek: 2_400 } },
  })
  return {
    ...story,
    chapters: [
      { from: startAt, speed: 40_000 },
      { from: firstFault(story).from - HOUR_MS, speed: 5_000 },
    ],
  }
}

function firstFault({ truths: [first] }: Story): Fault {
  assert.ok(first)
  return first.fault
}

async function drive(
  story: Story,
  startServer: (clock: Clock) => Promise<DemoServer>,
  signal: AbortSignal,
): Promise<{ done: DriveStatistics; lines: string[] }> {
  const lines: string[] = []
  const realNow = (): number => performance.now()
  const clock = new FastClock(startAt, 0, realNow)
  const server = await startServer(clock)
  try {
    const done = await driveDemo({
      ...server,
      clock,
      story,
      realNow,
      signal,
      page: new Page((line) => lines.push(line), { columns: 200, blocks: false, colour: false }),
      endWithShow: true,
    })
    return { done, lines }
  } finally {
    await server.close()
  }
}

test('the demo plays a world over HTTP: what breaks, what the team does, what comes of it', async () => {
  const complaints: string[] = []
  const story = quickStory()
  const { done, lines } = await drive(
    story,
    (clock) => startStubServer(clock, firstFault(story), complaints),
    AbortSignal.timeout(60_000),
  )
  const told = lines.join('\n')
  assert.deepEqual(complaints, [])
  assert.deepEqual(
    done.found.map((incident) => incident?.id ?? null),
    ['A-STUB', null, null],
    told,
  )
  assert.deepEqual(done.answers, ['no-change', 'helped'])
  assert.ok(done.shownAfterRealMs !== null)
  assert.equal(done.reportsRetried, 1)
  assert.deepEqual(done.reportsRefused, {})
  assert.ok(done.tasksFed > (story.scenario.world.tasksPerWeek * 2) / 7, `${done.tasksFed} tasks`)
  assert.ok(done.reportsAccepted > 150, `${done.reportsAccepted} reports`)
  for (const line of [
    /Mon 00:00 {2}world {2}12 sites, 4 task types, 32 customers/,
    /Wed 09:00 {2}world {2}\S+ rejects 10 times as many \w+ solutions as before/,
    /Assay {2}Regression\. the stub knows the story\./,
    /\(True since Wed 09:00, \d+ minutes before\. It is told right\.\)/,
    /incident show A-STUB/,
    /Wed 10:05 {2}team {3}A model-update for .*"longer tokens"/,
    /A-STUB is not fixed\. The stub says so\./,
    /Did "longer tokens" help\? No\./,
    /A-STUB is confirmed fixed\./,
    /Did "new fingerprint" help\? Yes\./,
    /1\. From Wed 09:00 /,
    /told as regression \(A-STUB\), \d+ minutes and 8 reports later/,
    /No other incident was announced\./,
  ])
    assert.match(told, line)
})

test('a stopped demo ends, and closes its server', async () => {
  const story = quickStory()
  const signal = AbortSignal.timeout(300)
  const { done } = await drive(story, (clock) => startStubServer(clock, firstFault(story), []), signal)
  assert.equal(done.shownAfterRealMs, null)
  assert.deepEqual(done.found, [null, null, null])
})

test('a server that refuses the feed ends the demo with its words, and is closed', async () => {
  let closed = false
  const refusing = createServer((request, response) => {
    request.resume()
    const made = request.url === '/api/v1/accounts'
    response.writeHead(made ? 201 : 413, { 'content-type': 'application/json' })
    response.end(JSON.stringify(made ? { clientKey: 'k'.repeat(16) } : { detail: 'too much of it' }))
  })
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`
  const close = async (): Promise<void> => {
    closed = true
    await new Promise<void>((resolve) => refusing.close(() => resolve()))
  }
  await assert.rejects(
    runDemo({
      startServer: async () => ({ url, adminUrl: url, operatorToken: 'token', close }),
      seed: 7,
      today: startAt,
      realNow: () => performance.now(),
      signal: AbortSignal.timeout(30_000),
      page: new Page(() => undefined, { columns: 80, blocks: false, colour: false }),
      onServer: () => undefined,
      endWithShow: true,
    }),
    /status 413.*too much of it/,
  )
  assert.ok(closed)
})
