import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { HOUR_MS, parseInstant } from '../../domain/instant.ts'
import { decodeReport } from '../../registry/decode-report.ts'
import { decodeTask, RecordProblem } from '../../registry/decode.ts'
import { incidentWorlds } from '../../simulator/catalogue/incidents.ts'
import type { Scenario } from '../../simulator/scenario.ts'
import { scenarioEvents } from '../../simulator/scenario.ts'
import { writeHistory } from './history-files.ts'

const scratch = mkdtempSync(join(tmpdir(), 'assay-simulate-'))
after(() => rmSync(scratch, { recursive: true, force: true }))

/** Half a day is enough to see that the files hold what happens; one action is brought forward into it. */
const [whole] = incidentWorlds('test 2', 8) as [Scenario]
const startAt = whole.world.settings.startAt
const scenario: Scenario = {
  ...whole,
  until: startAt + 12 * HOUR_MS,
  actions: whole.actions
    .slice(0, 1)
    .map((planned) => ({ ...planned, action: { ...planned.action, at: startAt + HOUR_MS } })),
}

function linesOf(folder: string, name: string): Record<string, unknown>[] {
  const text = gunzipSync(readFileSync(join(folder, name))).toString()
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

test('records that the feed and backtest read are those of the scenario, with the truth beside them', async () => {
  const folder = join(scratch, 'first')
  const counts = await writeHistory(scenario, '2', folder)
  const events = [...scenarioEvents(scenario)]
  const tasks = linesOf(folder, 'tasks.ndjson.gz').map(decodeTask)
  assert.deepEqual(
    tasks.map((task) =>
      task instanceof RecordProblem ? task.detail : [task.taskId, task.account, task.solvedAt],
    ),
    events.flatMap((event) =>
      event.kind === 'task' ? [[event.record.taskId, event.record.account, event.record.solvedAt]] : [],
    ),
  )
  assert.deepEqual(
    linesOf(folder, 'reports.ndjson.gz').map(decodeReport),
    events.flatMap((event) => (event.kind === 'report' ? [event.record] : [])),
  )
  const actions = linesOf(folder, 'actions.ndjson.gz').map((action) => ({
    ...action,
    at: parseInstant(action.at),
  }))
  assert.deepEqual(
    actions,
    scenario.actions.map(({ action }) => action),
  )
  assert.deepEqual(
    [counts.tasks, counts.reports, counts.actions],
    [tasks.length, events.length - tasks.length - 1, 1],
  )

  const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as {
    faults: { name: string; where: unknown[]; from: string }[]
  }
  assert.deepEqual(
    truth.faults.map(({ name, where, from }) => [name, where, parseInstant(from)]),
    scenario.faults.map(({ name, where, from }) => [name, where, from]),
  )
})

test('the same scenario gives the same bytes', async () => {
  const [first, second] = ['first', 'second'].map((name) => join(scratch, name)) as [string, string]
  await writeHistory(scenario, '2', second)
  for (const name of readdirSync(first))
    assert.ok(readFileSync(join(first, name)).equals(readFileSync(join(second, name))), name)
  assert.equal(readdirSync(first).length, 4)
})

test('nothing is written over, and what was there stays', async () => {
  const folder = join(scratch, 'second')
  const sizes = (): [string, number][] =>
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name)).length])
  const before = sizes()
  await assert.rejects(
    writeHistory(scenario, '2', folder),
    /truth\.json: cannot be made \(it is there already/,
  )
  assert.deepEqual(sizes(), before)
  rmSync(join(folder, 'truth.json'))
  rmSync(join(folder, 'tasks.ndjson.gz'))
  await assert.rejects(writeHistory(scenario, '2', folder), /reports\.ndjson\.gz: cannot be made/)
  assert.deepEqual(
    sizes(),
    before.filter(([name]) => name.startsWith('actions') || name.startsWith('reports')),
  )
  await assert.rejects(writeHistory(scenario, '2', join(folder, 'actions.ndjson.gz', 'x')), /cannot be made/)
})

test('the command names its scenarios, and says what it was not told', () => {
  const assay = (...args: string[]): { code: number | null; out: string; err: string } => {
    const main = join(import.meta.dirname, '..', 'main.ts')
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'simulate', ...args], {
      encoding: 'utf8',
    })
    return { code: status, out: stdout, err: stderr }
  }
  const names = assay('--list', '--json')
  assert.equal(names.code, 0)
  assert.ok(names.out.trim().split('\n').length > 20)
  for (const [args, words] of [
    [['--scenario', 'nonsense', '--out', 'x'], /no 'nonsense'.*--list/],
    [['--scenario', 'incidents', '--weeks', '-1', '--out', 'x'], /--weeks/],
  ] as const) {
    const { code, err } = assay(...args)
    assert.equal(code, 2)
    assert.match(err, words)
  }
})
