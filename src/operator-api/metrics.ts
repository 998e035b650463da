import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import type { IncidentState, Situation } from '../domain/incident.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { StoreStats } from '../store/contract.ts'
import { StoreUnavailable } from '../store/contract.ts'
import type { OperatorApiDeps } from './deps.ts'
import type { EventHub } from './event-hub.ts'
import type { FeedNumbers } from './tasks.ts'

/** What the parts of the service count by themselves, read when somebody asks. */
export interface ServiceNumbers {
  readonly intake: IntakeNumbers
  readonly store: StoreStats
  /** Newest position of the change log. */
  readonly head: number
  /** Position that the analysis has reached; null where it does not run. */
  readonly cursor: number | null
  /** What the analysis keeps; null where it does not run. */
  readonly model: ModelNumbers | null
}

export interface ModelNumbers {
  /** Views of the traffic that are watched. */
  readonly segments: number
  /** New names that found no view of their own because a bound was reached; they share one. */
  readonly overflow: number
  /** Alarms that stand, one customer's own included. */
  readonly standingAlarms: number
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

type Deps = Pick<OperatorApiDeps, 'incidents' | 'metrics' | 'version'> & {
  readonly events: EventHub
  readonly feeds: FeedNumbers
}

/**
 * The metrics page. Nothing is counted here: each number is read from where it is kept when the page is asked for, so that
 * intake pays nothing. No label has a value that callers can invent.
 */
export function createMetrics(deps: Deps): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'assay_' })
  return {
    contentType: registry.contentType,
    async text() {
      const numbers = await readNumbers(deps)
      // Made anew each time, so that what is not known now is absent instead of old.
      const page = new Page()
      page.gauge('build_info', 'The version that runs; always 1.', [[{ version: deps.version }, 1]])
      tellOwn(page, deps)
      page.gauge('store_up', 'Whether the store answers.', numbers === null ? 0 : 1)
      if (numbers !== null) {
        tellIntake(page, numbers.intake)
        tellStore(page, numbers)
      }
      const latency = numbers === null ? '' : latencyText(numbers.intake.latency)
      return `${await registry.metrics()}\n${await page.text()}\n${latency}`
    },
  }
}

async function readNumbers({ metrics }: Deps): Promise<ServiceNumbers | null> {
  try {
    return await metrics()
  } catch (error) {
    if (error instanceof StoreUnavailable) return null
    throw error
  }
}

function tellOwn(page: Page, { feeds, events, incidents }: Deps): void {
  page.counter('feed_records_total', 'Task records fed, by what became of them.', [
    [{ fate: 'recorded' }, feeds.recorded],
    [{ fate: 'updated' }, feeds.updated],
    [{ fate: 'unchanged' }, feeds.unchanged],
    [{ fate: 'rejected' }, feeds.rejected],
  ])
  page.gauge('feeds_open', 'Feeds that are being read.', feeds.open)
  page.gauge('event_clients', 'Who listens on /api/v1/events.', events.clients)
  page.gauge('incidents', 'Incidents, by where they stand and what they are.', countIncidents(incidents))
}

function tellIntake(page: Page, intake: IntakeNumbers): void {
  const outcomes = Object.entries(intake.outcomes)
  page.counter(
    'report_requests_total',
    'Requests on report paths, by what became of them.',
    outcomes.map(([outcome, count]) => [{ outcome }, count]),
  )
  page.gauge('report_requests_open', 'Requests on report paths that wait for their end.', intake.openReports)
  page.gauge('intake_queue_reports', 'Reports that wait for a commit.', intake.queued)
  page.gauge('intake_in_flight_reports', 'Reports in the commit that runs.', intake.inFlight)
  page.counter('intake_batches_total', 'Commits of reports.', intake.batches)
  page.counter('intake_faults_total', 'Faults of Assay that intake caught; should stay 0.', intake.faults)
  page.gauge('throttle_addresses', 'Addresses that sent wrong keys or ids lately.', intake.throttledAddresses)
}

function tellStore(page: Page, { store, head, cursor, model }: ServiceNumbers): void {
  page.gauge('store_rows', 'Rows of the store.', [
    [{ table: 'tasks' }, store.tasks],
    [{ table: 'reports' }, store.reports],
    [{ table: 'parked' }, store.parked],
    [{ table: 'actions' }, store.actions],
  ])
  page.gauge('store_bytes', 'Size of the store on disk.', store.bytes)
  page.gauge('log_head', 'Newest position of the change log.', head)
  page.gauge('analysis_up', 'Whether the analysis runs.', cursor === null ? 0 : 1)
  if (cursor === null) return
  page.gauge('analysis_cursor', 'Position in the change log that the analysis has reached.', cursor)
  page.gauge(
    'analysis_lag',
    'Positions of the change log the analysis is behind.',
    Math.max(0, head - cursor),
  )
  if (model === null) return
  page.gauge('analysis_segments', 'Views of the traffic that the analysis watches.', model.segments)
  page.gauge('analysis_alarms', "Alarms that stand, one customer's own included.", model.standingAlarms)
  page.counter(
    'analysis_overflow_total',
    'Times a new site, solver, region or label shared the view of all others because a bound was reached.',
    model.overflow,
  )
}

// As records, so that a forgotten word does not compile.
const STATES: Readonly<Record<IncidentState, true>> = {
  open: true,
  acknowledged: true,
  snoozed: true,
  fixed: true,
  resolved: true,
}
const SITUATIONS: Readonly<Record<Situation, true>> = {
  regression: true,
  split: true,
  'never-worked': true,
  'one-account': true,
}

/** One sample for each combination, also where it counts none: a series that comes and goes cannot be watched. */
function countIncidents(incidents: Deps['incidents']): Sample[] {
  const counts = new Map<string, number>()
  for (const { state, situation } of incidents.list())
    counts.set(`${state} ${situation}`, (counts.get(`${state} ${situation}`) ?? 0) + 1)
  return Object.keys(STATES).flatMap((state) =>
    Object.keys(SITUATIONS).map((situation): Sample => [
      { state, situation },
      counts.get(`${state} ${situation}`) ?? 0,
    ]),
  )
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number]

/** Numbers that were counted elsewhere, as metrics. */
class Page {
  readonly #registry = new Registry()

  gauge(name: string, help: string, samples: number | readonly Sample[]): void {
    const gauge = new Gauge(this.#options(name, help, samples))
    for (const [labels, value] of listed(samples)) gauge.set(labels, value)
  }

  counter(name: string, help: string, samples: number | readonly Sample[]): void {
    const counter = new Counter(this.#options(name, help, samples))
    for (const [labels, value] of listed(samples)) counter.inc(labels, value)
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }

  #options(name: string, help: string, samples: number | readonly Sample[]) {
    const labelNames = Object.keys(listed(samples)[0]?.[0] ?? {})
    return { name: `assay_${name}`, help, labelNames, registers: [this.#registry] }
  }
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
