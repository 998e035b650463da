import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Attributes } from '../domain/task.ts'
import { createParties, PartyIndex } from './parties.ts'
import type { Group } from './parties.ts'
import type { Place } from './place.ts'
import { canMeet, coversLeaf, holdsSegment, isApart, isWithin, partsOf, placeOf } from './place.ts'
import type { Segment } from './segment.ts'
import type { Leaf } from './segments.ts'
import { SegmentIndex } from './segments.ts'
import { createState } from './state.ts'

const TYPES = ['T', 'U']
const SITES = ['a.example', 'b.example', 'c.example']
const SOLVERS = ['1', '2']
const REGIONS = ['eu', 'us']
const PROXIES = ['home', 'office']

// Few values, so that places and segments meet, hold and miss each other often.
const anyAttributes: fc.Arbitrary<Attributes> = fc.record({
  type: fc.constantFrom(...TYPES),
  site: fc.constantFrom(...SITES),
  solver: fc.constantFrom(...SOLVERS),
  region: fc.constantFrom(null, ...REGIONS),
  labels: fc.constantFrom<Record<string, string>>({}, ...PROXIES.map((proxy) => ({ proxy }))),
})

/** A place as alarms have them: a split names the sites that reject, and then no single site. */
const anyPlace: fc.Arbitrary<Place> = fc
  .record({
    where: fc.record(
      {
        type: fc.constantFrom(...TYPES),
        site: fc.constantFrom(...SITES),
        solver: fc.constantFrom(...SOLVERS),
        region: fc.constantFrom(...REGIONS),
        'labels.proxy': fc.constantFrom(...PROXIES),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
    rejecting: fc.option(fc.subarray(SITES, { minLength: 1 }), { freq: 2 }),
  })
  .map(({ where, rejecting }) => ({
    where: where as Record<string, string>,
    rejecting: where.site === undefined ? rejecting : null,
  }))

const anyWorld = fc.array(anyAttributes, { minLength: 1, maxLength: 12 })

function group(): Group {
  const parties = createParties()
  new PartyIndex(parties).group('g')
  return parties.groups[1] as Group
}

interface World {
  readonly index: SegmentIndex
  readonly leaves: readonly Leaf[]
  readonly segments: readonly Segment[]
}

function worldOf(all: readonly Attributes[]): World {
  const state = createState()
  const index = new SegmentIndex(state.segments, state.leaves)
  const payer = group()
  const leaves = [...new Set(all.map((attributes) => index.leaf(attributes, payer, 0)))]
  return { index, leaves, segments: Array.from({ length: index.size }, (_, at) => index.at(at)) }
}

function isLeafOf({ type, site, pair, aspects }: Leaf, segment: Segment): boolean {
  return segment.kind === 'all' || [type, site, pair, ...aspects].includes(segment)
}

describe('a place', () => {
  test('lies within itself, and within what holds what holds it', () => {
    fc.assert(
      fc.property(anyPlace, anyPlace, anyPlace, (a, b, c) => {
        assert.ok(isWithin(a, a))
        if (isWithin(a, b) && isWithin(b, c)) assert.ok(isWithin(a, c))
      }),
      { numRuns: 3_000 },
    )
  })

  test('within another covers no leaf that the other does not', () => {
    fc.assert(
      fc.property(anyWorld, anyPlace, anyPlace, (all, inner, outer) => {
        fc.pre(isWithin(inner, outer))
        for (const leaf of worldOf(all).leaves)
          if (coversLeaf(inner, leaf)) assert.ok(coversLeaf(outer, leaf))
      }),
    )
  })

  test('can meet every place that covers one of its leaves, and that one it', () => {
    fc.assert(
      fc.property(anyWorld, anyPlace, anyPlace, (all, a, b) => {
        assert.equal(canMeet(a, b), canMeet(b, a))
        for (const leaf of worldOf(all).leaves) {
          if (coversLeaf(a, leaf)) assert.ok(canMeet(a, placeOf(leaf.pair)), 'its finest view')
          if (coversLeaf(a, leaf) && coversLeaf(b, leaf)) assert.ok(canMeet(a, b))
        }
      }),
      { numRuns: 500 },
    )
  })

  test('holds a segment only if it covers all its leaves, and is apart only if it covers none', () => {
    fc.assert(
      fc.property(anyWorld, anyPlace, (all, place) => {
        const { leaves, segments } = worldOf(all)
        for (const segment of segments) {
          const covered = leaves
            .filter((leaf) => isLeafOf(leaf, segment))
            .map((one) => coversLeaf(place, one))
          if (holdsSegment(place, segment)) {
            assert.ok(!isApart(place, segment), `${segment.kind} ${segment.name}`)
            assert.ok(covered.every((is) => is))
            assert.ok(isWithin(placeOf(segment), place))
          }
          if (isApart(place, segment)) {
            assert.ok(covered.every((is) => !is))
            assert.ok(!canMeet(place, placeOf(segment)))
          } else assert.ok(canMeet(place, placeOf(segment)))
        }
      }),
      { numRuns: 300 },
    )
  })

  test('that is a view holds that view', () => {
    fc.assert(
      fc.property(anyWorld, (all) => {
        for (const segment of worldOf(all).segments) assert.ok(holdsSegment(placeOf(segment), segment))
      }),
    )
  })
})

describe('the parts of a place', () => {
  test('that is a view are that view, all of it', () => {
    fc.assert(
      fc.property(anyWorld, (all) => {
        const { index, segments } = worldOf(all)
        for (const segment of segments)
          assert.deepEqual(
            partsOf(placeOf(segment), index, () => 1),
            [{ segment, share: 1 }],
          )
      }),
    )
  })

  test('weigh together what its leaves weigh, each part at most all of its segment', () => {
    fc.assert(
      fc.property(
        anyWorld,
        anyPlace,
        fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 12, maxLength: 12 }),
        (all, place, weights) => {
          const { index, leaves } = worldOf(all)
          const mixOf = (leaf: number) => weights[leaf] as number
          const sumOf = (of: readonly Leaf[]) => of.reduce((sum, { index: leaf }) => sum + mixOf(leaf), 0)
          let sum = 0
          for (const { segment, share } of partsOf(place, index, mixOf)) {
            assert.ok(share > 0 && share <= 1, `a share of ${share}`)
            sum += share * sumOf(leaves.filter((leaf) => isLeafOf(leaf, segment)))
          }
          const its = sumOf(leaves.filter((leaf) => coversLeaf(place, leaf)))
          assert.ok(Math.abs(sum - its) < 1e-6 * (1 + its), `${sum} of ${its}`)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  test('are none where nothing was ever seen', () => {
    const { index } = worldOf([{ type: 'T', site: 'a.example', solver: '1', region: null, labels: {} }])
    const places: Place['where'][] = [
      { type: 'V' },
      { type: 'T', site: 'b.example' },
      { solver: '2' },
      { region: 'eu' },
    ]
    for (const where of places)
      assert.deepEqual(
        partsOf({ where, rejecting: null }, index, () => 1),
        [],
      )
  })
})
