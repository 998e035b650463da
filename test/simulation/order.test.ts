import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS, HOUR_MS } from '../../src/domain/instant.ts'
import { taskClassOf } from '../../src/domain/task-class.ts'
import { parseTaskId } from '../../src/domain/task-id.ts'
import { worldEvents } from '../../src/simulator/events.ts'
import { presetSettings } from '../../src/simulator/presets.ts'
import { buildWorld } from '../../src/simulator/world.ts'

const startAt = Date.UTC(2026, 10, 16)

for (const preset of ['small', 'segments2000'] as const)
  test(`${preset}: events are in order; a report comes once, after its task, from its owner, before people give up`, () => {
    const world = buildWorld(presetSettings(preset, 1, startAt))
    const solvedAt = new Map<unknown, number>()
    const owners = new Map<unknown, string>()
    const reported = new Set<unknown>()
    let last = startAt
    for (const event of worldEvents(world, [], startAt + 1.5 * DAY_MS)) {
      assert.ok(event.at >= last, `${event.kind} at ${event.at} after ${last}`)
      last = event.at
      const { taskId, account } = event.record
      if (event.kind === 'task') {
        assert.equal(parseTaskId(taskId), taskId)
        assert.ok(!owners.has(taskId), `task ${taskId} twice`)
        owners.set(taskId, account)
        const { status, solvedAt: solved, issuedAt } = event.record
        if (status === 'ready') {
          assert.equal(solved, event.at)
          solvedAt.set(taskId, event.at)
        } else assert.ok(solved === null && issuedAt !== null && issuedAt < event.at)
      } else {
        const solved = solvedAt.get(taskId)
        assert.ok(solved !== undefined && event.at > solved && event.at <= solved + DAY_MS)
        assert.equal(event.record.reportedAt, event.at)
        assert.equal(owners.get(taskId), account)
        assert.equal(event.task.taskId, taskId)
        assert.ok(!reported.has(taskId), `task ${taskId} reported twice`)
        reported.add(taskId)
        if (event.record.claim === 'good') assert.equal(taskClassOf(event.task.type, new Map()), 'token')
      }
    }
    assert.ok(reported.size > 1_000)
  })

test('a history ends at its end, and one that ends before it begins is empty', () => {
  const world = buildWorld(presetSettings('small', 1, startAt))
  const until = startAt + 2 * HOUR_MS
  for (const event of worldEvents(world, [], until)) assert.ok(event.at < until)
  assert.deepEqual([...worldEvents(world, [], startAt)], [])
})

test('a site that opens later has no traffic before, and then its part', () => {
  const opensAt = startAt + 12 * HOUR_MS
  const settings = presetSettings('small', 2, startAt)
  const world = buildWorld({ ...settings, openings: [{ siteRank: 1, at: opensAt }] })
  const name = world.sites[1]?.name
  let after = 0
  for (const event of worldEvents(world, [], startAt + DAY_MS)) {
    if (event.kind !== 'task' || event.record.site !== name) continue
    assert.ok(event.at >= opensAt)
    after++
  }
  assert.ok(after > 1_000, `${after} tasks`)
})

test('memory is that of the reports under way: a week takes no more than a day', () => {
  const world = buildWorld(presetSettings('segments2000', 1, startAt))
  const events = worldEvents(world, [], Infinity)
  const heapAfter = (until: number): number => {
    let kept = 0
    for (let next = events.next(); next.done !== true && next.value.at < until; next = events.next()) kept++
    assert.ok(kept > 0)
    globalThis.gc?.()
    return process.memoryUsage().heapUsed
  }
  const day = heapAfter(startAt + DAY_MS)
  const week = heapAfter(startAt + 7 * DAY_MS)
  // Without --expose-gc the heap also holds what was not collected yet: 2 M records would take some 500 MB.
  assert.ok(week - day < 60e6, `grew by ${Math.round((week - day) / 1e6)} MB`)
})
