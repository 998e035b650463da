import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Problem, ProblemName } from '../protocol/api-problems.ts'
import { PROBLEMS, problemType } from '../protocol/api-problems.ts'

/** Thrown by a handler: what a caller did wrong, or must wait for. `extra` stands beside the standard members. */
export class ApiProblem extends Error {
  override name = 'ApiProblem'
  readonly problem: ProblemName
  readonly extra: Readonly<Record<string, unknown>>
  constructor(problem: ProblemName, detail: string, extra: Readonly<Record<string, unknown>> = {}) {
    super(detail)
    this.problem = problem
    this.extra = extra
  }
}

/** Answers with a problem (RFC 9457). */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  name: ProblemName,
  detail: string,
  extra: Readonly<Record<string, unknown>> = {},
): FastifyReply {
  const { status, title } = PROBLEMS[name]
  const problem: Problem = {
    type: problemType(name),
    title,
    status,
    detail,
    instance: request.id,
  }
  if (name === 'unauthorized') reply.header('www-authenticate', 'Bearer realm="assay"')
  if (status === 503) reply.header('retry-after', '1')
  return (
    reply
      .code(status)
      .header('content-type', 'application/problem+json')
      .header('cache-control', 'no-store')
      // As text: a route's own serializer knows only its success.
      .serializer((body: unknown) => JSON.stringify(body))
      .send({ ...problem, ...extra })
  )
}
