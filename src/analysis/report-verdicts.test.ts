import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Change, ReportChange, TaskChange } from '../domain/change.ts'
import { hasFacts } from '../domain/finding.ts'
import { incidentIdOf } from '../domain/incident.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/instant.ts'
import type { JudgedReport } from '../domain/verdict.ts'
import { AlarmBook } from './alarm-book.ts'
import { createEyes } from './look.ts'
import { MixIndex } from './mix-table.ts'
import { createModel, restoreModel } from './model.ts'
import type { Model } from './model.ts'
import { PartyIndex } from './parties.ts'
import { ReportVerdicts } from './report-verdicts.ts'
import { Reporters } from './reporters.ts'
import { SegmentIndex } from './segments.ts'
import { decodeState } from './snapshot.ts'
import { numbersIn, strayFigures } from './test-sentence.ts'
import type { Customer, Place } from './test-stream.ts'
import { createChance, place, START, stream } from './test-stream.ts'

const SETTINGS = { falseIncidentsPerWeek: 1, reportWindowMs: DAY_MS }
/** The failure share that Assay supposes where nothing is wrong. */
const USUAL = 0.02
const PLACES = Array.from({ length: 6 }, (_, i) => place('T', `s${i}.example`, 1, USUAL))
const RARE = place('T', 'rare.example', 0.002, USUAL)
/** Twenty-four who report half of their failures, and two whose reports follow nothing. */
const CUSTOMERS: readonly Customer[] = [
  ...Array.from({ length: 24 }, (_, i) => ({ account: `honest${i}`, weight: 1, diligence: 0.5 })),
  { account: 'tells-all', weight: 0.15, diligence: 0 },
  { account: 'dices', weight: 0.15, diligence: 0 },
]
/** Of their tasks, whatever became of them. */
const REPORTED: Readonly<Record<string, number>> = { 'tells-all': 1, dices: 0.2 }

/** Two sites break, one after the other, and are repaired. */
const FIRST = { site: 's1.example', from: START + 2 * DAY_MS, until: START + 3 * DAY_MS, by: 20 }
const SECOND = { site: 's0.example', from: START + 5 * DAY_MS, until: START + 5.5 * DAY_MS, by: 10 }
const END = START + 7 * DAY_MS

function trouble(at: number, { attributes: { site } }: Place): number {
  for (const one of [FIRST, SECOND]) if (one.site === site && at >= one.from && at < one.until) return one.by
  return 1
}

/** The stream, and the reports of those who report whatever comes. */
function* world(seed: number): Generator<Change> {
  const chance = createChance(seed)
  const waiting: ReportChange[] = []
  let seq = 0
  const plan = { seed, from: START, days: 7, tasksPerDay: 9_000, places: [...PLACES, RARE], trouble }
  for (const change of stream({ ...plan, customers: CUSTOMERS })) {
    if (change.kind === 'act') continue
    const at = change.kind === 'task' ? change.solvedAt : change.receivedAt
    while (waiting[0] !== undefined && waiting[0].receivedAt <= at)
      yield { ...(waiting.shift() as ReportChange), seq: ++seq }
    yield { ...change, seq: ++seq }
    if (change.kind === 'task' && chance() < (REPORTED[change.account] ?? 0))
      waiting.push(reportOn(change, change.solvedAt + 20 * MINUTE_MS))
  }
}

function reportOn(task: TaskChange, receivedAt: number): ReportChange {
  const { taskId, account, group, attributes, solvedAt } = task
  return {
    kind: 'report',
    seq: 0,
    taskId,
    account,
    group,
    attributes,
    solvedAt,
    receivedAt,
    claim: 'bad',
    replaces: null,
    flags: [],
  }
}

/** Played once; the model stands at the end, and as it was while the second site was broken. */
const lived = (() => {
  const model = createModel(SETTINGS)
  const reports: ReportChange[] = []
  const opened = new Map<string, string>()
  let during: Uint8Array | null = null
  for (const change of world(7)) {
    if (during === null && change.kind === 'task' && change.solvedAt > SECOND.until) during = model.snapshot()
    for (const finding of model.apply(change))
      if (hasFacts(finding) && finding.facts.situation !== 'one-account')
        opened.set(finding.facts.where['site'] ?? '', incidentIdOf(finding.alarmId))
    if (change.kind === 'report') reports.push(change)
  }
  assert.ok(during !== null)
  return { model, reports, opened, during }
})()

