import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import type { Metric } from 'prom-client'
import type { IncidentState, Situation } from '../domain/incident.ts'
import type { Outcome } from '../domain/outcome.ts'
import { StoreUnavailable } from '../store/contract.ts'
import type { OperatorApiDeps } from './deps.ts'
import type { FeedNumbers } from './tasks.ts'

/** What the parts of the service count by themselves, read when somebody asks. */
export interface ServiceNumbers {
  readonly intake: IntakeNumbers
  /** The last change that the analysis has taken in. */
  readonly analysisCursor: number
}

/** Since this process began. The shape that intake gives. */
export interface IntakeNumbers {
  readonly outcomes: Readonly<Record<Outcome, number>>
  readonly openReports: number
  readonly queued: number
  readonly inFlight: number
  readonly batches: number
  readonly faults: number
  readonly throttledAddresses: number
  readonly latency: {
    readonly boundsMs: readonly number[]
    /** One more than bounds; not cumulative. */
    readonly counts: readonly number[]
    readonly sumMs: number
  }
}

export interface Metrics {
  readonly contentType: string
  text(): Promise<string>
}

type Deps = Pick<OperatorApiDeps, 'store' | 'incidents' | 'metrics' | 'events' | 'version'> & {
  readonly feeds: FeedNumbers
}

/**
 * The metrics page. Nothing is counted here: each number is read from where it is kept when the page is asked for, so that
 * intake pays nothing. No label has a value that callers can invent.
 */
export function createMetrics(deps: Deps): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'assay_' })
  const page = new Page(registry)
  const { store, feeds } = deps
  return {
    contentType: registry.contentType,
    async text() {
      const { intake, analysisCursor } = deps.metrics()
      page.gauge('build_info', 'The version that runs; always 1.', [[{ version: deps.version }, 1]])
      page.counter(
        'report_requests_total',
        'Requests on report paths, by what became of them.',
        Object.entries(intake.outcomes).map(([outcome, count]) => [{ outcome }, count]),
      )
      page.gauge(
        'report_requests_open',
        'Requests on report paths that wait for their end.',
        intake.openReports,
      )
      page.gauge('intake_queue_reports', 'Reports that wait for a commit.', intake.queued)
      page.gauge('intake_in_flight_reports', 'Reports in the commit that runs.', intake.inFlight)
      page.counter('intake_batches_total', 'Commits of reports.', intake.batches)
      page.counter('intake_faults_total', 'Faults of Assay that intake caught; should stay 0.', intake.faults)
      page.gauge(
        'throttle_addresses',
        'Addresses that sent wrong keys or ids lately.',
        intake.throttledAddresses,
      )
      page.counter('feed_records_total', 'Task records fed, by what became of them.', [
        [{ fate: 'recorded' }, feeds.recorded],
        [{ fate: 'updated' }, feeds.updated],
        [{ fate: 'unchanged' }, feeds.unchanged],
        [{ fate: 'rejected' }, feeds.rejected],
      ])
      page.gauge('feeds_open', 'Feeds that are being read.', feeds.open)
      page.gauge('event_clients', 'Who listens on /api/v1/events.', deps.events.clients)
      page.gauge(
        'incidents',
        'Incidents, by where they stand and what they are.',
        countIncidents(deps.incidents),
      )
      page.gauge(
        'analysis_cursor',
        'Position in the change log that the analysis has reached.',
        analysisCursor,
      )
      await readStore(page, store, analysisCursor)
      return `${await registry.metrics()}${latencyText(intake.latency)}`
    },
  }
}

async function readStore(page: Page, store: Deps['store'], analysisCursor: number): Promise<void> {
  try {
    const [head, stats] = await Promise.all([store.head(), store.stats()])
    page.gauge('store_up', 'Whether the store answers.', 1)
    page.gauge('log_head', 'Newest position of the change log.', head)
    page.gauge(
      'analysis_lag',
      'Positions of the change log the analysis is behind.',
      Math.max(0, head - analysisCursor),
    )
    page.gauge('store_rows', 'Rows of the store.', [
      [{ table: 'tasks' }, stats.tasks],
      [{ table: 'reports' }, stats.reports],
      [{ table: 'parked' }, stats.parked],
    ])
    page.gauge('store_bytes', 'Size of the store on disk.', stats.bytes)
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
    page.gauge('store_up', 'Whether the store answers.', 0)
    for (const name of ['log_head', 'analysis_lag', 'store_rows', 'store_bytes']) page.forget(name)
  }
}

function countIncidents(incidents: Deps['incidents']): Sample[] {
  const counts = new Map<string, { state: IncidentState; situation: Situation; count: number }>()
  for (const { state, situation } of incidents.list()) {
    const key = `${state} ${situation}`
    const one = counts.get(key)
    if (one === undefined) counts.set(key, { state, situation, count: 1 })
    else one.count++
  }
  return [...counts.values()].map(({ state, situation, count }) => [{ state, situation }, count])
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number]

/** Sets metrics to what was read, making each when it is first met. */
class Page {
  readonly #registry: Registry

  constructor(registry: Registry) {
    this.#registry = registry
  }

  gauge(name: string, help: string, samples: number | readonly Sample[]): void {
    const gauge = this.#known(name, samples, (labelNames, fullName) => {
      return new Gauge({ name: fullName, help, labelNames, registers: [this.#registry] })
    })
    gauge.reset()
    for (const [labels, value] of listed(samples)) gauge.set(labels, value)
  }

  counter(name: string, help: string, samples: number | readonly Sample[]): void {
    const counter = this.#known(name, samples, (labelNames, fullName) => {
      return new Counter({ name: fullName, help, labelNames, registers: [this.#registry] })
    })
    counter.reset()
    for (const [labels, value] of listed(samples)) counter.inc(labels, value)
  }

  forget(name: string): void {
    this.#registry.removeSingleMetric(`assay_${name}`)
  }

  #known<M extends Metric>(
    name: string,
    samples: number | readonly Sample[],
    make: (labelNames: string[], fullName: string) => M,
  ): M {
    const fullName = `assay_${name}`
    const known = this.#registry.getSingleMetric(fullName) as M | undefined
    if (known !== undefined) return known
    const labelNames = LABELS[name] ?? []
    for (const [labels] of listed(samples))
      for (const label of Object.keys(labels))
        if (!labelNames.includes(label)) throw new Error(`metric ${name} has no label ${label}`)
    return make([...labelNames], fullName)
  }
}

/** Every label there is. Their values are closed sets. */
const LABELS: Readonly<Record<string, readonly string[]>> = {
  build_info: ['version'],
  report_requests_total: ['outcome'],
  feed_records_total: ['fate'],
  incidents: ['state', 'situation'],
  store_rows: ['table'],
}

function listed(samples: number | readonly Sample[]): readonly Sample[] {
  return typeof samples === 'number' ? [[{}, samples]] : samples
}

/** A histogram that was counted elsewhere; the library's own can only observe one value at a time. */
function latencyText({ boundsMs, counts, sumMs }: IntakeNumbers['latency']): string {
  const name = 'assay_report_duration_seconds'
  const lines = [`# HELP ${name} From the head of a report to its answer.`, `# TYPE ${name} histogram`]
  let sum = 0
  for (const [index, count] of counts.entries()) {
    sum += count
    const bound = boundsMs[index]
    lines.push(`${name}_bucket{le="${bound === undefined ? '+Inf' : bound / 1_000}"} ${sum}`)
  }
  lines.push(`${name}_sum ${sumMs / 1_000}`, `${name}_count ${sum}`)
  return `${lines.join('\n')}\n`
}
