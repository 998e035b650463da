import type { DurationMs, Instant } from '../../domain/instant.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/instant.ts'
import type { ChartBin, ChartData } from './chart.ts'
import type { ApiClient } from './client.ts'
import type { IncidentWire } from './incident-page.ts'

/** What is read of a row of `GET /api/v1/quality`. */
interface QualityRowWire {
  readonly where: Readonly<Record<string, string | null>>
  readonly at: string | null
  readonly exposure: number
  readonly reports: number
  readonly expected: number | null
  readonly maturity: number | null
}

/** The bins around an incident. */
export interface Window {
  readonly bin: keyof typeof BIN_MS
  readonly from: Instant
  readonly count: number
}

const BIN_MS = { '15m': 15 * MINUTE_MS, '1h': HOUR_MS, '1d': DAY_MS } as const
const BINS_MIN = 30
const BINS_MAX = 60
/** How much of the time before is shown, in parts of the incident's own. */
const BASELINE_SHARE = 0.5
const BASELINE_BINS_MIN = 12

/**
 * Bins that show what was usual, the onset and what came of it: thirty to sixty, as narrow as they may be for that. Where even days are
 * too many, the last ones.
 * @param onsetFrom beginning of the onset's interval
 * @param end what was solved before it is shown
 * @param countMax bins for which there is room
 */
export function windowOf(onsetFrom: Instant, end: Instant, countMax: number): Window {
  const most = Math.min(BINS_MAX, countMax)
  let window: Window | null = null
  for (const bin of ['15m', '1h', '1d'] as const) {
    const binMs = BIN_MS[bin]
    const last = Math.ceil(Math.max(end, onsetFrom + binMs) / binMs) * binMs
    const own = (last - onsetFrom) / binMs
    const count = Math.max(
      Math.min(BINS_MIN, most),
      Math.ceil(own + Math.max(BASELINE_BINS_MIN, BASELINE_SHARE * own)),
    )
    window = { bin, from: last - Math.min(count, most) * binMs, count: Math.min(count, most) }
    if (count <= most) return window
  }
  return window as Window
}

export function binMsOf({ bin }: Window): DurationMs {
  return BIN_MS[bin]
}

/** Hosts told apart in one question, at most: with sixty bins each, their rows still come in one answer. */
const SITES_MAX = 150
const ROWS_MAX = 10_000

/** What was drawn, with what it is the series of. */
export interface Series extends ChartData {
  /** Of a split: whether only the sites that reject are in it. */
  readonly rejectingOnly: boolean
}

/** Asks for the series of an incident: its place, or of a split the sites that reject, if they are few enough to be told apart. */
export async function seriesOf(client: ApiClient, item: IncidentWire, countMax: number): Promise<Series> {
  const onset = {
    at: Date.parse(item.onset.at),
    from: Date.parse(item.onset.from),
    to: Date.parse(item.onset.to),
  }
  const window = windowOf(onset.from, await endOf(client, item), countMax)
  const binMs = binMsOf(window)
  const { sites } = item
  const told =
    sites === undefined ? 0 : sites.rejecting.length + sites.accepting.length + sites.undecided.length
  const rejecting = sites !== undefined && told <= SITES_MAX ? new Set(sites.rejecting) : null
  const query = new URLSearchParams({
    ...item.where,
    ...(rejecting !== null && { by: 'site' }),
    bin: window.bin,
    from: new Date(window.from).toISOString(),
    to: new Date(window.from + window.count * binMs).toISOString(),
    limit: String(ROWS_MAX),
  })
  const { items } = await client.get<{ items: QualityRowWire[] }>(`/api/v1/quality?${query.toString()}`)
  const rows = rejecting === null ? items : items.filter(({ where }) => rejecting.has(where.site ?? ''))
  return {
    binMs,
    bins: foldRows(rows, window),
    onset,
    marks: marksOf(item),
    rejectingOnly: rejecting !== null,
  }
}

/** Rows summed into bins without a gap; a bin without tasks has none. Maturity is that of the bin's tasks together. */
export function foldRows(rows: readonly QualityRowWire[], window: Window): ChartBin[] {
  const binMs = binMsOf(window)
  const bins = Array.from({ length: window.count }, (_, index) => ({
    at: window.from + index * binMs,
    exposure: 0,
    reports: 0,
    expected: 0 as number | null,
    mature: 0 as number | null,
  }))
  for (const { at, exposure, reports, expected, maturity } of rows) {
    const bin = at === null ? undefined : bins[Math.floor((Date.parse(at) - window.from) / binMs)]
    if (bin === undefined) continue
    bin.exposure += exposure
    bin.reports += reports
    bin.expected = bin.expected === null || expected === null ? null : bin.expected + expected
    if (exposure > 0)
      bin.mature = bin.mature === null || maturity === null ? null : bin.mature + maturity * exposure
  }
  return bins.map(({ mature, ...bin }) => ({
    ...bin,
    maturity: mature === null || bin.exposure === 0 ? null : mature / bin.exposure,
  }))
}

/** How long an incident's history may have been silent, with the narrowest bins still in one answer. */
const DAYS_UNHEARD_MS = 30 * DAY_MS
/** How long after its end a fault's place is still shown. */
const AFTERWARDS_MS = 3 * HOUR_MS

/**
 * Until when tasks are of interest: now, as far as the server has tasks, since its clock need not be this machine's; of an incident
 * that has ended, a while after its end.
 */
async function endOf(client: ApiClient, item: IncidentWire): Promise<Instant> {
  const last = item.history.at(-1)
  const lastAt = Date.parse(last?.at ?? item.openedAt)
  const from = Date.parse(item.onset.from) - HOUR_MS
  const ended = item.state === 'fixed' || item.state === 'resolved' ? endedAt(item) : null
  const bin = lastAt - from < ROWS_MAX * BIN_MS['15m'] - DAYS_UNHEARD_MS ? '15m' : '1d'
  const query = new URLSearchParams({ bin, from: new Date(from).toISOString(), limit: String(ROWS_MAX) })
  const { items } = await client.get<{ items: QualityRowWire[] }>(`/api/v1/quality?${query.toString()}`)
  const lastBin = items.at(-1)?.at
  const now =
    lastBin === undefined || lastBin === null ? lastAt : Math.max(lastAt, Date.parse(lastBin) + BIN_MS[bin])
  return ended === null ? now : Math.min(now, Math.max(lastAt, ended + AFTERWARDS_MS))
}

function endedAt({ history }: IncidentWire): Instant | null {
  const end = history.findLast(({ event }) => event === 'confirmed-fixed' || event === 'resolved')
  return end === undefined ? null : Date.parse(end.at)
}

/** Signs of what has happened, by event; actions are numbered. */
export const SIGNS: Readonly<Record<string, string>> = {
  opened: 'A',
  reopened: 'R',
  'confirmed-fixed': 'F',
  'not-fixed': 'N',
  resolved: 'E',
}
const ACTIONS_NUMBERED = 9

export function marksOf(item: IncidentWire): { at: Instant; sign: string }[] {
  let actions = 0
  return item.history.flatMap(({ at, event }) => {
    const sign = event === 'action' ? String(Math.min(++actions, ACTIONS_NUMBERED)) : SIGNS[event]
    return sign === undefined ? [] : [{ at: Date.parse(at), sign }]
  })
}
