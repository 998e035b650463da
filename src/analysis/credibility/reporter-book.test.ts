import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { credibilityOf } from './credibility.ts'
import { DEFAULT_PRIORS } from './priors.ts'
import { addReporterReport, addReporterTask, createReporterRecord } from './record.ts'
import { createReporterBook, Credibilities, noteRecord, readRecord, totals } from './reporter-book.ts'

test('the book keeps each group what its record would be', () => {
  const note = fc.tuple(fc.nat(60), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(9), fc.nat(3))
  fc.assert(
    fc.property(fc.array(note, { maxLength: 40 }), fc.nat(60), (notes, group) => {
      const book = createReporterBook()
      const record = createReporterRecord()
      for (const [whose, pBad, tasks, reports] of notes) {
        noteRecord(book, whose, pBad, tasks, reports)
        if (whose !== group) continue
        addReporterTask(record, pBad, tasks)
        addReporterReport(record, pBad, reports)
      }
      assert.deepEqual(readRecord(book, group), record)
      const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0)
      assert.deepEqual(totals(book, group).reports, sum(record.reports))
    }),
  )
})

test('a rounded record has the credibility of the record, nearly', () => {
  const of = (quiet: number, reported: number, broken: number, brokenReported: number) => {
    const record = createReporterRecord()
    addReporterTask(record, 0.02, quiet)
    addReporterReport(record, 0.02, reported)
    addReporterTask(record, 0.6, broken)
    addReporterReport(record, 0.6, brokenReported)
    return record
  }
  const credibilities = new Credibilities()
  for (const record of [of(2_130, 4, 97, 6), of(48, 48, 13, 13), of(1_013, 61, 205, 17), of(7, 1, 0, 0)]) {
    const exact = credibilityOf(record)
    const near = credibilities.of(record, DEFAULT_PRIORS)
    for (const at of ['estimate', 'low', 'high'] as const)
      assert.ok(Math.abs(near.lnRatio[at] - exact.lnRatio[at]) < 0.35, `${at} of ${JSON.stringify(record)}`)
  }
})

test('reports are held to tasks: what was entered under another P(bad) says nothing', () => {
  const record = createReporterRecord()
  addReporterReport(record, 0.6, 5)
  const credibilities = new Credibilities()
  const ofNobody = credibilities.of(createReporterRecord(), DEFAULT_PRIORS)
  assert.deepEqual(credibilities.of(record, DEFAULT_PRIORS), ofNobody)
})
