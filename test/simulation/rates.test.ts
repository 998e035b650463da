import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS, HOUR_MS, MINUTE_MS, WEEK_MS } from '../../src/domain/instant.ts'
import { FLAT } from '../../src/simulator/arrivals.ts'
import type { Fault } from '../../src/simulator/breaks.ts'
import { worldEvents } from '../../src/simulator/events.ts'
import { exactRateWorld } from '../../src/simulator/exact-rate.ts'
import { presetSettings } from '../../src/simulator/presets.ts'
import { faultTruths } from '../../src/simulator/truth.ts'
import type { World } from '../../src/simulator/world.ts'
import { buildWorld } from '../../src/simulator/world.ts'

const startAt = Date.UTC(2026, 10, 16)

/** Within some standard deviations of a Poisson count, and a little for what the formula leaves out. */
function assertCount(what: string, seen: number, expected: number, slack: number): void {
  const allowed = 4.5 * Math.sqrt(expected) + slack * expected
  assert.ok(
    Math.abs(seen - expected) <= allowed,
    `${what}: ${seen}, expected ${expected.toFixed(1)} +- ${allowed.toFixed(1)}`,
  )
}

function faultAt(where: Fault['where'], from: number, factor: number): Fault {
  return {
    name: JSON.stringify(where),
    where,
    from,
    until: Infinity,
    effect: { kind: 'factor', factor },
    course: { kind: 'sudden' },
  }
}

test('a week of segments2000 has its 16,800 bad reports, its tasks and its segments', () => {
  const world = buildWorld(presetSettings('segments2000', 11, startAt))
  const segments = new Set<string>()
  let tasks = 0
  let bad = 0
  for (const event of worldEvents(world, [], startAt + WEEK_MS)) {
    if (event.kind === 'task') {
      tasks++
      segments.add(`${event.record.type} ${event.record.site}`)
    } else if (event.record.claim === 'bad') bad++
  }
  assert.equal(
    world.sites.reduce((sum, site) => sum + site.types.length, 0),
    2_000,
  )
  assert.ok(segments.size > 1_950, `${segments.size} segments with traffic`)
  assertCount('tasks', tasks, world.tasksPerWeek, 0)
  // The first reports come late, some are given up, later versions differ a little.
  assertCount('bad reports', bad, 16_800, 0.05)
})

test('accounts behave as the settings say, and what they do is seen in their reports', () => {
  const world = buildWorld(presetSettings('segments2000', 12, startAt))
  const count = (behaviour: string): number =>
    world.accounts.filter((one) => one.behaviour === behaviour).length
  assert.deepEqual(['some', 'all', 'everything', 'random', 'never'].map(count), [700, 60, 20, 20, 1_200])
  const trafficOf = (behaviour: string): number =>
    world.accounts.reduce((sum, one) => sum + (one.behaviour === behaviour ? one.traffic : 0), 0)
  assert.ok(Math.abs(trafficOf('some') - 0.35) < 0.12, `some: ${trafficOf('some')} of the traffic`)
  assert.ok(trafficOf('everything') < 0.005)

  const byAccount = new Map(
    world.accounts.map((one) => [one.id, { account: one, rejected: 0, blamed: 0, accused: 0 }]),
  )
  for (const event of worldEvents(world, [], startAt + 3 * DAY_MS)) {
    const one = byAccount.get(event.record.account)
    assert.ok(one)
    if (event.kind === 'task') one.rejected += Number(event.truth.rejected)
    else if (event.record.claim === 'good') continue
    else if (event.truth.rejected) one.blamed++
    else one.accused++
  }
  const blames = { some: 0, all: 0, never: 0, everything: 0, random: 0, guest: 0 }
  for (const { account, rejected, blamed, accused } of byAccount.values()) {
    if (account.behaviour === 'never') assert.equal(blamed + accused, 0)
    if (account.behaviour === 'some' || account.behaviour === 'all') assert.equal(accused, 0)
    if (rejected > 300) assertCount(`reports of ${account.id}`, blamed, rejected * account.blames, 0.1)
    blames[account.behaviour] += blamed + accused
  }
  assert.ok(
    blames.some > 1_000 && blames.all > 100 && blames.everything > 100 && blames.random > 3,
    JSON.stringify(blames),
  )
})

