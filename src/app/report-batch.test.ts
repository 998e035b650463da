import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ReportFate, ReportRequest } from '../store/contract.ts'
import { decodeFates, decodeReports, encodeFates, encodeReports } from './report-batch.ts'

const request: fc.Arbitrary<ReportRequest> = fc.record(
  {
    taskId: fc.oneof(
      fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      fc.string({ minLength: 1, maxLength: 64 }),
    ),
    account: fc.string({ minLength: 1, maxLength: 20 }),
    claim: fc.constantFrom('bad', 'good'),
    pathClass: fc.constantFrom(null, 'image', 'token'),
    receivedAt: fc.integer({ min: 0, max: 4e12 }),
    softId: fc.option(fc.integer()),
  },
  { noNullPrototype: true },
)
const fate: fc.Arbitrary<ReportFate> = fc.record(
  {
    outcome: fc.constantFrom(
      'recorded',
      'repeated',
      'changed',
      'unknown-task',
      'not-ready',
      'failed',
      'late',
    ),
    parked: fc.boolean(),
    classRefused: fc.boolean(),
  },
  { noNullPrototype: true },
)

test('reports and fates cross to another thread and back unchanged', () => {
  fc.assert(
    fc.property(fc.array(request), (reports) => {
      assert.deepEqual(decodeReports(structuredClone(encodeReports(reports))), reports)
    }),
  )
  fc.assert(
    fc.property(fc.array(fate), (fates) => {
      assert.deepEqual(decodeFates(structuredClone(encodeFates(fates))), fates)
    }),
  )
})