const at = (from: number, until: number, site: string, account: RegExp): ReportChange[] =>
  lived.reports.filter(
    (report) =>
      report.solvedAt >= from &&
      report.solvedAt < until &&
      report.attributes.site === site &&
      account.test(report.account),
  )

/** How often each verdict is given. */
function verdictsOf(model: Model, reports: readonly JudgedReport[]): Record<string, number> {
  const counts: Record<string, number> = { supported: 0, unsupported: 0, undetermined: 0 }
  for (const report of reports) {
    const { verdict } = model.judge(report)
    counts[verdict] = (counts[verdict] as number) + 1
  }
  return counts
}

function share(model: Model, reports: readonly JudgedReport[], verdict: string): number {
  assert.ok(reports.length >= 10, `${reports.length} reports are too few to judge by`)
  return (verdictsOf(model, reports)[verdict] as number) / reports.length
}

const inSecond = (from: number, until: number, account: RegExp) => at(from, until, SECOND.site, account)

describe('a report from a site that is broken', () => {
  const reports = inSecond(SECOND.from + HOUR_MS, SECOND.until, /^honest/)

  test('is supported, and listed under its incident', () => {
    assert.ok(share(lived.model, reports, 'supported') > 0.9)
    const { incidentId, because, becauseForReporter } = lived.model.judge(reports[0] as ReportChange)
    assert.equal(incidentId, lived.opened.get(SECOND.site))
    assert.match(because, /part of the incident on T at s0\.example/)
    assert.doesNotMatch(becauseForReporter, /incident|other/)
  })

  test('is supported while it still is broken', () => {
    const model = restoreModel(SETTINGS, lived.during)
    assert.ok(share(model, reports, 'supported') > 0.9)
  })

  test('says nothing of one who reports everything', () => {
    const its = inSecond(SECOND.from + HOUR_MS, SECOND.until, /^tells-all/)
    assert.equal(verdictsOf(lived.model, its)['supported'], 0)
  })
})

describe('a report from a place where others would have seen a fault', () => {
  const quiet = (account: RegExp) =>
    ['s2', 's3', 's4', 's5'].flatMap((site) =>
      at(START + 4 * DAY_MS, END - DAY_MS, `${site}.example`, account),
    )

  test('is not supported of those whose reports follow nothing', () => {
    assert.ok(share(lived.model, quiet(/^tells-all/), 'unsupported') > 0.9)
    assert.ok(share(lived.model, quiet(/^dices/), 'unsupported') > 0.5)
    assert.equal(verdictsOf(lived.model, quiet(/^dices/))['supported'], 0)
  })

  test('is not held against those of whom nothing is known', () => {
    const news = quiet(/./).map((report) => ({ ...report, account: 'new', group: 'new' }))
    assert.equal(share(lived.model, news, 'undetermined'), 1)
    const said = news.map((report) => lived.model.judge(report).because)
    assert.ok(
      said.filter((because) => /evidence of no fault of the place/.test(because)).length > 0.5 * said.length,
    )
    for (const report of news) assert.equal(lived.model.judge(report).incidentId, null)
  })

  test('is supported if it is good', () => {
    const good = quiet(/^honest/).map((report) => ({ ...report, claim: 'good' as const }))
    assert.ok(share(lived.model, good, 'supported') > 0.7)
    assert.equal(verdictsOf(lived.model, good)['unsupported'], 0)
  })
})

describe('a first report from a place that nobody knows', () => {
  test('is undetermined, for there is no evidence', () => {
    const model = restoreModel(SETTINGS, lived.during)
    const seq = model.cursor
    const task: TaskChange = {
      kind: 'task',
      seq: seq + 1,
      taskId: 'first',
      account: 'new',
      group: 'new',
      attributes: { ...RARE.attributes, site: 'new.example' },
      solvedAt: SECOND.until + HOUR_MS,
      exposed: true,
    }
    const report = { ...reportOn(task, task.solvedAt + MINUTE_MS), seq: seq + 2 }
    model.apply(task)
    model.apply(report)
    const { verdict, because, becauseForReporter } = model.judge(report)
    assert.equal(verdict, 'undetermined')
    assert.match(because, /no evidence of a fault, and none of its absence/)
    assert.match(becauseForReporter, /no evidence yet, which is not evidence that nothing was wrong/)
    assert.match(becauseForReporter, /of your 1 task there .* you reported 1 as bad/)
  })
})

