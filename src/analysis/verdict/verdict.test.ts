import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Situation } from '../../domain/incident.ts'
import { toIso } from '../../domain/instant.ts'
import { credibilityOf } from '../credibility/credibility.ts'
import type { Credibility } from '../credibility/credibility.ts'
import { priorsOf } from '../credibility/priors.ts'
import {
  addReporterReport,
  addReporterTask,
  BASE_FAILURE_SHARE,
  createReporterRecord,
} from '../credibility/record.ts'
import { createChance } from '../test-stream.ts'
import { numbersIn, strayFigures } from '../test-sentence.ts'
import type { IncidentCell, QuietCell, VerdictEvidence } from './evidence.ts'
import { verdictOf } from './verdict.ts'

const AT = Date.UTC(2026, 10, 25, 12)
const HOUR = 3_600_000

const HONEST = creditOf([0.02, 2_000, 4], [0.6, 100, 6])
const NEW = creditOf()
const TELL_ALL = creditOf([0.02, 500, 500], [0.6, 50, 50])
const RANDOM = creditOf([0.02, 2_000, 60], [0.6, 200, 6])

const incident: IncidentCell = {
  state: 'incident',
  situation: 'regression',
  where: { type: 'TurnstileTask', site: 'shop.example' },
  onset: { at: AT - HOUR, from: AT - 2 * HOUR, to: AT - HOUR / 2 },
  from: AT - HOUR,
  to: AT + HOUR,
  ratio: { estimate: 22.4, low: 15.2, high: 31 },
  reports: 18,
  expected: 0.8,
}
const quiet: QuietCell = { state: 'quiet', from: AT - 6 * HOUR, to: AT, reports: 1, expected: 7.5 }
const unseen: QuietCell = { ...quiet, reports: 0, expected: 0.2 }

const evidence: VerdictEvidence = {
  claim: 'bad',
  place: { type: 'TurnstileTask', site: 'shop.example' },
  solvedAt: AT,
  cell: incident,
  reporter: HONEST,
  own: { from: AT - 6 * HOUR, to: AT, tasks: 40, reports: 2, expected: 0.1 },
  failureShare: BASE_FAILURE_SHARE,
}
const of = (change: Partial<VerdictEvidence>) => verdictOf({ ...evidence, ...change })

