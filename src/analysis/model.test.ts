import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Change, ReportChange, TaskChange } from '../domain/change.ts'
import type { FactsFinding } from '../domain/finding.ts'
import { hasFacts } from '../domain/finding.ts'
import { incidentIdOf } from '../domain/incident.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../domain/instant.ts'
import type { Model } from './model.ts'
import { createModel, restoreModel } from './model.ts'
import type { Customer, Place, StreamPlan } from './test-stream.ts'
import { createChance, place, START, stream, zipfCustomers, zipfPlaces } from './test-stream.ts'

const SETTINGS = { falseIncidentsPerWeek: 1, reportWindowMs: DAY_MS }
/** For what must give no alarm: at one false incident a week a test of some weeks would see the promised ones. */
const PATIENT = { ...SETTINGS, falseIncidentsPerWeek: 0.1 }
const DILIGENCE = [0.1, 0.2, 1, 0.5]
const CUSTOMERS = zipfCustomers(120, (i) => DILIGENCE[i % 4] as number, 0.8)
const TARGET = place('T0', 'shop.example', 0, 0.05)
/** 84,000 tasks a week, about 1,680 reports; the target has 10 % of it: one baseline report an hour. */
const PLACES: readonly Place[] = (() => {
  const others = [0, 1, 2].flatMap((t) => zipfPlaces(`T${t}`, 30, 0.05))
  const weight = others.reduce((sum, one) => sum + one.weight, 0) / 9
  return [...others, { ...TARGET, weight }]
})()
const PLAN: StreamPlan = {
  seed: 1,
  from: START,
  days: 9,
  tasksPerDay: 12_000,
  places: PLACES,
  customers: CUSTOMERS,
}
const WARM_END = START + 9 * DAY_MS

/** Nine healthy days, played once; each test goes on from there with a world of its own. */
const warm = (() => {
  const model = createModel(PATIENT)
  for (const change of stream(PLAN)) {
    const findings = model.apply(change).filter(hasFacts)
    assert.deepEqual(findings, [], 'nothing is wrong in the healthy days')
  }
  return { snapshot: model.snapshot(), seq: model.cursor }
})()

function goOn(settings = SETTINGS): Model {
  return restoreModel(settings, warm.snapshot)
}

/** Applies changes after those applied before, with ids of their own. */
function play(
  model: Model,
  changes: Iterable<Change>,
  until: (found: FactsFinding[]) => boolean = () => false,
): FactsFinding[] {
  const found: FactsFinding[] = []
  const from = model.cursor
  let i = 0
  for (const change of changes) {
    i += 1
    const own = change.kind === 'act' ? {} : { taskId: `${from}-${change.taskId}` }
    found.push(...model.apply({ ...change, ...own, seq: from + i } as Change).filter(hasFacts))
    if (until(found)) break
  }
  return found
}

function next(over: Partial<StreamPlan>): Generator<Change> {
  return stream({ ...PLAN, from: WARM_END, days: 1, ...over })
}

const isTarget = (one: { attributes: { site: string } }) => one.attributes.site === TARGET.attributes.site
const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number
const some = (found: FactsFinding[]) => found.some((one) => one.facts.situation === 'regression')

function task(over: Partial<TaskChange> & { taskId: TaskChange['taskId']; solvedAt: number }): TaskChange {
  const account = over.account ?? 'c2'
  return {
    kind: 'task',
    seq: 0,
    account,
    group: account,
    attributes: TARGET.attributes,
    exposed: true,
    ...over,
  }
}

function reportOn(of: TaskChange, receivedAt: number, over: Partial<ReportChange> = {}): ReportChange {
  const { taskId, account, group, attributes, solvedAt } = of
  return {
    kind: 'report',
    seq: 0,
    taskId,
    account,
    group,
    attributes,
    solvedAt,
    receivedAt,
    claim: 'bad',
    replaces: null,
    flags: [],
    ...over,
  }
}

