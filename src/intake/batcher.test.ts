import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { ReportFate, ReportRequest } from '../store/contract.ts'
import { Batcher, BATCHER_LIMITS, type BatcherLimits } from './batcher.ts'

const RECORDED: ReportFate = { outcome: 'recorded', parked: false, classRefused: false }

const request = (taskId: number): ReportRequest => ({
  taskId,
  account: 'acme',
  claim: 'bad',
  pathClass: 'token',
  receivedAt: 0,
})

/** A store whose commits end when the test says so, and everything the batcher said. */
function scene(limits: Partial<BatcherLimits> = {}) {
  const commits: { ids: number[]; end: (fates?: ReportFate[]) => void; fail: (cause: Error) => void }[] = []
  const decided: number[] = []
  const failed: { waiters: number[]; cause: unknown }[] = []
  const log: string[] = []
  const store = {
    recordReports: (requests: readonly ReportRequest[]) => {
      log.push('sent')
      return new Promise<ReportFate[]>((resolve, reject) => {
        const ids = requests.map(({ taskId }) => taskId as number)
        commits.push({ ids, end: (fates = ids.map(() => RECORDED)) => resolve(fates), fail: reject })
      })
    },
  }
  const batcher = new Batcher<number>(
    store,
    {
      decided(_requests, waiters) {
        log.push('answered')
        decided.push(...waiters)
      },
      failed(waiters, cause) {
        failed.push({ waiters: [...waiters], cause })
      },
    },
    { ...BATCHER_LIMITS, ...limits },
  )
  const submit = (...ids: number[]) => ids.map((id) => batcher.submit(request(id), id))
  return { batcher, submit, commits, decided, failed, log }
}

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

describe('the batcher', () => {
  test('makes one batch of what one turn of the event loop brings', async () => {
    const { submit, commits, decided } = scene()
    submit(1, 2, 3)
    assert.equal(commits.length, 0)
    await turn()
    assert.deepEqual(commits[0]?.ids, [1, 2, 3])
    commits[0]?.end()
    await turn()
    assert.deepEqual(decided, [1, 2, 3])
  })

  test('gathers while a commit runs, and sends that before it answers', async () => {
    const { batcher, submit, commits, log } = scene()
    submit(1)
    await turn()
    submit(2, 3)
    await turn()
    assert.equal(commits.length, 1)
    assert.deepEqual([batcher.inFlight, batcher.queued], [1, 2])
    commits[0]?.end()
    await turn()
    assert.deepEqual(commits[1]?.ids, [2, 3])
    assert.deepEqual(log, ['sent', 'sent', 'answered'])
    commits[1]?.end()
    await turn()
    assert.deepEqual([batcher.inFlight, batcher.queued, batcher.batches], [0, 0, 2])
  })

  test('splits what is more than a batch, in order', async () => {
    const { submit, commits } = scene({ batchMax: 2 })
    submit(1, 2, 3, 4, 5)
    for (const expected of [[1, 2], [3, 4], [5]]) {
      await turn()
      assert.deepEqual(commits.at(-1)?.ids, expected)
      commits.at(-1)?.end()
    }
  })

  test('takes no more than its queue holds', async () => {
    const { submit, commits } = scene({ queueMax: 3 })
    assert.deepEqual(submit(1, 2, 3, 4), [true, true, true, false])
    await turn()
    assert.deepEqual(submit(5), [true])
    commits[0]?.end()
  })

  test('tells those of a failed batch, and goes on with the next', async () => {
    const { submit, commits, decided, failed } = scene()
    submit(1)
    await turn()
    submit(2)
    const cause = new Error('disk full')
    commits[0]?.fail(cause)
    await turn()
    assert.deepEqual(failed, [{ waiters: [1], cause }])
    commits[1]?.end()
    await turn()
    assert.deepEqual(decided, [2])
  })

  test('calls it a failure when the store answers another number of fates, or throws at once', async () => {
    const { submit, commits, decided, failed } = scene()
    submit(1, 2)
    await turn()
    commits[0]?.end([RECORDED])
    await turn()
    assert.match(String(failed[0]?.cause), /1 fates for 2 reports/)
    assert.deepEqual(decided, [])

    const told: unknown[] = []
    const throwing = new Batcher<number>(
      {
        recordReports() {
          throw new TypeError('a bug')
        },
      },
      { decided: () => assert.fail(), failed: (waiters, cause) => told.push(waiters, cause) },
    )
    throwing.submit(request(7), 7)
    await turn()
    assert.deepEqual(told, [[7], new TypeError('a bug')])
  })

  test('fails those behind a commit that lasts too long, and takes no more until it ends', async () => {
    const { batcher, submit, commits, decided, failed } = scene({ stallTicks: 2 })
    submit(1)
    await turn()
    submit(2, 3)
    batcher.tick()
    assert.deepEqual(failed, [])
    batcher.tick()
    assert.deepEqual(failed, [{ waiters: [2, 3], cause: null }])
    assert.deepEqual(submit(4), [false])
    commits[0]?.end()
    await turn()
    assert.deepEqual(decided, [1])
    assert.deepEqual(submit(5), [true])
    await turn()
    assert.deepEqual(commits[1]?.ids, [5])
  })

  test('answers each report exactly once and in order, whatever the store does', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('submit', 'end', 'fail', 'turn', 'tick'), { maxLength: 120 }),
        async (steps) => {
          const { batcher, submit, commits, decided, failed } = scene({
            batchMax: 3,
            queueMax: 7,
            stallTicks: 3,
          })
          const taken: number[] = []
          let nextId = 0
          let ended = 0
          for (const step of steps) {
            if (step === 'submit') {
              if (submit(++nextId)[0]) taken.push(nextId)
            } else if (step === 'tick') batcher.tick()
            else if (step === 'turn') await turn()
            else if (ended < commits.length) {
              if (step === 'end') commits[ended++]?.end()
              else commits[ended++]?.fail(new Error('away'))
              await turn()
            }
          }
          for (await turn(); ended < commits.length; await turn()) commits[ended++]?.end()
          const told = [...decided, ...failed.flatMap(({ waiters }) => waiters)]
          assert.deepEqual(
            told.toSorted((a, b) => a - b),
            taken,
          )
          assert.deepEqual(
            decided,
            decided.toSorted((a, b) => a - b),
          )
        },
      ),
    ))
})
