import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import type { VerdictChange } from '../analysis/recent-verdicts.ts'
import type { ActionEffect } from '../domain/action.ts'
import type { Clock } from '../domain/instant.ts'
import { DAY_MS } from '../domain/instant.ts'
import { toWire } from '../incidents/to-wire.ts'
import { createIntake } from '../intake/intake.ts'
import type { Intake } from '../intake/interfaces.ts'
import { createKeyring, hashClientKey } from '../intake/keyring.ts'
import { installPlainFront } from '../intake/plain-front.ts'
import { buildOperatorApi } from '../operator-api/build.ts'
import type { Store, StoreSettings } from '../store/contract.ts'
import { StoreUnavailable } from '../store/contract.ts'
import type { ServiceNumbers } from '../operator-api/metrics.ts'
import type { Analysis } from './analysis-client.ts'
import type { AnalysisStatus } from './analysis-thread.ts'
import { startAnalysis } from './analysis-client.ts'
import { createLimitedServer, createListener, KEEP_ALIVE_TIMEOUT_MS } from './build-app.ts'
import type { Config } from './config.ts'
import { IncidentDesk } from './incident-desk.ts'
import { createLazyReader } from './lazy-reader.ts'
import { startRetention } from './retention.ts'
import { hashToken, loadSecrets } from './secrets.ts'
import { startThreadedStore } from './threaded-store.ts'
import { VerdictDesk } from './verdict-desk.ts'
import packageJson from '../../package.json' with { type: 'json' }

export interface ServiceOptions {
  readonly config: Config
  readonly clock: Clock
  readonly log: Logger
}

/** A running Assay. */
export interface Service {
  /** Where customers report, e.g. `http://127.0.0.1:8787`. */
  readonly url: string
  /** Where operators go; the same unless they have a port of their own. */
  readonly adminUrl: string
  readonly operatorToken: string
  readonly tokenIsNew: boolean
  /** Nothing was ever fed or reported: time for the first steps. */
  readonly isEmpty: boolean
  /** Fulfilled, with the reason, if the service cannot go on. */
  readonly failed: Promise<Error>
  /** Finishes what has begun, then ends. Idempotent. */
  close(): Promise<void>
}

/** Reports kept waiting for their task, per account, and for how long. */
const PARKED_PER_ACCOUNT_MAX = 1_000
const PARKED_FOR_MS = DAY_MS

/** How long open requests may take to end when the service stops; then their connections are closed. */
const DRAIN_MS = 5_000

/**
 * Puts the rooms together and listens. Start-up is in the order in which things depend on each other; closing is its reverse:
 * readiness off, no new connections, requests answered, outcomes counted, the analysis saved, the store closed.
 * @throws ConfigError, StoreRefused, StoreUnavailable, or an error of listening, after undoing what had started
 */