describe('a report that a result was bad', () => {
  test('is supported in an incident that explains it', () => {
    const { verdict, because, becauseForReporter } = of({})
    assert.equal(verdict, 'supported')
    assert.equal(
      because,
      'Supported: part of the incident on TurnstileTask at shop.example since 2026-11-25 11:00 UTC: other customers sent 18 reports on ' +
        'tasks solved there from 2026-11-25 11:00 UTC to 2026-11-25 13:00 UTC, where ' +
        "0.8 are usual by now, 22.4 times as many (15.2 to 31); this customer's reports follow failures.",
    )
    assert.equal(
      becauseForReporter,
      'Supported: for this TurnstileTask task at shop.example, solved 2026-11-25 12:00 UTC, what we know agrees that the result was bad; of ' +
        'your 40 tasks there from 2026-11-25 06:00 UTC to 2026-11-25 12:00 UTC you reported 2 as bad, where 0.1 are usual for you.',
    )
  })

  test('is undetermined in an incident that explains a part of the reports only, or from somebody who reports everything', () => {
    const small = { ...incident, ratio: { estimate: 1.8, low: 1.3, high: 2.4 } }
    assert.deepEqual(reasonOf(of({ cell: small })), ['undetermined', 'incident-in-part'])
    assert.notEqual(of({ reporter: TELL_ALL }).verdict, 'supported')
    assert.equal(
      of({ reporter: NEW, cell: { ...incident, ratio: { estimate: 50, low: 40, high: 60 } } }).verdict,
      'supported',
    )
  })

  test('is unsupported only on evidence: from one whose reports follow nothing', () => {
    assert.deepEqual(reasonOf(of({ cell: quiet, reporter: TELL_ALL })), [
      'unsupported',
      'unreliable-reporter',
    ])
    assert.deepEqual(reasonOf(of({ cell: quiet, reporter: RANDOM })), ['unsupported', 'unreliable-reporter'])
  })

  test('is undetermined without evidence, and says so; the same of evidence of no fault, in other words', () => {
    const none = of({ cell: unseen, reporter: NEW })
    assert.deepEqual(reasonOf(none), ['undetermined', 'no-evidence'])
    assert.match(none.because, /no evidence of a fault, and none of its absence/)
    assert.match(
      none.becauseForReporter,
      /we have no evidence yet, which is not evidence that nothing was wrong/,
    )
    const some = of({ cell: quiet, reporter: NEW })
    assert.deepEqual(reasonOf(some), ['undetermined', 'quiet'])
    assert.match(some.because, /evidence of no fault of the place/)
    assert.doesNotMatch(some.because, /no evidence/)
  })

  test('is supported of a customer that alone sees a fault, its reports having followed failures', () => {
    const own = { ...evidence.own, tasks: 60, reports: 30, expected: 0.2 }
    assert.deepEqual(reasonOf(of({ cell: quiet, own })), ['supported', 'own-fault'])
    assert.notEqual(of({ cell: quiet, own, reporter: RANDOM }).verdict, 'supported')
    assert.notEqual(of({ cell: quiet, own, reporter: NEW }).verdict, 'supported')
  })

  test('is supported of one whose reports have nearly always been failures, also where all is quiet', () => {
    const sure = creditOf([0.02, 100_000, 200], [0.6, 5_000, 300])
    assert.deepEqual(reasonOf(of({ cell: unseen, reporter: sure })), ['supported', 'reliable-reporter'])
  })

  test('is never held against somebody of whom nothing is known', () => {
    fc.assert(
      fc.property(anyEvidence, (given) => {
        if (given.claim === 'bad')
          assert.notEqual(verdictOf({ ...given, reporter: NEW }).verdict, 'unsupported')
      }),
    )
  })
})

describe('a report that a result was good', () => {
  test('is supported where the place is quiet on evidence, not where nobody could have said anything', () => {
    assert.deepEqual(reasonOf(of({ claim: 'good', cell: quiet })), ['supported', 'quiet'])
    assert.deepEqual(reasonOf(of({ claim: 'good', cell: unseen })), ['undetermined', 'no-evidence'])
  })

  test('is unsupported in an incident that hit nearly all, undetermined in a smaller one', () => {
    const all = { ...incident, ratio: { estimate: 48, low: 40, high: 57 } }
    assert.deepEqual(reasonOf(of({ claim: 'good', cell: all })), ['unsupported', 'incident'])
    assert.deepEqual(reasonOf(of({ claim: 'good' })), ['undetermined', 'incident-in-part'])
  })
})

