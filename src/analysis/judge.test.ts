import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Change, ReportChange, TaskChange } from '../domain/change.ts'
import type { Finding } from '../domain/finding.ts'
import { hasFacts } from '../domain/finding.ts'
import { DAY_MS, HOUR_MS } from '../domain/instant.ts'
import { createModel } from './model.ts'
import { inOrder, lastWords, play, warmUp } from './test-installation.ts'
import type { Customer, Place, StreamPlan } from './test-stream.ts'
import { createChance, delayOf, START, stream, zipfCustomers, zipfPlaces } from './test-stream.ts'

const SETTINGS = { falseIncidentsPerWeek: 0.5, reportWindowMs: DAY_MS }
const SEEDS = [1, 2, 3]
const CUSTOMERS = zipfCustomers(60, (i) => [0.3, 0.6, 1][i % 3] as number, 0.5)
/** A type at twelve sites, and another to compare with. */
const PLACES = [...zipfPlaces('T', 12, 0.05, 0.3), ...zipfPlaces('U', 12, 0.05, 0.3)]
const PLAN: StreamPlan = {
  seed: 1,
  from: START,
  days: 5,
  tasksPerDay: 6_000,
  places: PLACES,
  customers: CUSTOMERS,
}
const WARM = warmUp(PLAN, SETTINGS)
const SITE = 's1.example'

const brokenAt =
  (sites: readonly string[], from: number, times = 10) =>
  (at: number, { attributes }: Place) =>
    attributes.type === 'T' && sites.includes(attributes.site) && at >= from ? times : 1

/** Bad reports on broken tasks until an incident about the site opens; null if none did. */
function reportsUntilOpened(changes: Iterable<Change>, from: number): number | null {
  let reports = 0
  const world = function* () {
    for (const change of changes) {
      if (
        change.kind === 'report' &&
        change.claim === 'bad' &&
        change.attributes.type === 'T' &&
        change.attributes.site === SITE &&
        change.solvedAt >= from
      )
        reports += 1
      yield change
    }
  }
  const isIts = (found: readonly Finding[]) =>
    found.some(
      (one) => hasFacts(one) && one.facts.situation !== 'one-account' && one.facts.where['site'] === SITE,
    )
  return isIts(play(WARM.goOn(), world(), isIts)) ? reports : null
}

describe('a split', () => {
  test('of a type is one incident that lists which of its sites reject', () => {
    const bad = ['s1.example', 's4.example', 's9.example']
    const said = SEEDS.map((seed) => {
      const trouble = brokenAt(bad, WARM.until + 2 * HOUR_MS)
      return lastWords(play(WARM.goOn(), WARM.next({ seed, trouble })))
    })
    const right = said.filter((standing) => {
      const [only] = standing
      return (
        standing.length === 1 &&
        only?.facts.situation === 'split' &&
        only.facts.sites?.rejecting.join() === bad.join()
      )
    })
    const all = said.map((standing) => standing.map(({ facts }) => facts.because).join('\n')).join('\n\n')
    assert.ok(right.length >= SEEDS.length - 1, all)
    for (const { facts } of right.flat()) {
      assert.deepEqual({ ...facts.where }, { type: 'T' })
      const { rejecting, accepting, undecided } = facts.sites ?? {
        rejecting: [],
        accepting: [],
        undecided: [],
      }
      const sites = [...rejecting, ...accepting, ...undecided]
      assert.equal(new Set(sites).size, sites.length, 'each site stands in one list')
      assert.ok(accepting.length > 0)
      assert.ok(facts.because.startsWith(`T: 3 sites reject, ${accepting.length} site`))
    }
  })
})

describe('what is said', () => {
  test('of one fault ends as one incident, and what is merged had been opened', () => {
    for (const seed of SEEDS) {
      const trouble = (at: number, { attributes }: Place) =>
        attributes.type === 'U' && at >= WARM.until + 2 * HOUR_MS ? 8 : 1
      const found = play(WARM.goOn(), WARM.next({ seed, trouble, days: 0.7 }))
      const opened = new Set<string>()
      for (const finding of found) {
        if (finding.event === 'opened') {
          assert.ok(!opened.has(finding.alarmId), `seed ${seed}: opened twice`)
          opened.add(finding.alarmId)
        } else
          assert.ok(opened.has(finding.alarmId), `seed ${seed}: ${finding.event} of what was never opened`)
        if (finding.event === 'merged') assert.ok(opened.has(finding.otherAlarmId))
      }
      assert.deepEqual(
        lastWords(found).map(({ facts }) => ({ ...facts.where })),
        [{ type: 'U' }],
        `seed ${seed}`,
      )
    }
  })
})

