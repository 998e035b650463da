import type { Command } from 'commander'
import { connect } from './client.ts'
import { UsageError } from './exit.ts'
import { plain, printTable } from './table.ts'

/** An action as the API gives it. */
interface ActionWire {
  readonly id: string
  readonly kind: string
  readonly at: string
  readonly where: Readonly<Record<string, string>>
  readonly note: string | null
  readonly recordedAt: string
  readonly effect: {
    readonly answer: string
    readonly hoursLeft: number | null
    readonly because: string
  }
}

interface AddOptions {
  readonly kind: string
  readonly at?: string
  readonly where?: string
  readonly note?: string
  readonly json?: boolean
  readonly config?: string
}

interface ListOptions {
  readonly kind?: string
  readonly from?: string
  readonly to?: string
  readonly json?: boolean
  readonly config?: string
}

/** `assay action add|list`: what the team did, and whether it helped. */
export function addActionCommands(program: Command): void {
  const action = program.command('action').description('what the team did, and whether it helped')

  action
    .command('add')
    .description('record something the team did; the same again adds nothing')
    .requiredOption('--kind <kind>', 'solver-release, model-update, type-support or other')
    .option('--at <instant>', 'when it took effect, ISO 8601 or milliseconds; now if absent')
    .option('--where <pairs>', 'what it was done to: type=…,site=…,solver=…,labels.pool=…; all if absent')
    .option('--note <text>', 'for people')
    .option('--json', 'print JSON')
    .option('--config <file>', 'settings file')
    .action(async (options: AddOptions) => {
      const { kind, at, where, note, json, config } = options
      const recorded = await connect(config ?? null).post<ActionWire>('/api/v1/actions', {
        kind,
        at: at === undefined ? new Date().toISOString() : readInstant(at),
        where: readWhere(where ?? ''),
        ...(note !== undefined && { note }),
      })
      process.stdout.write(json ? `${JSON.stringify(recorded)}\n` : describe(recorded))
    })

  action
    .command('list')
    .description('what was recorded, the last first, and whether it helped')
    .option('--kind <kind>', 'solver-release, model-update, type-support or other')
    .option('--from <instant>', 'only what took effect then or later')
    .option('--to <instant>', 'only what took effect before')
    .option('--json', 'print JSON, one action a line')
    .option('--config <file>', 'settings file')
    .action(async (options: ListOptions) => {
      const items = await fetchAll(options)
      if (options.json) for (const item of items) process.stdout.write(`${JSON.stringify(item)}\n`)
      else if (items.length === 0)
        process.stdout.write('No action has been recorded. `assay action add --help` says how.\n')
      else
        printTable(
          ['action', 'kind', 'took effect', 'where', 'did it help?', 'note'],
          items.map((item) => [
            item.id,
            item.kind,
            minute(item.at),
            words(item.where),
            effectInWords(item.effect),
            item.note ?? '',
          ]),
        )
    })
}

async function fetchAll({ kind, from, to, config }: ListOptions): Promise<ActionWire[]> {
  const client = connect(config ?? null)
  const items: ActionWire[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries({ kind, from, to }))
      if (value !== undefined) query.set(name, value)
    if (cursor !== '') query.set('cursor', cursor)
    const page: { items: ActionWire[]; next: string | null } = await client.get(
      `/api/v1/actions?${query.toString()}`,
    )
    items.push(...page.items)
    cursor = page.next
  }
  return items
}

/** `type=T,site=s.example` as an object. A value that holds a comma cannot be written this way; the API takes any. */
export function readWhere(text: string): Record<string, string> {
  const where: Record<string, string> = {}
  for (const pair of text.split(',')) {
    if (pair.trim() === '') continue
    const equals = pair.indexOf('=')
    const name = pair.slice(0, Math.max(0, equals)).trim()
    const value = pair.slice(equals + 1).trim()
    if (name === '' || value === '')
      throw new UsageError(`--where: ${JSON.stringify(pair)} is not of the form name=value`)
    if (Object.hasOwn(where, name)) throw new UsageError(`--where names ${name} twice`)
    where[name] = value
  }
  return where
}

function readInstant(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text
}

/** An effect as people say it: what is not known never reads like an answer. */
export function effectInWords({ answer, hoursLeft }: ActionWire['effect']): string {
  switch (answer) {
    case 'helped':
      return 'yes'
    case 'partly':
      return 'partly'
    case 'no-change':
      return 'no'
    case 'worse':
      return 'no, it got worse'
    case 'too-early':
      return hoursLeft === null ? 'too early to tell' : `too early to tell, about ${hours(hoursLeft)} more`
    case 'unverifiable':
      return 'cannot be told'
    default:
      return answer
  }
}

function hours(count: number): string {
  if (count < 1) return `${Math.max(1, Math.round(count * 60))} min`
  return count < 10 ? `${Number(count.toFixed(1))} h` : `${Math.round(count)} h`
}

function describe({ id, kind, at, where, note, effect }: ActionWire): string {
  const lines = [
    `action      ${id}`,
    `kind        ${kind}`,
    `took effect ${minute(at)} UTC`,
    `where       ${words(where)}`,
    ...(note === null ? [] : [`note        ${plain(note)}`]),
    `helped?     ${effectInWords(effect)}: ${plain(effect.because)}`,
  ]
  return `${lines.join('\n')}\n`
}

function minute(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)}`
}

function words(where: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(where).map(([name, value]) => `${name} = ${plain(value)}`)
  return pairs.length === 0 ? 'everything' : pairs.join(', ')
}
