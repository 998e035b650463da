import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import packageJson from '../../package.json' with { type: 'json' }
import { openApi } from '../../test/operator-api/fixture.ts'
import { API_GUIDE_PATH, PROBLEMS, problemType } from '../protocol/api-problems.ts'

const COMMITTED = new URL('../../docs/openapi.json', import.meta.url)
const GUIDE = new URL('../../docs/api.md', import.meta.url)

interface Operation {
  readonly operationId?: string
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly { readonly name: string; readonly description?: string }[]
  readonly requestBody?: { readonly content: Record<string, unknown> }
}

async function render() {
  const api = await openApi({ version: packageJson.version })
  const { body, text } = await api.ask('GET', '/api/v1/openapi.json', { token: null })
  await api.close()
  return { document: body, text, operations: operationsOf(body.paths as Paths) }
}

type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>

function operationsOf(paths: Paths): [name: string, operation: Operation][] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  )
}

describe('the OpenAPI document', () => {
  test('is the one in docs/openapi.json', async () => {
    const { document } = await render()
    if (process.env.UPDATE_SNAPSHOTS === '1')
      writeFileSync(
        COMMITTED,
        `${JSON.stringify(document, null, 2)}
`,
      )
    assert.deepEqual(
      document,
      JSON.parse(readFileSync(COMMITTED, 'utf8')),
      'the API has changed: look at the difference, then write it down with\n' +
        '  UPDATE_SNAPSHOTS=1 npm test -- src/operator-api/openapi.test.ts',
    )
  })

  test('has every call of this release, each with an id of its own', async () => {
    const { document, operations } = await render()
    assert.equal(document.openapi, '3.1.0')
    assert.deepEqual(operations.map(([name]) => name).sort(), [
      'DELETE /api/v1/accounts/{id}/keys/{keyId}',
      'GET /api/v1/accounts',
      'GET /api/v1/accounts/{id}/keys',
      'GET /api/v1/actions',
      'GET /api/v1/actions/{id}',
      'GET /api/v1/events',
      'GET /api/v1/incidents',
      'GET /api/v1/incidents/{id}',
      'GET /api/v1/outcomes',
      'GET /api/v1/quality',
      'GET /api/v1/reports',
      'GET /api/v1/reports/{taskId}',
      'POST /api/v1/accounts',
      'POST /api/v1/accounts/{id}/keys',
      'POST /api/v1/actions',
      'POST /api/v1/incidents/{id}/resolve',
      'POST /api/v1/tasks',
    ])
    const ids = operations.map(([, { operationId }]) => operationId)
    assert.equal(new Set(ids).size, operations.length)
    const feed = operations.find(([name]) => name === 'POST /api/v1/tasks')?.[1]
    assert.deepEqual(Object.keys(feed?.requestBody?.content ?? {}), [
      'application/x-ndjson',
      'application/json',
    ])
  })

  test('says what every call, parameter and property is', async () => {
    const { document, operations } = await render()
    const silent: string[] = []
    for (const [name, { summary, tags, parameters = [] }] of operations) {
      if (!isSentence(summary)) silent.push(`${name}: summary`)
      if (tags?.length !== 1) silent.push(`${name}: tag`)
      for (const parameter of parameters)
        if (!isSentence(parameter.description)) silent.push(`${name}: ${parameter.name}`)
    }
    eachProperty(document, '', (path, property) => {
      if (!isSentence(property.description)) silent.push(path)
    })
    assert.deepEqual(silent, [])
  })

  test('has nothing in it that belongs to a tool', async () => {
    const { text } = await render()
    for (const mark of ['"$id"', '"~', 'documentedBody', 'def-0']) assert.ok(!text.includes(mark), mark)
  })
})

describe('the guide', () => {
  test('explains every problem under the anchor that its type names', async () => {
    const guide = readFileSync(GUIDE, 'utf8')
    for (const [name, { status, title, meaning }] of Object.entries(PROBLEMS)) {
      assert.equal(problemType(name as keyof typeof PROBLEMS), `${API_GUIDE_PATH}#${name}`)
      const row = `| <a id="${name}"></a>\`${name}\` | ${status} | ${title} | ${meaning} |`
      assert.ok(
        guide.replaceAll(/ +/g, ' ').includes(row.replaceAll(/ +/g, ' ')),
        `docs/api.md lacks the row\n${row}`,
      )
    }
  })

  test('has examples that work', async () => {
    const api = await openApi()
    await api.ask('POST', '/api/v1/accounts', { body: { id: 'acme' } })
    const guide = readFileSync(GUIDE, 'utf8')
    const record = /```json\n(\{\s*"taskId".*?\})\n```/s.exec(guide)?.[1]
    assert.ok(record)
    const fed = await api.ask('POST', '/api/v1/tasks', { body: record.replaceAll('\n', ' ') })
    assert.equal(fed.body.recorded, 1, fed.text)
    const calls = [...guide.matchAll(/"?\$ASSAY_URL(\/[^"'\s]*)/g)].map(([, path]) => path as string)
    assert.ok(calls.length > 8)
    for (const call of calls) {
      const path = call.replace(/A-[0-9A-Z]+/, 'A-NOBODY')
      // A path that is there wants a token; one that is not has nothing to ask for it.
      const { paths } = (await api.ask('GET', '/api/v1/openapi.json')).body
      const known = [
        ...Object.keys(paths),
        '/metrics',
        '/api/v1/openapi.json',
        '/api/v1/docs',
        '/livez',
        '/readyz',
      ]
      const isKnown = known.some((one) =>
        new RegExp(`^${one.replace(/\{\w+\}/g, '[^/]+')}$`).test(path.replace(/\?.*/, '')),
      )
      assert.ok(isKnown, `docs/api.md calls ${call}, which is not there`)
    }
    await api.close()
  })
})

function isSentence(text: string | undefined): boolean {
  return text !== undefined && text.length >= 4
}

/** Every property of every schema in the document. */
function eachProperty(
  node: unknown,
  path: string,
  visit: (path: string, property: { description?: string }) => void,
): void {
  if (typeof node !== 'object' || node === null) return
  for (const [key, value] of Object.entries(node)) {
    if (key === 'properties' && typeof value === 'object' && value !== null)
      for (const [name, property] of Object.entries(value))
        visit(`${path}.${name}`, property as { description?: string })
    eachProperty(value, `${path}.${key}`, visit)
  }
}
