import type { FastifyInstance } from 'fastify'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { Incident } from '../domain/incident.ts'
import type { ActRefusal } from '../incidents/acts.ts'
import type { IncidentWire } from '../incidents/to-wire.ts'
import {
  IncidentListQuery,
  IncidentPage,
  IncidentParams,
  IncidentShape,
  ResolveBody,
} from '../protocol/api-incidents.ts'
import type { OperatorApiDeps } from './deps.ts'
import { answers, OF_BODIES } from './describe.ts'
import { emptyBodyIsEmptyObject } from './validation.ts'
import { decodeCursor, pageAfter } from './paging.ts'
import { ApiProblem } from './problem.ts'

/** There is one token, so there is one name for whoever holds it. */
const OPERATOR = 'operator'

/** What broke, and what people do about it. */
export function incidentRoutes(
  instance: FastifyInstance,
  { incidents, toWire }: Pick<OperatorApiDeps, 'incidents' | 'toWire'>,
): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>()

  app.get(
    '/incidents',
    {
      schema: {
        operationId: 'listIncidents',
        summary: 'List incidents, the newest first',
        tags: ['incidents'],
        querystring: IncidentListQuery,
        response: answers({ 200: IncidentPage }),
      },
    },
    async (request): Promise<Page> => {
      const { state, situation, cursor, limit = 100 } = request.query
      const found = incidents
        .list()
        .filter(
          (incident) =>
            (state === undefined || incident.state === state) &&
            (situation === undefined || incident.situation === situation),
        )
        .sort(newestFirst)
      const isAfter = cursor === undefined ? null : afterCursor(cursor)
      const page = pageAfter(found, isAfter, limit, ({ openedAt, id }) => [openedAt, id])
      return { items: page.items.map(toWire), next: page.next }
    },
  )

  app.get(
    '/incidents/:id',
    {
      schema: {
        operationId: 'getIncident',
        summary: 'One incident, with its history',
        tags: ['incidents'],
        params: IncidentParams,
        response: answers({ 200: IncidentShape }, 'not-found'),
      },
    },
    async (request): Promise<IncidentWire> => {
      const incident = incidents.get(request.params.id)
      if (incident === null)
        throw new ApiProblem('not-found', `There is no incident ${JSON.stringify(request.params.id)}.`)
      return toWire(incident)
    },
  )

  app.post(
    '/incidents/:id/resolve',
    {
      schema: {
        operationId: 'resolveIncident',
        summary: 'End an incident; its alarm starts afresh',
        tags: ['incidents'],
        params: IncidentParams,
        body: ResolveBody,
        response: answers({ 200: IncidentShape }, 'not-found', 'conflict', ...OF_BODIES),
      },
      preValidation: emptyBodyIsEmptyObject,
    },
    async (request): Promise<IncidentWire> => {
      const note = request.body.note ?? null
      const result = await incidents.resolve(request.params.id, OPERATOR, note)
      if (isRefusal(result))
        throw new ApiProblem(result.reason === 'unknown-incident' ? 'not-found' : 'conflict', result.because)
      return toWire(result)
    },
  )
}

interface Page {
  readonly items: readonly IncidentWire[]
  readonly next: string | null
}

function isRefusal(result: Incident | ActRefusal): result is ActRefusal {
  return 'kind' in result && result.kind === 'refused'
}

function newestFirst(a: Incident, b: Incident): number {
  if (a.openedAt !== b.openedAt) return b.openedAt - a.openedAt
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0
}

function afterCursor(cursor: string): (incident: Incident) => boolean {
  const [openedAt, id] = decodeCursor(cursor, 2)
  if (typeof openedAt !== 'number' || typeof id !== 'string')
    throw new ApiProblem('invalid', 'cursor is not one that this list has given.')
  return (incident) => incident.openedAt < openedAt || (incident.openedAt === openedAt && incident.id < id)
}
