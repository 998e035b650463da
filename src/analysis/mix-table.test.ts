import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  addToMix,
  createMixTable,
  dropRecent,
  eachDue,
  eachDueReport,
  eachSettled,
  MixIndex,
  REST_GROUP,
  REST_SITE,
  rollMix,
} from './mix-table.ts'
import type { MixTable } from './mix-table.ts'

function settledOf(table: MixTable): number[][] {
  const rows: number[][] = []
  eachSettled(table, (...row) => rows.push(row))
  return rows
}

/** What waits to be settled: whatever another three rolls would settle. */
function recentOf(table: MixTable): number[][] {
  const later: MixTable = { ...table, data: table.data.slice() }
  const before = new Map(settledOf(later).map(([site, group, exposure]) => [`${site}/${group}`, exposure]))
  for (let roll = 0; roll < 3; roll++) rollMix(later, 1)
  return settledOf(later)
    .map(([site, group, exposure]) => [
      site,
      group,
      (exposure as number) - (before.get(`${site}/${group}`) ?? 0),
    ])
    .filter(([, , exposure]) => exposure !== 0) as number[][]
}

describe('the mix table', () => {
  test('holds back what is added now for three half-days, and shows it whole then', () => {
    const table = createMixTable()
    const row = new MixIndex(table).row(3, 4)
    addToMix(table, row, 0, 10, 2)
    for (let roll = 0; roll < 2; roll++) {
      assert.deepEqual(recentOf(table), [[3, 4, 10]])
      assert.deepEqual(settledOf(table), [])
      rollMix(table, 0.5)
    }
    const due: number[][] = []
    eachDue(table, (...one) => due.push(one))
    eachDueReport(table, (...one) => due.push(one))
    assert.deepEqual(due, [
      [3, 4, 10],
      [3, 2],
    ])
    rollMix(table, 0.5)
    assert.deepEqual(settledOf(table), [[3, 4, 10, 2]])
    assert.deepEqual(recentOf(table), [])
    rollMix(table, 0.5)
    assert.deepEqual(settledOf(table), [[3, 4, 5, 1]], 'from then on it is forgotten')
  })

  test('puts what comes late where it would be by now', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 }), (late, then) => {
        const prompt = createMixTable()
        const tardy = createMixTable()
        const rowOf = (table: MixTable) => new MixIndex(table).row(1, 1)
        addToMix(prompt, rowOf(prompt), 0, 8, 4)
        const row = rowOf(tardy)
        for (let i = 0; i < late; i++) {
          rollMix(prompt, 1)
          rollMix(tardy, 1)
        }
        addToMix(tardy, row, late, 8, 4)
        for (let i = 0; i < then; i++) {
          rollMix(prompt, 1)
          rollMix(tardy, 1)
        }
        assert.deepEqual(tardy.data, prompt.data)
      }),
    )
  })

  test('never holds less than nothing, and ignores what has no row', () => {
    const table = createMixTable()
    const row = new MixIndex(table).row(1, 1)
    addToMix(table, row, 0, 1, 1)
    addToMix(table, row, 0, -3, -1)
    addToMix(table, row, 0, 0, -1)
    addToMix(table, -1, 0, 5, 5)
    assert.ok(table.data.every((value) => value === 0))
  })

  test('forgets what is not settled of some sites, and nothing else', () => {
    const table = createMixTable()
    const index = new MixIndex(table)
    for (const site of [1, 2])
      for (const halfDaysAgo of [0, 1, 2, 3]) addToMix(table, index.row(site, 9), halfDaysAgo, 1, 1)
    dropRecent(table, (site) => site === 1)
    assert.deepEqual(recentOf(table), [[2, 9, 3]])
    assert.deepEqual(settledOf(table), [
      [1, 9, 1, 1],
      [2, 9, 1, 1],
    ])
  })

  test('finds its rows again from the table alone, also after it has grown', () => {
    const table = createMixTable()
    const index = new MixIndex(table)
    const rows = Array.from({ length: 1_000 }, (_, i) => index.row(i % 37, Math.floor(i / 37)))
    const again = new MixIndex(table)
    assert.deepEqual(
      rows.map((_, i) => again.row(i % 37, Math.floor(i / 37))),
      rows,
    )
    assert.equal(table.count, 1_000)
  })

  test('nearly full, folds the rows that say least, and keeps what is known of each site and group', () => {
    const table = createMixTable()
    const index = new MixIndex(table)
    const SITES = 1_000
    const GROUPS = 330
    // Half of the rows say much and half little; reports are whole, so that their sums are exact.
    for (let site = 1; site <= SITES; site++)
      for (let group = 1; group <= GROUPS; group++)
        addToMix(table, index.row(site, group), 3, (site + group) % 2 === 0 ? 100 : 1, (site + group) % 3)
    const before = table.count
    const totals = () => {
      const bySite = new Float64Array(SITES + 1)
      const byGroup = new Float64Array(GROUPS + 1)
      let exposure = 0
      eachSettled(table, (site, group, tasks, reports) => {
        if (site !== REST_SITE) bySite[site] = (bySite[site] as number) + reports
        if (group !== REST_GROUP) byGroup[group] = (byGroup[group] as number) + reports
        if (site !== REST_SITE) exposure += tasks
      })
      return { bySite, byGroup, exposure }
    }
    const was = totals()
    index.fold(() => ({ atSite: 1, atGroup: 1 }))
    const is = totals()
    assert.ok(table.count < before * 0.75, `${table.count} of ${before} rows`)
    assert.deepEqual(is.bySite, was.bySite)
    assert.deepEqual(is.byGroup, was.byGroup)
    assert.ok(Math.abs(is.exposure - was.exposure) < 1e-6 * was.exposure)
    const heavy = index.row(2, 2)
    assert.ok(heavy >= 0 && table.keys[heavy * 2] === 2 && table.keys[heavy * 2 + 1] === 2)
    assert.equal(new MixIndex(table).row(2, 2), heavy, 'the same is found in what is kept')
  })
})
