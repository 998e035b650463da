import type { ChartBin } from './chart.ts'
import { drawChart, isYoung } from './chart.ts'
import type { Series } from './series.ts'
import { SIGNS } from './series.ts'
import { plain } from './table.ts'
import type { Look } from './terminal.ts'
import { toned } from './terminal.ts'

type WhereWire = Readonly<Record<string, string>>

/** An incident as the API gives it; the fields that are shown. */
export interface IncidentWire {
  readonly id: string
  readonly situation: string
  readonly where: WhereWire
  readonly sites?: {
    readonly rejecting: readonly string[]
    readonly accepting: readonly string[]
    readonly undecided: readonly string[]
  }
  readonly alternatives: readonly { readonly where: WhereWire; readonly strength: number }[]
  readonly openedAt: string
  readonly onset: { readonly at: string; readonly from: string; readonly to: string }
  readonly ratio: { readonly estimate: number; readonly low: number; readonly high: number }
  readonly reports: number
  readonly expected: number
  readonly accounts: number
  readonly state: string
  readonly history: readonly EventWire[]
  readonly because: string
}

interface EventWire {
  readonly at: string
  readonly event: string
  readonly by?: string | null
  readonly note?: string
  readonly other?: string
  readonly action?: string
  readonly because?: string
  readonly reports?: number
  readonly expected?: number
}

/** What the page says of an action in the history. */
export interface ActionWords {
  readonly kind: string
  readonly note: string | null
  /** Whether it helped, in words. */
  readonly effect: string
}

/** The first reports that belong to an incident, as far as they were looked for. */
export interface FirstReports {
  readonly looked: number
  readonly belonging: readonly {
    readonly taskId: number | string
    readonly account: string
    readonly verdict: string
  }[]
}

/** What is known of an incident besides itself. */
export interface Beside {
  readonly actions: ReadonlyMap<string, ActionWords>
  readonly reports: FirstReports | null
}

const NOTHING_BESIDE: Beside = { actions: new Map(), reports: null }

const SITUATIONS: Readonly<Record<string, string>> = {
  regression: 'used to be accepted, now rejected',
  split: 'some sites accept, others reject',
  'never-worked': 'never worked: there is no good history',
  'one-account': "one customer's own trouble",
}

const LABEL = 12

/** One incident for a terminal: the sentence, the numbers, the causes, what happened, what to type next. */
export function describe(item: IncidentWire, beside: Beside = NOTHING_BESIDE, columns = Infinity): string {
  const lines = [
    `incident    ${item.id}, ${item.state}`,
    `situation   ${item.situation}: ${SITUATIONS[item.situation] ?? ''}`,
    `where       ${words(item.where)}`,
    `since       ${minute(item.onset.at)} UTC (90 %: ${minute(item.onset.from)} to ${minute(item.onset.to)})`,
    `reports     ${item.reports}, where ${item.expected.toFixed(1)} were expected; from ${item.accounts} ${item.accounts === 1 ? 'customer' : 'customers'}`,
    `ratio       ${ratio(item)}`,
    ...siteLines(item),
    ...causeLines(item),
    ...reportLines(beside.reports),
  ].flatMap((line) => wrapped(line, columns, LABEL))
  const history = happenings(item).flatMap((entry) =>
    wrapped(`${minute(entry.at)}  ${happened(entry, beside.actions)}`, columns, 18),
  )
  return [
    ...wrapped(plain(item.because), columns, 0),
    '',
    ...lines,
    '',
    ...history,
    '',
    // A command stays on its line, so that it can be copied.
    ...nextSteps(item).flatMap((line) => (line.startsWith(' ') ? [line] : wrapped(line, columns, 0))),
    '',
  ].join('\n')
}