export async function startService({ config, clock, log }: ServiceOptions): Promise<Service> {
  const secrets = loadSecrets(config)
  const settings: StoreSettings = {
    reportWindowMs: config.reportWindowMs,
    retentionDays: Math.ceil(config.retentionMs / DAY_MS),
    strictClass: config.strictClass,
    taskTypes: config.taskTypes,
    parkedPerAccountMax: PARKED_PER_ACCOUNT_MAX,
    parkedForMs: PARKED_FOR_MS,
  }
  const undo: (() => Promise<unknown> | unknown)[] = []
  let reportFailure: (error: Error) => void = () => undefined
  const failed = new Promise<Error>((resolve) => {
    reportFailure = resolve
  })
  let notReady: string | null = 'starting'
  let judging: string | null = null
  let analysis: Analysis | null = null

  try {
    const storePath = join(config.dataDir, 'assay.sqlite')
    const { store, feed } = await startThreadedStore(
      { path: storePath, settings },
      () => clock.now(),
      () => analysis?.nudge(),
      (error) => {
        notReady = 'the store has stopped'
        log.fatal({ err: error }, 'the ledger thread ended; the service cannot take reports and stops')
        reportFailure(error)
      },
    )
    undo.push(() => store.close())
    const reader = createLazyReader(storePath)
    undo.push(() => reader.close())

    const keyring = createKeyring({ secret: secrets.secret, store })
    await keyring.load()
    const publish = new Set<(id: string) => void>()
    const publishVerdict = new Set<(change: VerdictChange) => void>()
    const desk = await IncidentDesk.open(store, clock, (incident) => {
      for (const tell of publish) tell(incident.id)
    })

    analysis = startAnalysis(
      {
        storePath,
        countersPath: join(config.dataDir, 'counters.sqlite'),
        snapshotPath: join(config.dataDir, 'analysis.snapshot'),
        settings: {
          falseIncidentsPerWeek: config.falseIncidentsPerWeek,
          reportWindowMs: config.reportWindowMs,
        },
      },
      {
        onFindings: (findings) => desk.accept(findings),
        onVerdicts: (changes) => {
          for (const change of changes) {
            const { incidentId } = change
            const listed = incidentId === null ? null : desk.listedAs(incidentId)
            for (const tell of publishVerdict) tell({ ...change, incidentId: listed })
          }
        },
        onGone: (error) => {
          judging = error.message
          log.error(
            { err: error },
            'the analysis thread ended; reports are still taken, nothing is judged until a restart',
          )
        },
      },
    )
    undo.push(() => analysis?.stop())
    const verdicts = new VerdictDesk(
      (reports, waitMs) => (analysis as Analysis).judge(reports, waitMs),
      (id) => desk.listedAs(id),
      (error) => log.warn({ err: error }, 'the analysis could not be asked about reports'),
    )

    const intake: Intake = createIntake({
      store,
      keyring,
      clock,
      log,
      judgeReport: (report) => verdicts.forReporter(report),
      settings: {
        reportWindowMs: config.reportWindowMs,
        numericErrorIds: config.numericErrorIds,
        trustedProxies: config.trustedProxies,
      },
    })
    undo.push(() => intake.close())

    const retention = startRetention(store, clock, config.retentionMs, (error) => {
      log.error({ err: error }, 'old days could not be forgotten; tried again in 10 minutes')
    })
    undo.push(() => retention.stop())

    let dispatch: RequestListener | null = null
    const adminIsApart = config.adminPort !== null
    const api = await buildOperatorApi({
      // What intake has counted by itself is handed over first, so that the outcomes always add up to the requests.
      store: {
        ...store,
        outcomes: () => intake.flush().then(() => store.outcomes()),
        listReports: (query) => reader.listReports(query),
      },
      feed,
      keyring,
      incidents: {
        list: () => desk.list(),
        get: (id) => desk.get(id),
        resolve: (id, by, note) => desk.resolve(id, by, note),
      },
      quality: async (query) => (analysis as Analysis).quality(query, await store.head(), clock.now()),
      effects: () => effectsSoon(store, () => analysis as Analysis, log),
      toWire,
      onIncident: (listener) => {
        publish.add(listener)
      },
      onVerdict: (listener) => {
        publishVerdict.add(listener)
      },
      hashClientKey: (key) => hashClientKey(secrets.secret, key),
      randomBytes,
      judgeReports: (reports) => verdicts.many(reports),
      clock,
      operatorTokenHash: hashToken(secrets.operatorToken),
      adminPortSeparate: adminIsApart,
      ready: () => (notReady === null ? { ok: true } : { ok: false, reason: notReady }),
      metrics: async () => ({
        intake: intake.stats(),
        store: await store.stats(),
        head: await store.head(),
        ...(judging === null ? toldOf(await (analysis as Analysis).status()) : { cursor: null, model: null }),
      }),
      log,
      version: packageJson.version,
      serverFactory: (handler) => {
        dispatch = handler
        return createLimitedServer(createListener(adminIsApart ? 'operators' : 'both', intake, handler))
      },
    })
    undo.push(() => api.close())
    await api.ready()
    if (dispatch === null) throw new Error('the operator API built no server')

    const main = api.server
    const publicServer = adminIsApart
      ? createLimitedServer(createListener('customers', intake, dispatch))
      : main
    const front = installPlainFront(publicServer, intake, clock, KEEP_ALIVE_TIMEOUT_MS)
    await listen(publicServer, config.port, config.host)
    if (adminIsApart) await listen(main, config.adminPort ?? 0, config.host)
    const { tasks, reports } = await store.stats()
    notReady = null
    analysis.nudge()

    const close = once(async () => {
      notReady = 'stopping'
      front.close()
      retention.stop()
      await drain(adminIsApart ? [publicServer, main] : [main], [intake.close(), api.close()])
      await analysis?.stop()
      await reader.close()
      await store.close()
    })
    return {
      url: urlOf(publicServer, config.host),
      adminUrl: urlOf(main, config.host),
      operatorToken: secrets.operatorToken,
      tokenIsNew: secrets.tokenIsNew,
      isEmpty: tasks === 0 && reports === 0,
      failed,
      close,
    }
  } catch (error) {
    for (const step of undo.reverse()) await Promise.resolve(step()).catch(() => undefined)
    throw error
  }
}

/** Effects wait this long for the analysis to read the newest action, then tell what is known. */
const EFFECTS_WAIT_MS = 1_000

/** Whether actions helped; none are known where the analysis is gone, which is not the asker's fault. */
async function effectsSoon(
  store: Pick<Store, 'head'>,
  analysis: () => Analysis,
  log: Logger,
): Promise<ReadonlyMap<string, ActionEffect>> {
  const head = await store.head()
  try {
    return await analysis().effects(head, EFFECTS_WAIT_MS)
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    log.warn({ err: error }, 'the analysis could not be asked whether actions helped')
    return new Map()
  }
}

function toldOf({
  cursor,
  segments,
  overflow,
  standingAlarms,
}: AnalysisStatus): Pick<ServiceNumbers, 'cursor' | 'model'> {
  return { cursor, model: { segments, overflow, standingAlarms } }
}

/** No new connections; idle ones are closed at once, busy ones when they have been answered, or after DRAIN_MS. */
async function drain(servers: readonly Server[], finished: readonly Promise<unknown>[]): Promise<void> {
  const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
  for (const server of servers) server.closeIdleConnections()
  const cut = setTimeout(() => {
    for (const server of servers) server.closeAllConnections()
  }, DRAIN_MS)
  await Promise.all([...finished, ...closed])
  clearTimeout(cut)
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const busy = error.code === 'EADDRINUSE'
      reject(
        busy
          ? new Error(
              `port ${port} on ${host} is in use; set ASSAY_PORT to another, or to 0 for any free one`,
            )
          : error,
      )
    })
    server.listen(port, host, () => resolve())
  })
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

function once(work: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | null = null
  return () => (result ??= work())
}
