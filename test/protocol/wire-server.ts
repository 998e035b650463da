import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HOUR_MS, type Instant } from '../../src/domain/instant.ts'
import { OUTCOMES, type Outcome } from '../../src/domain/outcome.ts'
import type { TaskId } from '../../src/domain/task-id.ts'
import type { TaskRecord, TaskStatus } from '../../src/domain/task.ts'
import type { AcceptedReport, Intake, IntakeDeps, IntakeSettings } from '../../src/intake/intake.ts'
import { createIntake } from '../../src/intake/intake.ts'
import { createKeyring, hashClientKey, type Keyring } from '../../src/intake/keyring.ts'
import { installPlainFront, type PlainFront } from '../../src/intake/plain-front.ts'
import type { Store, StoreSettings } from '../../src/store/contract.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'

/** When everything in these tests happens, unless the clock is moved. */
export const NOW: Instant = Date.parse('2026-11-23T12:00:00.000Z')

export const ACME_KEY = 'acme-key-0123456789abcdef'
export const ACME_SECOND_KEY = 'acme-second-key-456789'
export const RIVAL_KEY = 'rival-key-0123456789fedc'
/** Of an account that may report from 192.0.2.0/24 only. */
export const FENCED_KEY = 'fenced-key-0123456789ba'

/** node:http's default. */
const KEEP_ALIVE_MS = 5_000

const SECRET = 'a secret of the tests'

const task = (
  taskId: TaskId,
  account: string,
  status: TaskStatus = 'ready',
  type = 'TurnstileTask',
  ageMs = HOUR_MS,
): TaskRecord => ({
  taskId,
  account,
  type,
  site: 'shop.example',
  solver: '3.8.1',
  status,
  solvedAt: status === 'ready' ? NOW - ageMs : null,
  issuedAt: NOW - ageMs - 10_000,
})

/** What the operator of these tests has fed. */
export const TASKS: readonly TaskRecord[] = [
  task(7654321, 'acme'),
  task(7654322, 'acme'),
  task(1000, 'acme'),
  task(9007199254740991, 'acme'),
  task('3f2504e0-4f89-41d3-9a0c-0305e82c3301', 'acme'),
  task(500, 'acme', 'ready', 'ImageToTextTask'),
  task(200, 'acme', 'processing'),
  task(300, 'acme', 'failed'),
  task(400, 'acme', 'ready', 'TurnstileTask', 24 * HOUR_MS + 1),
  task(401, 'acme', 'ready', 'TurnstileTask', 24 * HOUR_MS),
  task(900, 'rival'),
  task(600, 'fenced'),
]

export interface WireServerOptions {
  readonly intake?: Partial<IntakeSettings>
  readonly store?: Partial<StoreSettings>
  /** Puts something between intake and its store. */
  readonly wrapStore?: (store: Store) => IntakeDeps['store']
  /** Puts the plain front before node:http: the same bytes must come back. */
  readonly plainFront?: boolean
}

/** The customers' side on a real socket: node:http, intake and an in-memory SQLite store, nothing faked. */
export class WireServer {
  readonly store: Store
  readonly keyring: Keyring
  readonly intake: Intake
  readonly http: Server
  readonly accepted: AcceptedReport[] = []
  /** What intake logged as an error. */
  readonly errors: { facts: object; message: string }[] = []
  /** Everything intake logged, as text: to look for what must not be there. */
  logged = ''
  now = NOW
  readonly #front: PlainFront | null = null

  constructor(store: Store, keyring: Keyring, options: WireServerOptions) {
    this.store = store
    this.keyring = keyring
    const note = (facts: object, message: string) => {
      this.logged += `${JSON.stringify(facts)} ${message}\n`
    }
    this.intake = createIntake({
      store: options.wrapStore?.(store) ?? store,
      keyring,
      clock: { now: () => this.now },
      settings: {
        reportWindowMs: 24 * HOUR_MS,
        numericErrorIds: false,
        trustedProxies: [],
        ...options.intake,
      },
      log: {
        debug: note,
        info: note,
        warn: note,
        error: (facts, message) => {
          note(facts, message)
          this.errors.push({ facts, message })
        },
      },
      judgeReport: async () => ({ verdict: 'undetermined', because: 'not judged yet' }),
      onAccepted: (report) => this.accepted.push(report),
    })
    this.http = createServer((req, res) => {
      if (this.intake.handles(req)) this.intake.handle(req, res)
      else this.intake.refuseUnknownPath(req, res)
    })
    if (options.plainFront === true)
      this.#front = installPlainFront(this.http, this.intake, { now: () => this.now }, KEEP_ALIVE_MS)
  }

