import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS } from '../../src/domain/instant.ts'
import type { Attributes } from '../../src/domain/task.ts'
import { jaccard, LeafTasks } from './leaf-tasks.ts'

const attributes = (site: string, solver: string): Attributes => ({
  type: 'TurnstileTask',
  site,
  solver,
  region: 'eu',
  labels: { pool: 'p1' },
})

test('places are compared by the tasks of their leaf cells on the days asked about', () => {
  const tasks = new LeafTasks([])
  const shopOld = attributes('shop.example', '1')
  const shopNew = attributes('shop.example', '2')
  const bankOld = attributes('bank.example', '1')
  for (const [leaf, day, count] of [
    [shopOld, 0, 30],
    [shopNew, 0, 10],
    [bankOld, 0, 20],
    [bankOld, 5, 1_000],
  ] as const)
    for (let i = 0; i < count; i++) tasks.count(tasks.leafOf(leaf, 'anyone'), day * DAY_MS + i)
  const weights = tasks.weights(0, DAY_MS)
  const shop = tasks.at([{ site: 'shop.example' }])
  assert.equal(jaccard(weights, shop, tasks.at([{ site: 'shop.example', solver: '1' }])), 30 / 40)
  assert.equal(jaccard(weights, shop, tasks.at([{ solver: '1' }])), 30 / 60)
  assert.equal(jaccard(weights, shop, tasks.at([{}])), 40 / 60)
  assert.equal(jaccard(weights, shop, tasks.at([{ site: 'bank.example' }])), 0)
  assert.equal(jaccard(weights, tasks.at([{ 'labels.pool': 'p1' }]), tasks.at([{ pool: 'p1' }])), 1)
  const both = tasks.at([{ site: 'shop.example' }, { site: 'bank.example' }])
  assert.equal(jaccard(weights, both, tasks.at([{}])), 1)
  assert.equal(jaccard(weights, tasks.at([]), tasks.at([])), 0, 'nothing is not the same as nothing')
})

test('an account is a cell of its own where a fault names it', () => {
  const tasks = new LeafTasks(['loud'])
  const here = attributes('shop.example', '1')
  for (let i = 0; i < 3; i++) tasks.count(tasks.leafOf(here, 'loud'), i)
  for (let i = 0; i < 9; i++) tasks.count(tasks.leafOf(here, `other ${i}`), i)
  const weights = tasks.weights(0, DAY_MS)
  const loud = tasks.at([{ account: 'loud' }])
  assert.equal(jaccard(weights, loud, tasks.at([{ account: 'loud', site: 'shop.example' }])), 1)
  assert.equal(jaccard(weights, loud, tasks.at([{ site: 'shop.example' }])), 3 / 12)
  assert.equal(jaccard(weights, loud, tasks.at([{ account: 'other 1' }])), 0)
})