describe('a customer that gives a verdict on every task', () => {
  const TELLER: Customer = { account: 'teller', weight: 8, diligence: 1 }
  const customers = [...CUSTOMERS, TELLER]

  /** All the teller's tasks that are not reported as bad are reported as good, some hours late. */
  function told(plan: Partial<StreamPlan>, slowness = 1): Change[] {
    const chance = createChance(99)
    const changes = [...stream({ ...PLAN, ...plan, customers })]
    const bad = new Set(changes.flatMap((one) => (one.kind === 'report' ? [one.taskId] : [])))
    const good = changes.flatMap((one) => {
      if (one.kind !== 'task' || one.account !== 'teller' || bad.has(one.taskId)) return []
      return [reportOn(one, 'good', one.solvedAt + delayOf(chance, slowness))]
    })
    return inOrder([...changes, ...good])
  }
  const history = (slowness: number) => {
    const model = createModel(SETTINGS)
    const found = play(model, told({}, slowness))
    return { model, found }
  }

  test('makes no alarm, whether its verdicts come soon or late', () => {
    for (const slowness of [1, 3]) {
      const { model, found } = history(slowness)
      assert.deepEqual(found, [], `slowness ${slowness}`)
      const calm = play(model, told({ seed: 2, from: WARM.until, days: 1 }, slowness))
      assert.deepEqual(calm, [], `slowness ${slowness}`)
    }
  })

  test('does not keep a break from being found, named and sized', () => {
    const { model } = history(1)
    const trouble = brokenAt([SITE], WARM.until + 2 * HOUR_MS)
    const found = play(model, told({ seed: 3, from: WARM.until, days: 1, trouble }))
    const [said] = lastWords(found).filter(({ facts }) => facts.where['site'] === SITE)
    assert.ok(said !== undefined, JSON.stringify(found))
    const { ratio, onset } = said.facts
    assert.ok(ratio.estimate > 4 && ratio.estimate < 16, `ten times as many is said to be ${ratio.estimate}`)
    assert.ok(Math.abs(onset.at - (WARM.until + 2 * HOUR_MS)) < 2 * HOUR_MS)
  })
})

describe('good claims', () => {
  const from = WARM.until + 2 * HOUR_MS
  const broken = (seed: number) => [...WARM.next({ seed, trouble: brokenAt([SITE], from, 12) })]

  test('from many accounts do not hide a break', (t) => {
    for (const seed of SEEDS) {
      const alone = broken(seed)
      // Twenty new accounts with a fiftieth of the traffic, all of it at the broken site and all of it praised.
      const chance = createChance(seed)
      const praised = Array.from({ length: 120 }, (_, i): TaskChange => {
        const account = `friend${i % 20}`
        const solvedAt = Math.floor(WARM.until + chance() * DAY_MS)
        const { attributes } = PLACES[1] as Place
        return {
          kind: 'task',
          seq: 0,
          taskId: `p${i}`,
          account,
          group: account,
          attributes,
          solvedAt,
          exposed: true,
        }
      })
      const good = praised.map((one) => reportOn(one, 'good', one.solvedAt + 60_000))
      const needed = reportsUntilOpened(alone, from)
      const hidden = reportsUntilOpened(inOrder([...alone, ...praised, ...good]), from)
      t.diagnostic(`seed ${seed}: ${needed} reports, ${hidden} among praise`)
      assert.ok(needed !== null && hidden !== null, `seed ${seed}: ${needed} and ${hidden}`)
      assert.ok(hidden <= 1.5 * needed + 2, `seed ${seed}: ${needed} and ${hidden}`)
    }
  })

  test('that customers of the broken site make of their other tasks do not either', () => {
    for (const seed of SEEDS) {
      const alone = broken(seed)
      const bad = new Set(alone.flatMap((one) => (one.kind === 'report' ? [one.taskId] : [])))
      const chance = createChance(seed)
      const good = alone.flatMap((one) => {
        if (one.kind !== 'task' || bad.has(one.taskId) || chance() > 0.5) return []
        return [reportOn(one, 'good', one.solvedAt + delayOf(chance))]
      })
      const needed = reportsUntilOpened(alone, from)
      assert.equal(reportsUntilOpened(inOrder([...alone, ...good]), from), needed, `seed ${seed}`)
    }
  })
})

describe('claims that are changed', () => {
  const from = WARM.until + 2 * HOUR_MS

  test('from bad to good before the next comes make no incident', () => {
    for (const seed of SEEDS) {
      const world = [...WARM.next({ seed, days: 0.5, trouble: brokenAt([SITE], from, 12) })].flatMap(
        (change): Change[] =>
          change.kind === 'report' && change.attributes.site === SITE && change.attributes.type === 'T'
            ? [change, { ...change, claim: 'good', replaces: 'bad' }]
            : [change],
      )
      assert.deepEqual(lastWords(play(WARM.goOn(), world)), [], `seed ${seed}`)
    }
  })

  test('from good to bad count as if they had been bad at once', () => {
    for (const seed of SEEDS) {
      const alone = [...WARM.next({ seed, trouble: brokenAt([SITE], from, 12) })]
      const turned = alone.flatMap((change): Change[] =>
        change.kind === 'report'
          ? [
              { ...change, claim: 'good' },
              { ...change, replaces: 'good' },
            ]
          : [change],
      )
      assert.equal(reportsUntilOpened(turned, from), reportsUntilOpened(alone, from), `seed ${seed}`)
    }
  })
})

function reportOn(task: TaskChange, claim: ReportChange['claim'], receivedAt: number): ReportChange {
  const { taskId, account, group, attributes, solvedAt } = task
  return {
    kind: 'report',
    seq: 0,
    taskId,
    account,
    group,
    attributes,
    solvedAt,
    claim,
    replaces: null,
    receivedAt: Math.ceil(Math.max(receivedAt, solvedAt)),
    flags: [],
  }
}
