import fastify, { LogController } from 'fastify'
import type { FastifyInstance } from 'fastify'
import { accountRoutes } from './accounts.ts'
import { actionRoutes } from './actions.ts'
import { requireToken } from './auth.ts'
import type { OperatorApiDeps, ToldVerdict } from './deps.ts'
import { docsRoutes } from './docs-page.ts'
import { answerError } from './errors.ts'
import { createEventHub } from './event-hub.ts'
import { eventRoutes } from './events.ts'
import { incidentRoutes } from './incidents.ts'
import { gatherOpenApi, renderOpenApi } from './openapi.ts'
import { outcomeRoutes } from './outcomes.ts'
import { probeRoutes } from './probes.ts'
import { sendProblem } from './problem.ts'
import { qualityRoutes } from './quality.ts'
import { reportRoutes } from './reports.ts'
import { newFeedNumbers, taskRoutes } from './tasks.ts'
import { compileValidator } from './validation.ts'

const PREFIX = '/api/v1'
/** Our own JSON bodies are small; the feed has limits of its own. */
const BODY_BYTES_MAX = 64 * 1024

/** Promised, and not here: said in words, so that nobody looks for a typing mistake. */
const NOT_YET =
  /^\/api\/v1\/(?:exposure|accounts\/[^/]+\/export|incidents\/[^/]+\/(?:acknowledge|snooze|reopen|note|split|merge))\/?$/

/**
 * Builds the operator's side of the service: `/api/v1`, the probes and the metrics page. It does not listen. Building it twice in
 * one process is ordinary.
 */
export async function buildOperatorApi(deps: OperatorApiDeps): Promise<FastifyInstance> {
  const app = fastify({
    // Fastify's own lines have whole URLs in them; a query may name a customer. See logAnswers.
    loggerInstance: deps.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    genReqId: requestIds(deps.randomBytes),
    routerOptions: { maxParamLength: 1_024 },
    frameworkErrors: (error, request, reply) => answerError(error, request, reply as never),
    ...(deps.serverFactory !== undefined && { serverFactory: deps.serverFactory }),
  }) as unknown as FastifyInstance
  app.setValidatorCompiler(compileValidator as never)
  // What handlers return is typed by the schemas, and the tests check the answers against them.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, 'not-found', `There is no ${request.method} ${pathOf(request.url)}.`),
  )
  logAnswers(app)
  await gatherOpenApi(app, deps.version)

  const bodies = new Map<string, object>()
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.documentedBody !== undefined)
      bodies.set(`${String(method).toLowerCase()} ${url}`, config.documentedBody)
  })
  const events = createEventHub({
    incident: (id) => {
      const incident = deps.incidents.get(id)
      return incident === null ? null : deps.toWire(incident)
    },
    outcomes: () => deps.store.outcomes(),
    onError: (error) => deps.log.warn({ err: error }, 'outcomes could not be read for those who listen'),
    startedAt: deps.clock.now(),
  })
  deps.onIncident((id) => events.incidentChanged(id))
  deps.onVerdict((change) => events.verdictChanged(change.taskId, verdictToWire(change)))
  const feeds = newFeedNumbers()
  probeRoutes(app, deps, events, feeds)
  let openApi: object | null = null
  await app.register(
    async (open) => docsRoutes(open, () => (openApi ??= renderOpenApi(app, bodies) as object)),
    {
      prefix: PREFIX,
    },
  )
  await app.register(
    async (guarded) => {
      guarded.addHook('onRequest', requireToken(deps.operatorTokenHash))
      guarded.setNotFoundHandler((request, reply) => {
        const path = pathOf(request.url)
        const detail = NOT_YET.test(path)
          ? `${request.method} ${path} is not in this release yet.`
          : `There is no ${request.method} ${path}.`
        return sendProblem(request, reply, 'not-found', detail)
      })
      accountRoutes(guarded, deps)
      outcomeRoutes(guarded, deps)
      reportRoutes(guarded, deps)
      qualityRoutes(guarded, deps)
      incidentRoutes(guarded, deps)
      actionRoutes(guarded, deps)
      eventRoutes(guarded, events)
      // In a scope of its own: its bodies are read in its own way.
      await guarded.register(async (scope) => taskRoutes(scope, deps, feeds))
    },
    { prefix: PREFIX },
  )
  await app.ready()
  return app
}

/** With the documented keys only, in their order. */
function verdictToWire({ taskId, account, verdict, because, incidentId }: ToldVerdict): object {
  return { taskId, account, verdict, because, incidentId }
}

/** One line an answer, with the route instead of the URL. */
function logAnswers(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    request.log.debug(
      {
        method: request.method,
        route: request.routeOptions.url ?? null,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
      },
      'answered',
    )
  })
}

/** Ids that stay apart across restarts, so that one found in an answer leads to one place in the log. */
function requestIds(randomBytes: (size: number) => Buffer): () => string {
  const process = randomBytes(4).toString('hex')
  let number = 0
  return () => `${process}-${(++number).toString(36)}`
}

function pathOf(url: string): string {
  const query = url.indexOf('?')
  return (query < 0 ? url : url.slice(0, query)).slice(0, 200)
}