describe('a site that breaks', () => {
  const RUNS = 30
  const runs = Array.from({ length: RUNS }, (_, run) => {
    const brokenAt = WARM_END + ((2 + run * 5.7) % 16) * HOUR_MS
    let reports = 0
    const world = function* () {
      const trouble = (at: number, one: Place) => (isTarget(one) && at >= brokenAt ? 10 : 1)
      for (const change of next({ seed: 100 + run, trouble })) {
        if (change.kind === 'report' && isTarget(change) && change.solvedAt >= brokenAt) reports += 1
        yield change
      }
    }
    const found = play(goOn(), world(), some)
    return { brokenAt, reports, finding: found.find((one) => one.facts.situation === 'regression') }
  })

  test('is found within a dozen reports: ten times as many, a median of nine', (t) => {
    const reports = runs.map((run) => run.reports)
    t.diagnostic(`reports until the alarm: ${[...reports].sort((a, b) => a - b).join(' ')}`)
    assert.ok(
      runs.every((run) => run.finding !== undefined),
      'every break is found',
    )
    assert.ok(median(reports) <= 9, `median ${median(reports)}`)
    assert.ok(reports.filter((one) => one > 12).length <= RUNS / 10, 'nine in ten within twelve')
  })

  test('is named by type and site, and the sentence says the numbers', () => {
    const named = runs.filter((run) => run.finding?.facts.where['site'] === 'shop.example')
    assert.ok(named.length >= RUNS - 1, `${named.length} of ${RUNS}`)
    const finding = (named[0] as (typeof runs)[0]).finding as FactsFinding
    assert.deepEqual(Object.keys(finding.facts.where), ['type', 'site'])
    assert.ok(finding.facts.because.startsWith(`T0 at shop.example: ${finding.facts.reports} reports from`))
    assert.equal(finding.event, 'opened')
  })

  test("has its onset inside the interval about nine times in ten, and the alarm's ratio is not the raw one", (t) => {
    const covered = runs.filter(
      ({ finding, brokenAt }) =>
        finding !== undefined && finding.facts.onset.from <= brokenAt && brokenAt <= finding.facts.onset.to,
    )
    t.diagnostic(`${covered.length} of ${RUNS} intervals hold the true onset`)
    assert.ok(covered.length >= 0.75 * RUNS)
    const ratio = median(runs.map((run) => run.finding?.facts.ratio.estimate ?? 0))
    t.diagnostic(`median ratio at the alarm ${ratio.toFixed(1)}, truth 10`)
    assert.ok(ratio > 5 && ratio < 13, `median ratio ${ratio}`)
  })

  test('keeps the interval ordered around the onset and the ratio', () => {
    for (const { finding } of runs) {
      const { onset, ratio } = (finding as FactsFinding).facts
      assert.ok(onset.from <= onset.at && onset.at <= onset.to)
      assert.ok(ratio.low <= ratio.estimate && ratio.estimate <= ratio.high)
    }
  })
})

describe('a whole type that breaks', () => {
  test('is one incident, named by the type alone', () => {
    const trouble = (at: number, one: Place) =>
      one.attributes.type === 'T1' && at >= WARM_END + 3 * HOUR_MS ? 10 : 1
    const found = play(goOn(), next({ seed: 7, trouble }))
    const opened = found.filter((one) => one.event === 'opened')
    assert.equal(opened.length, 1, JSON.stringify(opened.map((one) => one.facts.where)))
    assert.deepEqual(found.at(-1)?.facts.where, { type: 'T1' })
    assert.ok(found.length <= 30, 'updates are few')
  })

  test('and two sites that break hours apart are two incidents', () => {
    const trouble = (at: number, one: Place) => {
      if (isTarget(one)) return at >= WARM_END + 2 * HOUR_MS ? 12 : 1
      return one.attributes.type === 'T0' &&
        one.attributes.site === 's0.example' &&
        at >= WARM_END + 12 * HOUR_MS
        ? 12
        : 1
    }
    const found = play(goOn(), next({ seed: 8, trouble }))
    const sites = found.filter((one) => one.event === 'opened').map((one) => one.facts.where['site'])
    assert.deepEqual(sites, ['shop.example', 's0.example'])
  })
})

