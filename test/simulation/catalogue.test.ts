import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS, WEEK_MS } from '../../src/domain/instant.ts'
import type { Fault } from '../../src/simulator/breaks.ts'
import { burstWeeks } from '../../src/simulator/catalogue/bursts.ts'
import { CATALOGUE } from '../../src/simulator/catalogue/catalogue.ts'
import { collusionWorlds } from '../../src/simulator/catalogue/collusion.ts'
import { DECOY_NAMES, decoyWorlds, everyDecoyWeeks } from '../../src/simulator/catalogue/decoys.ts'
import { healthyWeeks } from '../../src/simulator/catalogue/healthy.ts'
import { incidentWorlds } from '../../src/simulator/catalogue/incidents.ts'
import { delayAwareLimit } from '../../src/simulator/information.ts'
import type { Scenario } from '../../src/simulator/scenario.ts'
import { scenarioEvents } from '../../src/simulator/scenario.ts'
import { faultTruths } from '../../src/simulator/truth.ts'

const SEED = 'test 1'
const FULL = process.env.ASSAY_TEST_FULL === '1'
const incidents = incidentWorlds(SEED, FULL ? 400 : 48)

test('faults of all kinds, after the warm-up, one after the other but for the pairs that overlap', () => {
  const faults = incidents.flatMap((scenario) => scenario.faults)
  const count = FULL ? 400 : 48
  assert.ok(faults.length === count || faults.length === count + 1, `${faults.length} faults`)
  const kinds = new Map<string, number>()
  for (const { name } of faults) {
    const kind = name.slice(0, name.indexOf(' ('))
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }
  const least = FULL ? 9 : 1
  assert.ok(
    kinds.size === 17 && [...kinds.values()].every((times) => times >= least),
    JSON.stringify([...kinds]),
  )
  for (const { name, faults: own, warmUpUntil, until } of incidents) {
    const byStart = [...own].sort((a, b) => a.from - b.from)
    byStart.forEach((fault, index) => {
      assert.ok(fault.from > warmUpUntil && fault.until < until, `${name}: ${fault.name}`)
      assert.ok(fault.until - fault.from >= 15 * 60_000 && fault.until - fault.from <= 6 * DAY_MS, fault.name)
      const before = byStart[index - 1]
      const pair = fault.name.startsWith('overlap, site')
      if (before !== undefined)
        assert.equal(fault.from < before.until, pair, `${before.name} and ${fault.name}`)
    })
  }
})

test('most faults can be found at ln A = 11.5, some cannot', () => {
  const truths = incidents.flatMap(({ world, faults }) => faultTruths(world, faults))
  const found = truths.filter((truth) => delayAwareLimit(truth, truth.ratio, 11.5) !== null)
  assert.ok(found.length >= 0.85 * truths.length, `${found.length} of ${truths.length}`)
  for (const { fault, cells, ratio } of truths)
    assert.ok(cells.length > 0 && ratio > 1.3, `${fault.name}: x${ratio} in ${cells.length} cells`)
  const situations = new Set(truths.map(({ situation }) => situation))
  assert.deepEqual(situations, new Set(['regression', 'split', 'never-worked', 'one-account']))
})

test('an effective action stands where its fault ends or a whole version comes, a partial one where it is relieved', () => {
  const actions = incidents.flatMap((scenario) => scenario.actions)
  assert.ok(actions.length > 20)
  for (const { action, fault, effective } of actions) {
    assert.ok(fault)
    if (action.kind === 'solver-release') {
      assert.ok(effective ? action.at > fault.from : action.at === fault.from, action.id)
      assert.equal(effective, action.where.solver !== fault.where[0]?.solver)
    } else if (effective === 'partly')
      assert.deepEqual(
        fault.reliefs?.map(({ at }) => at),
        [action.at],
      )
    else if (effective) assert.equal(action.at, fault.until)
    else assert.ok(action.at > fault.from && action.at < fault.until)
  }
  assert.deepEqual(new Set(actions.map(({ effective }) => effective)), new Set([true, false, 'partly']))
})

test('what a fault gives away is what its tasks come to, reports and actions in order of time', () => {
  const [scenario] = incidents as [Scenario]
  const truths = faultTruths(scenario.world, scenario.faults)
  const honest = new Set(
    scenario.world.accounts.filter(({ accuses, blames }) => accuses === 0 && blames > 0).map(({ id }) => id),
  )
  const caused = new Map<Fault, number>()
  let actions = 0
  let last = -Infinity
  for (const event of scenarioEvents(scenario)) {
    assert.ok(event.at >= last)
    last = event.at
    if (event.kind === 'action') actions++
    if (event.kind !== 'report' || event.record.claim !== 'bad' || event.truth.fault === null) continue
    if (honest.has(event.record.account))
      caused.set(event.truth.fault, (caused.get(event.truth.fault) ?? 0) + 1)
  }
  assert.equal(actions, scenario.actions.length)
  for (const { fault, course, ratio } of truths) {
    const excess = course.pieces.reduce(
      (sum, { expected, strength }) =>
        sum + expected * (ratio - 1) * strength * course.maturity.at(2 * DAY_MS),
      0,
    )
    const seen = caused.get(fault) ?? 0
    const off = Math.abs(seen - excess)
    assert.ok(off < 4.5 * Math.sqrt(excess) + 0.15 * excess + 1, `${fault.name}: ${seen}, expected ${excess}`)
  }
})

