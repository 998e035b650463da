import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { openApi } from '../../test/operator-api/fixture.ts'

describe('the docs page', () => {
  test('asks this server and no other', async () => {
    const api = await openApi()
    const page = await api.ask('GET', '/api/v1/docs/', { token: null })
    assert.equal(page.status, 200)
    assert.match(String(page.headers['content-type']), /^text\/html/)
    assert.deepEqual(page.text.match(/(?:https?:)?\/\/[\w.-]+\.\w+/g), null, 'the page names a host')
    for (const setting of [
      '"withDefaultFonts": false',
      '"telemetry": false',
      '"url": "/api/v1/openapi.json"',
    ])
      assert.ok(page.text.includes(setting), setting)
    assert.ok(!/proxyUrl|cdn\./.test(page.text))
    await api.close()
  })

  test('may not ask another, whatever its script tries', async () => {
    const api = await openApi()
    const { headers } = await api.ask('GET', '/api/v1/docs/', { token: null })
    const policy = String(headers['content-security-policy'])
    assert.match(policy, /^default-src 'none';/)
    const sources = policy.split(';').flatMap((rule) => rule.trim().split(' ').slice(1))
    const kinds = new Set(sources.map((source) => source.replace(/^'sha256-.*'$/, 'a hash')))
    assert.deepEqual([...kinds].sort(), ["'none'", "'self'", "'unsafe-inline'", 'a hash', 'data:'])
    assert.match(policy, /script-src 'self' 'sha256-[\w+/]{43}='; style-src 'unsafe-inline';/)
    assert.equal(headers['referrer-policy'], 'no-referrer')
    await api.close()
  })

  test('has its script here, and leads from the path without a slash', async () => {
    const api = await openApi()
    const page = await api.ask('GET', '/api/v1/docs/', { token: null })
    const src = /<script src="([^"]+)"/.exec(page.text)?.[1]
    assert.ok(src)
    const path = new URL(src, 'http://here/api/v1/docs/').pathname
    const script = await api.ask('GET', path, { token: null })
    assert.equal(script.status, 200)
    assert.match(String(script.headers['content-type']), /javascript/)
    const packed = await api.app.inject({ url: path, headers: { 'accept-encoding': 'gzip, br' } })
    assert.equal(packed.headers['content-encoding'], 'gzip')
    assert.equal(gunzipSync(packed.rawPayload).toString(), script.text)
    const bare = await api.ask('GET', '/api/v1/docs', { token: null })
    assert.equal(bare.status, 301)
    assert.equal(new URL(String(bare.headers.location), 'http://here/api/v1/docs').pathname, '/api/v1/docs/')
    await api.close()
  })

  test('has the guide beside it', async () => {
    const api = await openApi()
    const guide = await api.ask('GET', '/api/v1/docs/api.md', { token: null })
    assert.match(guide.text, /^# The operator API/)
    assert.match(String(guide.headers['content-type']), /^text\/markdown/)
    await api.close()
  })
})
