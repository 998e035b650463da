import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { pino } from 'pino'
import { HOUR_MS, MINUTE_MS } from '../../domain/instant.ts'
import { readConfig } from '../config.ts'
import type { Service } from '../service.ts'
import { startService } from '../service.ts'
import { rowOf } from './incident.ts'
import type { IncidentWire } from './incident-page.ts'
import { chartPage, describe as pageOf, wrapped } from './incident-page.ts'

const run = promisify(execFile)
const main = join(import.meta.dirname, '../main.ts')
const START = Date.UTC(2026, 10, 23)
const HISTORY_HOURS = 40
const ACCOUNTS = ['acme', 'birch', 'cobalt', 'delta']
const SITES = ['shop.example', 'bank.example']
const TASKS_AN_HOUR = 120

describe('the commands on a real server', () => {
  let dataDir: string
  let service: Service
  let id: string
  let now = START

  const api = async (path: string, body: string, type = 'application/json'): Promise<unknown> => {
    const response = await fetch(`${service.adminUrl}/api/v1${path}`, {
      method: body === '' ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${service.operatorToken}`, 'content-type': type },
      ...(body !== '' && { body }),
    })
    assert.ok(response.ok, `${path}: ${response.status}`)
    return response.json()
  }

  /** An hour of tasks on both sites, of whose first ones some are reported. */
  const liveAnHour = async (keys: ReadonlyMap<string, string>, reported: number): Promise<void> => {
    const first = now
    now += HOUR_MS
    const tasks = Array.from({ length: TASKS_AN_HOUR }, (_, index) => ({
      taskId: (first - START) / MINUTE_MS + index * 1_000_000 + 1,
      account: ACCOUNTS[index % 4],
      type: 'TurnstileTask',
      site: SITES[Math.floor(index / 4) % 2],
      solver: '3.8.1',
      status: 'ready',
      solvedAt: first + index * 10_000,
    }))
    await api('/tasks', tasks.map((task) => JSON.stringify(task)).join('\n'), 'application/x-ndjson')
    for (const { taskId, account } of tasks
      .filter(({ site }) => site === 'shop.example')
      .slice(0, reported)) {
      const answer = await fetch(`${service.url}/reportIncorrectTokenCaptcha`, {
        method: 'POST',
        body: JSON.stringify({ clientKey: keys.get(account as string), taskId }),
      })
      assert.deepEqual(await answer.json(), { errorId: 0, status: 'success' })
    }
  }

  const assay = async (...args: string[]): Promise<string> => {
    const env = { PATH: process.env.PATH, ASSAY_URL: service.adminUrl, ASSAY_DATA: dataDir, LANG: 'C.UTF-8' }
    return (await run(process.execPath, [main, ...args], { env })).stdout
  }

  before(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'assay-incident-'))
    const config = readConfig({ ASSAY_DATA: dataDir, ASSAY_PORT: '0' }, null)
    service = await startService({ config, clock: { now: () => now }, log: pino({ level: 'silent' }) })
    const keys = new Map<string, string>()
    for (const account of ACCOUNTS)
      keys.set(
        account,
        ((await api('/accounts', JSON.stringify({ id: account }))) as { clientKey: string }).clientKey,
      )
    for (let hour = 0; hour < HISTORY_HOURS; hour++) await liveAnHour(keys, hour % 2)
    for (let hour = 0; hour < 2; hour++) await liveAnHour(keys, 24)
    // The analysis reads the log in its own time.
    for (let tries = 0; tries < 100 && id === undefined; tries++) {
      const { items } = (await api('/incidents', '')) as { items: IncidentWire[] }
      if (items[0] !== undefined) id = items[0].id
      else await new Promise((resolve) => setTimeout(resolve, 50))
    }
    assert.ok(id, 'no incident was opened')
  })
  after(async () => {
    await service?.close()
    rmSync(dataDir, { recursive: true, force: true })
  })

  test('show draws the chart, and says the numbers, the verdicts and what to type next', async () => {
    const text = await assay('incident', 'show', id)
    for (const line of text.split('\n')) assert.ok(line.length <= 80 || line.startsWith('  npm run'), line)
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(text, /\u001b/)
    for (const pattern of [
      /^Reports by when their tasks were solved, (15 minutes|an hour) a bin, UTC:\s/,
      /├.*┼/,
      /█/,
      /A alarm/,
      /situation {3}regression: used to be accepted, now rejected/,
      /shop\.example/,
      /verdicts {4}.*of the first \d+ reports/,
      /opened, \d+ reports where/,
      /assay -- action add --kind model-update --where/,
    ])
      assert.match(text, pattern)
  })

  test('show in ASCII, as a table and as JSON', async () => {
    assert.match(await assay('incident', 'show', id, '--ascii'), /^[\n -~]+$/)
    const table = (await assay('incident', 'show', id, '--table')).trimEnd().split('\n')
    assert.match(table[0] as string, /solved from +tasks +reports +expected +maturity/)
    assert.ok(table.length >= 31 && table.length <= 61, `${table.length} lines`)
    const reports = table.slice(1).map((line) => Number(/^\S+ \S+ +\d+ +(\d+)/.exec(line)?.[1]))
    const sum = reports.reduce((total, count) => total + count, 0)
    assert.ok(sum >= 48, `${sum} reports in the table`)
    assert.equal((JSON.parse(await assay('incident', 'show', id, '--json')) as IncidentWire).id, id)
  })

  test('list is a table within a hundred columns', async () => {
    const lines = (await assay('incident', 'list')).trimEnd().split('\n')
    assert.match(lines[0] as string, /^incident +state +situation +since \(UTC\) +ratio \(90 %\) +where$/)
    assert.ok(lines.some((line) => line.startsWith(id) && line.includes('shop.example')))
    for (const line of lines) assert.ok(line.length <= 100, line)
  })
})

const incident: IncidentWire = {
  id: 'A-1',
  situation: 'split',
  where: { type: 'T\u001b[31m', 'labels.pool': 'p,1' },
  sites: {
    rejecting: Array.from({ length: 45 }, (_, index) => `site-${index}.example`),
    accepting: ['b.example\u202e'],
    undecided: [],
  },
  alternatives: [
    { where: { solver: '3.8.1' }, strength: 0.2 },
    { where: { region: 'eu-1' }, strength: 0.7 },
  ],
  openedAt: '2026-11-23T10:00:00.000Z',
  onset: {
    at: '2026-11-23T09:00:00.000Z',
    from: '2026-11-23T08:50:00.000Z',
    to: '2026-11-23T09:05:00.000Z',
  },
  ratio: { estimate: 11.2, low: 7.9, high: 15.1 },
  reports: 9,
  expected: 0.8,
  accounts: 6,
  state: 'open',
  because: 'Some sites reject.',
  history: [{ at: '2026-11-23T10:00:00.000Z', event: 'opened', reports: 9, expected: 0.8 }],
}

describe('the words of an incident', () => {
  test('a split with many sites names some and counts the rest; causes come by strength', () => {
    const text = pageOf(incident)
    assert.match(text, /rejecting {3}45: site-0\.example, .*site-7\.example and 37 more/)
    assert.ok(text.indexOf('region = eu-1 (strength 0.70)') < text.indexOf('solver = 3.8.1 (strength 0.20)'))
    assert.match(rowOf(incident).at(-1) as string, /45 of 46 sites$/)
  })

  test('names from outside are shown, never obeyed; what cannot be typed is not given to type', () => {
    const series = {
      binMs: 15 * MINUTE_MS,
      bins: [{ at: START, exposure: 1, reports: 1, expected: null, maturity: 1 }],
      onset: { at: START, from: START, to: START },
      marks: [],
      rejectingOnly: true,
    }
    const look = { columns: 80, blocks: true, colour: false }
    for (const text of [pageOf(incident), chartPage(incident, series, look), rowOf(incident).join(' ')]) {
      // eslint-disable-next-line no-control-regex
      assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u202e]/)
      assert.ok(text.includes('T\\u001b[31m'))
    }
    assert.match(pageOf(incident), /POST \/api\/v1\/actions/)
  })

  test('every kind of event is told, actions with whether they helped, updates once', () => {
    const at = '2026-11-23T11:00:00.000Z'
    const events = [
      'updated',
      'updated',
      'unmerged',
      'split',
      'acknowledged',
      'snoozed',
      'note',
      'not-fixed',
      'reopened',
    ]
    const text = pageOf(
      {
        ...incident,
        history: [
          ...incident.history,
          ...events.map((event) => ({ at, event, ...(event === 'unmerged' && { other: 'A-2' }) })),
          { at, event: 'action', action: 'act-1' },
          { at, event: 'action', action: 'act-2' },
          { at, event: 'resolved', by: 'ann', note: 'done' },
        ],
      },
      {
        actions: new Map([['act-1', { kind: 'model-update', note: 'longer', effect: 'no' }]]),
        reports: null,
      },
    )
    for (const line of [
      'new evidence',
      'gave back A-2',
      'split from',
      'acknowledged',
      'snoozed',
      'note',
      'not fixed',
      'reopened',
      'action model-update "longer" (act-1); did it help: no',
      'action act-2',
      'resolved by ann: done',
    ])
      assert.ok(text.includes(`2026-11-23 11:00  ${line}`), `${line} is missing in\n${text}`)
    assert.equal(text.split('new evidence').length, 2)
  })

  test('lines are wrapped at spaces, nothing is lost, a long word stays whole', () => {
    assert.deepEqual(wrapped('reports     one two three four', 20, 12), [
      'reports     one two',
      '            three',
      '            four',
    ])
    assert.deepEqual(wrapped('abc', 2, 0), ['abc'])
  })
})
