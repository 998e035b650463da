import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS } from '../domain/instant.ts'
import type { Where } from '../domain/incident.ts'
import { presetSettings } from './presets.ts'
import { splitOf } from './situation.ts'
import { faultTruths } from './truth.ts'
import { buildWorld } from './world.ts'

const opensAt = 5 * DAY_MS
const world = buildWorld({ ...presetSettings('practice', 1, 0), openings: [{ siteRank: 3, at: opensAt }] })
const type = 'TurnstileTask'
const sites = world.sites
  .filter((site) => site.opensAt < 0 && site.types.some((one) => world.types[one.type] === type))
  .map((site) => site.name)

const truthOf = (where: readonly Where[]) => {
  const truths = faultTruths(world, [
    {
      name: 'test',
      where,
      from: opensAt,
      until: opensAt + DAY_MS,
      effect: { kind: 'factor', factor: 10 },
      course: { kind: 'sudden' },
    },
  ])
  return truths[0]?.situation
}
const [a = '', b = '', c = ''] = sites

test('as which situation a fault should be told', () => {
  assert.equal(truthOf([{ type, site: a }]), 'regression')
  assert.equal(truthOf([{ solver: '3.1.0' }]), 'regression')
  assert.equal(truthOf([{}]), 'regression')
  assert.equal(truthOf([{ account: 'acme' }]), 'one-account')
  assert.equal(truthOf([{ account: 'acme', site: a }]), 'one-account')
  assert.equal(truthOf([{ site: world.sites[3]?.name as string }]), 'never-worked')
  assert.equal(truthOf([a, b, c].map((site) => ({ type, site }))), 'split')
  assert.equal(truthOf([{ type, site: a }, { solver: '3.1.0' }]), 'regression')
})

test('a split names its class, the sites that reject, and all others that use the class', () => {
  const fault = {
    name: '',
    from: 0,
    until: 1,
    effect: { kind: 'factor', factor: 2 },
    course: { kind: 'sudden' },
  } as const
  const split = splitOf(world, { ...fault, where: [b, a].map((site) => ({ type, site, solver: '3.1.0' })) })
  assert.deepEqual(split?.class, { type, solver: '3.1.0' })
  assert.deepEqual(split.rejecting, [a, b].sort())
  const using = world.sites
    .filter((site) => site.types.some((one) => world.types[one.type] === type))
    .map((site) => site.name)
  assert.deepEqual(new Set([...split.rejecting, ...split.accepting]), new Set(using))
  assert.equal(
    splitOf(world, { ...fault, where: using.map((site) => ({ type, site })) }),
    null,
    'nobody accepts',
  )
})
