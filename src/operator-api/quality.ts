import type { FastifyInstance } from 'fastify'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { Static } from 'typebox'
import { toIso } from '../domain/instant.ts'
import type { QualityRow } from '../protocol/api-quality.ts'
import { QUALITY_BINS, QualityPage, QualityQuery } from '../protocol/api-quality.ts'
import type { CounterQuery, CounterRow } from '../store/contract.ts'
import { checkAttribute } from './attributes.ts'
import type { OperatorApiDeps } from './deps.ts'
import { answers } from './describe.ts'
import { readSpan } from './instants.ts'
import { decodeCursor, pageAfter } from './paging.ts'
import { ApiProblem } from './problem.ts'
import { judgeCounts } from './rate.ts'

/** Names one answer may tell apart. */
const BY_MAX = 8

const FILTERS = ['type', 'site', 'solver', 'region', 'account', 'group'] as const

/** Counts of tasks and reports, by what they have in common. */
export function qualityRoutes(
  instance: FastifyInstance,
  { quality }: Pick<OperatorApiDeps, 'quality'>,
): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>()
  app.get(
    '/quality',
    {
      schema: {
        operationId: 'quality',
        summary: 'Count tasks and reports by attribute and time, and hold them against what is expected',
        description:
          'Filter by any attribute: `site=shop.example`, `labels.pool=b`. Counts are by solve time and include everything that was accepted before the call. Any parts add up to the whole. Beyond 1,000,000 combinations of attributes what is new is counted as site and solver `(other)` of its type.',
        tags: ['quality'],
        querystring: QualityQuery,
        response: answers({ 200: QualityPage }, 'too-wide'),
      },
    },
    async (request): Promise<Static<typeof QualityPage>> => {
      const { cursor, limit = 1_000 } = request.query
      const query = readQuery(request.query)
      const isAfter = cursor === undefined ? null : afterCursor(query, cursor)
      const page = pageAfter(await ask(quality, query), isAfter, limit, (row) => keyOf(query, row))
      return { items: page.items.map(rowToWire), next: page.next }
    },
  )
}

function readQuery(query: QualityQuery): CounterQuery {
  const by = query.by === undefined || query.by === '' ? [] : query.by.split(',').map((name) => name.trim())
  if (by.length > BY_MAX)
    throw new ApiProblem('invalid', `by has ${by.length} names; at most ${BY_MAX} are allowed.`)
  for (const name of by) checkAttribute('by', name)
  if (new Set(by).size < by.length)
    throw new ApiProblem('invalid', `by is ${JSON.stringify(query.by)}, which has a name twice.`)
  const filter: Record<string, string> = {}
  for (const name of FILTERS) {
    const value = query[name]
    if (value !== undefined) filter[name] = value
  }
  for (const [name, value] of Object.entries(query))
    if (name.startsWith('labels.') && typeof value === 'string') filter[name] = value
  return { by, filter, ...readSpan(query), binMs: query.bin === undefined ? null : QUALITY_BINS[query.bin] }
}

/** What the counters cannot answer is the caller's to change, and they say how. */
async function ask(quality: OperatorApiDeps['quality'], query: CounterQuery): Promise<readonly CounterRow[]> {
  try {
    return await quality(query)
  } catch (error) {
    if (error instanceof RangeError) throw new ApiProblem('too-wide', `${error.message}.`)
    throw error
  }
}

type Key = readonly (string | number | null)[]

function keyOf({ by }: CounterQuery, { at, where }: CounterRow): Key {
  return [at, ...by.map((name) => where[name] ?? null)]
}

/** Rows are ordered by time, then by value, none before any: so are their keys. */
function afterCursor(query: CounterQuery, cursor: string): (row: CounterRow) => boolean {
  const last = decodeCursor(cursor, 1 + query.by.length)
  return (row) => {
    const key = keyOf(query, row)
    for (const [index, part] of key.entries()) {
      const a = part ?? (index === 0 ? 0 : '')
      const b = last[index] ?? (index === 0 ? 0 : '')
      if (a !== b) return a > b
    }
    return false
  }
}

function rowToWire(row: CounterRow): QualityRow {
  const { where, at, issued, bad, good } = row
  return {
    where: { ...where },
    at: at === null ? null : toIso(at),
    exposure: issued,
    reports: bad,
    good,
    ...judgeCounts(row),
  }
}
