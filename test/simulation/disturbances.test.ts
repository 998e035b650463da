import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS, HOUR_MS, MINUTE_MS, WEEK_MS } from '../../src/domain/instant.ts'
import type { Disturbance } from '../../src/simulator/disturbances.ts'
import type { ReportEvent, TaskEvent, WorldEvent } from '../../src/simulator/events.ts'
import { worldEvents } from '../../src/simulator/events.ts'
import { FLAT } from '../../src/simulator/arrivals.ts'
import { presetSettings } from '../../src/simulator/presets.ts'
import type { World } from '../../src/simulator/world.ts'
import { buildWorld } from '../../src/simulator/world.ts'

const startAt = Date.UTC(2026, 10, 16)
const day = (number: number): number => startAt + number * DAY_MS

/** The same every hour, so that days can be compared. */
function flatWorld(seed: number): World {
  const settings = presetSettings('practice', seed, startAt)
  return buildWorld({ ...settings, traffic: { ...settings.traffic, cycle: FLAT }, guests: ['g-1', 'g-2'] })
}

const world = flatWorld(1)

function live(
  disturbances: readonly Disturbance[],
  days: number,
): { tasks: TaskEvent[]; reports: ReportEvent[] } {
  const events: WorldEvent[] = [...worldEvents(world, [], day(days), disturbances)]
  let last = startAt
  for (const { at } of events) {
    assert.ok(at >= last, 'in order of time')
    last = at
  }
  return {
    tasks: events.filter((event) => event.kind === 'task'),
    reports: events.filter((event) => event.kind === 'report'),
  }
}

function assertCount(what: string, seen: number, expected: number): void {
  const off = Math.abs(seen - expected)
  assert.ok(off <= 4.5 * Math.sqrt(expected) + 0.02 * expected, `${what}: ${seen}, expected ${expected}`)
}

const within = (from: number, until: number) => (event: { readonly at: number }) =>
  event.at >= from && event.at < until

test('guests buy so much, where and while they are told, and report as they are told; nobody else changes', () => {
  const site = world.sites[2]?.name as string
  const { tasks, reports } = live(
    [
      {
        kind: 'guests',
        accounts: ['g-1', 'g-2'],
        sites: [site],
        tasksPerWeek: 14_000,
        habits: { blames: 1, accuses: 1, praises: 0, delayFactor: 0.05 },
        from: day(0.5),
        until: day(1),
      },
      {
        kind: 'guests',
        accounts: ['g-1'],
        sites: [],
        tasksPerWeek: 7_000,
        habits: { blames: 0, accuses: 0, praises: 1, praisesAll: true, delayFactor: 1 },
        from: day(1),
        until: day(1.5),
      },
    ],
    2,
  )
  const isGuest = ({ record }: TaskEvent | ReportEvent): boolean => record.account.startsWith('g-')
  const first = tasks.filter((event) => isGuest(event) && event.at < day(1))
  const second = tasks.filter((event) => isGuest(event) && event.at >= day(1))
  assertCount('tasks on the site', first.length, 1_000)
  assertCount('tasks everywhere', second.length, 500)
  assert.ok(first.every((event) => event.record.site === site && event.at >= day(0.5)))
  assert.ok(
    new Set(second.map((event) => event.record.site)).size > 20 && second.every(({ at }) => at < day(1.5)),
  )
  assert.deepEqual(new Set(first.map((event) => event.record.account)), new Set(['g-1', 'g-2']))
  const said = reports.filter(isGuest)
  assert.ok(said.filter(({ record }) => record.claim === 'bad').length >= 0.99 * first.length)
  assert.ok(said.filter(({ record }) => record.claim === 'good').length > 0.5 * second.length)

  const usual = live([], 2)
  const others = reports
    .filter((event) => !isGuest(event))
    .map(({ at, record: { account, claim } }) => [at, account, claim])
  assert.deepEqual(
    others,
    usual.reports.map(({ at, record: { account, claim } }) => [at, account, claim]),
  )
})

