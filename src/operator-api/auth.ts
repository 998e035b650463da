import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendProblem } from './problem.ts'

type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>

/**
 * Lets a request pass that carries `Authorization: Bearer <token>`. Hashes are compared, in constant time, so that neither the
 * token's length nor its bytes can be measured.
 */
export function requireToken(operatorTokenHash: Buffer): Hook {
  if (operatorTokenHash.length !== 32)
    throw new RangeError(`the token's hash has ${operatorTokenHash.length} bytes, not the 32 of SHA-256`)
  return async (request, reply) => {
    const token = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
    if (token === undefined)
      return sendProblem(request, reply, 'unauthorized', 'Send `Authorization: Bearer <operator token>`.')
    const digest = createHash('sha256').update(token).digest()
    if (!timingSafeEqual(digest, operatorTokenHash))
      return sendProblem(request, reply, 'unauthorized', 'This is not the operator token.')
    return undefined
  }
}
