import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { Compile } from 'typebox/schema'
import type { FactsFinding, Finding } from '../../src/domain/finding.ts'
import { OUTCOMES } from '../../src/domain/outcome.ts'
import { resolveIncident } from '../../src/incidents/acts.ts'
import { eventsFromFinding } from '../../src/incidents/from-findings.ts'
import { createIncidentBook } from '../../src/incidents/incident-book.ts'
import { toWire } from '../../src/incidents/to-wire.ts'
import { buildOperatorApi } from '../../src/operator-api/build.ts'
import type { OperatorApiDeps, ToldVerdict } from '../../src/operator-api/deps.ts'
import { createTaskFeed } from '../../src/registry/task-feed.ts'
import { openCounters } from '../../src/store/sqlite/counters.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'

export const NOW = Date.UTC(2026, 10, 23, 10)
export const TOKEN = 'the-operators-token'

/** A key that would be a secret; no answer and no log line may have it. */
export const CLIENT_KEY = 'client-key-of-acme-0001'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  // What a test looks into is the test's to say.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any
}

export interface Asked {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly token?: string | null
}

/** The operator API on stores in memory, under a clock that stands still unless it is moved. */
export async function openApi(over: Partial<OperatorApiDeps> = {}) {
  const store = openSqliteStore(':memory:', {
    reportWindowMs: 86_400_000,
    retentionDays: 90,
    strictClass: false,
    taskTypes: new Map() as never,
    parkedPerAccountMax: 10,
    parkedForMs: 86_400_000,
  })
  const counters = openCounters(':memory:')
  const clock = { at: NOW, now: () => clock.at }
  let chance = 0
  const book = createIncidentBook()
  const listeners: ((id: string) => void)[] = []
  const verdictListeners: ((change: ToldVerdict) => void)[] = []
  const keyring: string[] = []
  const log: string[] = []

  const deps: OperatorApiDeps = {
    store,
    feed: createTaskFeed({ store, clock }),
    quality: async (query) => {
      for (const change of await store.changesSince(counters.cursor(), 100_000)) counters.fold(change, 0.02)
      counters.flush()
      return counters.query(query, {
        now: clock.now(),
        maturity: (_type, ageMs) => Math.min(1, ageMs / 3_600_000),
      })
    },
    effects: async () => new Map(),
    incidents: {
      list: () => book.list(),
      get: (id) => book.get(id),
      resolve: async (id, by, note) => {
        const act = resolveIncident(book, id, by, note, clock.now())
        if (!Array.isArray(act)) return act as Exclude<typeof act, readonly unknown[]>
        for (const event of act) book.apply(event)
        for (const tell of listeners) tell(id)
        return book.get(id) as NonNullable<ReturnType<typeof book.get>>
      },
    },
    onIncident: (listener) => listeners.push(listener),
    onVerdict: (listener) => verdictListeners.push(listener),
    toWire,
    keyring: {
      addAccount: ({ id }) => keyring.push(`account ${id}`),
      addKey: ({ account, last4 }) => keyring.push(`key ${account} ${last4}`),
      revokeKey: (account, keyId) => keyring.push(`revoked ${account} ${keyId}`),
    },
    hashClientKey: (key) => createHmac('sha256', 'pepper').update(key).digest('hex'),
    // Chance that is the same each time, and never twice the same.
    randomBytes: (size) => createHash('shake256', { outputLength: size }).update(String(chance++)).digest(),
    judgeReports: async (reports) =>
      reports.map(() => ({
        verdict: 'undetermined',
        because: 'not judged yet',
        becauseForReporter: 'not for operators',
        incidentId: null,
      })),
    clock,
    operatorTokenHash: createHash('sha256').update(TOKEN).digest(),
    adminPortSeparate: false,
    ready: () => ({ ok: true }),
    metrics: async () => ({
      intake: quietIntake(),
      store: await store.stats(),
      head: await store.head(),
      cursor: counters.cursor(),
      model: null,
    }),
    log: pino({ level: 'debug' }, { write: (line: string) => void log.push(line) }),
    version: '0.0.0-test',
    ...over,
  }
  const app = await buildOperatorApi(deps)

  /** Asks, and checks that the answer is what the OpenAPI document says of it. */
  const ask = async (method: 'GET' | 'POST' | 'DELETE', url: string, asked: Asked = {}): Promise<Answer> => {
    const { body, headers = {}, token = TOKEN } = asked
    const isRaw = typeof body === 'string' || Buffer.isBuffer(body)
    const response = await app.inject({
      method,
      url,
      headers: {
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && !isRaw && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { payload: (isRaw ? body : JSON.stringify(body)) as string }),
    })
    const isJson = /json/.test(String(response.headers['content-type']))
    const answer: Answer = {
      status: response.statusCode,
      headers: response.headers,
      text: response.body,
      body: isJson ? JSON.parse(response.body) : null,
    }
    checkDocumented(app, method, url, answer)
    return answer
  }
  const find = (finding: Finding): void => {
    const events = eventsFromFinding(finding, book)
    for (const event of events) book.apply(event)
    for (const id of new Set(events.map(({ incidentId }) => incidentId)))
      for (const tell of listeners) tell(id)
  }
  const judge = (change: ToldVerdict): void => {
    for (const tell of verdictListeners) tell(change)
  }
  const close = async (): Promise<void> => {
    await app.close()
    counters.close()
    await store.close()
  }
  return { app, deps, store, counters, clock, book, keyring, log, ask, find, judge, close }
}

