import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { HOUR_MS, MINUTE_MS, toIso } from '../../domain/instant.ts'

const START = Date.UTC(2026, 10, 2)
const MAIN = join(import.meta.dirname, '../main.ts')

let folder = ''
before(() => (folder = mkdtempSync(join(tmpdir(), 'assay-test-'))))
after(() => rmSync(folder, { recursive: true }))

/** @param flags by their names, `true` for a flag without a value */
function assay(flags: Readonly<Record<string, string | true>>): {
  code: number | null
  out: string
  err: string
} {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR }
  const args = Object.entries(flags).flatMap(([flag, value]) =>
    value === true ? [`--${flag}`] : [`--${flag}`, value],
  )
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'backtest', ...args], {
    cwd: folder,
    env,
  })
  return { code: status, out: stdout.toString(), err: stderr.toString() }
}

/** @returns the file's name, in the folder in which the command runs */
function file(name: string, lines: readonly unknown[]): string {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n')
  writeFileSync(join(folder, name), name.endsWith('.gz') ? gzipSync(text) : text)
  return name
}

/** Ten customers, two sites, a task a minute each; after 80 hours one of the sites rejects half of everything. */
function world(): { tasks: object[]; reports: object[] } {
  const tasks: object[] = []
  const reports: object[] = []
  for (let minute = 0; minute < 84 * 60; minute++)
    for (const [s, site] of ['shop.example', 'bank.example'].entries()) {
      const taskId = s === 0 ? 2 * minute + 1 : `opaque-${minute}`
      const account = `account-${(minute * 7 + s) % 10}`
      const solvedAt = START + minute * MINUTE_MS + s * 1_000
      const isBroken = s === 0 && minute >= 80 * 60
      tasks.push({
        taskId,
        account,
        type: 'TurnstileTask',
        site,
        solver: '3.8.1',
        status: 'ready',
        solvedAt: toIso(solvedAt),
      })
      if (isBroken ? minute % 2 === 0 : (minute * 31 + s * 17) % 50 === 0)
        reports.push({ taskId, account, claim: 'bad', reportedAt: solvedAt + ((minute % 9) + 1) * MINUTE_MS })
    }
  return { tasks, reports }
}

