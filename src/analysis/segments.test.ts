import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { DAY_MS } from '../domain/instant.ts'
import type { Attributes } from '../domain/task.ts'
import { LEAF_SITE, leafPlace, mixWeight } from './leaves.ts'
import {
  LABEL_SEGMENTS_PER_TYPE_MAX,
  REGIONS_PER_TYPE_MAX,
  SEGMENTS_PER_GROUP_MAX,
  SOLVERS_PER_TYPE_MAX,
} from './method.ts'
import { createParties, PartyIndex } from './parties.ts'
import type { Group } from './parties.ts'
import { OTHER, SegmentIndex } from './segments.ts'
import type { Leaf } from './segments.ts'
import type { Segment } from './segment.ts'
import { whereOf } from './segment.ts'
import type { ModelState } from './state.ts'
import { createState } from './state.ts'

function attributes(over: Partial<Attributes> = {}): Attributes {
  return { type: 'T', site: 'a.example', solver: '1', region: null, labels: {}, ...over }
}

function groups(count: number): Group[] {
  const parties = createParties()
  const index = new PartyIndex(parties)
  for (let g = 0; g < count; g++) index.group(`g${g}`)
  return parties.groups.slice(1)
}

function world(): { state: ModelState; index: SegmentIndex; one: Group; two: Group } {
  const state = createState()
  const [one, two] = groups(2) as [Group, Group]
  return { state, index: new SegmentIndex(state.segments, state.leaves), one, two }
}

function segmentsOf({ type, site, pair, aspects }: Leaf): Segment[] {
  return [type, site, pair, ...aspects]
}

const anyAttributes: fc.Arbitrary<Attributes> = fc.record({
  type: fc.constantFrom('T', 'U'),
  site: fc.constantFrom('a.example', 'b.example', '1'),
  solver: fc.constantFrom('1', '2', 'a.example'),
  region: fc.constantFrom(null, 'eu', '1'),
  labels: fc.constantFrom<Record<string, string>>({}, { a: '1' }, { a: '2' }, { a: '1', b: '1' }, { b: '1' }),
})

describe('a leaf', () => {
  test('is one for equal attributes, and another for others', () => {
    fc.assert(
      fc.property(anyAttributes, anyAttributes, (a, b) => {
        const { index, one, two } = world()
        const leafOf = (of: Attributes, who: Group) => index.leaf({ ...of, labels: { ...of.labels } }, who, 0)
        assert.equal(leafOf(a, one), leafOf(a, two))
        assert.equal(leafOf(a, one) === leafOf(b, one), JSON.stringify(a) === JSON.stringify(b))
      }),
    )
  })

  test('counts in the segments that its attributes name, each within its own', () => {
    fc.assert(
      fc.property(fc.array(anyAttributes, { minLength: 1, maxLength: 20 }), (all) => {
        const { index, one } = world()
        for (const of of all) {
          const leaf = index.leaf(of, one, 0)
          const { type, site, solver, region } = of
          assert.deepEqual(
            segmentsOf(leaf).map((segment) => ({ ...whereOf(segment) })),
            [
              { type },
              { type, site },
              { type, site, solver },
              { type, solver },
              ...(region === null ? [] : [{ type, region }]),
              ...Object.entries(of.labels).map(([name, value]) => ({ type, [`labels.${name}`]: value })),
            ],
          )
          assert.equal(leaf.pair.parent, leaf.site.index)
          for (const segment of [leaf.site, ...leaf.aspects]) assert.equal(segment.parent, leaf.type.index)
          assert.equal(leaf.type.parent, index.everything.index)
        }
      }),
    )
  })

  test('and all segments are found where they were by an index made from the columns', () => {
    fc.assert(
      fc.property(fc.array(anyAttributes, { minLength: 1, maxLength: 30 }), (all) => {
        const { state, index, one } = world()
        const leaves = all.map((of) => index.leaf(of, one, 0).index)
        const again = new SegmentIndex(state.segments, state.leaves)
        assert.equal(again.size, index.size)
        assert.deepEqual(
          all.map((of) => again.leaf({ ...of }, one, 0).index),
          leaves,
        )
        assert.equal(again.size, index.size, 'nothing was made anew')
        for (const type of index.types())
          assert.deepEqual(again.members(again.at(type.index)), index.members(type))
        assert.deepEqual(
          leaves.map((leaf) => segmentsOf(again.leafAt(leaf)).map((segment) => segment.index)),
          leaves.map((leaf) => segmentsOf(index.leafAt(leaf)).map((segment) => segment.index)),
        )
      }),
    )
  })

  test('has a site that its row names, also after rows have grown', () => {
    const { state, index, one } = world()
    for (let i = 0; i < 500; i++) {
      const leaf = index.leaf(attributes({ site: `s${i}.example` }), one, 0)
      assert.equal(leafPlace(state.leaves, leaf.index, LEAF_SITE), leaf.site.index)
      assert.equal(leaf.site.name, `s${i}.example`)
    }
    assert.equal(index.overflow, 0)
  })
})