describe('the sentences', () => {
  test('are one sentence whose figures, times and names are all in the evidence', () => {
    fc.assert(
      fc.property(anyEvidence, (given) => {
        const { because, verdict } = verdictOf(given)
        assert.equal(withoutNames(because, namesIn(given)).match(/\.(?!\d)/g)?.length, 1, because)
        assert.deepEqual(strayOf(because, given, namesIn(given)), [], because)
        const starts = {
          supported: 'Supported:',
          unsupported: 'Not supported:',
          undetermined: 'Undetermined:',
        }
        assert.ok(because.startsWith(starts[verdict]), because)
        assert.doesNotMatch(because, /NaN|Infinity|undefined|null|e-\d/)
      }),
      { numRuns: 500 },
    )
  })

  test('tell the reporter nothing but of their own: names, times and counts', () => {
    fc.assert(
      fc.property(anyEvidence, (given) => {
        const { becauseForReporter } = verdictOf(given)
        const { place, solvedAt, own } = given
        const mine = { solvedAt, own }
        assert.deepEqual(strayOf(becauseForReporter, mine, namesIn({ place })), [], becauseForReporter)
        for (const name of namesIn({ cell: given.cell }))
          if (name !== place.type && name !== place.site)
            assert.ok(!becauseForReporter.includes(name), becauseForReporter)
      }),
      { numRuns: 500 },
    )
  })

  test('are the same for the reporter whatever others did, as long as the verdict and its reason are', () => {
    fc.assert(
      fc.property(anyEvidence, anyEvidence, (given, other) => {
        const mine = { ...given, cell: other.cell, reporter: other.reporter }
        const [a, b] = [verdictOf(given), verdictOf(mine)]
        if (a.verdict === b.verdict && a.reason === b.reason)
          assert.equal(a.becauseForReporter, b.becauseForReporter)
      }),
      { numRuns: 500 },
    )
  })

  test('say what is true of the reporter', () => {
    fc.assert(
      fc.property(anyEvidence, (given) => {
        const { because } = verdictOf(given)
        const { low, high } = given.reporter.lnRatio
        if (/customer's reports follow failures\./.test(because))
          assert.ok(low > 0 || /not known/.test(because))
        if (/good results more readily/.test(because)) assert.ok(high < 0)
        if (/evidence of no fault/.test(because)) assert.equal(given.cell.state, 'quiet')
      }),
    )
  })
})

describe('on a simulated world of known truth', () => {
  test('supported and unsupported are right as often as promised', () => {
    const seed = 20_261
    const { supported, supportedRight, badInIncidents, found, unsupported, unsupportedRight } = world(
      seed,
      400,
    )
    assert.ok(
      supportedRight / supported >= 0.95,
      `supported right: ${supportedRight} of ${supported}, seed ${seed}`,
    )
    assert.ok(found / badInIncidents >= 0.8, `found: ${found} of ${badInIncidents}, seed ${seed}`)
    assert.ok(
      unsupportedRight / unsupported >= 0.9,
      `unsupported right: ${unsupportedRight} of ${unsupported}, seed ${seed}`,
    )
  })
})

function reasonOf({ verdict, reason }: { verdict: string; reason: string }): [string, string] {
  return [verdict, reason]
}

function creditOf(...cells: readonly (readonly [number, number, number])[]): Credibility {
  const record = createReporterRecord()
  for (const [pBad, tasks, reports] of cells) {
    addReporterTask(record, pBad, tasks)
    addReporterReport(record, pBad, reports)
  }
  return credibilityOf(record)
}

/** Figures, and times, that are not in these values; names are taken out first, longest first. */
function strayOf(sentence: string, values: unknown, names: readonly string[]): string[] {
  const rest = withoutNames(sentence, names)
  const numbers = numbersIn(values)
  const moments = new Set(
    numbers
      .filter((number) => number > 1e11)
      .map((at) => `${toIso(at).slice(0, 10)} ${toIso(at).slice(11, 16)}`),
  )
  const stray = (rest.match(/\d{4}-\d\d-\d\d \d\d:\d\d/g) ?? []).filter((moment) => !moments.has(moment))
  return [...stray, ...strayFigures(rest.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, ''), numbers)]
}

function withoutNames(sentence: string, names: readonly string[]): string {
  return names
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, name) => rest.replaceAll(name, ''), sentence)
}

function namesIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (value === null || typeof value !== 'object') return []
  return Object.values(value).flatMap(namesIn)
}