/** The chart with what its signs mean. */
export function chartPage(item: IncidentWire, series: Series, look: Look): string {
  const { bins, binMs, rejectingOnly } = series
  const [young, level, usual] = look.blocks ? ['▒ ┄', '╌', '▓'] : ['?', '-', '=']
  const of = rejectingOnly ? `the sites that reject, ${words(item.where)}` : words(item.where)
  const known = bins.flatMap(({ expected, exposure }) =>
    expected === null || exposure === 0 ? [] : [expected],
  )
  const expected =
    known.length === 0
      ? []
      : [
          `${level} ${usual} expected by now (${short(Math.min(...known))} to ${short(Math.max(...known))} a bin)`,
        ]
  // By what they mean: actions have a number each.
  const signs = new Map<string, Set<string>>()
  for (const { sign } of series.marks) {
    const what = SIGN_WORDS[sign] ?? 'action'
    signs.set(what, (signs.get(what) ?? new Set()).add(sign))
  }
  const lines = [
    ...wrapped(
      `Reports by when their tasks were solved, ${binWords(binMs)} a bin, UTC: ${of}`,
      look.columns,
      0,
    ),
    ...drawChart(series, look),
    ...wrapped(
      [
        ...[...signs].map(([what, its]) => `${[...its].join(' ')} ${what}`),
        ...expected,
        ...(bins.some(isYoung) ? [`${young} may still rise`] : []),
        `tasks: up to ${Math.max(0, ...bins.map(({ exposure }) => exposure)).toLocaleString('en-US')} a bin`,
      ].join(' · '),
      look.columns,
      0,
    ).map((line) => toned(look.blocks ? line : line.replaceAll(' · ', ', '), 'dim', look)),
  ]
  return `${lines.join('\n')}\n`
}

const SIGN_WORDS: Readonly<Record<string, string>> = {
  [SIGNS.opened as string]: 'alarm',
  [SIGNS.reopened as string]: 'reopened',
  [SIGNS['confirmed-fixed'] as string]: 'fixed',
  [SIGNS['not-fixed'] as string]: 'not fixed',
  [SIGNS.resolved as string]: 'resolved',
}

/** The numbers of the chart: a row for each bin. */
export function chartTable({ bins }: Pick<Series, 'bins'>): { head: string[]; rows: string[][] } {
  return {
    head: ['solved from', 'tasks', 'reports', 'expected', 'maturity', ''],
    rows: bins.map((bin) => [
      minute(new Date(bin.at).toISOString()),
      String(bin.exposure),
      String(bin.reports),
      bin.expected === null ? '-' : bin.expected.toFixed(1),
      bin.maturity === null ? '-' : `${Math.round(100 * bin.maturity)} %`,
      remark(bin),
    ]),
  }
}

function remark(bin: ChartBin): string {
  if (bin.exposure === 0) return 'no tasks'
  return isYoung(bin) ? 'may still rise' : ''
}

function binWords(binMs: number): string {
  const minutes = binMs / 60_000
  return minutes < 60 ? `${minutes} minutes` : minutes < 1_440 ? 'an hour' : 'a day'
}

/** Hosts of one group of a split that are named; a split may have thousands. */
const HOSTS_SHOWN = 8

function siteLines({ sites }: IncidentWire): string[] {
  if (sites === undefined) return []
  const line = (name: string, hosts: readonly string[]): string => {
    const shown = hosts.slice(0, HOSTS_SHOWN).map(plain).join(', ')
    const rest = hosts.length - HOSTS_SHOWN
    return `${name.padEnd(LABEL)}${hosts.length === 0 ? 'none' : `${hosts.length}: ${shown}`}${rest > 0 ? ` and ${rest} more` : ''}`
  }
  return [
    line('rejecting', sites.rejecting),
    line('accepting', sites.accepting),
    line('undecided', sites.undecided),
  ]
}

function causeLines({ alternatives }: IncidentWire): string[] {
  return alternatives
    .toSorted((a, b) => b.strength - a.strength)
    .map(
      ({ where, strength }, index) =>
        `${(index === 0 ? 'or perhaps' : '').padEnd(LABEL)}${words(where)} (strength ${strength.toFixed(2)})`,
    )
}

const REPORTS_SHOWN = 5

/** The verdicts on the first reports that belong to it; nothing where none were looked for. */
function reportLines(reports: FirstReports | null): string[] {
  if (reports === null) return []
  const { looked, belonging } = reports
  if (belonging.length === 0)
    return [`verdicts    none of the first ${looked} reports since then is counted to it yet`]
  const counts = new Map<string, number>()
  for (const { verdict } of belonging) counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
  const tally = [...counts].map(([verdict, count]) => `${count} ${verdict}`).join(', ')
  const shown = belonging
    .slice(0, REPORTS_SHOWN)
    .map(({ taskId, account, verdict }) => `${plain(String(taskId))} (${plain(account)}, ${verdict})`)
  return [
    `verdicts    of the first ${looked} reports since then ${belonging.length} belong to it: ${tally}`,
    `first tasks ${shown.join(', ')}`,
  ]
}

