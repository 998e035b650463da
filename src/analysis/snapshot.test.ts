import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Change } from '../domain/change.ts'
import { DAY_MS } from '../domain/instant.ts'
import { createModel, restoreModel } from './model.ts'
import { decodeState, encodeState } from './snapshot.ts'
import { createState } from './state.ts'
import { START, stream, zipfCustomers, zipfPlaces } from './test-stream.ts'

const SETTINGS = { falseIncidentsPerWeek: 1, reportWindowMs: DAY_MS }

/** Where a value holds typed arrays, and of which kinds. */
function kindsOf(value: unknown, path = 'state'): string[] {
  if (ArrayBuffer.isView(value)) return [`${path}: ${value.constructor.name}`]
  if (value instanceof Map) return [...value].flatMap(([key, one]) => kindsOf(one, `${path}.${String(key)}`))
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([key, one]) => kindsOf(one, `${path}.${key}`))
}

describe('a snapshot', () => {
  test('of the empty state gives back the same values, typed arrays of the same kinds among them', () => {
    const state = createState()
    const again = decodeState(encodeState(state))
    assert.deepEqual(again, state)
    assert.deepEqual(kindsOf(again), kindsOf(state))
  })

  test('of a running model does too', () => {
    const model = createModel(SETTINGS)
    const places = zipfPlaces('T', 50, 0.1)
    const plan = { seed: 1, from: START, days: 2, tasksPerDay: 3_000, places }
    for (const change of stream({ ...plan, customers: zipfCustomers(9, () => 0.5) })) model.apply(change)
    const bytes = model.snapshot()
    const state = decodeState(bytes)
    assert.ok(kindsOf(state).some((one) => one.endsWith('Int32Array')))
    assert.deepEqual(encodeState(state), bytes)
  })

  test('goes on where more places, customers and reports come than it had room for', () => {
    const changes: Change[] = []
    const plan = {
      seed: 2,
      from: START,
      days: 3,
      tasksPerDay: 2_000,
      customers: zipfCustomers(40, () => 0.5),
    }
    for (const change of stream({ ...plan, places: zipfPlaces('T', 400, 0.1, 0.3) })) changes.push(change)
    const straight = createModel(SETTINGS)
    let restored = createModel(SETTINGS)
    for (const [i, change] of changes.entries()) {
      if (i % 1_000 === 10) restored = restoreModel(SETTINGS, restored.snapshot())
      assert.deepEqual(restored.apply(change), straight.apply(change))
    }
    assert.ok(straight.stats().segments > 800)
    assert.deepEqual(restored.stats(), straight.stats())
    assert.deepEqual(restored.snapshot(), straight.snapshot())
  })

  test('of another kind, another version, or cut short is refused', () => {
    const bytes = encodeState(createState())
    for (const length of [0, 7, 8, 100, bytes.length - 1])
      assert.throws(() => decodeState(bytes.subarray(0, length)), Error, `${length} bytes`)
    const other = bytes.slice()
    other[0] = 0
    assert.throws(() => decodeState(other), /not a snapshot/)
    const text = Buffer.from(bytes).toString('latin1')
    const older = Buffer.from(text.replace('judgement/', 'judgement-'), 'latin1')
    assert.throws(() => decodeState(older), /version/)
  })

  test('refuses to leave out an array it has no word for', () => {
    const state = { ...createState(), actions: [new Uint8Array(1)] as never }
    assert.throws(() => encodeState(state), /Uint8Array/)
  })
})
