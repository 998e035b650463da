import type { Action } from '../../domain/action.ts'
import type { Situation, SplitSites, Where } from '../../domain/incident.ts'
import type { TaskRecord } from '../../domain/task.ts'
import type { HttpCaller, Reply } from './http-caller.ts'

/** What the demo reads of an incident. */
export interface SeenIncident {
  readonly id: string
  readonly situation: Situation
  readonly where: Where
  readonly sites?: SplitSites
  readonly openedAt: string
  readonly onset: { readonly at: string; readonly from: string; readonly to: string }
  readonly ratio: { readonly estimate: number }
  readonly reports: number
  readonly accounts: number
  readonly state: string
  readonly because: string
  readonly history: readonly SeenEvent[]
}

/** What happened to an incident, oldest first. */
export interface SeenEvent {
  readonly at: string
  readonly event: string
  readonly other?: string
  readonly because?: string
  readonly reports?: number
}

/** What the demo reads of an action. */
export interface SeenAction {
  readonly id: string
  readonly effect: { readonly answer: string; readonly because: string }
}

/** Records a request: a tenth of what the feed allows, so that no request takes long. */
const RECORDS_A_REQUEST = 20_000

/** The simulated operator: makes accounts, feeds tasks as they are solved, looks at incidents. */
export class Operator {
  readonly #http: HttpCaller
  readonly #authorization: string

  constructor(http: HttpCaller, token: string) {
    this.#http = http
    this.#authorization = `Bearer ${token}`
  }

  /** @returns the client key, which is never shown again */
  async addAccount(id: string): Promise<string> {
    const reply = await this.#call('POST', '/api/v1/accounts', 'application/json', JSON.stringify({ id }))
    if (reply.status !== 201) throw refused('an account was not made', reply)
    return (reply.body as { clientKey: string }).clientKey
  }

  /** @throws Error unless every record was new and taken: the world repeats nothing and breaks no rule */
  async feed(records: readonly TaskRecord[]): Promise<void> {
    for (let from = 0; from < records.length; from += RECORDS_A_REQUEST) {
      const part = records.slice(from, from + RECORDS_A_REQUEST)
      const lines = part.map((record) => JSON.stringify(record)).join('\n')
      const reply = await this.#call('POST', '/api/v1/tasks', 'application/x-ndjson', lines)
      const { recorded } = reply.body as { recorded?: number }
      if (reply.status !== 200 || recorded !== part.length)
        throw refused(`of ${part.length} tasks not all were recorded`, reply)
    }
  }

  /** The newest incidents, newest first. */
  async incidents(): Promise<readonly SeenIncident[]> {
    const reply = await this.#call('GET', '/api/v1/incidents?limit=100', null, '')
    if (reply.status !== 200) throw refused('incidents were not listed', reply)
    return (reply.body as { items: SeenIncident[] }).items
  }

  /** Records what the team did. @returns the id under which it is listed */
  async act({ kind, at, where, note }: Action): Promise<string> {
    const body = JSON.stringify({ kind, at: new Date(at).toISOString(), where, note: note ?? undefined })
    const reply = await this.#call('POST', '/api/v1/actions', 'application/json', body)
    if (reply.status !== 200 && reply.status !== 201) throw refused('an action was not recorded', reply)
    return (reply.body as SeenAction).id
  }

  /** What was recorded, the last first, and whether it helped. */
  async actions(): Promise<readonly SeenAction[]> {
    const reply = await this.#call('GET', '/api/v1/actions?limit=100', null, '')
    if (reply.status !== 200) throw refused('actions were not listed', reply)
    return (reply.body as { items: SeenAction[] }).items
  }

  #call(method: 'GET' | 'POST', path: string, type: string | null, body: string): Promise<Reply> {
    const headers: Record<string, string> = { authorization: this.#authorization }
    if (type !== null) headers['content-type'] = type
    return this.#http.call(method, path, headers, body)
  }
}

function refused(what: string, reply: Reply): Error {
  return new Error(`${what}: status ${reply.status}, ${JSON.stringify(reply.body).slice(0, 400)}`)
}