test('traffic falls by Zipf’s law, most of an account’s goes to its favourites, and each version takes its turn', () => {
  const world = buildWorld(presetSettings('full', 13, startAt))
  const bySite = new Map<string, number>()
  const versions = new Set<string>()
  let tasks = 0
  let loyal = 0
  for (const event of worldEvents(world, [], startAt + 2 * HOUR_MS)) {
    if (event.kind !== 'task') continue
    tasks++
    versions.add(event.record.solver)
    bySite.set(event.record.site, (bySite.get(event.record.site) ?? 0) + 1)
    const account = world.accounts.find((one) => one.id === event.record.account)
    const site = world.sites.findIndex((one) => one.name === event.record.site)
    if (account?.favourites.includes(site)) loyal++
  }
  // 70 % by loyalty, and by chance some of the rest.
  assert.ok(loyal / tasks > 0.7 && loyal / tasks < 0.85, `${loyal / tasks} of the tasks go to favourites`)
  const shareOf = (from: number, to: number): number =>
    world.sites.slice(from, to).reduce((sum, site) => sum + (bySite.get(site.name) ?? 0), 0) / tasks
  // The harmonic numbers of 10, 100 and 3,000 are 2.929, 5.187 and 8.584.
  assert.ok(Math.abs(shareOf(0, 10) - 2.929 / 8.584) < 0.12, `ten largest: ${shareOf(0, 10)}`)
  assert.ok(Math.abs(shareOf(0, 100) - 5.187 / 8.584) < 0.1, `hundred largest: ${shareOf(0, 100)}`)
  assert.ok(versions.has('3.1.0'))
})

test('versions roll out type by type until the last has every task', () => {
  const world = buildWorld(presetSettings('small', 14, startAt))
  const solvers = (day: number): Map<string, Set<string>> => {
    const seen = new Map<string, Set<string>>()
    const from = startAt + day * DAY_MS
    for (const event of worldEvents(world, [], from + DAY_MS))
      if (event.kind === 'task' && event.at >= from) {
        const { type, solver } = event.record
        seen.set(type, (seen.get(type) ?? new Set()).add(solver))
      }
    return seen
  }
  for (const [type, seen] of solvers(24)) assert.deepEqual([...seen], ['3.3.0'], type)
  const starts = world.rollouts.map((rollouts) => rollouts[1]?.from)
  assert.equal(new Set(starts).size, world.types.length, 'no two types at the same moment')
})

test('shares of failures: most sites reject one to three in a hundred, few ten to twenty', () => {
  const world = buildWorld(presetSettings('full', 15, startAt))
  const meanOf = (hard: boolean): number => {
    const cells = world.sites.filter((site) => site.hard === hard).flatMap((site) => site.types)
    return cells.reduce((sum, cell) => sum + cell.failureShare, 0) / cells.length
  }
  assert.ok(Math.abs(meanOf(false) - 0.02) < 0.001, String(meanOf(false)))
  assert.ok(Math.abs(meanOf(true) - 0.15) < 0.01, String(meanOf(true)))
  const hard = world.sites.filter((site) => site.hard).length
  assertCount('hard sites', hard, 150, 0)
})

test('the truth of a fault is what its tasks and reports come to', () => {
  const settings = presetSettings('small', 16, startAt)
  // The same every hour and without slow reports, so that days can stand for weeks.
  const world = buildWorld({
    ...settings,
    pools: 2,
    traffic: { ...settings.traffic, cycle: FLAT },
    delays: {
      ...settings.delays,
      family: { kind: 'exponentials', parts: [{ share: 1, meanMs: MINUTE_MS }] },
    },
  })
  const site = world.sites[1]
  const type = world.types[site?.types[0]?.type ?? 0]
  assert.ok(site && type)
  const wheres: Fault['where'][] = [
    [{ site: site.name, type }],
    [{ region: 'eu-1' }],
    [{ type, 'labels.pool': 'p2' }],
    [{ account: 'birch' }],
    [
      { account: 'birch', site: site.name },
      { site: site.name, type },
    ],
    [{}],
  ]
  for (const where of wheres) {
    const fault = faultAt(where, startAt, 3)
    const [truth] = faultTruths(world, [fault])
    assert.ok(truth)
    const days = 3
    const healthy = countReports(world, where, [], days)
    const broken = countReports(world, where, [fault], days)
    assertCount(`tasks of ${fault.name}`, healthy.tasks, truth.tasksPerHour * 24 * days, 0.01)
    assertCount(`reports of ${fault.name}`, healthy.bad, truth.healthyReportsPerHour * 24 * days, 0.06)
    assertCount(`reports of broken ${fault.name}`, broken.bad, truth.brokenReportsPerHour * 24 * days, 0.06)
    assert.ok(truth.brokenReportsPerHour > 1.5 * truth.healthyReportsPerHour)
  }
})

