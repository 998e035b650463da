import type { Command } from 'commander'
import { connect } from './client.ts'
import { plain, printTable } from './table.ts'

/** An incident as the API gives it; the fields this page shows. */
export interface IncidentWire {
  readonly id: string
  readonly situation: string
  readonly where: Readonly<Record<string, string>>
  readonly sites?: {
    readonly rejecting: readonly string[]
    readonly accepting: readonly string[]
    readonly undecided: readonly string[]
  }
  readonly alternatives: readonly {
    readonly where: Readonly<Record<string, string>>
    readonly strength: number
  }[]
  readonly openedAt: string
  readonly onset: { readonly at: string; readonly from: string; readonly to: string }
  readonly ratio: { readonly estimate: number; readonly low: number; readonly high: number }
  readonly reports: number
  readonly expected: number
  readonly accounts: number
  readonly state: string
  readonly history: readonly {
    readonly at: string
    readonly event: string
    readonly by?: string | null
    readonly note?: string
    readonly other?: string
    readonly action?: string
    readonly because?: string
    readonly reports?: number
    readonly expected?: number
  }[]
  readonly because: string
}

const SITUATIONS: Readonly<Record<string, string>> = {
  regression: 'used to be accepted, now rejected',
  split: 'some sites accept, others reject',
  'never-worked': 'no good history',
  'one-account': "one customer's own finding",
}

/** `assay incident list|show|resolve`: what is wrong, since when and how much. */
export function addIncidentCommands(program: Command): void {
  const incident = program.command('incident').description('what is wrong')

  incident
    .command('list')
    .description('incidents, the newest first')
    .option('--state <state>', 'open, acknowledged, snoozed, fixed or resolved')
    .option('--situation <situation>', 'regression, split, never-worked or one-account')
    .option('--json', 'print JSON, one incident a line')
    .option('--config <file>', 'settings file')
    .action(async (options: { state?: string; situation?: string; json?: boolean; config?: string }) => {
      const items = await fetchAll(options)
      if (options.json) for (const item of items) process.stdout.write(`${JSON.stringify(item)}\n`)
      else if (items.length === 0)
        process.stdout.write('No incident. `assay incident list` looks at what has been reported so far.\n')
      else
        printTable(
          ['incident', 'state', 'situation', 'since', 'reports', 'expected', 'ratio (90 %)', 'where'],
          items.map((item) => [
            item.id,
            item.state,
            item.situation,
            minute(item.onset.at),
            String(item.reports),
            item.expected.toFixed(1),
            ratio(item),
            words(item.where),
          ]),
        )
    })

  incident
    .command('show <id>')
    .description('one incident: the sentence, the numbers, what happened')
    .option('--json', 'print JSON')
    .option('--config <file>', 'settings file')
    .action(async (id: string, options: { json?: boolean; config?: string }) => {
      const item = await connect(options.config ?? null).get<IncidentWire>(
        `/api/v1/incidents/${encodeURIComponent(id)}`,
      )
      process.stdout.write(options.json ? `${JSON.stringify(item)}\n` : describe(item))
    })

  incident
    .command('resolve <id>')
    .description('end an incident; its alarm starts afresh')
    .option('--note <text>', 'why')
    .option('--config <file>', 'settings file')
    .action(async (id: string, options: { note?: string; config?: string }) => {
      const item = await connect(options.config ?? null).post<IncidentWire>(
        `/api/v1/incidents/${encodeURIComponent(id)}/resolve`,
        { note: options.note },
      )
      process.stdout.write(`${item.id} ${item.state}\n`)
    })
}

async function fetchAll(options: {
  state?: string
  situation?: string
  config?: string
}): Promise<IncidentWire[]> {
  const client = connect(options.config ?? null)
  const items: IncidentWire[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const query = new URLSearchParams()
    if (options.state !== undefined) query.set('state', options.state)
    if (options.situation !== undefined) query.set('situation', options.situation)
    if (cursor !== '') query.set('cursor', cursor)
    const page: { items: IncidentWire[]; next: string | null } = await client.get(
      `/api/v1/incidents?${query.toString()}`,
    )
    items.push(...page.items)
    cursor = page.next
  }
  return items
}

/** One incident for a terminal: the sentence, the numbers, the causes, what happened. */
export function describe(item: IncidentWire): string {
  const lines = [
    plain(item.because),
    '',
    `incident    ${item.id}, ${item.state}`,
    `situation   ${item.situation}: ${SITUATIONS[item.situation] ?? ''}`,
    `where       ${words(item.where)}`,
    `since       ${minute(item.onset.at)} UTC (90 %: ${minute(item.onset.from)} to ${minute(item.onset.to)})`,
    `reports     ${item.reports}, where ${item.expected.toFixed(1)} were expected; from ${item.accounts} ${item.accounts === 1 ? 'customer' : 'customers'}`,
    `ratio       ${ratio(item)}`,
    ...siteLines(item),
    ...causeLines(item),
    '',
    ...item.history.map((entry) => `${minute(entry.at)}  ${happened(entry)}`),
  ]
  return `${lines.join('\n')}\n`
}

/** Hosts of a split named on one line; a split may have thousands. */
const HOSTS_SHOWN = 12

function siteLines({ sites }: IncidentWire): string[] {
  if (sites === undefined) return []
  const line = (name: string, hosts: readonly string[]): string => {
    const shown = hosts.slice(0, HOSTS_SHOWN).map(plain).join(', ')
    const rest = hosts.length - HOSTS_SHOWN
    return `${name.padEnd(12)}${hosts.length === 0 ? 'none' : shown}${rest > 0 ? ` and ${rest} more` : ''}`
  }
  return [
    line('rejecting', sites.rejecting),
    line('accepting', sites.accepting),
    line('undecided', sites.undecided),
  ]
}

function causeLines({ alternatives }: IncidentWire): string[] {
  if (alternatives.length === 0) return []
  return alternatives.map(
    ({ where, strength }, index) =>
      `${(index === 0 ? 'or perhaps' : '').padEnd(12)}${words(where)} (strength ${strength.toFixed(2)})`,
  )
}

const EVENTS: Readonly<Record<string, string>> = {
  'confirmed-fixed': 'confirmed fixed',
  'not-fixed': 'not fixed',
}

function happened(entry: IncidentWire['history'][0]): string {
  const { event, by, other, action, because, note, reports, expected } = entry
  const evidence =
    reports === undefined || expected === undefined
      ? ''
      : `, ${reports} reports where ${expected.toFixed(1)} were expected`
  return [
    EVENTS[event] ?? event,
    other === undefined ? '' : ` ${event === 'unmerged' ? 'from' : 'with'} ${other}`,
    action === undefined ? '' : ` ${action}`,
    by ? ` by ${plain(by)}` : '',
    evidence,
    because === undefined ? '' : `: ${plain(because)}`,
    note === undefined ? '' : `: ${plain(note)}`,
  ].join('')
}

function ratio({ ratio: { estimate, low, high } }: IncidentWire): string {
  return `${short(estimate)}x (${short(low)}-${short(high)})`
}

/** One decimal, two below 2: more would promise what the data cannot keep. */
function short(value: number): string {
  return value.toFixed(value < 2 ? 2 : 1)
}

function minute(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)}`
}

function words(where: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(where).map(([name, value]) => `${name} = ${plain(value)}`)
  return pairs.length === 0 ? 'everywhere' : pairs.join(', ')
}
