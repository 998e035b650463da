import type { Command } from 'commander'
import { effectInWords } from './action.ts'
import { binsThatFit } from './chart.ts'
import type { ApiClient } from './client.ts'
import { connect } from './client.ts'
import type { ActionWords, Beside, FirstReports, IncidentWire } from './incident-page.ts'
import { chartPage, chartTable, describe, minute, ratio } from './incident-page.ts'
import { seriesOf } from './series.ts'
import { plain, printTable } from './table.ts'
import { lookOf } from './terminal.ts'

interface ShowOptions {
  readonly json?: boolean
  readonly table?: boolean
  readonly ascii?: boolean
  readonly config?: string
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
          ['incident', 'state', 'situation', 'since (UTC)', 'ratio (90 %)', 'where'],
          items.map(rowOf),
        )
    })

  incident
    .command('show <id>')
    .description('one incident: the sentence, the chart, the numbers, what happened')
    .option('--table', "the chart's numbers as a table")
    .option('--ascii', 'draw with plain ASCII')
    .option('--json', 'print JSON')
    .option('--config <file>', 'settings file')
    .action(async (id: string, options: ShowOptions) => show(id, options))

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

async function show(id: string, options: ShowOptions): Promise<void> {
  const client = connect(options.config ?? null)
  const item = await client.get<IncidentWire>(`/api/v1/incidents/${encodeURIComponent(id)}`)
  if (options.json) {
    process.stdout.write(`${JSON.stringify(item)}\n`)
    return
  }
  const look = lookOf(process.stdout, process.env, process.platform, options.ascii === true)
  const series = await seriesOf(client, item, binsThatFit(look.columns))
  if (options.table) {
    const { head, rows } = chartTable(series)
    printTable(head, rows)
    return
  }
  process.stdout.write(`${chartPage(item, series, look)}\n`)
  process.stdout.write(describe(item, await besideOf(client, item), look.columns))
}

const ACTIONS_MAX = 1_000
const REPORTS_MAX = 1_000

async function besideOf(client: ApiClient, item: IncidentWire): Promise<Beside> {
  return { actions: await actionsOf(client, item), reports: await reportsOf(client, item) }
}

async function actionsOf(client: ApiClient, item: IncidentWire): Promise<ReadonlyMap<string, ActionWords>> {
  if (!item.history.some(({ action }) => action !== undefined)) return new Map()
  const { items } = await client.get<{
    items: {
      id: string
      kind: string
      note: string | null
      effect: { answer: string; hoursLeft: number | null; because: string }
    }[]
  }>(`/api/v1/actions?limit=${ACTIONS_MAX}`)
  return new Map(
    items.map(({ id, kind, note, effect }) => [id, { kind, note, effect: effectInWords(effect) }]),
  )
}

/** Reports since the onset, one page of them: who it is that the first ones are from, and what is thought of them. */
async function reportsOf(client: ApiClient, item: IncidentWire): Promise<FirstReports> {
  const query = new URLSearchParams({ from: item.onset.from, limit: String(REPORTS_MAX) })
  if (item.situation === 'one-account' && item.where.account !== undefined)
    query.set('account', item.where.account)
  const { items } = await client.get<{
    items: { taskId: number | string; account: string; verdict: string; incidentId: string | null }[]
  }>(`/api/v1/reports?${query.toString()}`)
  return { looked: items.length, belonging: items.filter(({ incidentId }) => incidentId === item.id) }
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

/** `where` comes last and as values only: a line stays within a hundred columns unless a name is long. */
export function rowOf(item: IncidentWire): string[] {
  const { sites } = item
  const values = Object.entries(item.where).map(([name, value]) =>
    name.startsWith('labels.') ? `${plain(name.slice('labels.'.length))}=${plain(value)}` : plain(value),
  )
  const split =
    sites === undefined
      ? ''
      : `, ${sites.rejecting.length} of ${sites.rejecting.length + sites.accepting.length + sites.undecided.length} sites`
  return [
    item.id,
    item.state,
    item.situation,
    minute(item.onset.at).slice(5),
    ratio(item),
    `${values.length === 0 ? 'everywhere' : values.join(' ')}${split}`,
  ]
}
