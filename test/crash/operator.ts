import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { OPERATOR_TOKEN } from '../../bench/assay-server.ts'
import type { Shift } from './customers.ts'
import type { HttpClient } from './http-client.ts'
import type { Batch, KnownTask, Ledger } from './ledger.ts'
import type { Random } from './random.ts'

export interface FeedAnswer {
  readonly received: number
  readonly recorded: number
  readonly updated: number
  readonly unchanged: number
  readonly rejected: readonly unknown[]
}

const ROWS_MAX = 150
const PAUSE_MS = 15

/** One feeder: batch after batch until the shift is over. A kill may fall between the two steps of one. */
export async function feeder(shift: Shift, solvedAt: number): Promise<void> {
  while (!shift.over) {
    const batch = newBatch(shift.ledger, shift.random)
    while (batch.answered < batch.steps.length) {
      const answer = await feedStep(shift.http, batch, batch.answered, solvedAt)
      if (answer === null) return
      assert.deepEqual(answer.rejected, [])
      batch.answered++
    }
    shift.ledger.fresh.push(...batch.tasks)
    await sleep(PAUSE_MS)
  }
}

function newBatch(ledger: Ledger, random: Random): Batch {
  const tasks = Array.from({ length: random.whole(1, ROWS_MAX) }, () => ledger.newTask())
  return addBatch(ledger, tasks, random.next() < 0.2 ? ['processing', 'ready'] : ['ready'])
}

export function addBatch(ledger: Ledger, tasks: readonly KnownTask[], steps: Batch['steps']): Batch {
  const batch: Batch = { tasks, steps, answered: 0 }
  ledger.batches.push(batch)
  return batch
}

/** @returns null when the server is gone */
export async function feedStep(
  http: HttpClient,
  batch: Batch,
  step: number,
  solvedAt: number,
): Promise<FeedAnswer | null> {
  const status = batch.steps[step]
  const times = status === 'ready' ? { issuedAt: solvedAt - 5000, solvedAt } : { issuedAt: solvedAt - 5000 }
  const lines = batch.tasks.map(({ taskId, account }) =>
    JSON.stringify({
      taskId,
      account,
      type: 'TurnstileTask',
      site: 'shop.example',
      solver: '3.8.1',
      status,
      ...times,
    }),
  )
  const answer = await http.post('/api/v1/tasks', lines.join('\n'), {
    'content-type': 'application/x-ndjson',
    authorization: `Bearer ${OPERATOR_TOKEN}`,
  })
  if (answer === null) return null
  assert.equal(answer.status, 200, answer.text)
  return JSON.parse(answer.text) as FeedAnswer
}
