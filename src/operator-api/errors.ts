import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { ProblemName } from '../protocol/api-problems.ts'
import { StoreUnavailable } from '../store/contract.ts'
import { ApiProblem, sendProblem } from './problem.ts'

/** The problems by which the framework's own refusals are told. */
const BY_STATUS: Readonly<Record<number, ProblemName>> = {
  400: 'invalid',
  404: 'not-found',
  413: 'too-large',
  414: 'invalid',
  415: 'unsupported-media',
}

/**
 * Every error on its way out. What a caller can cause keeps its words; what only we can cause is one opaque answer, whose
 * `instance` finds the facts in the log.
 */
export function answerError(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): void {
  if (error instanceof ApiProblem) {
    sendProblem(request, reply, error.problem, error.message, error.extra)
    return
  }
  if (error instanceof StoreUnavailable) {
    request.log.error({ err: error }, 'the store could not answer')
    sendProblem(
      request,
      reply,
      'unavailable',
      'The store, or the analysis, cannot answer now; try again soon.',
    )
    return
  }
  const status = 'statusCode' in error ? error.statusCode : undefined
  const known = status === undefined ? undefined : BY_STATUS[status]
  if (known !== undefined) {
    sendProblem(request, reply, known, error.message)
    return
  }
  request.log.error({ err: error }, 'a request failed in an unexpected way')
  sendProblem(request, reply, 'internal', 'This is a fault of Assay. The log knows more under this instance.')
}
