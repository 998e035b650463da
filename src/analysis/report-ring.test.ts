import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS } from '../domain/instant.ts'
import {
  createReportRing,
  createReportTable,
  dropFromRing,
  eachReport,
  enterReport,
  oldestKnown,
  pushReport,
  takeReport,
} from './report-ring.ts'
import type { ReportRing, ReportTable } from './report-ring.ts'

const NOW = 1.8e12

function enter(table: ReportTable, id: number, solvedAt: number, ...rings: ReportRing[]): void {
  const number = enterReport(table, id, {
    solvedAt,
    account: id % 7,
    unproven: id % 2 === 0,
    leaf: 3,
    atSite: true,
    atType: id % 3 !== 0,
  })
  for (const ring of rings) pushReport(table, ring, number)
}

function solvedAts(table: ReportTable, ring: ReportRing): number[] {
  const all: number[] = []
  eachReport(table, ring, (entry) => all.push(entry.solvedAt))
  return all.sort((a, b) => a - b)
}

test('the latest 2,048 of a busy week stay, and it is known from when on', () => {
  const table = createReportTable()
  const ring = createReportRing()
  for (let i = 0; i < 5_000; i++) enter(table, i, NOW + i, ring)
  assert.deepEqual(
    solvedAts(table, ring),
    Array.from({ length: 2_048 }, (_, i) => NOW + 2_952 + i),
  )
  const oldest = oldestKnown(table, ring)
  assert.ok(oldest >= NOW + 2_952 && oldest < NOW + 3_000, String(oldest))
})

test('a quiet segment keeps little, however long it lives', () => {
  const table = createReportTable()
  const ring = createReportRing()
  for (let i = 0; i < 500; i++) enter(table, i, NOW + i * 3 * DAY_MS, ring)
  assert.equal(ring.numbers.length, 4)
  assert.equal(Math.max(...solvedAts(table, ring)), NOW + 499 * 3 * DAY_MS)
  assert.equal(oldestKnown(table, ring), -Infinity)
})

test('a report is held once for all the segments it counts in, as it came', () => {
  const table = createReportTable()
  const [site, type] = [createReportRing(), createReportRing()]
  enter(table, 12, NOW, site, type)
  for (const ring of [site, type]) {
    const entries: unknown[] = []
    eachReport(table, ring, (entry) => entries.push(entry))
    assert.deepEqual(entries, [
      { solvedAt: NOW, account: 5, unproven: true, leaf: 3, atSite: true, atType: false },
    ])
  }
  assert.equal(table.count, 1)
})

test('a report can be taken out once, by its own task only, and is gone everywhere', () => {
  const table = createReportTable()
  const [site, type] = [createReportRing(), createReportRing()]
  enter(table, 1, NOW, site, type)
  enter(table, 2, NOW, site, type)
  assert.equal(takeReport(table, site, 3, NOW), null)
  assert.equal(takeReport(table, site, 2, NOW)?.account, 2)
  assert.equal(takeReport(table, type, 2, NOW), null)
  assert.equal(solvedAts(table, type).length, 1)
})

test('what is dropped from one segment stays in the others', () => {
  const table = createReportTable()
  const [site, type] = [createReportRing(), createReportRing()]
  for (let i = 0; i < 5; i++) enter(table, i, NOW + i, site, type)
  dropFromRing(table, site, ({ solvedAt }) => solvedAt <= NOW + 2)
  assert.deepEqual(solvedAts(table, site), [NOW + 3, NOW + 4])
  assert.equal(solvedAts(table, type).length, 5)
})

test('numbers survive the growth of the table', () => {
  const table = createReportTable()
  const ring = createReportRing()
  for (let i = 0; i < 2_000; i++) enter(table, i, NOW + i, ring)
  assert.ok(table.solvedAt.length >= 2_000)
  assert.deepEqual(
    solvedAts(table, ring),
    Array.from({ length: 2_000 }, (_, i) => NOW + i),
  )
})
