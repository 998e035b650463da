import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { Static } from 'typebox'
import type { Action, ActionEffect } from '../domain/action.ts'
import { MINUTE_MS, parseInstant, toIso } from '../domain/instant.ts'
import type { Instant } from '../domain/instant.ts'
import {
  ACTION_WHERE_MAX,
  ActionBody,
  ActionHeaders,
  ActionListQuery,
  ActionPage,
  ActionParams,
  ActionShape,
} from '../protocol/api-actions.ts'
import { compareAttributes, readAttributeValue } from './attributes.ts'
import type { RecordedAction } from '../store/contract.ts'
import type { OperatorApiDeps } from './deps.ts'
import { answers, OF_BODIES } from './describe.ts'
import { readSpan } from './instants.ts'
import { decodeCursor, encodeCursor } from './paging.ts'
import { ApiProblem } from './problem.ts'

/** How far ahead the clock of whoever tells may be. */
const AHEAD_MS_MAX = 5 * MINUTE_MS

/** What is said of an action that the analysis has not come to: never anything that looks like an answer. */
const NOT_READ: ActionEffect = {
  answer: 'too-early',
  hoursLeft: null,
  because: 'The analysis has not judged this action yet.',
}

/** What the team did, and whether it helped. */
export function actionRoutes(
  instance: FastifyInstance,
  { store, effects, clock }: Pick<OperatorApiDeps, 'store' | 'effects' | 'clock'>,
): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>()

  const withEffects = async (actions: readonly RecordedAction[]): Promise<ActionShape[]> => {
    if (actions.length === 0) return []
    const known = await effects()
    return actions.map((action) => actionToWire(action, known.get(action.id) ?? NOT_READ))
  }

  app.post(
    '/actions',
    {
      schema: {
        operationId: 'addAction',
        summary: 'Record something the team did',
        description:
          'Whether it helped is asked from now on. Sending the same again (the same Idempotency-Key or, without one, the same body) adds nothing and is answered with 200 and what was recorded first, so that a job may retry.',
        tags: ['actions'],
        headers: ActionHeaders,
        body: ActionBody,
        response: answers({ 200: ActionShape, 201: ActionShape }, 'conflict', ...OF_BODIES),
      },
    },
    async (request, reply): Promise<ActionShape> => {
      const now = clock.now()
      const key = request.headers['idempotency-key']
      const action = readAction(request.body, now, typeof key === 'string' ? key : null)
      const isNew = await store.addAction(action, now)
      const recorded = await store.findAction(action.id)
      if (recorded === null) throw new Error(`action ${action.id} was recorded and is not there`)
      if (!isNew && contentOf(recorded) !== contentOf(action))
        throw new ApiProblem(
          'conflict',
          `This Idempotency-Key was used for another action, ${action.id}. Nothing was changed.`,
        )
      reply.code(isNew ? 201 : 200)
      return (await withEffects([recorded]))[0] as ActionShape
    },
  )

  app.get(
    '/actions',
    {
      schema: {
        operationId: 'listActions',
        summary: 'List actions, the one recorded last first',
        tags: ['actions'],
        querystring: ActionListQuery,
        response: answers({ 200: ActionPage }),
      },
    },
    async (request): Promise<Static<typeof ActionPage>> => {
      const { kind, cursor, limit = 100 } = request.query
      const page = await store.listActions({
        ...readSpan(request.query),
        ...(kind !== undefined && { kind }),
        ...(cursor !== undefined && { after: storeCursor(cursor) }),
        limit,
      })
      return {
        items: await withEffects(page.items),
        next: page.next === null ? null : encodeCursor([page.next]),
      }
    },
  )

  app.get(
    '/actions/:id',
    {
      schema: {
        operationId: 'getAction',
        summary: 'One action, and whether it helped',
        tags: ['actions'],
        params: ActionParams,
        response: answers({ 200: ActionShape }, 'not-found'),
      },
    },
    async (request): Promise<ActionShape> => {
      const action = await store.findAction(request.params.id)
      if (action === null)
        throw new ApiProblem('not-found', `There is no action ${JSON.stringify(request.params.id)}.`)
      return (await withEffects([action]))[0] as ActionShape
    },
  )
}

function readAction(body: Static<typeof ActionBody>, now: Instant, key: string | null): Action {
  const at = parseInstant(body.at)
  if (at === null || at < 0)
    throw new ApiProblem(
      'invalid',
      `at is ${JSON.stringify(body.at)}: ISO 8601 with an offset, such as 2026-11-23T10:00:00Z, or integer milliseconds since 1970.`,
    )
  if (at > now + AHEAD_MS_MAX)
    throw new ApiProblem(
      'invalid',
      `at is ${toIso(at)}, which is more than 5 minutes ahead of ${toIso(now)}: record an action once it has taken effect.`,
    )
  const { kind, note = null } = body
  const content = { kind, at, where: readWhere(body.where), note }
  return { id: idOf(key === null ? `body ${contentOf(content)}` : `key ${key}`), ...content }
}

/** In one order, so that the same place is the same text. */
function readWhere(where: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(where)
  if (entries.length > ACTION_WHERE_MAX)
    throw new ApiProblem(
      'invalid',
      `where has ${entries.length} attributes; at most ${ACTION_WHERE_MAX} are allowed.`,
    )
  return Object.fromEntries(
    entries
      .map(([name, value]) => [name, readAttributeValue('where', name, value)] as const)
      .sort(([a], [b]) => compareAttributes(a, b)),
  )
}

function contentOf({ kind, at, where, note }: Omit<Action, 'id'>): string {
  return JSON.stringify([kind, at, Object.entries(where), note])
}

/** 80 bits: two actions share an id by chance about never. */
function idOf(text: string): string {
  return `act-${createHash('sha256').update(text).digest('hex').slice(0, 20)}`
}

/** The store's own cursor travels inside ours; it is a number as text on every engine. */
function storeCursor(cursor: string): string {
  const [after] = decodeCursor(cursor, 1)
  if (typeof after !== 'string' || !/^\d{1,15}$/.test(after))
    throw new ApiProblem('invalid', 'cursor is not one that this list has given.')
  return after
}

function actionToWire(action: RecordedAction, effect: ActionEffect): ActionShape {
  const { id, kind, at, where, note, recordedAt } = action
  return {
    id,
    kind,
    at: toIso(at),
    where: { ...where },
    note,
    recordedAt: toIso(recordedAt),
    effect: {
      answer: effect.answer,
      hoursLeft: effect.hoursLeft === null ? null : Math.ceil(effect.hoursLeft * 10) / 10,
      because: effect.because,
    },
  }
}