describe('a site that was repaired', () => {
  test('keeps its incident for what was solved before', () => {
    const before = inSecond(SECOND.from + HOUR_MS, SECOND.until - HOUR_MS, /^honest/)
    for (const report of before)
      assert.equal(lived.model.judge(report).incidentId, lived.opened.get(SECOND.site))
  })

  test('is a place like any other afterwards', () => {
    const after = inSecond(SECOND.until + 2 * HOUR_MS, END, /^honest/)
    for (const report of after) assert.equal(lived.model.judge(report).incidentId, null)
    const everything = inSecond(SECOND.until + 2 * HOUR_MS, END, /^tells-all/)
    assert.ok(share(lived.model, everything, 'unsupported') > 0.9)
  })
})

describe('judging', () => {
  const sample = lived.reports.filter((_, i) => i % 25 === 0)

  test('is the same after a snapshot', () => {
    const again = restoreModel(SETTINGS, lived.model.snapshot())
    for (const report of sample) assert.deepEqual(again.judge(report), lived.model.judge(report))
  })

  test('changes nothing, whatever it is asked', () => {
    const model = restoreModel(SETTINGS, lived.during)
    const before = model.snapshot()
    const [one] = sample as [ReportChange, ...ReportChange[]]
    model.judge(one)
    model.judge({ ...one, account: 'nobody', group: 'nobody' })
    const { verdict, because } = model.judge({
      ...one,
      attributes: { type: 'Unheard', site: 'of.example', solver: '9', region: 'xx', labels: { a: 'b' } },
    })
    assert.equal(verdict, 'undetermined')
    assert.match(because, /no evidence/)
    assert.deepEqual(model.snapshot(), before)
  })

  test('says nothing to the operator that is not in the evidence', () => {
    const state = decodeState(lived.model.snapshot())
    const index = new SegmentIndex(state.segments, state.leaves)
    const parties = new PartyIndex(state.parties)
    const mix = new MixIndex(state.mixTable)
    const book = new AlarmBook(state, index)
    const reporters = new Reporters(state, index, mix, book)
    const verdicts = new ReportVerdicts(createEyes(state, index), parties, mix, book, reporters)
    const names = [...CUSTOMERS.map(({ account }) => account), ...PLACES.map((one) => one.attributes.site)]
    for (const report of sample) {
      const { because } = lived.model.judge(report)
      const { evidence } = verdicts.evidenceOn(report)
      const said = names.reduce((rest, name) => rest.replaceAll(name, ''), because)
      const figures = said.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, '')
      assert.deepEqual(strayFigures(figures, numbersIn(evidence)), [], because)
    }
  })

  test('tells a customer nothing of another', () => {
    const names = [...CUSTOMERS.map(({ account }) => account), ...PLACES.map((one) => one.attributes.site)]
    fc.assert(
      fc.property(fc.nat(lived.reports.length - 1), fc.constantFrom('good', 'bad'), (i, claim) => {
        const report = { ...(lived.reports[i] as ReportChange), claim } as ReportChange
        const { becauseForReporter } = lived.model.judge(report)
        for (const name of names)
          if (name !== report.attributes.site)
            assert.ok(!becauseForReporter.includes(name), `${name} in: ${becauseForReporter}`)
        assert.doesNotMatch(becauseForReporter, /other|customer|incident/)
      }),
    )
  })

  test('tells a customer the same counts, whatever others did', () => {
    // Its own past in a world in which everybody else's reports are gone.
    const alone = createModel(SETTINGS)
    const isIts = (change: Change): boolean => change.kind !== 'report' || change.account === 'honest3'
    for (const change of world(7)) if (isIts(change)) alone.apply(change)
    const its = lived.reports.filter(
      ({ account, solvedAt }) => account === 'honest3' && solvedAt > END - DAY_MS,
    )
    for (const report of its) {
      const [a, b] = [lived.model, alone].map((model) => model.judge(report).becauseForReporter)
      assert.deepEqual(wholeNumbersIn(a as string), wholeNumbersIn(b as string))
    }
  })
})

/** The counts in a sentence, times left out. */
function wholeNumbersIn(sentence: string): string[] {
  const untimed = sentence.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, '')
  return untimed.match(/(?<![.\d])\d+(?![.\d])/g) ?? []
}
