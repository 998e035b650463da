import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { StoredReport } from '../domain/report.ts'
import type { Judgement } from '../domain/verdict.ts'
import type { JudgeReports } from './verdict-desk.ts'
import { VerdictDesk } from './verdict-desk.ts'

function report(seq: number): StoredReport {
  return {
    seq,
    taskId: seq,
    account: 'acme',
    group: 'acme',
    attributes: { type: 'T', site: 's.example', solver: '1', region: null, labels: {} },
    solvedAt: 0,
    claim: 'bad',
    receivedAt: 1,
    flags: [],
  }
}

function judgement(seq: number, incidentId: string | null = null): Judgement {
  return { verdict: 'supported', because: `op ${seq}`, becauseForReporter: `you ${seq}`, incidentId }
}

function openDesk(judge: JudgeReports, waitMs = 20) {
  const failures: unknown[] = []
  const listedAs = (id: string) => (id === 'absorbed' ? 'absorber' : id === 'unknown' ? null : id)
  return { desk: new VerdictDesk(judge, listedAs, (error) => failures.push(error), waitMs), failures }
}

describe('verdicts', () => {
  test('are asked for together and given to whom they belong', async () => {
    const calls: number[] = []
    const { desk } = openDesk(async (reports) => {
      calls.push(reports.length)
      return reports.map(({ seq }) => judgement(seq))
    })
    const answers = await Promise.all(Array.from({ length: 700 }, (_, i) => desk.one(report(i + 1))))
    assert.deepEqual(
      answers.map(({ becauseForReporter }) => becauseForReporter),
      Array.from({ length: 700 }, (_, i) => `you ${i + 1}`),
    )
    assert.deepEqual(calls, [500, 200])
    calls.length = 0
    const many = await desk.many(Array.from({ length: 1_000 }, (_, i) => report(i + 1)))
    assert.equal(many[999]?.because, 'op 1000')
    assert.deepEqual(calls, [500, 500])
    assert.deepEqual(await desk.many([]), [])
  })

  test('are waited for by a bounded number; the others are told at once', async () => {
    let finish: () => void = () => undefined
    const held = new Promise<void>((resolve) => (finish = resolve))
    const { desk } = openDesk(async (reports) => {
      await held
      return reports.map(({ seq }) => judgement(seq))
    }, 60_000)
    const waiting = Array.from({ length: 800 }, (_, i) => desk.one(report(i + 1)))
    assert.equal((await desk.one(report(801))).because, 'The analysis has not read this report yet.')
    finish()
    assert.ok((await Promise.all(waiting)).every(({ verdict }) => verdict === 'supported'))
    assert.equal((await desk.one(report(802))).verdict, 'supported')
  })

  test('reach a reporter in their own words only', async () => {
    const { desk } = openDesk(async () => [judgement(1, 'own')])
    assert.deepEqual(await desk.forReporter(report(1)), { verdict: 'supported', because: 'you 1' })
  })

  test('name the incident that is listed', async () => {
    const { desk } = openDesk(async () => [
      judgement(1, 'absorbed'),
      judgement(2, 'own'),
      judgement(3, 'unknown'),
      judgement(4),
    ])
    const answers = await desk.many([1, 2, 3, 4].map(report))
    assert.deepEqual(
      answers.map(({ incidentId }) => incidentId),
      ['absorber', 'own', null, null],
    )
  })

  test('are undetermined with the reason where the analysis is behind, silent or gone: never an error', async () => {
    const behind = openDesk(async () => [null, judgement(2)])
    const silent = openDesk(() => new Promise(() => undefined))
    const gone = openDesk(async () => {
      throw new Error('the analysis thread ended')
    })
    const [first, second] = await behind.desk.many([report(1), report(2)])
    assert.equal(second?.verdict, 'supported')
    for (const answer of [first, await silent.desk.one(report(1)), await gone.desk.one(report(1))])
      assert.deepEqual(answer, {
        verdict: 'undetermined',
        because: 'The analysis has not read this report yet.',
        becauseForReporter: 'The analysis has not read this report yet.',
        incidentId: null,
      })
    assert.equal(gone.failures.length, 1)
  })
})