function countReports(
  world: World,
  where: Fault['where'],
  faults: readonly Fault[],
  days: number,
): { tasks: number; bad: number } {
  let tasks = 0
  let bad = 0
  for (const event of worldEvents(world, faults, startAt + days * DAY_MS)) {
    const task = event.kind === 'task' ? event.record : event.task
    const { labels, ...rest } = task
    const attributes: Record<string, unknown> = { ...rest, 'labels.pool': labels?.pool }
    if (!where.some((one) => Object.entries(one).every(([name, value]) => attributes[name] === value)))
      continue
    if (event.kind === 'report') bad += Number(event.record.claim === 'bad')
    else if (task.status === 'ready') tasks++
  }
  return { tasks, bad }
}

test('the exact-rate segment has its six reports an hour from many accounts, and ten times as many once broken', () => {
  const breakAt = startAt + 8 * DAY_MS
  const { world, fault, segment } = exactRateWorld({
    seed: 17,
    startAt,
    breakAt,
    repairedAt: Infinity,
    baselinePerHour: 6,
    factor: 10,
  })
  const [truth] = faultTruths(world, [fault])
  assert.ok(truth)
  assert.deepEqual(truth.cells, [segment])
  assert.ok(Math.abs(truth.healthyReportsPerHour - 6) < 1e-9)
  assert.ok(Math.abs(truth.brokenReportsPerHour - 60) < 1e-9)

  const accounts = new Set<string>()
  let before = 0
  let after = 0
  let all = 0
  for (const event of worldEvents(world, [fault], breakAt + 2 * DAY_MS)) {
    if (event.kind !== 'report' || event.record.claim !== 'bad') continue
    if (event.task.solvedAt !== null && event.task.solvedAt < breakAt) all++
    if (event.task.site !== segment.site) continue
    assert.equal(event.task.type, segment.type)
    accounts.add(event.record.account)
    const solvedAt = event.task.solvedAt ?? 0
    // Tasks of the last day would still be reported after the end.
    if (solvedAt < breakAt) before++
    else if (solvedAt < breakAt + DAY_MS) after++
  }
  assertCount('reports on healthy tasks', before, 6 * 24 * 8, 0.05)
  assertCount('reports on broken tasks', after, 60 * 24, 0.05)
  assert.ok(accounts.size > 300, `${accounts.size} accounts`)
  assertCount('all bad reports before the break', all, (16_800 * 8) / 7, 0.06)
})

test('reports that come in batches come at the account’s own hours', () => {
  const settings = presetSettings('small', 18, startAt)
  const world = buildWorld({ ...settings, delays: { ...settings.delays, flushing: 1 } })
  const flushing = new Map(world.accounts.map((one) => [one.id, one.flushing]))
  let reports = 0
  for (const event of worldEvents(world, [], startAt + DAY_MS)) {
    if (event.kind !== 'report') continue
    const own = flushing.get(event.record.account)
    assert.ok(own)
    assert.equal((event.at - own.phaseMs) % own.everyMs, 0)
    reports++
  }
  assert.ok(reports > 300)
})

test('settings that make no world are named', () => {
  const settings = presetSettings('small', 1, startAt)
  const wrong = (change: object) => () => buildWorld({ ...settings, ...change })
  assert.throws(wrong({ typesPerSite: [1, 9] }), /typesPerSite is 1\.\.9, with 3 types/)
  const behaviours = { some: 0.9, all: 0.2, everything: 0, random: 0 }
  assert.throws(wrong({ accounts: { ...settings.accounts, behaviours } }), /behaviours that do not fit/)
  const silent = { some: 0, all: 0, everything: 0, random: 0 }
  assert.throws(wrong({ accounts: { ...settings.accounts, behaviours: silent } }), /no account reports/)
  const dedicated = [{ type: 'TurnstileTask', site: 'x.example', failureShare: 0, badReportsPerHour: 6 }]
  assert.throws(wrong({ dedicated }), /nobody would report TurnstileTask on x\.example/)
  assert.throws(
    () => exactRateWorld({ seed: 1, startAt, breakAt: 1, repairedAt: 2, baselinePerHour: 6, factor: 51 }),
    /factor of 51/,
  )
})
