import assert from 'node:assert/strict'
import { test } from 'node:test'
import { taskOf } from './fixtures.ts'
import { NameTable, TooManyNames } from './names.ts'
import type { Told } from './wordings.ts'
import { textOf, WordingTable } from './wordings.ts'

test('a wording comes back as it was told; equal attributes are one object', () => {
  const table = new WordingTable()
  const { type, site, solver } = taskOf()
  const base = { type, site, solver }
  const told: Told[] = [
    base,
    { ...base, labels: {} },
    { ...base, region: 'eu' },
    { ...base, region: 'eu', labels: { a: '1' } },
    { ...base, site: 'other.example', labels: { a: '1' } },
  ]
  const codes = told.map((one) => table.encode(one))
  assert.deepEqual(
    codes.map((code) => table.told(code)),
    told,
  )
  assert.equal(new Set(codes).size, told.length)
  const attributes = codes.map((code) => table.attributes(code))
  assert.equal(attributes[0], attributes[1])
  assert.equal(attributes[3]?.labels, attributes[4]?.labels)
  assert.deepEqual(attributes[2], { ...attributes[0], region: 'eu' })
  assert.deepEqual(
    codes.toSorted((a, b) => table.compare(a, b)),
    codes.toSorted((a, b) => (textOf(table.told(a)) < textOf(table.told(b)) ? -1 : 1)),
  )
})

test('beyond the bound on names a sentence says what may be the cause', () => {
  const wordings = new WordingTable(2)
  wordings.encode(taskOf({ solver: '1' }))
  wordings.encode(taskOf({ solver: '2' }))
  wordings.encode(taskOf({ solver: '1' }))
  assert.throws(() => wordings.encode(taskOf({ solver: '3' })), TooManyNames)
  const accounts = new NameTable('accounts', 1)
  accounts.encode('a')
  assert.throws(() => accounts.encode('b'), /more than 1 different accounts/)
})
