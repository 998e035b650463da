import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { decodeReport } from '../../registry/decode-report.ts'
import { decodeTask, RecordProblem } from '../../registry/decode.ts'

const scratch = mkdtempSync(join(tmpdir(), 'assay-simulate-'))
after(() => rmSync(scratch, { recursive: true, force: true }))
const main = join(import.meta.dirname, '..', 'main.ts')

function assay(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

const simulate = (scenario: string, ...args: string[]) => assay('simulate', '--scenario', scenario, ...args)

function linesOf(folder: string, name: string): unknown[] {
  const text = gunzipSync(readFileSync(join(folder, name))).toString()
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown)
}

test('files that the feed and backtest read, with the truth beside them; the same seed gives the same bytes', () => {
  const folders = ['first', 'second'].map((name) => join(scratch, name))
  const [first = '', second = ''] = folders
  for (const folder of folders) {
    const { code, out, err } = simulate(
      'incidents',
      '--seed',
      '3',
      '--weeks',
      '0.15',
      '--out',
      folder,
      '--json',
    )
    assert.equal(code, 0, err)
    const summary = JSON.parse(out) as { tasks: number; reports: number; actions: number; faults: number }
    const tasks = linesOf(folder, 'tasks.ndjson.gz').map(decodeTask)
    const reports = linesOf(folder, 'reports.ndjson.gz').map(decodeReport)
    const actions = linesOf(folder, 'actions.ndjson.gz')
    assert.deepEqual(
      [tasks.length, reports.length, actions.length],
      [summary.tasks, summary.reports, summary.actions],
    )
    assert.ok(tasks.length > 100_000 && reports.length > 1_000 && summary.faults > 0)
    assert.ok(![...tasks, ...reports].some((one) => one instanceof RecordProblem))
  }
  const truth = JSON.parse(readFileSync(join(first, 'truth.json'), 'utf8')) as {
    scenario: string
    faults: {
      name: string
      situation: string
      where: unknown[]
      from: string
      limit: { minutes: number | null }
    }[]
  }
  assert.equal(truth.scenario, 'incidents-1')
  for (const fault of truth.faults)
    assert.ok(fault.where.length > 0 && Date.parse(fault.from) > 0, fault.name)
  for (const name of ['tasks.ndjson.gz', 'reports.ndjson.gz', 'actions.ndjson.gz', 'truth.json'])
    assert.ok(readFileSync(join(first, name)).equals(readFileSync(join(second, name))), name)
})

test('nothing is written over, and what cannot be is said', () => {
  const folder = join(scratch, 'first')
  const before = readdirSync(folder).map((name) => readFileSync(join(folder, name)).length)
  const again = simulate('incidents', '--weeks', '0.1', '--out', folder)
  assert.equal(again.code, 1)
  assert.match(again.err, /there already; name another folder/)
  assert.deepEqual(
    readdirSync(folder).map((name) => readFileSync(join(folder, name)).length),
    before,
  )
  rmSync(join(folder, 'truth.json'))
  rmSync(join(folder, 'tasks.ndjson.gz'))
  assert.equal(simulate('incidents', '--weeks', '0.1', '--out', folder).code, 1)
  assert.deepEqual(readdirSync(folder).sort(), ['actions.ndjson.gz', 'reports.ndjson.gz'])

  for (const [args, words] of [
    [['--out', 'x'], /--scenario/],
    [['--scenario', 'incidents'], /--out/],
    [['--scenario', 'nonsense', '--out', 'x'], /no 'nonsense'.*--list/],
    [['--scenario', 'incidents', '--weeks', '-1', '--out', 'x'], /--weeks/],
  ] as const) {
    const { code, err } = assay('simulate', ...args)
    assert.equal(code, 2)
    assert.match(err, words)
  }
  const list = assay('simulate', '--list', '--json')
  assert.ok(list.out.trim().split('\n').length > 20)
})