describe('assay backtest', () => {
  test('prints incidents as JSON and a summary, the same bytes from packed files in any order', () => {
    const { tasks, reports } = world()
    const plainly = assay({
      tasks: file('t.ndjson', tasks),
      reports: file('r.ndjson', reports),
      verdicts: 'v1.ndjson',
      json: true,
    })
    assert.deepEqual({ code: plainly.code, err: plainly.err }, { code: 0, err: '' })
    const mixed = tasks
      .map((task, i) => ({ task, at: (i * 7_919) % tasks.length }))
      .sort((a, b) => a.at - b.at)
    const packed = assay({
      tasks: file(
        't.ndjson.gz',
        mixed.map(({ task }) => task),
      ),
      reports: file('r.ndjson.gz', [...reports.toReversed(), '', ...reports]),
      verdicts: 'v2.ndjson',
      json: true,
    })
    const withoutSeconds = (out: string) => out.replace(/"seconds":[\d.]+/, '"seconds":0')
    assert.equal(withoutSeconds(packed.out), withoutSeconds(plainly.out))
    const lines = plainly.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    assert.deepEqual(Object.keys(lines.at(-1)?.summary as object), [
      'tasks',
      'reports',
      'weeks',
      'incidents',
      'seconds',
    ])
    assert.deepEqual(lines[0]?.where, { type: 'TurnstileTask', site: 'shop.example' })

    const verdicts = readFileSync(join(folder, 'v1.ndjson'), 'utf8')
    assert.equal(readFileSync(join(folder, 'v2.ndjson'), 'utf8'), verdicts)
    const parsed = verdicts
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    assert.equal(parsed.length, reports.length)
    assert.deepEqual(Object.keys(parsed[0] as object), ['taskId', 'verdict', 'because', 'incidentId'])
    assert.equal(existsSync(join(folder, 'v1.ndjson.partial')), false)
  })

  test('says to people what they would have been told, and what could not be judged', () => {
    const { tasks, reports } = world()
    const action = {
      kind: 'solver-release',
      at: START + 81 * HOUR_MS,
      where: { solver: '3.8.2' },
      note: 'hotfix',
    }
    const { code, out, err } = assay({
      tasks: file('t.ndjson', tasks),
      reports: file('r.ndjson', reports),
      actions: file('a.ndjson', [action, action]),
    })
    assert.deepEqual({ code, err }, { code: 0, err: '' })
    assert.match(out, /^Assay would have told you of 1 incident: .+ after it began, after \d+ reports\.\n/)
    assert.match(out, /TurnstileTask at shop\.example/)
    assert.equal(
      out.match(/solver-release, solver 3\.8\.2 \(hotfix\): /g)?.length,
      1,
      'told twice, done once',
    )
    assert.match(out, /What could not be judged\n {2}Until 2026-11-04 00:00 /)
  })

  test('names lines that are no records and goes on; the exit code says that something was left out', () => {
    const { tasks, reports } = world()
    const { code, out, err } = assay({
      tasks: file('t.ndjson', ['{"taskId":', ...tasks.slice(0, 9), { taskId: 0 }]),
      reports: file('r.ndjson', [{ ...reports[0], claim: 'odd' }]),
      actions: file('a.ndjson', [{ kind: 'other', at: 0, where: { city: 'x' } }, { kind: 'odd' }]),
      json: true,
    })
    assert.equal(code, 1)
    assert.deepEqual(
      err
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/^([^:]+:\d+: [\w.]+).*/, '$1')),
      [
        'r.ndjson:1: claim',
        'a.ndjson:1: where.city',
        'a.ndjson:2: kind',
        't.ndjson:1: not',
        't.ndjson:11: taskId',
      ],
    )
    assert.match(out, /^\{"summary":\{"tasks":9,"reports":0,.*"actions":\[\]/)
  })

  test('takes the knob from the flag, else from the settings, and refuses what is none', () => {
    const { tasks } = world()
    const files = {
      tasks: file('t.ndjson', tasks.slice(0, 9)),
      reports: file('r.ndjson', []),
      config: 'own.yaml',
    }
    writeFileSync(join(folder, 'own.yaml'), 'falseIncidentsPerWeek: 3\n')
    assert.match(assay(files).out, /at most 3 false incidents a week/)
    assert.match(
      assay({ ...files, 'false-incidents-per-week': '0.5' }).out,
      /at most 0\.5 false incidents a week/,
    )
    const wrong = assay({ ...files, 'false-incidents-per-week': '0' })
    assert.deepEqual([wrong.code, wrong.out], [2, ''])
    assert.match(wrong.err, /a number above 0 and at most 1000/)
  })

  test('says which file cannot be read or written, before any work', () => {
    const tasks = file('t.ndjson', [])
    const missing = assay({ tasks, reports: 'missing.ndjson' })
    assert.deepEqual([missing.code, missing.err], [1, 'assay: missing.ndjson: cannot be read (ENOENT)\n'])
    const nowhere = assay({ tasks, reports: tasks, verdicts: 'no/v.ndjson' })
    assert.deepEqual([nowhere.code, nowhere.err], [1, 'assay: no/v.ndjson: cannot be written (ENOENT)\n'])
    const cut = gzipSync('x'.repeat(100_000)).subarray(0, 60)
    writeFileSync(join(folder, 'cut.ndjson.gz'), cut)
    const broken = assay({ tasks: 'cut.ndjson.gz', reports: tasks })
    assert.deepEqual([broken.code, broken.out], [1, ''])
    assert.match(broken.err, /^assay: cut\.ndjson\.gz: unexpected end of file\n$/)
  })
})
