import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobResult } from './jobs.ts'
import { liveThrough } from './run/live.ts'
import { observe } from './run/observe.ts'
import { smallScenario } from './run/small.ts'
import { scoreOf } from './score.ts'
import { tableOf } from './table.ts'

const SEED = 7
const START_AT = Date.UTC(2026, 0, 5)

test('a small scenario from the world to the table', () => {
  const scenario = smallScenario(SEED, START_AT, 1.5)
  const broken = observe(liveThrough(scenario, [1], true), 'incidents', SEED)
  const [fault] = broken.faults
  assert.ok(fault !== undefined && fault.limit !== null, `seed ${SEED}`)
  assert.ok(
    fault.ratio > 5 && fault.limit.minutes > 0 && fault.limit.minutes < 480,
    JSON.stringify(fault.limit),
  )
  assert.ok(fault.reports > 50, `seed ${SEED}: ${fault.reports}`)
  // Who is told the truth finds a x10 break of the busiest site.
  assert.ok(fault.oracleMinutes !== null && fault.oracleMinutes < 480, `seed ${SEED}`)
  const { verdicts } = broken
  const judged =
    verdicts.supportedRight +
    verdicts.supportedWrong +
    verdicts.unsupportedRight +
    verdicts.unsupportedWrong +
    verdicts.undetermined
  assert.ok(judged > 0 && verdicts.inFaults > 0 && verdicts.inFaultsSupported <= verdicts.inFaults)

  // The first days of the same: nothing is broken yet.
  const calm = { ...scenario, faults: [], until: scenario.faults[0]?.from ?? NaN }
  const healthy = observe(liveThrough(calm, [], true), 'healthy', SEED)
  const results: JobResult[] = [
    { kind: 'observations', isTuning: false, observations: [broken, healthy] },
    { kind: 'observations', isTuning: true, observations: [healthy] },
  ]
  const { rows, baselines } = scoreOf(results, null)
  assert.equal(baselines?.length, 4)
  for (const row of rows) {
    assert.ok(
      row.value === null ? (row.because ?? '') !== '' : Number.isFinite(row.value),
      JSON.stringify(row),
    )
  }
  // On the events they were tuned on, all keep to one a week.
  const retuned = rows.filter(
    ({ figure }) => figure.includes('retuned') && figure.endsWith('false incidents'),
  )
  assert.equal(retuned.length, 4)
  for (const { value, figure } of retuned) assert.ok(value !== null && value <= 1, `${figure}: ${value}`)
  assert.equal(tableOf(rows).split('\n').length, rows.length + 1)
})
