import type { FastifyInstance } from 'fastify'
import type { OperatorApiDeps } from './deps.ts'
import { requireToken } from './auth.ts'
import type { EventHub } from './event-hub.ts'
import { createMetrics } from './metrics.ts'
import type { FeedNumbers } from './tasks.ts'

/** For whoever runs the service: is it there, does it serve, how does it do. Outside `/api/v1`. */
export function probeRoutes(
  app: FastifyInstance,
  deps: OperatorApiDeps,
  events: EventHub,
  feeds: FeedNumbers,
): void {
  app.get('/livez', { schema: { hide: true } }, async () => ({ status: 'ok' }))

  app.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
    const { ok, reason } = deps.ready()
    if (!ok) reply.code(503).header('retry-after', '1')
    reply.header('cache-control', 'no-store')
    return ok ? { status: 'ok' } : { status: 'not ready', reason: reason ?? null }
  })

  const metrics = createMetrics({ ...deps, events, feeds })
  app.get(
    '/metrics',
    {
      schema: { hide: true },
      ...(!deps.adminPortSeparate && { onRequest: requireToken(deps.operatorTokenHash) }),
    },
    async (_request, reply) => {
      const text = await metrics.text()
      return reply.header('content-type', metrics.contentType).header('cache-control', 'no-store').send(text)
    },
  )
}