test('traffic grows and vanishes by its factor, on one site or everywhere', () => {
  const site = world.sites[10]?.name as string
  const at = (event: TaskEvent): boolean => event.record.site === site
  const usual = live([], 2)
  const usualHere = usual.tasks.filter(at).length / 4
  const usualAll = usual.tasks.length / 4
  const { tasks } = live(
    [
      { kind: 'traffic', site, factor: 50, from: day(0), until: day(0.5) },
      { kind: 'traffic', site, factor: 0, from: day(0.5), until: day(1) },
      { kind: 'traffic', site: null, factor: 0.2, from: day(1), until: day(1.5) },
      { kind: 'traffic', site: null, factor: 3, from: day(1.5), until: day(2) },
    ],
    2,
  )
  const count = (from: number, where: (event: TaskEvent) => boolean): number =>
    tasks.filter((event) => within(day(from), day(from + 0.5))(event) && where(event)).length
  assert.ok(Math.abs(count(0, at) / usualHere / 50 - 1) < 0.15, `${count(0, at)} for ${usualHere}`)
  assert.equal(count(0.5, at), 0)
  assertCount('others', count(0, () => true) - count(0, at), usualAll - usualHere)
  assertCount(
    'a fifth',
    count(1, () => true),
    0.2 * usualAll,
  )
  assertCount(
    'thrice',
    count(1.5, () => true),
    3 * usualAll,
  )
})

test('a campaign multiplies reports of rejections, old ones too, and none of them comes before it', () => {
  const from = day(1)
  const { reports } = live(
    [{ kind: 'reporting', account: null, factor: 1.5, lookBackMs: 6 * HOUR_MS, from, until: day(1.5) }],
    3,
  )
  const usual = live([], 3)
  const solved = (events: readonly ReportEvent[], low: number, high: number): number =>
    events.filter(
      ({ task, record, truth }) =>
        record.claim === 'bad' &&
        truth.rejected &&
        (task.solvedAt ?? 0) >= low &&
        (task.solvedAt ?? 0) < high,
    ).length
  const inside =
    solved(reports, from - 6 * HOUR_MS, day(1.5)) / solved(usual.reports, from - 6 * HOUR_MS, day(1.5))
  assert.ok(inside > 1.2 && inside < 1.55, `${inside} times as many, some report all anyway`)
  assert.equal(solved(reports, day(0), from - 6 * HOUR_MS), solved(usual.reports, day(0), from - 6 * HOUR_MS))
  const early = (events: readonly ReportEvent[]): number => events.filter(({ at }) => at < from).length
  assert.equal(early(reports), early(usual.reports))
})

test('one account that turns loud leaves all others as they are', () => {
  const account = world.accounts.find(({ behaviour }) => behaviour === 'some')
  assert.ok(account)
  const factor = 1 / account.blames
  const { reports } = live(
    [{ kind: 'reporting', account: account.id, factor, lookBackMs: 0, from: day(0), until: day(2) }],
    2,
  )
  const usual = live([], 2).reports
  const of = (events: readonly ReportEvent[], own: boolean): number =>
    events.filter(({ record }) => (record.account === account.id) === own && record.claim === 'bad').length
  assert.equal(of(reports, false), of(usual, false))
  assert.ok(of(reports, true) > of(usual, true))
})

test('people report by the hour, as often as usual in the mean', () => {
  const { reports } = live([{ kind: 'reporting-cycle', peakToTrough: 3, from: day(0), until: day(6) }], 6)
  // Who reports a third at most is not held up by having reported all.
  const timid = new Set(
    world.accounts.filter(({ blames }) => blames > 0 && blames <= 0.65).map(({ id }) => id),
  )
  const byHour = (low: number, high: number): number =>
    reports.filter(({ task, record, truth }) => {
      const hour = ((task.solvedAt ?? 0) % DAY_MS) / HOUR_MS
      return (
        record.claim === 'bad' && truth.rejected && timid.has(record.account) && hour >= low && hour < high
      )
    }).length
  const ratio = byHour(12, 20) / (byHour(0, 8) + 1)
  // 1 + 0.5 cos, over the best and the worst eight hours: 1.413 / 0.587.
  assert.ok(ratio > 1.9 && ratio < 3, `${ratio}`)
})

test('slow reports take three times as long; a backlog comes at once', () => {
  const usual = live([], 2)
  const delayOf = ({ at, task }: ReportEvent): number => at - (task.solvedAt as number)
  const median = (delays: readonly number[]): number =>
    [...delays].sort((a, b) => a - b)[delays.length >> 1] as number
  const slow = live([{ kind: 'delays', factor: 3, from: day(0), until: day(1) }], 3)
  const inside = (events: readonly ReportEvent[]): number[] =>
    events.filter(({ task }) => (task.solvedAt as number) < day(1)).map(delayOf)
  const times = median(inside(slow.reports)) / median(inside(usual.reports))
  assert.ok(times > 2.3 && times < 3.3, `${times} times as slow`)

  const [from, until] = [day(1), day(1) + 8 * HOUR_MS]
  const held = live([{ kind: 'backlog', account: null, withinMs: MINUTE_MS, from, until }], 2)
  assert.equal(held.reports.filter(within(from, until)).length, 0)
  const waiting = usual.reports.filter(within(from, until)).length
  const atOnce = held.reports.filter(within(until, until + MINUTE_MS)).length
  assert.ok(waiting > 100 && atOnce >= waiting && atOnce < waiting + 20, `${atOnce} for ${waiting}`)
})

