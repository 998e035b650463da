import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'

const GUIDE = new URL('../../docs/api.md', import.meta.url)

/** Nothing but this server: the page works offline and tells nobody that it was opened. */
const DOCS_CSP = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The page that explains the API, open to everybody like the document it shows. */
export function docsRoutes(app: FastifyInstance, openApi: () => object): void {
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) =>
    reply.header('content-type', 'application/json; charset=utf-8').send(openApi()),
  )
  app.get('/docs/api.md', { schema: { hide: true } }, async (_request, reply) =>
    reply.header('content-type', 'text/markdown; charset=utf-8').send(await readFile(GUIDE, 'utf8')),
  )

  // Five megabytes of script: read when somebody first opens the page, in an app of their own, since the routes of this one are
  // fixed once it serves.
  let page: Promise<FastifyInstance> | null = null
  for (const path of ['/docs', '/docs/', '/docs/js/*'])
    app.get(path, { schema: { hide: true } }, async (request, reply) => {
      const docs = await (page ??= openDocs())
      reply.hijack()
      reply.raw.setHeader('content-security-policy', DOCS_CSP)
      reply.raw.setHeader('referrer-policy', 'no-referrer')
      reply.raw.setHeader('x-content-type-options', 'nosniff')
      docs.routing(request.raw, reply.raw)
    })
  app.addHook('onClose', async () => {
    if (page !== null) await (await page).close()
  })
}

async function openDocs(): Promise<FastifyInstance> {
  const [{ default: fastify }, { default: scalar }] = await Promise.all([
    import('fastify'),
    import('@scalar/fastify-api-reference'),
  ])
  const docs = fastify({ logger: false })
  await docs.register(scalar, {
    routePrefix: '/api/v1/docs',
    configuration: {
      url: '/api/v1/openapi.json',
      pageTitle: 'Assay operator API',
      withDefaultFonts: false,
      telemetry: false,
      agent: { disabled: true },
      hideClientButton: true,
      showDeveloperTools: 'never',
    },
  })
  await docs.ready()
  return docs
}
