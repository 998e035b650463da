import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ActiveWindows } from './active-windows.ts'

test('at every instant exactly the windows that hold it are active', () => {
  const instant = fc.integer({ min: 0, max: 30 })
  fc.assert(
    fc.property(
      fc.array(fc.record({ from: instant, until: instant })),
      fc.array(instant),
      (windows, asked) => {
        const active = new ActiveWindows(windows)
        for (const at of asked.sort((a, b) => a - b)) {
          const expected = windows.filter(({ from, until }) => from <= at && at < until)
          assert.deepEqual(new Set(active.at(at)), new Set(expected))
          assert.equal(active.at(at).length, expected.length)
        }
      },
    ),
  )
})

test('a window that never ends stays', () => {
  const active = new ActiveWindows([{ from: 5, until: Infinity }])
  assert.deepEqual([active.at(4).length, active.at(5).length, active.at(1e15).length], [0, 1, 1])
})
