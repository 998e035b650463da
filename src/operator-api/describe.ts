import type { TSchema } from 'typebox'
import { Type } from 'typebox'
import type { ProblemName } from '../protocol/api-problems.ts'
import { PROBLEMS } from '../protocol/api-problems.ts'

/** Any call can meet these. */
const ALWAYS: readonly ProblemName[] = ['invalid', 'unauthorized', 'internal', 'unavailable']

/** Any call with a JSON body can meet these, too. */
export const OF_BODIES = ['too-large', 'unsupported-media'] as const

const problemRef = Type.Unsafe<unknown>({ $ref: 'Problem#' })

/**
 * The answers of one call for the OpenAPI document: its success, and the problems it may meet besides those that any call can.
 */
export function answers(
  success: Readonly<Record<number, TSchema>>,
  ...problems: readonly ProblemName[]
): Record<string, unknown> {
  const titles = new Map<number, string[]>()
  for (const name of new Set([...ALWAYS, ...problems])) {
    const { status, title } = PROBLEMS[name]
    titles.set(status, [...(titles.get(status) ?? []), title])
  }
  const responses: Record<string, unknown> = { ...success }
  for (const [status, its] of [...titles].sort(([a], [b]) => a - b))
    responses[status] = {
      description: `${its.join(', or ')}.`,
      content: { 'application/problem+json': { schema: problemRef } },
    }
  return responses
}
