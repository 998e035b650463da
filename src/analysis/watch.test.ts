import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Action } from '../domain/action.ts'
import type { ActionChange, Change } from '../domain/change.ts'
import type { Finding } from '../domain/finding.ts'
import { hasFacts } from '../domain/finding.ts'
import type { Where } from '../domain/incident.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/instant.ts'
import { inOrder, play, warmUp } from './test-installation.ts'
import { START, zipfCustomers, zipfPlaces } from './test-stream.ts'
import type { Place } from './test-stream.ts'

const WARM = warmUp(
  {
    seed: 1,
    from: START,
    days: 5,
    tasksPerDay: 6_000,
    places: [...zipfPlaces('T', 10, 0.05, 0.7), ...zipfPlaces('U', 10, 0.05, 0.7)],
    customers: zipfCustomers(40, (i) => [0.3, 0.6, 1][i % 3] as number, 0.5),
  },
  { falseIncidentsPerWeek: 0.5, reportWindowMs: DAY_MS },
)
const SITE: Where = { type: 'T', site: 's1.example' }
const SEEDS = [1, 2, 3]
const at = (hours: number) => WARM.until + hours * HOUR_MS

/** A world in which the site is broken in these spans of hours, and the team acts. */
function world(seed: number, days: number, spans: [number, number][], actions: Action[] = []): Change[] {
  const trouble = (solvedAt: number, { attributes }: Place) =>
    attributes.type === SITE['type'] &&
    attributes.site === SITE['site'] &&
    spans.some(([from, to]) => solvedAt >= at(from) && solvedAt < at(to))
      ? 12
      : 1
  const acts = actions.map((action): ActionChange => ({
    kind: 'act',
    seq: 0,
    act: 'action',
    action,
    at: action.at + MINUTE_MS,
  }))
  return inOrder([...WARM.next({ seed, days, trouble }), ...acts])
}

function action(id: string, hours: number, where: Where = SITE): Action {
  return { id, kind: 'other', at: at(hours), where, note: null }
}

function alarmOf(found: readonly Finding[]): string {
  const opened = found.find((one) => hasFacts(one) && one.facts.where['site'] === SITE['site'])
  assert.ok(opened !== undefined, JSON.stringify(found))
  return opened.alarmId
}

const eventsOf = (found: readonly Finding[], alarmId: string) =>
  found.filter((one) => one.alarmId === alarmId && one.event !== 'updated').map((one) => one.event)

describe('an incident', () => {
  test('whose place works again is confirmed to be fixed, and broken again within days is reopened', () => {
    for (const seed of SEEDS) {
      const found = play(
        WARM.goOn(),
        world(seed, 3, [
          [2, 12],
          [46, 70],
        ]),
      )
      const alarmId = alarmOf(found)
      assert.deepEqual(
        eventsOf(found, alarmId).slice(0, 3),
        ['opened', 'confirmed-fixed', 'reopened'],
        `seed ${seed}`,
      )
      const fixed = found.find((one) => one.event === 'confirmed-fixed') as Finding
      assert.ok(
        fixed.at > at(12) && fixed.at < at(46),
        `seed ${seed}: said ${(fixed.at - at(12)) / HOUR_MS} h after`,
      )
      const again = found.find((one) => one.event === 'reopened') as Finding
      assert.ok(again.at > at(46), `seed ${seed}`)
    }
  })

  test('that goes on is not called fixed', () => {
    for (const seed of SEEDS) {
      const found = play(WARM.goOn(), world(seed, 2, [[2, 72]]))
      const events = eventsOf(found, alarmOf(found))
      assert.deepEqual(events, ['opened'], `seed ${seed}`)
    }
  })

  test('is not called fixed because its traffic, or all reports, went away', () => {
    for (const seed of SEEDS) {
      const gone = world(seed, 2, [[2, 72]]).filter(
        (change) =>
          change.kind === 'act' || change.attributes.site !== SITE['site'] || change.solvedAt < at(14),
      )
      const found = play(WARM.goOn(), gone)
      assert.deepEqual(eventsOf(found, alarmOf(found)), ['opened'], `seed ${seed}: no traffic`)
    }
  })
})

describe('an action', () => {
  test('after which the place works again has helped, and is entered with the incident', () => {
    for (const seed of SEEDS) {
      const model = WARM.goOn()
      const found = play(model, world(seed, 2, [[2, 14]], [action('repair', 14)]))
      const alarmId = alarmOf(found)
      const noted = found.find((one) => one.event === 'action')
      assert.deepEqual([noted?.alarmId, noted?.event === 'action' && noted.actionId], [alarmId, 'repair'])
      assert.equal(
        model.effects().get('repair')?.answer,
        'helped',
        `seed ${seed}: ${model.effects().get('repair')?.because}`,
      )
      assert.deepEqual(eventsOf(found, alarmId), ['opened', 'action', 'confirmed-fixed'], `seed ${seed}`)
    }
  })

  test('that changes nothing is told to have changed nothing, once', () => {
    for (const seed of SEEDS) {
      const model = WARM.goOn()
      const found = play(model, world(seed, 2, [[2, 72]], [action('hope', 14)]))
      assert.equal(
        model.effects().get('hope')?.answer,
        'no-change',
        `seed ${seed}: ${model.effects().get('hope')?.because}`,
      )
      assert.deepEqual(eventsOf(found, alarmOf(found)), ['opened', 'action', 'not-fixed'], `seed ${seed}`)
    }
  })

  test('is too early to judge at first, with the hours it will take', () => {
    for (const seed of SEEDS) {
      const model = WARM.goOn()
      const changes = world(seed, 2, [[2, 14]], [action('repair', 14)])
      play(model, changes, (found) => found.some((one) => one.event === 'action'))
      const effect = model.effects().get('repair')
      assert.equal(effect?.answer, 'too-early', `seed ${seed}: ${effect?.because}`)
      assert.ok((effect.hoursLeft ?? 0) > 0)
    }
  })

  test('where nothing was wrong cannot be verified', () => {
    const model = WARM.goOn()
    const found = play(model, world(1, 2, [], [action('nothing', 5)]))
    assert.equal(model.effects().get('nothing')?.answer, 'unverifiable')
    assert.ok(!found.some((one) => one.event === 'action'))
  })

  test('elsewhere is no business of the incident', () => {
    const model = WARM.goOn()
    const elsewhere = action('elsewhere', 14, { type: 'U' })
    const found = play(model, world(1, 2, [[2, 48]], [elsewhere]))
    assert.deepEqual(eventsOf(found, alarmOf(found)), ['opened'])
    assert.equal(model.effects().get('elsewhere')?.answer, 'unverifiable')
  })

  test('before an incident that began after it is told to be followed by something worse', () => {
    for (const seed of SEEDS.slice(0, 2)) {
      const model = WARM.goOn()
      const found = play(model, world(seed, 1, [[10, 24]], [action('release', 1)]))
      alarmOf(found)
      assert.equal(model.effects().get('release')?.answer, 'worse', `seed ${seed}`)
    }
  })

  test('gets the same answer from a model that goes on from a snapshot', () => {
    const model = WARM.goOn()
    play(model, world(1, 1.5, [[2, 14]], [action('repair', 14)]))
    const snapshot = model.snapshot()
    const again = WARM.restore(snapshot)
    assert.deepEqual([...again.effects()], [...model.effects()])
    assert.deepEqual(again.snapshot(), snapshot, 'asking changes nothing')
  })
})
