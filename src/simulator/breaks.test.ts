import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS, HOUR_MS } from '../domain/instant.ts'
import type { Fault } from './breaks.ts'
import { brokenShare, compileFault, hits, strengthAt } from './breaks.ts'
import { presetSettings } from './presets.ts'
import { buildWorld } from './world.ts'

const world = buildWorld(presetSettings('small', 1, 0))
const fault: Fault = {
  name: 'test',
  where: [{ site: 'shop.example', type: 'TurnstileTask' }, { solver: '3.2.0' }],
  from: DAY_MS,
  until: 2 * DAY_MS,
  effect: { kind: 'factor', factor: 10 },
  course: { kind: 'sudden' },
}

test('a sudden fault is whole from its first instant and gone at its end', () => {
  const at = [DAY_MS - 1, DAY_MS, 2 * DAY_MS - 1, 2 * DAY_MS].map((instant) => strengthAt(fault, instant))
  assert.deepEqual(at, [0, 1, 1, 0])
})

test('a ramp grows evenly; an on-off fault is broken first', () => {
  const ramp: Fault = { ...fault, course: { kind: 'ramp', overMs: 4 * HOUR_MS } }
  const onOff: Fault = { ...fault, course: { kind: 'on-off', onMs: HOUR_MS, offMs: 2 * HOUR_MS } }
  const hours = (one: Fault): number[] =>
    [0, 1, 2, 3, 4, 5].map((hour) => strengthAt(one, DAY_MS + hour * HOUR_MS))
  assert.deepEqual(hours(ramp), [0, 0.25, 0.5, 0.75, 1, 1])
  assert.deepEqual(hours(onOff), [1, 0, 0, 1, 0, 0])
})

test('what grows by a tenth a day has its factor after its time; a relief takes its part away', () => {
  const growing: Fault = {
    ...fault,
    until: Infinity,
    effect: { kind: 'factor', factor: 1.1 ** 14 },
    course: { kind: 'compound', overMs: 14 * DAY_MS },
  }
  for (const day of [0, 1, 7, 14, 20]) {
    const share = brokenShare(growing.effect, 0.02, strengthAt(growing, fault.from + day * DAY_MS))
    assert.ok(Math.abs(share / 0.02 - 1.1 ** Math.min(day, 14)) < 1e-9, `day ${day}: ${share}`)
  }
  assert.throws(
    () => compileFault(world, { ...growing, effect: { kind: 'share', share: 1 } }),
    /effect is a factor above 1/,
  )
  const relieved: Fault = { ...fault, reliefs: [{ at: fault.from + HOUR_MS, keeps: 0.25 }] }
  const strengths = [0, 1, 2].map((hour) => strengthAt(relieved, fault.from + hour * HOUR_MS))
  assert.deepEqual(strengths, [1, 0.25, 0.25])
})

test('a factor stops at every solution; a share only ever raises; strength goes between', () => {
  assert.equal(brokenShare({ kind: 'factor', factor: 10 }, 0.02, 1), 0.2)
  assert.equal(brokenShare({ kind: 'factor', factor: 10 }, 0.2, 1), 1)
  assert.equal(brokenShare({ kind: 'factor', factor: 16 }, 0.0625, 0.5), 0.53125)
  assert.equal(brokenShare({ kind: 'share', share: 0.9 }, 0.1, 1), 0.9)
  assert.equal(brokenShare({ kind: 'share', share: 0.1 }, 0.3, 1), 0.3)
})

test('a task is hit if it has all attributes of any one combination', () => {
  const compiled = compileFault(world, fault)
  const shop = world.sites.findIndex((site) => site.name === 'shop.example')
  const turnstile = world.types.indexOf('TurnstileTask')
  const task = { account: 0, type: turnstile, site: shop, solver: 0, region: 0, pool: -1 }
  assert.equal(hits(compiled, task), true)
  assert.equal(hits(compiled, { ...task, site: shop + 1 }), false)
  assert.equal(hits(compiled, { ...task, type: turnstile + 1 }), false)
  assert.equal(hits(compiled, { ...task, site: shop + 1, solver: 1 }), true)
  assert.equal(hits(compileFault(world, { ...fault, where: [{}] }), task), true)
  assert.equal(hits(compileFault(world, { ...fault, where: [] }), task), false)
})

test('a fault that could hit nothing is named', () => {
  const wrong = (where: Fault['where'][number]) => () => compileFault(world, { ...fault, where: [where] })
  assert.throws(wrong({ site: 'nowhere.example' }), /no site 'nowhere\.example'/)
  assert.throws(wrong({ colour: 'red' }), /by 'colour'/)
  assert.throws(wrong({ 'labels.pool': 'p9' }), /no labels\.pool 'p9'/)
  assert.throws(() => compileFault(world, { ...fault, until: fault.from }), /ends before it begins/)
})