/** A finding that opens an incident. */
export function finding(over: Partial<FactsFinding> & { site?: string } = {}): FactsFinding {
  const { site = 'shop.example', ...rest } = over
  return {
    alarmId: `alarm of ${site}`,
    event: 'opened',
    at: NOW,
    seq: 1,
    method: 'test 1',
    facts: {
      situation: 'regression',
      where: { type: 'TurnstileTask', site },
      onset: { at: NOW - 60_000, from: NOW - 120_000, to: NOW },
      ratio: { estimate: 11.2, low: 7.9, high: 15.1 },
      reports: 9,
      expected: 0.8,
      accounts: 6,
      alternatives: [],
      because: 'Nine reports where 0.8 were expected.',
    },
    ...rest,
  }
}

/** A task record as the feed takes it. */
export function taskRecord(taskId: number | string, over: object = {}): object {
  return {
    taskId,
    account: 'acme',
    type: 'TurnstileTask',
    site: 'shop.example',
    solver: '3.8.1',
    status: 'ready',
    solvedAt: new Date(NOW - 60_000).toISOString(),
    ...over,
  }
}

export function quietIntake() {
  return {
    outcomes: Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<
      (typeof OUTCOMES)[number],
      number
    >,
    openReports: 0,
    queued: 0,
    inFlight: 0,
    batches: 0,
    faults: 0,
    throttledAddresses: 0,
    latency: { boundsMs: [1, 10], counts: [0, 0, 0], sumMs: 0 },
  }
}

interface Shape {
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, Shape>>
  readonly items?: Shape
  readonly anyOf?: readonly Shape[]
  readonly [keyword: string]: unknown
}

function checkDocumented(app: FastifyInstance, method: string, url: string, answer: Answer): void {
  const document = app.swagger() as unknown as {
    paths: Record<
      string,
      Record<string, { responses: Record<string, { content?: Record<string, { schema: Shape }> }> }>
    >
    components: { schemas: Record<string, Shape> }
  }
  const path = url.replace(/\?.*/, '')
  const route = Object.keys(document.paths).find((one) =>
    new RegExp(`^${one.replace(/\{\w+\}/g, '[^/]+')}$`).test(path),
  )
  const operation = route === undefined ? undefined : document.paths[route]?.[method.toLowerCase()]
  if (operation === undefined) return
  const documented = operation.responses[String(answer.status)]
  assert.ok(documented, `${method} ${route} answered ${answer.status}, which is not documented`)
  const type = String(answer.headers['content-type'] ?? '').replace(/;.*/, '')
  if (type === '') return
  const shape = documented.content?.[type]?.schema
  assert.ok(shape, `${method} ${route} ${answer.status} answered ${type}, which is not documented`)
  const [ok, errors] = Compile(strict(shape, document.components.schemas) as never).Errors(answer.body)
  assert.ok(ok, `${method} ${route} ${answer.status}: ${JSON.stringify(errors)} in ${answer.text}`)
}

/** The same shape, but nothing undocumented may stand in it. */
function strict(shape: Shape, named: Readonly<Record<string, Shape>>): Shape {
  const target = shape.$ref === undefined ? shape : named[shape.$ref.replace('#/components/schemas/', '')]
  assert.ok(target, `${shape.$ref} is not in the document`)
  return {
    ...target,
    ...(target.properties !== undefined && {
      additionalProperties: false,
      properties: Object.fromEntries(
        Object.entries(target.properties).map(([name, its]) => [name, strict(its, named)]),
      ),
    }),
    ...(target.items !== undefined && { items: strict(target.items, named) }),
    ...(target.anyOf !== undefined && { anyOf: target.anyOf.map((its) => strict(its, named)) }),
  }
}
