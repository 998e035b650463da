import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { run } from 'node:test'
import { runChecks } from './checks.ts'

/**
 * `npm test`: the checks of the code as text, then every test file in its own process. Prints a line a file, then
 * whatever failed, then one line `N passed, N failed, N skipped`. A test that is skipped without a reason has failed.
 */
const root = join(import.meta.dirname, '..')
const args = process.argv.slice(2).filter((arg) => arg !== '+test')
if (args.includes('--full')) process.env.ASSAY_TEST_FULL = '1'
const patterns = args.filter((arg) => !arg.startsWith('--'))

const failures: { title: string; detail: string }[] = []
const skips: string[] = []
let passed = 0

if (patterns.length === 0) {
  for (const { name, passed: ok, output } of await runChecks()) {
    console.log(`${ok ? 'ok  ' : 'FAIL'}  ${name}`)
    if (ok) passed++
    else failures.push({ title: name, detail: output.slice(0, 8_000) })
  }
}

const files = globSync(patterns.length > 0 ? patterns : ['{src,test,bench,score,tools}/**/*.test.ts'], {
  cwd: root,
  exclude: ['**/node_modules/**'],
}).sort()

// Long files first, so that none is left running alone at the end.
const slow = /crash|clients|simulation|postgres/
files.sort((a, b) => Number(slow.test(b)) - Number(slow.test(a)))

const perFile = new Map<string, { passed: number; failed: number }>()

const events = run({
  files: files.map((file) => join(root, file)),
  concurrency: Math.max(2, availableParallelism()),
  isolation: 'process',
  timeout: 40 * 60_000,
})

// `test:complete` comes when a test ends; `test:pass` and `test:fail` wait for all files before it.
events.on('test:complete', (event) => {
  const name = nameOf(event.file ?? event.name)
  if (isFile(event)) return endOfFile(name, event.details)
  if (event.details.type === 'suite') return
  if (event.skip !== undefined || event.todo !== undefined) {
    const reason = typeof event.skip === 'string' && event.skip.length > 0 ? event.skip : null
    if (reason === null) fail(`${name}: ${event.name}`, 'skipped without saying why')
    else skips.push(`${name}: ${event.name} (${reason})`)
  } else if (event.details.passed) {
    passed++
    count(name).passed++
  } else {
    // A test with tests inside fails because one of them did, which is reported on its own.
    const detail = describe(event.details.error)
    if (!/subtests? failed/.test(detail)) fail(`${name}: ${event.name}`, detail)
    count(name).failed++
  }
})

/** A file is reported as a test of its own by the runner: only what stands inside it counts, unless it never got that far. */
function endOfFile(name: string, details: { passed: boolean; duration_ms: number; error?: unknown }): void {
  const { passed: good, failed } = count(name)
  if (!details.passed && failed === 0) fail(name, describe(details.error))
  const bad = details.passed ? 0 : Math.max(1, failed)
  const seconds = (details.duration_ms / 1000).toFixed(1)
  console.log(
    `${bad === 0 ? 'ok  ' : 'FAIL'}  ${name}  ${good} passed${bad ? `, ${bad} failed` : ''}  ${seconds} s`,
  )
}

function fail(title: string, detail: string): void {
  failures.push({ title, detail })
}

function describe(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
}

events.on('test:stderr', (event) => {
  if (process.env.ASSAY_TEST_VERBOSE === '1') process.stderr.write(event.message)
})

await new Promise<void>((resolve, reject) => {
  events.on('end', resolve)
  events.on('error', reject)
  events.resume()
})

for (const line of skips) console.log(`skip  ${line}`)
for (const { title, detail } of failures) console.log(`\nFAILED  ${title}\n${indent(detail)}`)
console.log(`\n${passed} passed, ${failures.length} failed, ${skips.length} skipped`)
process.exitCode = failures.length === 0 ? 0 : 1

function count(name: string): { passed: number; failed: number } {
  let entry = perFile.get(name)
  if (entry === undefined) perFile.set(name, (entry = { passed: 0, failed: 0 }))
  return entry
}

function isFile(event: { name: string; nesting: number; file?: string }): boolean {
  return event.nesting === 0 && (event.name === event.file || event.name.endsWith('.test.ts'))
}

function nameOf(file: string | undefined): string {
  return file === undefined ? '?' : file.replace(`${root}/`, '')
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ')
}