  static async start(options: WireServerOptions = {}): Promise<WireServer> {
    const store = openSqliteStore(':memory:', {
      reportWindowMs: 24 * HOUR_MS,
      retentionDays: 90,
      strictClass: false,
      taskTypes: new Map(),
      parkedPerAccountMax: 3,
      parkedForMs: 24 * HOUR_MS,
      ...options.store,
    })
    for (const id of ['acme', 'rival', 'fenced']) {
      const addresses = id === 'fenced' ? ['192.0.2.0/24'] : []
      await store.addAccount({ id, name: null, group: id, addresses, createdAt: NOW })
    }
    const addKey = (keyId: string, account: string, key: string) =>
      store.addKey({
        keyId,
        account,
        hash: hashClientKey(SECRET, key),
        last4: key.slice(-4),
        createdAt: NOW,
        revokedAt: null,
      })
    await addKey('k1', 'acme', ACME_KEY)
    await addKey('k2', 'acme', ACME_SECOND_KEY)
    await addKey('k3', 'rival', RIVAL_KEY)
    await addKey('k4', 'fenced', FENCED_KEY)
    const fates = await store.recordTasks(TASKS, NOW)
    assert.ok(
      fates.every(({ fate }) => fate === 'recorded'),
      JSON.stringify(fates),
    )
    const keyring = createKeyring({ secret: SECRET, store })
    await keyring.load()
    const server = new WireServer(store, keyring, options)
    await new Promise<void>((resolve) => server.http.listen(0, '127.0.0.1', resolve))
    return server
  }

  get port(): number {
    return (this.http.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Sends one JSON body and reads the answer. */
  async post(
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; text: string; json: Record<string, unknown> }> {
    const response = await fetch(this.url + path, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    const text = await response.text()
    return { status: response.status, text, json: JSON.parse(text) as Record<string, unknown> }
  }

  /** Outcomes as the store has them, those that are 0 left out. */
  async outcomes(): Promise<Partial<Record<Outcome, number>>> {
    await this.intake.flush()
    const { outcomes } = await this.store.outcomes()
    return Object.fromEntries(Object.entries(outcomes).filter(([, count]) => count !== 0))
  }

  /** Starts a server for `use`, stops it, and leaves nothing open when `use` fails. */
  static async with(options: WireServerOptions, use: (server: WireServer) => Promise<void>): Promise<void> {
    const server = await WireServer.start(options)
    try {
      await use(server)
      await server.stop()
    } finally {
      server.http.closeAllConnections()
      server.http.close()
    }
  }

  /**
   * Ends, and holds the server to its promises: each request on a report path has exactly one outcome, store and
   * process count alike, and intake never failed in a way it did not expect.
   */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.http.close(resolve))
    this.http.closeIdleConnections()
    this.#front?.close()
    await this.intake.close()
    this.http.closeAllConnections()
    await closed
    const { received, outcomes, openReports, openStatusRequests, faults } = this.intake.stats()
    const stored = await this.store.outcomes()
    assert.deepEqual(
      { openReports, openStatusRequests, faults },
      { openReports: 0, openStatusRequests: 0, faults: 0 },
    )
    assert.equal(
      OUTCOMES.reduce((sum, outcome) => sum + outcomes[outcome], 0),
      received,
      'the outcomes add up to the requests',
    )
    assert.deepEqual(stored.outcomes, outcomes, 'the store counts what the process counts')
    assert.equal(stored.total, received)
    for (const key of [ACME_KEY, ACME_SECOND_KEY, RIVAL_KEY, FENCED_KEY])
      assert.ok(!this.logged.includes(key), 'a key is in the log')
    await this.store.close()
  }
}
