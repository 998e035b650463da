import assert from 'node:assert/strict'
import { hasFacts } from '../domain/finding.ts'
import { test } from 'node:test'
import { DAY_MS } from '../domain/instant.ts'
import { createModel } from './model.ts'
import { START, stream, zipfCustomers, zipfPlaces } from './test-stream.ts'

const DILIGENCE = [0, 0.2, 1, 0.6]

test('three healthy weeks of 2,000 segments raise no more incidents than the knob allows', (t) => {
  const WEEKS = 3
  const model = createModel({ falseIncidentsPerWeek: 1, reportWindowMs: DAY_MS })
  const opened: string[] = []
  const world = stream({
    seed: 42,
    from: START,
    days: 7 * WEEKS,
    tasksPerDay: 40_000,
    places: Array.from({ length: 10 }, (_, type) => zipfPlaces(`T${type}`, 200, 0.1)).flat(),
    customers: zipfCustomers(300, (i) => DILIGENCE[i % 4] as number),
  })
  for (const change of world)
    for (const finding of model.apply(change).filter(hasFacts))
      if (finding.event === 'opened') opened.push(finding.facts.because)
  t.diagnostic(`${opened.length} in ${WEEKS} weeks, ${model.stats().segments} segments`)
  assert.ok(model.stats().segments > 1_990)
  assert.ok(opened.length <= WEEKS, opened.join('\n'))
})