test('healthy weeks and bursts: so many weeks, so many bursts a day, on the same worlds', () => {
  const weeks = healthyWeeks(SEED, 'practice', 6)
  const counted = weeks.reduce((sum, { until, warmUpUntil }) => sum + (until - warmUpUntil) / WEEK_MS, 0)
  assert.equal(counted, 6)
  assert.ok(
    weeks.every(({ faults, disturbances, warmUpUntil, world }) => {
      return faults.length + disturbances.length === 0 && warmUpUntil - world.settings.startAt >= 3 * DAY_MS
    }),
  )
  const [quiet, loud] = [0, 20].map((perDay) => burstWeeks(SEED, perDay, 1, 'practice')[0] as Scenario)
  assert.ok(quiet && loud)
  assert.equal(quiet.disturbances.length, 0)
  assert.equal(loud.disturbances.length, 20 * 11)
  assert.deepEqual(loud.world.accounts, quiet.world.accounts)
})

test('segments10000 has 10,000 segments and some two million tasks a week', () => {
  const [{ world }] = healthyWeeks(SEED, 'segments10000', 1) as [Scenario]
  assert.equal(
    world.sites.reduce((sum, site) => sum + site.types.length, 0),
    10_000,
  )
  assert.ok(world.tasksPerWeek > 1e6 && world.tasksPerWeek < 3e6, `${world.tasksPerWeek}`)
})

test('decoys: every row, two hundred in all', () => {
  const worlds = decoyWorlds(SEED)
  for (const row of DECOY_NAMES)
    assert.ok(
      worlds.some(({ name }) => name.startsWith(`decoy-${row}-`)),
      row,
    )
  const count = worlds.reduce((sum, { disturbances, faults }) => sum + disturbances.length + faults.length, 0)
  assert.ok(count >= 200, `${count}`)
  assert.ok(worlds.every(({ kind }) => kind === 'decoy'))
  for (const { name, disturbances, warmUpUntil, until } of worlds)
    for (const one of disturbances) {
      const known = one.kind === 'guests' || one.kind === 'reporting-cycle'
      assert.ok(one.from < until && (known || one.from >= warmUpUntil), `${name}: ${one.kind}`)
    }
  const [all] = everyDecoyWeeks(SEED, 1) as [Scenario]
  assert.equal(new Set(all.disturbances.map(({ kind }) => kind)).size, 9)
  assert.throws(() => decoyWorlds(SEED, ['nonsense']), /no decoy 'nonsense'/)
})

test('a ring has 2 % of the traffic, accuses or hides, and its accounts were never seen before', () => {
  const [accuse, hide, without] = collusionWorlds(SEED, 5) as [Scenario, Scenario, Scenario]
  let ring = 0
  let all = 0
  let accusations = 0
  const first = accuse.disturbances[0]
  assert.ok(first?.kind === 'guests')
  for (const event of scenarioEvents({ ...accuse, until: first.until })) {
    if (event.at < first.from || event.kind === 'action') continue
    const own = first.accounts.includes(event.record.account)
    if (event.kind === 'task') {
      all++
      ring += Number(own)
    } else if (own) {
      accusations++
      assert.deepEqual([event.record.claim, event.task.site], ['bad', first.sites[0]])
    }
  }
  assert.ok(Math.abs(ring / all - 0.02) < 0.004, `${ring} of ${all}`)
  assert.ok(accusations > 0.6 * ring)
  assert.deepEqual(hide.faults, without.faults)
  hide.disturbances.forEach((one, index) => {
    const fault = hide.faults[index]
    assert.ok(one.kind === 'guests' && fault && one.from < fault.from && one.until === fault.until)
    assert.deepEqual(one.sites, [fault.where[0]?.site])
  })
})

test('the catalogue makes the same scenario of the same seed, as long as is asked', () => {
  const names = CATALOGUE.map(({ name }) => name)
  assert.equal(new Set(names).size, names.length)
  for (const { name, make } of CATALOGUE) {
    if (name === 'healthy-full' || name.includes('10000')) continue
    const scenario = make(SEED, 0.5)
    assert.equal(scenario.until - scenario.warmUpUntil, 0.5 * WEEK_MS, name)
    const facts = ({ faults, disturbances, actions, world }: Scenario) =>
      JSON.stringify([faults, disturbances, actions, world.settings])
    assert.equal(facts(make(SEED, 0.5)), facts(scenario), name)
    assert.ok(
      scenario.faults.every(({ from }) => from < scenario.until),
      name,
    )
  }
})
