import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY_MS, HOUR_MS } from '../domain/instant.ts'
import { FIT_EVERY_MS, fitEffects } from './effects.ts'
import { factorOf } from './learning.ts'
import { addToHour, hoursFrom } from './hour-ledger.ts'
import { addToMix, addTraffic, MixIndex } from './mix-table.ts'
import { PartyIndex } from './parties.ts'
import type { Group } from './parties.ts'
import type { Segment } from './segment.ts'
import { SegmentIndex } from './segments.ts'
import { addExposure, binIssued, slotOf } from './solve-bins.ts'
import { createState } from './state.ts'
import { createChance, START } from './test-stream.ts'

/** A draw from the Poisson distribution, by counting (means here are small). */
function poisson(chance: () => number, mean: number): number {
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = chance(); product > limit; product *= chance()) count++
  return count
}

interface Design {
  readonly sites: readonly { readonly type: string; readonly effect: number }[]
  readonly groups: readonly number[]
  /** Tasks of a group at a site in half a day, in reports at the prior rate. */
  readonly exposure: (site: number, group: number) => number
}

function installation({ sites, groups }: Pick<Design, 'sites' | 'groups'>) {
  const state = createState()
  state.since = START
  const index = new SegmentIndex(state.segments, state.leaves)
  const parties = new PartyIndex(state.parties)
  const mix = new MixIndex(state.mixTable)
  const groupOf = groups.map((_, g) => parties.group(`g${g}`))
  const payer = state.parties.groups[groupOf[0] as number] as Group
  const leaves = sites.map(({ type }, s) =>
    index.leaf({ type, site: `s${s}.example`, solver: '1', region: null, labels: {} }, payer, START),
  )
  const siteOf = leaves.map((leaf) => leaf.site)
  const expected = (s: number, g: number): number =>
    (state.parties.groups[groupOf[g] as number] as Group).effect * factorOf(index, siteOf[s] as Segment)
  return { state, index, mix, groupOf, leaves, siteOf, expected }
}

/** Half-days of Poisson reports, each followed by a fit as in the model. */
function live(design: Design, halfDays: number, seed: number) {
  const chance = createChance(seed)
  const its = installation(design)
  for (let halfDay = 0; halfDay < halfDays; halfDay++) {
    design.sites.forEach(({ effect }, s) => {
      design.groups.forEach((readiness, g) => {
        const exposure = design.exposure(s, g)
        if (exposure === 0) return
        const row = its.mix.row((its.siteOf[s] as Segment).index, its.groupOf[g] as number)
        addToMix(its.state.mixTable, row, 0, exposure, poisson(chance, exposure * effect * readiness))
      })
    })
    fitEffects(its.state, its.index, its.mix, START + (halfDay + 1) * FIT_EVERY_MS)
  }
  return its
}

