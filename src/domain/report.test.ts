import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { StandingClaim } from './report.ts'
import { decideReport } from './report.ts'

const WINDOW_MS = 1_000
const task = { status: 'ready', solvedAt: 10_000, taskClass: 'token' } as const
const decide = (over: {
  task?: Parameters<typeof decideReport>[0]
  standing?: StandingClaim
  claim?: 'bad' | 'good'
  path?: 'image' | 'token' | null
  at?: number
  strict?: boolean
}) =>
  decideReport(
    over.task ?? task,
    over.standing ?? 'none',
    over.claim ?? 'bad',
    over.path ?? 'token',
    over.at ?? 10_500,
    WINDOW_MS,
    over.strict ?? false,
  )

describe('a report about a known task', () => {
  test('is recorded once, may be turned once, and is a repeat ever after', () => {
    assert.equal(decide({}), 'recorded')
    assert.equal(decide({ standing: 'bad' }), 'repeated')
    assert.equal(decide({ standing: 'bad', claim: 'good' }), 'changed')
    assert.equal(decide({ standing: 'changed', claim: 'good' }), 'repeated')
    assert.equal(decide({ standing: 'changed', claim: 'bad' }), 'repeated')
  })

  test('is late after the window, whose last instant still counts', () => {
    assert.equal(decide({ at: 11_000 }), 'recorded')
    assert.equal(decide({ at: 11_001 }), 'late')
    assert.equal(
      decide({ at: 11_001, standing: 'good' }),
      'late',
      'a change of claim is bound by the window too',
    )
  })

  test('gets the same answer to a retry after the window as within it', () => {
    assert.equal(decide({ at: 99_999, standing: 'bad' }), 'repeated')
  })

  test('waits while the task is in process and is refused where nothing was issued', () => {
    assert.equal(decide({ task: { ...task, status: 'processing', solvedAt: null } }), 'not-ready')
    assert.equal(decide({ task: { ...task, status: 'failed' } }), 'failed')
  })

  test("may come over the other class's path unless that is strict", () => {
    assert.equal(decide({ path: 'image' }), 'recorded')
    assert.equal(decide({ path: 'image', strict: true }), 'unknown-task')
    assert.equal(decide({ path: null, strict: true }), 'recorded')
  })

  test('is judged by state before window before class', () => {
    assert.equal(
      decide({ task: { ...task, status: 'failed' }, at: 99_999, path: 'image', strict: true }),
      'failed',
    )
    assert.equal(decide({ at: 99_999, path: 'image', strict: true }), 'late')
  })

  test('counts when it came before the task was solved', () => {
    assert.equal(decide({ at: 1 }), 'recorded')
  })
})