describe('one loud account', () => {
  const LOUD: Customer = { account: 'loud', weight: 5, diligence: 1 }

  test('that reports everything of one site is its own finding, never a regression', () => {
    const trouble = (at: number, one: Place, who: Customer) =>
      isTarget(one) && who.account === 'loud' && at >= WARM_END + 2 * HOUR_MS ? 20 : 1
    const found = play(goOn(), next({ seed: 9, trouble, customers: [...CUSTOMERS, LOUD] }))
    assert.ok(found.length > 0)
    assert.deepEqual([...new Set(found.map((one) => one.facts.situation))], ['one-account'])
    const { where } = (found[0] as FactsFinding).facts
    assert.deepEqual(Object.keys(where)[0], 'account')
    assert.deepEqual({ ...where }, { account: 'loud', type: 'T0', site: 'shop.example' })
    assert.equal(found.filter((one) => one.event === 'opened').length, 1)
  })

  test('that is new and reports 500 tasks in an hour is its own finding, opened once', () => {
    const model = goOn()
    const tasks = Array.from({ length: 500 }, (_, i) =>
      task({ taskId: i, account: 'new', group: 'new', solvedAt: WARM_END + i * 7 * SECOND_MS }),
    )
    const reports = tasks.map((one) => reportOn(one, one.solvedAt + 10 * SECOND_MS))
    const changes: Change[] = [...tasks, ...reports].sort((a, b) => timeOf(a) - timeOf(b))
    const found = play(model, changes)
    assert.deepEqual([...new Set(found.map((one) => one.facts.situation))], ['one-account'])
    assert.equal(found.filter((one) => one.event === 'opened').length, 1)
    assert.ok((found.at(-1) as FactsFinding).facts.reports > 200, 'what the cap did not count is told')
  })

  test('is named by its group when several of its accounts report', () => {
    const model = goOn()
    const tasks = Array.from({ length: 300 }, (_, i) =>
      task({ taskId: i, account: `sub${i % 3}`, group: 'payer', solvedAt: WARM_END + i * 10 * SECOND_MS }),
    )
    const found = play(
      model,
      tasks.flatMap((one) => [one, reportOn(one, one.solvedAt + SECOND_MS)]),
    )
    assert.deepEqual(found[0]?.facts.where, { group: 'payer', type: 'T0', site: 'shop.example' })
  })

  test('whose trouble turns out to be everybody’s turns its finding into a regression', () => {
    const model = goOn()
    const alone = (at: number, one: Place, who: Customer) =>
      isTarget(one) && who.account === 'loud' && at >= WARM_END ? 20 : 1
    const first = play(model, next({ seed: 9, trouble: alone, customers: [...CUSTOMERS, LOUD] }))
    const all = (_at: number, one: Place) => (isTarget(one) ? 20 : 1)
    const then = play(
      model,
      next({ seed: 10, from: WARM_END + DAY_MS, trouble: all, customers: [...CUSTOMERS, LOUD] }),
      some,
    )
    const opened = first[0] as FactsFinding
    const turned = then.at(-1) as FactsFinding
    assert.equal(opened.facts.situation, 'one-account')
    assert.deepEqual(
      [turned.event, turned.facts.situation, turned.alarmId],
      ['updated', 'regression', opened.alarmId],
    )
  })
})

