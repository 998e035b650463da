import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { ConfigError, printConfig, readConfig } from './config.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-config-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function problemsOf(env: NodeJS.ProcessEnv, file: string | null = null): readonly string[] {
  try {
    readConfig(env, file)
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.problems
  }
  return []
}

describe('configuration', () => {
  test('has a default for everything', () => {
    const config = readConfig({}, null)
    assert.equal(config.host, '127.0.0.1')
    assert.equal(config.port, 8787)
    assert.equal(config.reportWindowMs, 86_400_000)
    assert.equal(config.retentionMs, 90 * 86_400_000)
    assert.equal(config.adminPort, null)
  })

  test('takes the environment before the file, and the file before the default', () => {
    const file = join(folder, 'assay.yaml')
    writeFileSync(file, 'port: 1\nreportWindow: 2h\ntaskTypes: {MyTask: image}\n')
    const config = readConfig({ ASSAY_PORT: '0' }, file)
    assert.equal(config.port, 0)
    assert.equal(config.reportWindowMs, 7_200_000)
    assert.equal(config.taskTypes.get('mytask'), 'image')
  })

  test('reads a secret from a file', () => {
    const path = join(folder, 'token')
    writeFileSync(path, 'a-token-of-some-length\n')
    assert.equal(
      readConfig({ ASSAY_OPERATOR_TOKEN_FILE: path }, null).operatorToken,
      'a-token-of-some-length',
    )
  })

  test('names every wrong value at once, with where it stands and what is allowed', () => {
    const file = join(folder, 'assay.yaml')
    writeFileSync(file, 'retention: soon\ntaskTypes: {MyTask: sound}\nprot: 1\n')
    const problems = problemsOf({ ASSAY_PORT: '99999', ASSAY_STRICT_CLASS: 'perhaps' }, file)
    for (const part of [
      'ASSAY_PORT (environment): "99999" is not allowed: an integer from 0',
      'ASSAY_STRICT_CLASS (environment): "perhaps" is not allowed: on or off',
      'retention (assay.yaml): "soon" is not allowed: a number with a unit',
      'taskTypes.MyTask (assay.yaml): "sound" is not allowed: image or token',
      'prot (assay.yaml): no such setting',
    ])
      assert.ok(
        problems.some((problem) => problem.startsWith(part)),
        `${part}\n${problems.join('\n')}`,
      )
  })

  test('never shows a secret, neither in an error nor when printed', () => {
    assert.ok(!problemsOf({ ASSAY_SECRET: 'short' }).join().includes('short'))
    const printed = printConfig(readConfig({ ASSAY_SECRET: 'x'.repeat(40) }, null)).join('\n')
    assert.ok(!printed.includes('xxxx') && printed.includes('ASSAY_SECRET=(set)'))
  })

  test('refuses a setting it does not know and an engine it does not have', () => {
    assert.match(problemsOf({ ASSAY_PROT: '1' })[0] ?? '', /no such setting/)
    assert.match(problemsOf({ ASSAY_DATABASE_URL: 'postgres://x' })[0] ?? '', /later release/)
  })

  test('refuses a file that is not there or not YAML', () => {
    assert.match(problemsOf({}, join(folder, 'none.yaml'))[0] ?? '', /ENOENT/)
    writeFileSync(join(folder, 'bad.yaml'), '- a\n- b\n')
    assert.match(problemsOf({}, join(folder, 'bad.yaml'))[0] ?? '', /mapping/)
  })
})
