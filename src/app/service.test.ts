import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { pino } from 'pino'
import { readConfig } from './config.ts'
import type { Service } from './service.ts'
import { startService } from './service.ts'

let dataDir: string
let services: Service[]
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'assay-service-'))
  services = []
})
afterEach(async () => {
  for (const service of services) await service.close()
  rmSync(dataDir, { recursive: true })
})

const NOW = Date.UTC(2026, 10, 23, 12)
const silent = pino({ level: 'silent' })

async function start(env: NodeJS.ProcessEnv = {}): Promise<Service> {
  const config = readConfig({ ASSAY_DATA: dataDir, ASSAY_PORT: '0', ...env }, null)
  const service = await startService({ config, clock: { now: () => NOW }, log: silent })
  services.push(service)
  return service
}

function api(service: Service, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${service.adminUrl}/api/v1${path}`, {
    ...init,
    headers: { authorization: `Bearer ${service.operatorToken}`, ...init.headers },
  })
}

async function json(service: Service, path: string, body?: unknown): Promise<never> {
  const init =
    body === undefined
      ? {}
      : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  return (await api(service, path, init)).json() as never
}

async function report(service: Service, clientKey: string, taskId: unknown): Promise<unknown> {
  const response = await fetch(`${service.url}/reportIncorrectTokenCaptcha`, {
    method: 'POST',
    body: JSON.stringify({ clientKey, taskId }),
  })
  return response.json()
}

const task = (taskId: number, account: string): object => ({
  taskId,
  account,
  type: 'TurnstileTask',
  site: 'shop.example',
  solver: '3.8.1',
  status: 'ready',
  solvedAt: NOW - 60_000,
})

const SUCCESS = { errorId: 0, status: 'success' }

describe('a service', () => {
  test('takes a task and a report, and shows both at once, also after a restart', async () => {
    const first = await start()
    assert.ok(first.isEmpty && first.tokenIsNew)
    const { clientKey } = (await json(first, '/accounts', { id: 'acme' })) as { clientKey: string }
    const fed = await api(first, '/tasks', {
      method: 'POST',
      body: `${JSON.stringify(task(7, 'acme'))}\n`,
      headers: { 'content-type': 'application/x-ndjson' },
    })
    assert.deepEqual(await fed.json(), { received: 1, recorded: 1, updated: 0, unchanged: 0, rejected: [] })
    assert.deepEqual(await report(first, clientKey, 7), SUCCESS)
    const check = async (service: Service): Promise<void> => {
      const { items } = (await json(service, '/quality?by=site')) as {
        items: { exposure: number; reports: number }[]
      }
      assert.deepEqual(
        items.map(({ exposure, reports }) => [exposure, reports]),
        [[1, 1]],
      )
      const list = (await json(service, '/reports?account=acme')) as {
        items: { taskId: number; claim: string }[]
      }
      assert.deepEqual(
        list.items.map(({ taskId, claim }) => [taskId, claim]),
        [[7, 'bad']],
      )
    }
    await check(first)
    await first.close()

    const second = await start()
    assert.ok(!second.isEmpty && !second.tokenIsNew)
    assert.deepEqual(await report(second, clientKey, '7'), SUCCESS)
    await check(second)
    const { outcomes, total } = (await json(second, '/outcomes')) as {
      outcomes: Record<string, number>
      total: number
    }
    assert.deepEqual([outcomes.recorded, outcomes.repeated, total], [1, 1, 2])
  })

  test('says what it thinks of a report and of an action, and holds counts against what is expected', async () => {
    const service = await start()
    const { clientKey } = (await json(service, '/accounts', { id: 'acme' })) as { clientKey: string }
    const lines = Array.from({ length: 40 }, (_, i) => JSON.stringify(task(i + 1, 'acme'))).join('\n')
    await api(service, '/tasks', {
      method: 'POST',
      body: lines,
      headers: { 'content-type': 'application/x-ndjson' },
    })
    await report(service, clientKey, 7)
    const ask = async (): Promise<Record<string, unknown>> => {
      const answer = await fetch(`${service.url}/getReportStatus`, {
        method: 'POST',
        body: JSON.stringify({ clientKey, taskId: 7 }),
      })
      return (await answer.json()) as Record<string, unknown>
    }
    // Whoever asks at once may be told that it has not been read; a question to /quality waits until it has.
    const early = await ask()
    assert.deepEqual([early.status, early.verdict], ['recorded', 'undetermined'])
    await json(service, '/quality')
    let status = await ask()
    // A machine that is short of time may not give the analysis its turn within a second: then it is asked again.
    while (/has not read/.test(String(status.because))) status = await ask()
    assert.deepEqual(Object.keys(status), ['errorId', 'status', 'claim', 'receivedAt', 'verdict', 'because'])
    assert.equal(status.verdict, 'undetermined')
    const one = (await json(service, '/reports/7')) as { verdict: string; incidentId: string | null }
    assert.deepEqual([one.verdict, one.incidentId], ['undetermined', null])

    const action = {
      kind: 'solver-release',
      at: NOW - 1_000,
      where: { type: 'TurnstileTask', solver: '3.8.1' },
    }
    const { id, effect } = (await json(service, '/actions', action)) as {
      id: string
      effect: { answer: string }
    }
    // Nothing was wrong there, which cannot be told before the analysis has heard of it.
    assert.ok(['too-early', 'unverifiable'].includes(effect.answer), effect.answer)
    const { items } = (await json(service, '/actions')) as { items: { id: string }[] }
    assert.deepEqual(
      items.map((item) => item.id),
      [id],
    )

    const quality = (await json(service, '/quality')) as {
      items: { exposure: number; expected: number; maturity: number }[]
    }
    const [row] = quality.items
    assert.equal(row?.exposure, 40)
    assert.ok(row.expected > 0 && row.maturity > 0 && row.maturity < 1, JSON.stringify(row))
    await service.close()
    const again = await start()
    assert.deepEqual(await json(again, '/quality'), quality)
    await again.close()

    // Folded anew from the log: the same counts, held against what the model expects by now.
    for (const end of ['', '-wal', '-shm']) rmSync(join(dataDir, `counters.sqlite${end}`), { force: true })
    const anew = (await json(await start(), '/quality')) as typeof quality
    assert.equal(anew.items[0]?.exposure, 40)
    assert.equal(anew.items[0]?.maturity, row.maturity)
    assert.ok((anew.items[0]?.expected ?? 0) > 0)
  })

  test('counts every request on a report path once', async () => {
    const service = await start()
    const { clientKey } = (await json(service, '/accounts', { id: 'acme' })) as { clientKey: string }
    await report(service, clientKey, 5)
    await report(service, 'a wrong key that is long enough', 5)
    await report(service, clientKey, 'x'.repeat(65))
    await fetch(`${service.url}/reportIncorrectTokenCaptcha`)
    await fetch(`${service.url}/reportIncorrectImageCaptcha`, { method: 'POST', body: 'no json' })
    await fetch(`${service.url}/nowhere`, { method: 'POST', body: '{}' })
    const { outcomes, total } = (await json(service, '/outcomes')) as {
      outcomes: Record<string, number>
      total: number
    }
    assert.equal(total, 5)
    assert.deepEqual(
      [outcomes['unknown-task'], outcomes['bad-key'], outcomes.method, outcomes.malformed],
      [2, 1, 1, 1],
    )
  })

  test('runs twice in one process, each for itself', async () => {
    const one = await start()
    const otherDir = mkdtempSync(join(tmpdir(), 'assay-service-'))
    const other = await start({ ASSAY_DATA: otherDir })
    await json(one, '/accounts', { id: 'acme' })
    const { items } = (await json(other, '/accounts')) as { items: unknown[] }
    assert.deepEqual(items, [])
    await other.close()
    rmSync(otherDir, { recursive: true })
  })

  test('keeps operators off the public port when they have one of their own', async () => {
    const service = await start({ ASSAY_ADMIN_PORT: '0' })
    assert.notEqual(service.url, service.adminUrl)
    assert.equal(
      (
        await fetch(`${service.url}/api/v1/outcomes`, {
          headers: { authorization: `Bearer ${service.operatorToken}` },
        })
      ).status,
      404,
    )
    assert.equal((await fetch(`${service.url}/metrics`)).status, 404)
    assert.equal((await fetch(`${service.url}/readyz`)).status, 200)
    assert.equal((await fetch(`${service.adminUrl}/metrics`)).status, 200)
    assert.equal(
      (await fetch(`${service.adminUrl}/reportIncorrectTokenCaptcha`, { method: 'POST', body: '{}' })).status,
      404,
    )
  })

  test('says which port is in use, and leaves nothing open', async () => {
    const service = await start()
    const { port } = new URL(service.url)
    const otherDir = mkdtempSync(join(tmpdir(), 'assay-service-'))
    await assert.rejects(
      start({ ASSAY_DATA: otherDir, ASSAY_PORT: port }),
      /port \d+ on 127\.0\.0\.1 is in use; set ASSAY_PORT/,
    )
    rmSync(otherDir, { recursive: true })
  })

  test('refuses a data folder that another process has open', async () => {
    await start()
    await assert.rejects(start(), /in use|locked|another/i)
  })
})
