import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS, HOUR_MS } from '../domain/instant.ts'
import { delayWeights, maturity } from './delay-curve.ts'
import {
  addExposure,
  addReport,
  binEnd,
  binIssued,
  binMatured,
  binReports,
  binStart,
  createSolveBins,
  dropThrough,
  LOOKBACK_MS,
  maturedBy,
  pendingFactors,
  removeReports,
  scaleExposure,
  SLOT_MS,
  slotOf,
} from './solve-bins.ts'
import type { SolveBins } from './solve-bins.ts'
import { createChance } from './test-stream.ts'

const NOW = 1.8e12
const FACTORS = new Float64Array(4)

function add(bins: SolveBins, solvedAt: number, expected: number, now: number): void {
  pendingFactors(solvedAt, FACTORS)
  addExposure(bins, slotOf(solvedAt), slotOf(now), expected, FACTORS)
}

const total = (bins: SolveBins, of: (bins: SolveBins, i: number) => number) =>
  Array.from({ length: bins.length }, (_, i) => of(bins, i)).reduce((sum, one) => sum + one, 0)

test('matured expectation is that of the delay curve, task by task, whatever has been merged since', () => {
  const chance = createChance(1)
  const bins = createSolveBins()
  const weights = delayWeights(0.1)
  const tasks: number[] = []
  for (let i = 0; i < 4_000; i++) {
    const at = NOW - 3 * DAY_MS + Math.floor((i / 4_000) * 3 * DAY_MS)
    // Some come late and out of order.
    const solvedAt = chance() < 0.1 ? at - Math.floor(chance() * 5 * HOUR_MS) : at
    tasks.push(solvedAt)
    add(bins, solvedAt, 0.02, at)
  }
  assert.ok(bins.length <= 64)
  for (const later of [0, HOUR_MS, DAY_MS]) {
    const exact = tasks.reduce((sum, at) => sum + 0.02 * maturity(NOW + later - at, weights), 0)
    const held = total(bins, (b, i) => binMatured(b, i, maturedBy(NOW + later), weights))
    assert.ok(Math.abs(held - exact) < 1e-3 * exact, `${held} is not ${exact}`)
  }
  assert.ok(Math.abs(total(bins, binIssued) - 80) < 0.01)
})

test('bins are in order, apart, fine where fresh and coarse where old, and cover a week', () => {
  const bins = createSolveBins()
  for (let at = NOW - 10 * DAY_MS; at < NOW; at += SLOT_MS) {
    add(bins, at, 1, at)
    addReport(bins, slotOf(at), slotOf(at), 1)
  }
  assert.equal(bins.length, 64)
  for (let i = 1; i < bins.length; i++) assert.ok(binStart(bins, i) >= binEnd(bins, i - 1))
  assert.equal(binEnd(bins, 63) - binStart(bins, 63), SLOT_MS)
  assert.ok(binEnd(bins, 0) <= NOW - LOOKBACK_MS + DAY_MS, 'the oldest bin reaches back a week')
  assert.equal(total(bins, binReports), total(bins, binIssued), 'reports and exposure go together')
})

test('what is older than the lookback is let go, exposure and reports alike', () => {
  const bins = createSolveBins()
  add(bins, NOW - LOOKBACK_MS - SLOT_MS, 1, NOW)
  addReport(bins, slotOf(NOW - LOOKBACK_MS - SLOT_MS), slotOf(NOW), 1)
  assert.equal(bins.length, 0)
})

test('a report can be taken back, never below nothing', () => {
  const bins = createSolveBins()
  addReport(bins, slotOf(NOW), slotOf(NOW), 1)
  addReport(bins, slotOf(NOW), slotOf(NOW), -1)
  addReport(bins, slotOf(NOW), slotOf(NOW), -1)
  assert.equal(binReports(bins, 0), 0)
})

test('reports can be taken out of a stretch of time, and nothing goes below zero', () => {
  const bins = createSolveBins()
  for (let i = 0; i < 40; i++) {
    const at = NOW + i * SLOT_MS
    add(bins, at, 1, at)
    addReport(bins, slotOf(at), slotOf(at), 1)
  }
  removeReports(bins, slotOf(NOW), slotOf(NOW + 10 * SLOT_MS), 5)
  assert.ok(Math.abs(total(bins, binReports) - 35) < 1e-4)
  removeReports(bins, slotOf(NOW), slotOf(NOW + 10 * SLOT_MS), 500)
  assert.ok(Math.abs(total(bins, binReports) - 30) < 1e-4)
  assert.ok(Math.abs(total(bins, binIssued) - 40) < 1e-4)
})

test('exposure can be restated in another unit: what is issued and what is still to come', () => {
  const bins = createSolveBins()
  for (let i = 0; i < 40; i++) add(bins, NOW + i * SLOT_MS, 1, NOW + i * SLOT_MS)
  const by = maturedBy(NOW + 50 * SLOT_MS)
  const weights = delayWeights(0)
  const before = total(bins, (b, i) => binMatured(b, i, by, weights))
  scaleExposure(bins, 2.5)
  assert.ok(Math.abs(total(bins, (b, i) => binMatured(b, i, by, weights)) - 2.5 * before) < 1e-3)
})

test('everything through a slot can be dropped', () => {
  const bins = createSolveBins()
  for (let i = 0; i < 5; i++) add(bins, NOW + i * SLOT_MS, 1, NOW + i * SLOT_MS)
  dropThrough(bins, slotOf(NOW + 2 * SLOT_MS))
  assert.equal(bins.length, 2)
  assert.equal(binStart(bins, 0), NOW + 3 * SLOT_MS)
})
