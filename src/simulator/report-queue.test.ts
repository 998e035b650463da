import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ReportEvent } from './events.ts'
import { ReportQueue } from './report-queue.ts'

const reportAt = (at: number, taskId: number): ReportEvent => ({ at, record: { taskId } }) as ReportEvent

test('reports leave in order of time, and in order of coming where the time is the same', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 20 }))), (steps) => {
      const queue = new ReportQueue()
      let model: { at: number; serial: number }[] = []
      const takeBoth = (): void => {
        const [first] = model.sort((a, b) => a.at - b.at || a.serial - b.serial)
        model = model.slice(1)
        assert.equal(queue.nextAt, first?.at)
        assert.equal(queue.take().record.taskId, first?.serial)
      }
      steps.forEach((at, serial) => {
        if (at !== null) {
          queue.add(reportAt(at, serial))
          model.push({ at, serial })
        } else if (model.length > 0) takeBoth()
        assert.equal(queue.size, model.length)
      })
      while (model.length > 0) takeBoth()
      assert.equal(queue.nextAt, Infinity)
      assert.throws(() => queue.take(), RangeError)
    }),
  )
})