test('a burst is thirty times the reports of one account on one site, and of nobody else', () => {
  const account = world.accounts.find(({ behaviour }) => behaviour === 'some')
  const site = world.sites[account?.favourites[0] ?? 0]?.name
  assert.ok(account && site)
  const burst: Disturbance = {
    kind: 'burst',
    account: account.id,
    site,
    factor: 30,
    from: day(0),
    until: day(7),
  }
  const share = (events: readonly ReportEvent[], own: boolean): number =>
    events.filter(
      ({ task, record }) =>
        (record.account === account.id && task.site === site) === own && record.claim === 'bad',
    ).length
  const usual = live([], 8).reports
  const loud = live([burst], 8).reports
  assert.equal(share(loud, false), share(usual, false))
  const times = share(loud, true) / share(usual, true)
  const uncertain = 4.5 / Math.sqrt(share(usual, true))
  assert.ok(times > 30 / (1 + uncertain) - 3 && times < 30 * (1 + 2 * uncertain), `${times} times as many`)
})

test('claims that change are bad first, then good, once; tasks in disorder are late and their reports later', () => {
  const changed = live([{ kind: 'changed-claims', share: 0.3, from: day(0), until: day(2) }], 3).reports
  const back = changed.filter(({ replaces }) => replaces !== null)
  const bad = changed.filter(
    ({ record, task }) => record.claim === 'bad' && (task.solvedAt as number) < day(2),
  )
  assert.ok(
    back.length > 0.24 * bad.length && back.length < 0.34 * bad.length,
    `${back.length} of ${bad.length}`,
  )
  const first = new Map(bad.map(({ at, record }) => [record.taskId, at]))
  assert.equal(new Set(back.map(({ record }) => record.taskId)).size, back.length)
  for (const { at, record, replaces } of back) {
    assert.deepEqual([record.claim, replaces], ['good', 'bad'])
    assert.ok(at > (first.get(record.taskId) as number))
  }

  const mixed: Disturbance = {
    kind: 'disorder',
    tasksLate: 0.33,
    reportsAhead: 0.2,
    withinMs: HOUR_MS,
    from: day(0),
    until: day(1),
  }
  const { tasks, reports } = live([mixed], 1)
  const late = tasks.filter(({ at, record }) => at > (record.solvedAt as number))
  assertCount('late tasks', late.length, 0.33 * tasks.length)
  assert.ok(tasks.every(({ at, record }) => at - (record.solvedAt as number) < HOUR_MS))
  const recordedAt = new Map(tasks.map(({ at, record }) => [record.taskId, at]))
  assert.ok(reports.every(({ at, record }) => at >= (recordedAt.get(record.taskId) as number)))
  const ahead = reports.filter(({ at, record }) => record.reportedAt > at)
  assert.ok(
    ahead.length > 0.1 * reports.length && ahead.every(({ at, record }) => record.reportedAt - at < HOUR_MS),
  )
})

test('a disturbance that cannot be is named', () => {
  const guests: Disturbance = {
    kind: 'guests',
    accounts: ['nobody'],
    sites: [],
    tasksPerWeek: 1,
    habits: { blames: 0, accuses: 0, praises: 0, delayFactor: 1 },
    from: startAt,
    until: startAt + WEEK_MS,
  }
  assert.throws(() => worldEvents(world, [], day(1), [guests]).next(), /no guest 'nobody'/)
  assert.throws(
    () => worldEvents(world, [], day(1), [{ ...guests, accounts: ['g-1'], sites: ['x.example'] }]).next(),
    /no site 'x\.example'/,
  )
  assert.throws(
    () =>
      worldEvents(world, [], day(1), [
        { kind: 'traffic', site: 'x.example', factor: 2, from: day(0), until: day(1) },
      ]).next(),
    /no site 'x\.example'/,
  )
})
