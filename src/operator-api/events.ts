import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { EventHub } from './event-hub.ts'
import { answers } from './describe.ts'
import { ApiProblem } from './problem.ts'

const Stream = Type.String({
  description:
    'Server-sent events. `incident`: an incident, new or changed, as the list has it. `verdict`: what is thought of a report, `{taskId, account, verdict, because, incidentId}`, when a finding has changed it. `outcomes`: the totals of /outcomes, at once and then at most once a second when they changed. `resync`: what was missed is not kept any more, read the lists anew. A comment every 15 s.',
})

/** Server-sent events: what happens, as it happens. */
export function eventRoutes(app: FastifyInstance, events: EventHub): void {
  app.get(
    '/events',
    {
      // A HEAD would listen for ever to nothing.
      exposeHeadRoute: false,
      schema: {
        operationId: 'events',
        summary: 'Listen to what happens',
        description:
          'Send `Last-Event-ID` to resume; browsers do so by themselves. At most 100 listen at once.',
        tags: ['events'],
        headers: Type.Object({
          'last-event-id': Type.Optional(
            Type.String({ description: 'The id of the last event that was seen.', maxLength: 64 }),
          ),
        }),
        response: answers({
          200: { description: 'The stream.', content: { 'text/event-stream': { schema: Stream } } } as never,
        }),
      },
    },
    (request, reply) => {
      if (events.isFull)
        throw new ApiProblem('unavailable', 'Too many are listening already, or the server is about to stop.')
      const lastEventId = request.headers['last-event-id']
      const { raw } = reply.hijack()
      raw.setHeader('content-type', 'text/event-stream; charset=utf-8')
      raw.setHeader('cache-control', 'no-store')
      // Proxies that gather an answer before passing it on would gather for ever.
      raw.setHeader('x-accel-buffering', 'no')
      const end = events.listen(raw, typeof lastEventId === 'string' ? lastEventId : null)
      raw.on('close', end)
      raw.on('error', end)
    },
  )

  app.addHook('preClose', async () => events.close())
}