describe('effects of sites and groups', () => {
  const design: Design = {
    sites: [0.3, 0.5, 0.8, 1, 1, 1.2, 1.5, 2, 4, 8].map((effect, i) => ({ type: i % 2 ? 'T' : 'U', effect })),
    groups: [0.1, 0.3, 0.5, 1, 1, 1.5, 2, 3],
    exposure: () => 1.5,
  }

  test('are found from what each group reports of each site', () => {
    for (const seed of [1, 2, 3]) {
      const { expected } = live(design, 40, seed)
      let sum = 0
      let truth = 0
      design.sites.forEach(({ effect }, s) => {
        design.groups.forEach((readiness, g) => {
          const ln = Math.log(expected(s, g) / (effect * readiness))
          assert.ok(Math.abs(ln) < Math.log(1.6), `seed ${seed}, site ${effect}, group ${readiness}: e^${ln}`)
          sum += expected(s, g)
          truth += effect * readiness
        })
      })
      assert.ok(Math.abs(sum / truth - 1) < 0.1, `seed ${seed}: ${sum} for ${truth} in all`)
    }
  })

  test('stay what they were where nothing was seen, and nothing is taught in the first days', () => {
    const { state, index, siteOf } = live(design, 2, 1)
    assert.equal(state.parties.known, false)
    for (const segment of [...siteOf, index.everything]) assert.equal(segment.effect, 1)
  })

  test('a hard site whose customers hardly report is known to be hard', () => {
    // Silent ones are half of everywhere and all of the hard site, which so has fewer reports than others.
    const silent = [0.05, 0.05, 0.05, 0.05]
    const hard: Design = {
      sites: [8, 1, 1, 1, 1, 1, 1, 1].map((effect) => ({ type: 'T', effect })),
      groups: [...silent, 1, 1, 1, 1],
      exposure: (s, g) => (s === 0 ? (g < silent.length ? 3 : 0) : 6),
    }
    for (const seed of [4, 5, 6]) {
      const { siteOf, state, groupOf } = live(hard, 40, seed)
      const [first, ...others] = siteOf.map((site) => site.effect) as [number, ...number[]]
      const usual = others.reduce((sum, one) => sum + one, 0) / others.length
      assert.ok(first > 3 * usual, `seed ${seed}: ${first} beside ${usual}`)
      const groups = groupOf.map((g) => (state.parties.groups[g] as Group).effect)
      for (const [g, effect] of groups.entries())
        assert.ok(g < silent.length === effect < 0.3, `seed ${seed}: group ${g} has ${effect}`)
    }
  })

  test('a new fit restates what was issued, so that the past is seen at today’s knowledge', () => {
    const chance = createChance(7)
    const { state, index, mix, groupOf, leaves, siteOf } = installation(design)
    const newest = slotOf(START + 3 * DAY_MS)
    const none = new Float64Array(4)
    const all = index.everything
    // Long ago: what the effects are learned from.
    design.sites.forEach(({ effect }, s) => {
      design.groups.forEach((readiness, g) => {
        const row = mix.row((siteOf[s] as Segment).index, groupOf[g] as number)
        addToMix(state.mixTable, row, 3, 40, poisson(chance, 40 * effect * readiness))
      })
    })
    // Of late: tasks as the model enters them, at the effects of the time, all 1.
    const tasks: { s: number; g: number; exposure: number }[] = []
    design.sites.forEach((_, s) => {
      design.groups.forEach((_readiness, g) => {
        const exposure = 0.1 + chance()
        tasks.push({ s, g, exposure })
        const leaf = leaves[s] as (typeof leaves)[0]
        const row = mix.row(leaf.site.index, groupOf[g] as number)
        addToMix(state.mixTable, row, 0, exposure, 0)
        addTraffic(state.mixTable, row, 0, exposure, 0)
        for (const segment of [leaf.site, leaf.pair, leaf.type, all, ...leaf.aspects])
          addExposure(segment.ownBins(), newest - s, newest, exposure, none)
        for (const segment of [all, ...leaf.aspects])
          addToHour(segment.ownHours(), Math.floor((START + 3 * DAY_MS) / HOUR_MS), exposure, 0)
      })
    })
    const issued = ({ bins }: Segment) =>
      Array.from({ length: bins.length }, (_, i) => binIssued(bins, i)).reduce((sum, one) => sum + one, 0)
    fitEffects(state, index, mix, START + 3 * DAY_MS)
    const near = (is: number, should: number, what: string) =>
      assert.ok(Math.abs(is / should - 1) < 1e-4, `${what}: ${is}, should be ${should}`)
    const total = { T: 0, U: 0, all: 0 }
    for (const [s, leaf] of leaves.entries()) {
      const its = tasks.filter((one) => one.s === s)
      const inUnits = its.reduce(
        (sum, { g, exposure }) =>
          sum + exposure * (state.parties.groups[groupOf[g] as number] as Group).effect,
        0,
      )
      near(issued(leaf.site), inUnits, leaf.site.name)
      near(issued(leaf.pair), inUnits, leaf.site.name)
      total[leaf.type.type as 'T' | 'U'] += inUnits * leaf.site.effect
      total.all += inUnits * leaf.site.effect * leaf.type.effect
    }
    for (const type of index.types()) near(issued(type), total[type.type as 'T' | 'U'], type.type)
    for (const { type, aspects } of leaves)
      near(issued(aspects[0] as Segment), total[type.type as 'T' | 'U'], 'solver')
    near(issued(all), total.all, 'everything')
    hoursFrom(all.hours, 0, (_hour, exposure) => near(exposure, total.all, 'its hours'))
  })
})
