import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

const require = createRequire(import.meta.url)

test('the clients are the published ones, at the versions whose behaviour docs/protocol.md describes', () => {
  const protocol = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')
  const { devDependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  for (const [name, version] of Object.entries(devDependencies)) {
    assert.equal(installedVersion(name), version)
    assert.ok(protocol.includes(`\`${name}\` ${version}`), `docs/protocol.md names ${name} ${version}`)
  }
})

/** The version in the nearest package.json above a package's entry. */
function installedVersion(name: string): string {
  let folder = dirname(require.resolve(name))
  for (;;) {
    try {
      const found = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        name?: string
        version: string
      }
      if (found.name === name) return found.version
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    assert.notEqual(dirname(folder), folder, `${name} is installed`)
    folder = dirname(folder)
  }
}