/** A long incident is updated with every report: only the last of a row of updates says something new. */
function happenings({ history }: IncidentWire): readonly EventWire[] {
  return history.filter(({ event }, index) => event !== 'updated' || history[index + 1]?.event !== 'updated')
}

const EVENTS: Readonly<Record<string, string>> = {
  opened: 'opened',
  updated: 'new evidence',
  merged: 'took in',
  unmerged: 'gave back',
  split: 'split from',
  acknowledged: 'acknowledged',
  snoozed: 'snoozed',
  note: 'note',
  action: 'action',
  'confirmed-fixed': 'confirmed fixed',
  'not-fixed': 'not fixed',
  resolved: 'resolved',
  reopened: 'reopened',
}

function happened(entry: EventWire, actions: ReadonlyMap<string, ActionWords>): string {
  const { event, by, other, action, because, note, reports, expected } = entry
  const evidence =
    reports === undefined || expected === undefined
      ? ''
      : `, ${reports} reports where ${expected.toFixed(1)} were expected`
  return [
    EVENTS[event] ?? plain(event),
    other === undefined ? '' : ` ${plain(other)}`,
    action === undefined ? '' : ` ${actionWords(action, actions.get(action))}`,
    by ? ` by ${plain(by)}` : '',
    evidence,
    because === undefined ? '' : `: ${plain(because)}`,
    note === undefined ? '' : `: ${plain(note)}`,
  ].join('')
}

function actionWords(id: string, known: ActionWords | undefined): string {
  if (known === undefined) return plain(id)
  const { kind, note, effect } = known
  return `${plain(kind)}${note === null ? '' : ` "${plain(note)}"`} (${plain(id)}); did it help: ${effect}`
}

/** What to type next. */
function nextSteps({ id, state, situation, where, history }: IncidentWire): string[] {
  const run = 'npm run -s assay --'
  if (state === 'resolved') return ['It is over. What else there is:', `  ${run} incident list`]
  if (state === 'fixed')
    return [
      'It looks mended; reports on older tasks may still come. To close it:',
      `  ${run} incident resolve ${id} --note 'what it was'`,
    ]
  if (situation === 'one-account')
    return [
      'Only this customer sees it: their use, their proxies or their page. Once that is settled:',
      `  ${run} incident resolve ${id} --note 'what it was'`,
    ]
  if (history.some(({ event }) => event === 'action'))
    return ['Whether the action helped:', `  ${run} action list`]
  const pairs = Object.entries(where)
  // A comma or a control character cannot be written in the pairs of --where.
  const typable = pairs.every(([name, value]) => !/,/.test(name + value) && plain(value) === value)
  return [
    'When something has been done about it, say so, and Assay tells whether it helped:',
    typable
      ? `  ${run} action add --kind model-update${pairs.length === 0 ? '' : ` --where ${shellQuoted(pairs.map((pair) => pair.join('=')).join(','))}`}`
      : '  POST /api/v1/actions, with the place as the incident gives it (--json)',
  ]
}

function shellQuoted(text: string): string {
  return /^[\w.,=:/@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** Wraps at spaces, but not about an equals sign, further lines indented; a word longer than a line stays whole, so that it can be copied. */
export function wrapped(line: string, columns: number, indent: number): string[] {
  if (line.length <= columns) return [line]
  const lead = /^ */.exec(line)?.[0] ?? ''
  const lines: string[] = []
  let current = lead
  for (const word of line.slice(lead.length).split(/(?<=[^\s=]) (?=[^\s=])/)) {
    const joined = current.trim() === '' ? current + word : `${current} ${word}`
    if (joined.length > columns && current.trim() !== '') {
      lines.push(current)
      current = ' '.repeat(indent) + word
    } else current = joined
  }
  return [...lines, current]
}

export function ratio({ ratio: { estimate, low, high } }: Pick<IncidentWire, 'ratio'>): string {
  return `${short(estimate)}x (${short(low)}-${short(high)})`
}

/** One decimal, two below 2: more would promise what the data cannot keep. */
function short(value: number): string {
  return value.toFixed(value < 2 ? 2 : 1)
}

export function minute(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)}`
}

export function words(where: WhereWire): string {
  const pairs = Object.entries(where).map(([name, value]) => `${plain(name)} = ${plain(value)}`)
  return pairs.length === 0 ? 'everywhere' : pairs.join(', ')
}
