import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS } from '../domain/instant.ts'
import { createReportRing, dropReportsThrough, eachReport, pushReport, takeReport } from './report-ring.ts'
import type { ReportRing } from './report-ring.ts'

const NOW = 1.8e12

function push(ring: ReportRing, id: number, solvedAt: number): void {
  pushReport(ring, id, { solvedAt, account: id % 7, unproven: id % 2 === 0, site: 3 })
}

function solvedAts(ring: ReportRing): number[] {
  const all: number[] = []
  eachReport(ring, (entry) => all.push(entry.solvedAt))
  return all.sort((a, b) => a - b)
}

test('the latest 1,024 of a busy week stay', () => {
  const ring = createReportRing()
  for (let i = 0; i < 3_000; i++) push(ring, i, NOW + i)
  assert.deepEqual(
    solvedAts(ring),
    Array.from({ length: 1_024 }, (_, i) => NOW + 1_976 + i),
  )
})

test('a quiet segment keeps little, however long it lives', () => {
  const ring = createReportRing()
  for (let i = 0; i < 500; i++) push(ring, i, NOW + i * 3 * DAY_MS)
  assert.equal(ring.solvedAt.length, 4)
  assert.equal(Math.max(...solvedAts(ring)), NOW + 499 * 3 * DAY_MS)
})

test('an entry comes out as it went in', () => {
  const ring = createReportRing()
  push(ring, 12, NOW)
  const entries: unknown[] = []
  eachReport(ring, (entry) => entries.push(entry))
  assert.deepEqual(entries, [{ solvedAt: NOW, account: 5, unproven: true, site: 3 }])
})

test('a report can be taken out once, and by its own task only', () => {
  const ring = createReportRing()
  push(ring, 1, NOW)
  push(ring, 2, NOW)
  assert.equal(takeReport(ring, 3, NOW), false)
  assert.equal(takeReport(ring, 2, NOW), true)
  assert.equal(takeReport(ring, 2, NOW), false)
  assert.equal(solvedAts(ring).length, 1)
})

test('reports through an instant can be dropped, also of one site only', () => {
  const ring = createReportRing()
  for (let i = 0; i < 5; i++) push(ring, i, NOW + i)
  dropReportsThrough(ring, NOW + 2, 4)
  assert.equal(solvedAts(ring).length, 5)
  dropReportsThrough(ring, NOW + 2, 3)
  assert.deepEqual(solvedAts(ring), [NOW + 3, NOW + 4])
})