describe('a flood', () => {
  test('of sites takes one payer’s room and leaves the others theirs', () => {
    const { index, one, two } = world()
    let made = 0
    while (index.overflow === 0) index.leaf(attributes({ site: `s${made++}.example` }), one, 0)
    assert.ok(index.size <= SEGMENTS_PER_GROUP_MAX + 3, `${index.size} segments`)
    assert.ok(made > SEGMENTS_PER_GROUP_MAX / 3, 'but not before its room is full')
    const full = index.size
    for (let i = 0; i < 1_000; i++) {
      const leaf = index.leaf(attributes({ site: `t${i}.example` }), one, 0)
      assert.equal(leaf.site.name, OTHER)
      assert.equal(leaf.type.type, 'T')
    }
    assert.ok(index.size <= full + 3)
    const { site } = index.leaf(attributes({ site: 'two.example' }), two, 0)
    assert.equal(site.name, 'two.example')
    const known = index.leaf(attributes({ site: 's0.example' }), two, 0)
    assert.equal(known.site.name, 's0.example', 'what is there serves everybody')
  })

  test('does not take a place’s name away from the others either', () => {
    const { index, one, two } = world()
    one.segmentsMade = SEGMENTS_PER_GROUP_MAX
    // The very same object, as a reader hands them out.
    const shared = attributes({ site: 'shop.example' })
    assert.equal(index.leaf(shared, one, 0).site.name, OTHER)
    assert.equal(index.leaf(shared, two, 0).site.name, 'shop.example')
    assert.equal(index.leaf(shared, one, 0).site.name, 'shop.example')
  })

  test('of types shares one type', () => {
    const { index, one } = world()
    one.segmentsMade = SEGMENTS_PER_GROUP_MAX
    const types = new Set(
      Array.from({ length: 50 }, (_, i) => index.leaf(attributes({ type: `T${i}` }), one, 0).type),
    )
    assert.equal(types.size, 1)
    assert.ok(index.overflow >= 50)
  })

  test('of solvers shares one solver, and one pair at each site', () => {
    const { index, one } = world()
    for (let i = 0; i < SOLVERS_PER_TYPE_MAX; i++) index.leaf(attributes({ solver: `v${i}` }), one, 0)
    assert.equal(index.overflow, 0)
    const pairs = new Set<Segment>()
    for (let i = 0; i < 100; i++) {
      const { aspects, pair } = index.leaf(attributes({ solver: `w${i}` }), one, 0)
      assert.equal((aspects[0] as Segment).name, OTHER)
      pairs.add(pair)
    }
    assert.equal(pairs.size, 1)
    assert.ok(index.overflow >= 100)
    const { aspects } = index.leaf(attributes({ solver: 'v0' }), one, 0)
    assert.equal((aspects[0] as Segment).name, 'v0')
    const other = index.leaf(attributes({ type: 'U', solver: 'w0' }), one, 0)
    assert.equal((other.aspects[0] as Segment).name, 'w0', 'another type has room of its own')
  })

  test('of regions or labels has no view of its own, and is counted', () => {
    const { index, one } = world()
    for (let i = 0; i < REGIONS_PER_TYPE_MAX; i++) index.leaf(attributes({ region: `r${i}` }), one, 0)
    for (let i = 0; i < LABEL_SEGMENTS_PER_TYPE_MAX; i++)
      index.leaf(attributes({ labels: { l: `v${i}` } }), one, 0)
    assert.equal(index.overflow, 0)
    const size = index.size
    for (let i = 0; i < 100; i++) {
      const of = attributes({ region: `x${i}`, labels: { l: `x${i}` } })
      assert.deepEqual(
        index.leaf(of, one, 0).aspects.map(({ kind }) => kind),
        ['solver'],
      )
    }
    assert.equal(index.overflow, 200)
    assert.equal(index.size, size)
    const known = index.leaf(attributes({ region: 'r0', labels: { l: 'v0' } }), one, 0)
    assert.deepEqual(
      known.aspects.map(({ kind }) => kind),
      ['solver', 'region', 'label'],
    )
  })
})

describe('the mix of leaves', () => {
  test('halves in a day, also across the moment at which all are rescaled', () => {
    const { state, index, one } = world()
    const leaf = index.leaf(attributes(), one, 0).index
    const { leaves } = state
    const from = Date.UTC(2026, 0, 1)
    leaves.mix[leaf] = mixWeight(leaves, from)
    for (const days of [1, 10, 511, 513, 600, 1_020]) {
      const weight = mixWeight(leaves, from + days * DAY_MS)
      assert.ok(Number.isFinite(weight))
      const now = Math.log2((leaves.mix[leaf] as number) / weight)
      assert.ok(Math.abs(now + days) < 1e-6, `after ${days} days 2^${now}`)
    }
  })
})