/** A world in small: reporters of each kind with records, places in incidents and without, and the truth of each task. */
function world(seed: number, rounds: number) {
  const chance = createChance(seed)
  const poisson = (mean: number) => {
    let n = 0
    for (let left = Math.exp(-mean), product = chance(); product > left; product *= chance()) n++
    return n
  }
  const count = {
    supported: 0,
    supportedRight: 0,
    badInIncidents: 0,
    found: 0,
    unsupported: 0,
    unsupportedRight: 0,
  }
  const groups = Array.from({ length: rounds }, () => {
    // 35 of 40 reporting groups report 1 to 20 % of what fails, 3 all of it, 1 everything, 1 at random.
    const kind = chance() * 40
    const alpha = kind < 35 ? 0.01 + 0.19 * chance() : kind < 39 ? 1 : 0.02 + 0.2 * chance()
    const beta = kind < 38 ? 0 : alpha
    const record = createReporterRecord()
    const past: [number, number][] = [
      [0.02, 500 + Math.floor(4_000 * chance())],
      [0.2, Math.floor(100 * chance())],
      [0.6, Math.floor(200 * chance())],
    ]
    for (const [pBad, tasks] of past)
      for (let i = 0; i < tasks; i++) {
        addReporterTask(record, pBad)
        if (chance() < (chance() < pBad ? alpha : beta)) addReporterReport(record, pBad)
      }
    return { alpha, beta, record }
  })
  const priors = priorsOf(groups.map(({ record }) => record))
  for (const { alpha, beta, record } of groups) {
    const reporter = credibilityOf(record, priors)
    const isIncident = chance() < 0.5
    const truth = isIncident ? ([4, 10, 30, 45][Math.floor(chance() * 4)] as number) : 1
    const expected = isIncident ? 0.5 + 2 * chance() : 8 * chance()
    const reports = poisson(truth * expected)
    const ratio = (0.25 + reports) / (0.25 + expected)
    const spread = Math.sqrt(0.25 + reports) / (0.25 + expected)
    const cell = isIncident
      ? {
          ...incident,
          reports,
          expected,
          ratio: { estimate: ratio, low: Math.max(0, ratio - spread), high: ratio + spread },
        }
      : { ...quiet, reports, expected }
    const tasks = 40
    const truths = Array.from({ length: tasks }, () => chance() < 0.02 * truth)
    const reported = truths.filter((isBad) => chance() < (isBad ? alpha : beta))
    const own = { ...evidence.own, tasks, reports: reported.length, expected: tasks * 0.02 * alpha }
    for (const isBad of reported) {
      const { verdict } = verdictOf({ ...evidence, cell, reporter, own })
      if (isBad && isIncident) count.badInIncidents++
      if (verdict === 'supported') {
        count.supported++
        if (isBad) count.supportedRight++
        if (isBad && isIncident) count.found++
      }
      if (verdict === 'unsupported') {
        count.unsupported++
        if (!isBad) count.unsupportedRight++
      }
    }
  }
  return count
}

const amount = (max: number) => fc.double({ min: 0, max, noNaN: true })
const name = fc.stringMatching(/^[A-Z][a-z]{3,9}[0-9]{0,3}\.(?:test|example)$/)
const instant = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) })
const situations: readonly Exclude<Situation, 'one-account'>[] = ['regression', 'split', 'never-worked']
const anyEvidence: fc.Arbitrary<VerdictEvidence> = fc.record({
  claim: fc.constantFrom('bad', 'good'),
  place: fc.record({ type: name, site: fc.option(name, { nil: null }) }),
  solvedAt: instant,
  cell: fc.oneof(
    fc.record({
      state: fc.constant('quiet' as const),
      from: instant,
      to: instant,
      reports: fc.nat(30),
      expected: amount(30),
    }),
    fc.record({
      state: fc.constant('incident' as const),
      situation: fc.constantFrom(...situations),
      where: fc.dictionary(fc.constantFrom('type', 'site', 'solver', 'region'), name),
      onset: fc.record({ at: instant, from: instant, to: instant }),
      from: instant,
      to: instant,
      ratio: fc.record({
        estimate: fc.double({ min: 1, max: 60, noNaN: true }),
        low: amount(60),
        high: amount(60),
      }),
      reports: fc.nat(300),
      expected: amount(30),
    }),
  ),
  reporter: fc.oneof(
    fc.constantFrom(HONEST, NEW, TELL_ALL, RANDOM),
    fc.record({
      alpha: fc.double({ min: 0.001, max: 1, noNaN: true }),
      beta: fc.double({ min: 1e-5, max: 1, noNaN: true }),
      lnRatio: fc
        .tuple(fc.double({ min: -3, max: 6, noNaN: true }), amount(3), amount(3))
        .map(([estimate, below, above]) => ({ estimate, low: estimate - below, high: estimate + above })),
      informative: amount(500),
    }),
  ),
  own: fc.record({
    from: instant,
    to: instant,
    tasks: fc.nat(500),
    reports: fc.integer({ min: 1, max: 50 }),
    expected: amount(20),
  }),
  failureShare: fc.constant(BASE_FAILURE_SHARE),
})
