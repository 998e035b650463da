import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { Problem } from '../protocol/api-problems.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A request body that is documented and not validated: the feed, which is a stream. */
    documentedBody?: object
  }
}

/** Registers what gathers the routes into one OpenAPI document; `app.swagger()` gives it once the app is ready. */
export async function gatherOpenApi(app: FastifyInstance, version: string): Promise<void> {
  app.addSchema({ ...Problem, $id: 'Problem' })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Assay operator API',
        version,
        description:
          'Feeds tasks, keeps accounts and tells what broke, where and since when. The customers’ side, where reports come in, speaks the wire of the services it stands beside: docs/protocol.md.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'The server that gave this document.' }],
      security: [{ operatorToken: [] }],
      components: {
        securitySchemes: {
          operatorToken: {
            type: 'http',
            scheme: 'bearer',
            description: 'The token that Assay made at its first start, or ASSAY_OPERATOR_TOKEN.',
          },
        },
      },
      tags: [
        { name: 'accounts', description: 'Who may report.' },
        { name: 'tasks', description: 'What was issued.' },
        { name: 'reports', description: 'What customers say.' },
        { name: 'quality', description: 'Counts.' },
        { name: 'incidents', description: 'What broke.' },
        { name: 'actions', description: 'What the team did, and whether it helped.' },
        { name: 'events', description: 'What happens, as it happens.' },
      ],
    },
    refResolver: {
      buildLocalReference: (json, _baseUri, _fragment, index) =>
        typeof json.$id === 'string' ? json.$id : `shape-${index}`,
    },
    transformObject: (document) => {
      if (!('openapiObject' in document)) throw new Error('the document is not OpenAPI 3')
      return document.openapiObject
    },
  })
}

type Document = ReturnType<FastifyInstance['swagger']>

/**
 * The finished document: what the routes say, and the bodies that are documented without being validated.
 */
export function renderOpenApi(app: FastifyInstance, bodies: ReadonlyMap<string, object>): Document {
  const document = structuredClone(app.swagger()) as Document & {
    paths: Record<string, Record<string, object>>
  }
  for (const [route, requestBody] of bodies) {
    const [method = '', path = ''] = route.split(' ')
    const operation = document.paths[path]?.[method]
    if (operation === undefined) throw new Error(`${route} has a documented body and is not in the document`)
    Object.assign(operation, { requestBody: JSON.parse(JSON.stringify(requestBody)) })
  }
  return document
}
