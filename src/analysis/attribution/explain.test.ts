import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Where } from '../../domain/incident.ts'
import { explain } from './explain.ts'
import type { Leaf } from './leaf.ts'

const ATTRIBUTES = ['site', 'solver', 'region'] as const
const SITES = ['a', 'b', 'c', 'd', 'e']
const SOLVERS = ['1', '2', '3']
const REGIONS = ['eu', 'us']

/** Every combination with the same expectation; observed as `ratioAt` says. */
function grid(expected: number, ratioAt: (site: string, solver: string, region: string) => number): Leaf[] {
  return SITES.flatMap((site) =>
    SOLVERS.flatMap((solver) =>
      REGIONS.map((region) => ({
        values: [site, solver, region],
        observed: Math.round(expected * ratioAt(site, solver, region)),
        expected,
      })),
    ),
  )
}

function wheres(leaves: readonly Leaf[], attributes: readonly string[] = ATTRIBUTES): (readonly Where[])[] {
  return explain(attributes, leaves).map((one) => one.where)
}

describe('planted causes', () => {
  test('one value, two attributes, three attributes: the name that was planted', () => {
    assert.deepEqual(wheres(grid(10, (site) => (site === 'b' ? 5 : 1))), [[{ site: 'b' }]])
    assert.deepEqual(wheres(grid(10, (site, solver) => (site === 'b' && solver === '2' ? 8 : 1))), [
      [{ site: 'b', solver: '2' }],
    ])
    assert.deepEqual(
      wheres(grid(10, (site, solver, region) => (site + solver + region === 'b2us' ? 20 : 1))),
      [[{ site: 'b', solver: '2', region: 'us' }]],
    )
  })

  test('several values of one attribute are one cause', () => {
    assert.deepEqual(wheres(grid(10, (site) => (site === 'b' || site === 'd' ? 5 : 1))), [
      [{ site: 'b' }, { site: 'd' }],
    ])
  })

  test('two faults in different attributes are two causes, the larger first', () => {
    const leaves = grid(20, (site, solver) => (site === 'b' ? 20 : solver === '3' ? 5 : 1))
    assert.deepEqual(wheres(leaves), [[{ site: 'b' }], [{ solver: '3' }]])
  })

  test('a handful of reports is enough when little was expected', () => {
    const leaves = grid(0.05, () => 0).map((leaf) =>
      leaf.values[0] === 'b' && leaf.values[1] === '2' ? { ...leaf, observed: 4 } : leaf,
    )
    assert.deepEqual(wheres(leaves), [[{ site: 'b', solver: '2' }]])
  })

  test('the coarse name stays where nothing is known of the rest of it', () => {
    const leaves = grid(10, (site) => (site === 'b' ? 5 : 1)).filter(
      ({ values }) => values[0] !== 'b' || values[2] === 'us',
    )
    assert.deepEqual(wheres(leaves), [[{ site: 'b' }]])
  })

  test('a planted value or pair is found, whatever the others expect', () => {
    const leaf = fc.double({ min: 5, max: 50, noNaN: true })
    fc.assert(
      fc.property(
        fc.array(leaf, { minLength: 30, maxLength: 30 }),
        fc.constantFrom(...SITES),
        fc.option(fc.constantFrom(...SOLVERS), { nil: undefined }),
        (expected, site, solver) => {
          const leaves = grid(1, () => 1).map(({ values }, i) => ({
            values,
            expected: expected[i]!,
            observed:
              values[0] === site && (solver === undefined || values[1] === solver)
                ? 6 * expected[i]!
                : expected[i]!,
          }))
          assert.deepEqual(wheres(leaves), [[solver === undefined ? { site } : { site, solver }]])
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('nothing to name', () => {
  test('as expected: no cause at all', () => {
    assert.deepEqual(
      explain(
        ATTRIBUTES,
        grid(10, () => 1),
      ),
      [],
    )
    assert.deepEqual(explain(ATTRIBUTES, []), [])
    assert.deepEqual(explain([], []), [])
  })

  test('everything raised alike: everything, and nothing finer', () => {
    const [whole, ...others] = explain(
      ATTRIBUTES,
      grid(10, () => 4),
    )
    assert.deepEqual(whole?.where, [{}])
    assert.equal(whole.ratio, 4)
    assert.ok(whole.score > 3)
    assert.deepEqual(others, [])
  })

  test('lower than expected is no cause', () => {
    assert.deepEqual(
      explain(
        ATTRIBUTES,
        grid(10, (site) => (site === 'b' ? 0.1 : 1)),
      ),
      [],
    )
  })

  test('noise well above Poisson is told from a cause by the leaves outside it', () => {
    const noisy = grid(100, () => 1).map((leaf, i) => ({
      ...leaf,
      observed: [40, 190, 60, 150, 80, 100, 120][(3 * i) % 7]!,
    }))
    assert.deepEqual(explain(ATTRIBUTES, noisy), [])
    assert.notDeepEqual(
      explain(ATTRIBUTES, noisy, { dispersion: 1 }),
      [],
      'as Poisson counts it would be one',
    )
  })
})

describe('what cannot be told apart', () => {
  test('one solver only ever on one site: both, with equal weight', () => {
    const leaves = grid(10, (site) => (site === 'b' ? 5 : 1)).filter(
      ({ values: [site, solver] }) => (site === 'b') === (solver === '2'),
    )
    const [cause, ...others] = explain(ATTRIBUTES, leaves)
    assert.deepEqual(others, [])
    assert.equal(cause?.alternatives.length, 1)
    const [rival] = cause.alternatives
    assert.equal(rival?.strength, 1)
    assert.deepEqual(
      [cause.where, rival.where].toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
      [[{ site: 'b' }], [{ solver: '2' }]],
    )
    assert.deepEqual([rival.observed, rival.expected], [cause.observed, cause.expected])
  })

  test('a few tasks that tell them apart lower the rival, many remove it', () => {
    const strengths = [0.5, 2, 200].map((expected) => {
      const leaves = grid(10, (site) => (site === 'b' ? 5 : 1)).filter(
        ({ values: [site, solver] }) => (site === 'b') === (solver === '2'),
      )
      leaves.push({ values: ['c', '2', 'eu'], observed: expected, expected })
      return explain(ATTRIBUTES, leaves)[0]?.alternatives[0]?.strength ?? 0
    })
    assert.ok(strengths[0]! < 1 && strengths[0]! > strengths[1]!, strengths.join(' '))
    assert.equal(strengths[2], 0)
  })

  test('a leaf without a label belongs to none of its values', () => {
    const leaves = grid(10, (site) => (site === 'b' ? 5 : 1)).map(({ values, ...counts }) => ({
      values: [values[0] === 'b' ? null : values[0]!, values[1]!, values[2]!],
      ...counts,
    }))
    assert.deepEqual(wheres(leaves), [[{}]])
  })
})

const anyLeaves = fc.array(
  fc.record({
    values: fc.tuple(
      fc.constantFrom('a', 'b', 'c'),
      fc.constantFrom('1', '2'),
      fc.constantFrom('x', 'y', null),
    ),
    observed: fc.integer({ min: 0, max: 40 }),
    expected: fc.integer({ min: 0, max: 64 }).map((quarter) => quarter / 4),
  }),
  { maxLength: 40 },
)

describe('for any leaves', () => {
  test('their order does not matter', () => {
    fc.assert(
      fc.property(anyLeaves, fc.infiniteStream(fc.nat()), (leaves, keys) => {
        const shuffled = leaves
          .map((leaf) => ({ leaf, key: keys.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ leaf }) => leaf)
        assert.deepEqual(explain(ATTRIBUTES, shuffled), explain(ATTRIBUTES, leaves))
      }),
    )
  })

  test('two leaves of equal values are one', () => {
    fc.assert(
      fc.property(anyLeaves, (leaves) => {
        const halves = leaves.flatMap((leaf) => [
          { ...leaf, observed: Math.floor(leaf.observed / 2), expected: leaf.expected / 2 },
          { ...leaf, observed: Math.ceil(leaf.observed / 2), expected: leaf.expected / 2 },
        ])
        assert.deepEqual(explain(ATTRIBUTES, halves), explain(ATTRIBUTES, leaves))
      }),
    )
  })

  test('an attribute that always has the same value changes neither what is found nor what it explains', () => {
    fc.assert(
      fc.property(anyLeaves, (leaves) => {
        const longer = leaves.map((leaf) => ({ ...leaf, values: [...leaf.values, 'same'] }))
        const found = explain([...ATTRIBUTES, 'constant'], longer)
        assert.deepEqual(
          found.map((one) => one.where),
          explain(ATTRIBUTES, leaves).map((one) => one.where),
        )
      }),
    )
  })

  test('what is printed of a cause is true of the leaves, and it lies above the rest', () => {
    fc.assert(
      fc.property(anyLeaves, (leaves) => {
        const [cause] = explain(ATTRIBUTES, leaves, { causesMax: 1 })
        if (cause === undefined) return
        const sum = { observed: 0, expected: 0 }
        const rest = { observed: 0, expected: 0 }
        for (const leaf of leaves) {
          const isInside = cause.where.some((one) =>
            ATTRIBUTES.every((name, i) => one[name] === undefined || one[name] === leaf.values[i]),
          )
          const into = isInside ? sum : rest
          into.observed += leaf.observed
          into.expected += leaf.expected
        }
        assert.equal(cause.observed, sum.observed)
        assert.equal(cause.expected, sum.expected)
        assert.ok(cause.score > 0 && Math.abs(cause.gain - cause.price - cause.score) < 1e-9)
        assert.ok(sum.observed * rest.expected >= rest.observed * sum.expected)
        for (const { strength, where } of cause.alternatives) {
          assert.ok(strength > 0 && strength <= 1)
          assert.notDeepEqual(Object.keys(where[0]!), Object.keys(cause.where[0]!))
        }
      }),
    )
  })
})

describe('likeliest: where an alarm has already spoken', () => {
  test('a few reports are enough for a name that the cautious choice withholds', () => {
    const leaves = grid(0.05, () => 0).map((leaf) =>
      leaf.values[0] === 'b' && leaf.values[1] === '2'
        ? { ...leaf, observed: leaf.values[2] === 'eu' ? 2 : 1 }
        : leaf,
    )
    leaves[0] = { ...leaves[0]!, observed: 1 }
    assert.deepEqual(wheres(leaves), [])
    const [cause] = explain(ATTRIBUTES, leaves, { choice: 'likeliest', dispersion: 1 })
    assert.deepEqual(cause?.where, [{ site: 'b', solver: '2' }])
  })

  test('everything raised alike is still everything', () => {
    const [whole] = explain(
      ATTRIBUTES,
      grid(10, () => 4),
      { choice: 'likeliest' },
    )
    assert.deepEqual(whole?.where, [{}])
  })

  test('a second combination pays its full price', () => {
    const leaves = grid(10, (site) => (site === 'b' || site === 'd' ? 5 : 1))
    const [two] = explain(ATTRIBUTES, leaves, { choice: 'likeliest' })
    const [one] = explain(ATTRIBUTES, leaves, { choice: 'likeliest', combinationsMax: 1 })
    assert.equal(two?.where.length, 2)
    assert.ok(Math.abs(two.price - 3 * one!.price) < 1e-9)
  })
})

test('a leaf that does not fit is refused', () => {
  assert.throws(() => explain(['site'], [{ values: ['a', 'b'], observed: 1, expected: 1 }]), RangeError)
  for (const observed of [-1, NaN, Infinity])
    assert.throws(() => explain(['site'], [{ values: ['a'], observed, expected: 1 }]), RangeError)
})