describe('no alarm comes', () => {
  test('of traffic alone: fifty times as much, or none', () => {
    const surge = (at: number) => (at > WARM_END + HOUR_MS && at < WARM_END + 3 * HOUR_MS ? 50 : 1)
    assert.deepEqual(play(goOn(PATIENT), next({ seed: 11, days: 0.25, traffic: surge, busiest: 50 })), [])
    const gone = (at: number) => (at > WARM_END + HOUR_MS && at < WARM_END + 12 * HOUR_MS ? 0 : 1)
    assert.deepEqual(play(goOn(PATIENT), next({ seed: 12, traffic: gone })), [])
  })

  test('of reports that take three times as long', () => {
    const slow = CUSTOMERS.map((one) => ({ ...one, slowness: 3 }))
    assert.deepEqual(play(goOn(PATIENT), next({ seed: 13, days: 2, customers: slow })), [])
  })

  test('of reports that come at once, though the delay curve expects half an hour', () => {
    const quick = CUSTOMERS.map((one) => ({ ...one, slowness: 0.001 }))
    assert.deepEqual(play(goOn(PATIENT), next({ seed: 14, days: 3, customers: quick })), [])
  })

  test('of a backlog of eight hours of reports sent within a minute', () => {
    const held: ReportChange[] = []
    const flushAt = WARM_END + 9 * HOUR_MS
    const world = function* () {
      for (const change of next({ seed: 15 })) {
        if (
          change.kind === 'report' &&
          change.receivedAt > flushAt - 8 * HOUR_MS &&
          change.receivedAt < flushAt
        ) {
          held.push(change)
          continue
        }
        if (held.length > 0 && timeOf(change) >= flushAt) {
          for (const [i, one] of held.entries()) yield { ...one, receivedAt: flushAt + i * 10 }
          held.length = 0
        }
        yield change
      }
    }
    assert.deepEqual(play(goOn(PATIENT), world()), [])
  })

  test('of good claims, of claims turned good, or of tasks that could never be reported', () => {
    const model = goOn(PATIENT)
    const tasks = Array.from({ length: 60 }, (_, i) =>
      task({ taskId: i, account: `c${i % 12}`, group: `c${i % 12}`, solvedAt: WARM_END + i * MINUTE_MS }),
    )
    const good = tasks.map((one) => reportOn(one, WARM_END + HOUR_MS, { claim: 'good' }))
    assert.deepEqual(play(model, [...tasks, ...good]), [])
    const late = tasks.map((one) => ({ ...one, exposed: false, solvedAt: one.solvedAt - 3 * DAY_MS }))
    const adopted = late.map((one) => reportOn(one, one.solvedAt + MINUTE_MS, { flags: ['early'] }))
    assert.deepEqual(play(goOn(PATIENT), [...tasks, ...late, ...adopted]), [])
  })
})

describe('a claim that is taken back', () => {
  test('leaves no trace: the same break needs as many reports as if it had never been made', () => {
    const tasks = Array.from({ length: 40 }, (_, i) =>
      task({
        taskId: i,
        account: `c${i % 12}`,
        group: `c${i % 12}`,
        solvedAt: WARM_END + i * 20 * SECOND_MS,
      }),
    )
    const at = WARM_END + 20 * MINUTE_MS
    const reports = tasks.map((one, i) => reportOn(one, at + i * SECOND_MS))
    const needed = (model: Model, before: Change[]) => {
      const found: number[] = []
      play(model, [...tasks, ...before])
      reports.some((report, i) => {
        if (play(model, [report]).length > 0) found.push(i + 1)
        return found.length > 0
      })
      return found[0]
    }
    // Ids are made unique by play, so the taking back has to name what it takes back within one call.
    const taken = reports.slice(30, 34).flatMap((one) => [
      { ...one, receivedAt: at },
      { ...one, receivedAt: at, claim: 'good' as const, replaces: 'bad' as const },
    ])
    assert.equal(needed(goOn(), taken), needed(goOn(), []))
    assert.notEqual(needed(goOn(), []), undefined)
  })

  test('and turned bad again counts', () => {
    const tasks = Array.from({ length: 40 }, (_, i) =>
      task({
        taskId: i,
        account: `c${i % 12}`,
        group: `c${i % 12}`,
        solvedAt: WARM_END + i * 20 * SECOND_MS,
      }),
    )
    const at = WARM_END + 20 * MINUTE_MS
    const turned = tasks.map((one) => reportOn(one, at, { replaces: 'good' }))
    assert.ok(some(play(goOn(), [...tasks, ...turned])))
  })
})

