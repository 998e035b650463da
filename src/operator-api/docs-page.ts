import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyInstance } from 'fastify'

const GUIDE = new URL('../../docs/api.md', import.meta.url)

/** The page that explains the API and the document it shows; both are open to everybody. */
export function docsRoutes(app: FastifyInstance, openApi: () => object): void {
  const hidden = { schema: { hide: true } }
  // Five megabytes of script: not read before somebody opens the page.
  let page: Promise<DocsPage> | null = null
  const rendered = (): Promise<DocsPage> => (page ??= renderDocs())

  app.get('/openapi.json', hidden, async (_request, reply) =>
    reply.header('content-type', 'application/json; charset=utf-8').send(openApi()),
  )
  app.get('/docs/api.md', hidden, async (_request, reply) =>
    reply.header('content-type', 'text/markdown; charset=utf-8').send(await readFile(GUIDE, 'utf8')),
  )
  // The script stands beside the page, so the path needs its slash.
  app.get('/docs', hidden, async (_request, reply) => reply.redirect('docs/', 301))
  app.get('/docs/', hidden, async (_request, reply) => {
    const { html, policy } = await rendered()
    return reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', policy)
      .header('referrer-policy', 'no-referrer')
      .header('x-content-type-options', 'nosniff')
      .send(html)
  })
  app.get(`/docs/${SCRIPT}`, hidden, async (request, reply) => {
    const { script, scriptGzip } = await rendered()
    const mayPack = /\bgzip\b/.test(String(request.headers['accept-encoding']))
    if (mayPack) reply.header('content-encoding', 'gzip')
    return reply
      .header('content-type', 'text/javascript; charset=utf-8')
      .header('cache-control', 'public, max-age=3600')
      .header('vary', 'accept-encoding')
      .header('x-content-type-options', 'nosniff')
      .send(mayPack ? scriptGzip : script)
  })
}

const SCRIPT = 'js/scalar.js'

interface DocsPage {
  readonly html: string
  readonly policy: string
  readonly script: Buffer
  readonly scriptGzip: Buffer
}

/**
 * Takes page and script from Scalar's plugin, once, in an app of its own: the routes of a serving app are fixed. Fonts, telemetry,
 * proxy and assistant, each of which would ask another server, are off; and the policy lets nothing else be asked.
 */
async function renderDocs(): Promise<DocsPage> {
  const [{ default: fastify }, { default: scalar }] = await Promise.all([
    import('fastify'),
    import('@scalar/fastify-api-reference'),
  ])
  const docs = fastify({ logger: false })
  await docs.register(scalar, {
    routePrefix: '/docs',
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
  const html = (await docs.inject('/docs/')).body
  const script = (await docs.inject(`/docs/${SCRIPT}`)).rawPayload
  await docs.close()
  if (!html.includes(`src="${SCRIPT}"`)) throw new Error(`the docs page does not ask for ${SCRIPT}`)
  return { html, policy: policyOf(html), script, scriptGzip: await promisify(gzip)(script) }
}

/** Only this server, and of scripts only its files and the one that stands in the page, as it stands there. */
function policyOf(html: string): string {
  const inline = [...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>(.*?)<\/script>/gs)].map(
    ([, text]) =>
      `'sha256-${createHash('sha256')
        .update(text ?? '')
        .digest('base64')}'`,
  )
  return [
    "default-src 'none'",
    `script-src 'self' ${inline.join(' ')}`,
    // It styles itself as it runs.
    "style-src 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
