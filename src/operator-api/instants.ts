import type { Instant } from '../domain/instant.ts'
import { parseInstant } from '../domain/instant.ts'
import { ApiProblem } from './problem.ts'

/** The half-open span that `from` and `to` of a query mean. @throws ApiProblem naming the field */
export function readSpan(query: { readonly from?: string; readonly to?: string }): {
  from?: Instant
  to?: Instant
} {
  const span: { from?: Instant; to?: Instant } = {}
  if (query.from !== undefined) span.from = readInstant('from', query.from)
  if (query.to !== undefined) span.to = readInstant('to', query.to)
  if (span.from !== undefined && span.to !== undefined && span.from >= span.to)
    throw new ApiProblem('invalid', `from is ${query.from}, which is not before to, ${query.to}.`)
  return span
}

function readInstant(field: string, text: string): Instant {
  // An offset's plus sign that was not escaped arrives as a space.
  const written = text.replace(/ (?=\d{2}:?\d{2}$)/, '+')
  const instant = parseInstant(/^-?\d{1,16}$/.test(written) ? Number(written) : written)
  if (instant === null)
    throw new ApiProblem(
      'invalid',
      `${field} is ${JSON.stringify(text)}: ISO 8601 with an offset, such as 2026-11-23T10:00:00Z, or integer milliseconds since 1970.`,
    )
  return instant
}