describe('an incident that is resolved', () => {
  test('is not opened again by what came before, and its segment can alarm anew', () => {
    const model = goOn()
    const broken = (from: number, to: number) => (at: number, one: Place) =>
      isTarget(one) && at >= from && at < to ? 15 : 1
    const first = play(
      model,
      next({ seed: 20, days: 0.5, trouble: broken(WARM_END, WARM_END + 6 * HOUR_MS) }),
    )
    const opened = first.filter((one) => one.event === 'opened')
    assert.equal(opened.length, 1)
    const at = WARM_END + 12 * HOUR_MS
    const incidentId = incidentIdOf((opened[0] as FactsFinding).alarmId)
    play(model, [{ kind: 'act', seq: 0, act: 'resolved', incidentId, at }])
    assert.equal(model.stats().standingAlarms, 0)

    const calm = play(model, next({ seed: 21, from: at, days: 1 }))
    assert.deepEqual(
      calm.map((one) => one.facts.because),
      [],
    )

    const from = at + DAY_MS
    const again = play(model, next({ seed: 22, from, days: 0.5, trouble: broken(from, from + DAY_MS) }), some)
    assert.equal(again.at(-1)?.event, 'opened')
    assert.ok(((again.at(-1) as FactsFinding).facts.onset.from as number) > at)
  })

  test('that nobody knows is no error', () => {
    assert.deepEqual(
      play(goOn(), [{ kind: 'act', seq: 0, act: 'resolved', incidentId: 'A-22222222', at: WARM_END }]),
      [],
    )
  })
})

describe('the same changes', () => {
  const world = () =>
    [...next({ seed: 30, days: 0.6, trouble: (_at, one) => (isTarget(one) ? 10 : 1) })] as Change[]

  test('give the same findings, also across a snapshot at any place', () => {
    const changes = world()
    const straight = play(goOn(), changes)
    assert.ok(straight.length > 0)
    const chance = createChance(5)
    for (let i = 0; i < 6; i++) {
      const at = Math.floor(chance() * changes.length)
      const model = goOn()
      const before = model.cursor
      const numbered = changes.map((change, n) => ({
        ...change,
        seq: before + n + 1,
        ...(change.kind === 'act' ? {} : { taskId: `${before}-${change.taskId}` }),
      })) as Change[]
      const found: FactsFinding[] = []
      for (const change of numbered.slice(0, at)) found.push(...model.apply(change).filter(hasFacts))
      const restored = restoreModel(SETTINGS, model.snapshot())
      for (const change of numbered.slice(at)) {
        found.push(...restored.apply(change).filter(hasFacts))
        model.apply(change)
      }
      assert.deepEqual(found, straight, `snapshot at change ${at}`)
      assert.deepEqual(restored.snapshot(), model.snapshot(), 'the states are the same byte for byte')
    }
  })

  test('in a disorder of up to an hour give the same place, situation and an overlapping onset', () => {
    const chance = createChance(6)
    const changes = world()
    const shuffled = changes
      .map((change) => ({ change, key: timeOf(change) + chance() * HOUR_MS }))
      .sort((a, b) => a.key - b.key)
      .map(({ change }) => change)
    const straight = play(goOn(), changes).filter(regressions)
    const found = play(goOn(), shuffled).filter(regressions)
    assert.deepEqual(found.at(-1)?.facts.where, straight.at(-1)?.facts.where)
    const a = (straight.at(-1) as FactsFinding).facts.onset
    const b = (found.at(-1) as FactsFinding).facts.onset
    assert.ok(a.from <= b.to && b.from <= a.to)
  })
})

test('a change that is not after the cursor is refused', () => {
  const model = goOn()
  assert.throws(() => model.apply({ ...task({ taskId: 1, solvedAt: WARM_END }), seq: 1 }), RangeError)
})

test('settings outside their ranges are refused', () => {
  assert.throws(() => createModel({ ...SETTINGS, falseIncidentsPerWeek: 0 }), RangeError)
  assert.throws(() => createModel({ ...SETTINGS, reportWindowMs: 0 }), RangeError)
})

function regressions(finding: FactsFinding): boolean {
  return finding.facts.situation === 'regression'
}

function timeOf(change: Change): number {
  if (change.kind === 'act') return change.at
  return change.kind === 'task' ? change.solvedAt : change.receivedAt
}
