import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { HOUR_MS } from '../../src/domain/instant.ts'
import type { Fault } from '../../src/simulator/breaks.ts'
import { worldEvents } from '../../src/simulator/events.ts'
import { exactRateWorld } from '../../src/simulator/exact-rate.ts'
import type { PresetName } from '../../src/simulator/presets.ts'
import { presetSettings } from '../../src/simulator/presets.ts'
import type { World } from '../../src/simulator/world.ts'
import { buildWorld } from '../../src/simulator/world.ts'

const startAt = Date.UTC(2026, 10, 16)
const until = startAt + 6 * HOUR_MS

const everywhere: Fault = {
  name: 'everything',
  where: [{}],
  from: startAt + HOUR_MS,
  until: Infinity,
  effect: { kind: 'factor', factor: 10 },
  course: { kind: 'sudden' },
}

function digest(world: World, faults: readonly Fault[], end = until): { hash: string; count: number } {
  const hash = createHash('sha256')
  let count = 0
  for (const event of worldEvents(world, faults, end)) {
    count++
    hash.update(`${event.kind} ${event.at} ${JSON.stringify(event.record)} ${event.truth.rejected}\n`)
  }
  return { hash: hash.digest('hex'), count }
}

const worldOf = (name: PresetName, seed: number): World => buildWorld(presetSettings(name, seed, startAt))

for (const preset of ['small', 'segments2000', 'full'] as const)
  test(`${preset}: the same seed gives the same bytes, another seed others`, () => {
    const end = preset === 'full' ? startAt + 1.25 * HOUR_MS : until
    const first = digest(worldOf(preset, 1), [everywhere], end)
    assert.ok(first.count > 1_000)
    assert.deepEqual(digest(worldOf(preset, 1), [everywhere], end), first)
    assert.notEqual(digest(worldOf(preset, 2), [everywhere], end).hash, first.hash)
  })

test('two histories of one world do not disturb each other', () => {
  const world = worldOf('small', 1)
  const alone = [...worldEvents(world, [], until)]
  const left = worldEvents(world, [], until)
  const right = worldEvents(world, [everywhere], until)
  const both = alone.map(() => {
    right.next()
    return left.next().value
  })
  assert.deepEqual(both, alone)
})

test('a longer history begins with the shorter one', () => {
  const world = worldOf('small', 3)
  const short = [...worldEvents(world, [], until)]
  const long = worldEvents(world, [], until + 3 * HOUR_MS)
  for (const event of short) assert.deepEqual(long.next().value, event)
})

test('a fault changes no task, only which solutions are rejected, and only from its beginning', () => {
  const records = (faults: readonly Fault[]) =>
    [...worldEvents(worldOf('small', 4), faults, until)].filter((event) => event.kind === 'task')
  const healthy = records([])
  const broken = records([everywhere])
  assert.deepEqual(
    broken.map((event) => event.record),
    healthy.map((event) => event.record),
  )
  let caused = 0
  broken.forEach(({ at, truth }, index) => {
    const before = healthy[index]?.truth.rejected
    if (truth.fault !== null) {
      caused++
      assert.ok(truth.rejected && !before && at >= everywhere.from, 'a rejection that the fault caused')
    } else assert.equal(truth.rejected, before)
  })
  assert.ok(caused > 100, `${caused} rejections caused`)
})

test('a fault whose combinations hit nobody changes nothing at all', () => {
  const world = worldOf('small', 5)
  assert.deepEqual(digest(world, [{ ...everywhere, where: [] }]), digest(world, []))
})

test('the exact-rate world is a function of its options too', () => {
  const options = {
    startAt,
    breakAt: startAt + HOUR_MS,
    repairedAt: Infinity,
    baselinePerHour: 6,
    factor: 10,
  }
  const of = (seed: number): string => {
    const { world, fault } = exactRateWorld({ ...options, seed })
    return digest(world, [fault]).hash
  }
  assert.equal(of(1), of(1))
  assert.notEqual(of(1), of(2))
})
