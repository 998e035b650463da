import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HttpAnswer, HttpClient } from './http-client.ts'
import type { Claim, KnownTask, Ledger } from './ledger.ts'
import { ACCOUNTS, keyOf } from './ledger.ts'
import type { Random } from './random.ts'

const SUCCESS = '{"errorId":0,"status":"success"}'
const PATHS: Record<Claim, string> = { bad: '/reportIncorrectTokenCaptcha', good: '/reportCorrectRecaptcha' }
/** Under the 30 a minute at which an address is throttled: a throttled refusal would hide what this test looks at. */
const WRONG_KEYS_PER_LIFE_MAX = 20

/** What the customers of one life of the server have in common. */
export interface Shift {
  readonly http: HttpClient
  readonly ledger: Ledger
  readonly random: Random
  wrongKeys: number
  /** Set when the server has been killed. */
  over: boolean
}

/** One customer: reports, repeats, changes their mind, is early, uses a wrong key, until the shift is over. */
export async function customer(shift: Shift): Promise<void> {
  const { ledger, random } = shift
  while (!shift.over) {
    const chance = random.next()
    if (chance < 0.03 && shift.wrongKeys < WRONG_KEYS_PER_LIFE_MAX) await useWrongKey(shift)
    else if (chance < 0.07) await reportEarly(shift)
    else {
      const known = chance < 0.3 ? ledger.tasks[random.whole(0, ledger.tasks.length - 1)] : undefined
      if (known !== undefined && isStanding(known)) await reportAgain(shift, known)
      else {
        const task = ledger.fresh.pop()
        if (task === undefined) await sleep(1)
        else await sendClaim(shift, task, random.next() < 0.9 ? 'bad' : 'good')
      }
    }
  }
}

/** Its first claim was acknowledged, and nothing about it is under way. */
function isStanding(task: KnownTask): boolean {
  return !task.busy && !task.early && task.claims.length > 0 && task.claims.every(({ answered }) => answered)
}

async function reportAgain(shift: Shift, task: KnownTask): Promise<void> {
  const claim = task.claims.at(-1)?.claim
  if (claim === undefined) throw new Error('a task that stands has a claim')
  if (task.claims.length === 1 && shift.random.next() < 0.4) {
    await sendClaim(shift, task, claim === 'bad' ? 'good' : 'bad')
    return
  }
  const answer = await report(shift, task, claim, 'may be lost')
  if (answer !== null) assert.equal(answer.text, SUCCESS, `a repeat about ${task.taskId}`)
}

async function sendClaim(shift: Shift, task: KnownTask, claim: Claim): Promise<void> {
  const entry = { claim, answered: false }
  task.claims.push(entry)
  const answer = await report(shift, task, claim, 'kept')
  if (answer === null) return
  assert.equal(answer.text, SUCCESS, `a report about ${task.taskId}`)
  entry.answered = true
}

/** Sends what went without an answer once more, as a client does after a lost connection. */
export async function retry(shift: Shift, task: KnownTask): Promise<void> {
  for (const entry of task.claims) {
    if (entry.answered) continue
    const answer = await report(shift, task, entry.claim, 'may be lost')
    assert.ok(answer !== null, 'nobody kills the server during an audit')
    if (task.early) assertRefused(answer, task)
    else assert.equal(answer.text, SUCCESS, `a retry about ${task.taskId}`)
    entry.answered = true
  }
}

async function reportEarly(shift: Shift): Promise<void> {
  const task = shift.ledger.newTask()
  task.early = true
  const entry = { claim: 'bad' as const, answered: false }
  task.claims.push(entry)
  shift.ledger.early.push(task)
  const answer = await report(shift, task, 'bad', 'may be lost')
  if (answer === null) return
  assertRefused(answer, task)
  entry.answered = true
}

function assertRefused(answer: HttpAnswer, task: KnownTask): void {
  assert.match(answer.text, /"errorCode":"ERROR_NO_SUCH_CAPCHA_ID"/, `an early report about ${task.taskId}`)
}

/**
 * @param outcome `kept`: a first claim or its change, counted in the commit that stores it. `may be lost`: anything else is counted
 *   within a second, and a kill may come before
 */
async function report(
  shift: Shift,
  task: KnownTask,
  claim: Claim,
  outcome: 'kept' | 'may be lost',
): Promise<HttpAnswer | null> {
  const { ledger, http } = shift
  task.busy = true
  ledger.sent++
  const body = JSON.stringify({ clientKey: keyOf(task.account), taskId: task.taskId })
  const answer = await http.post(PATHS[claim], body)
  task.busy = false
  if (answer === null) return null
  ledger.answered++
  if (outcome === 'may be lost') ledger.recentOthers.push(performance.now())
  assert.equal(answer.status, 200, answer.text)
  return answer
}

async function useWrongKey(shift: Shift): Promise<void> {
  const { ledger, http, random } = shift
  shift.wrongKeys++
  ledger.sent++
  ledger.wrongKeysSent++
  const body = JSON.stringify({ clientKey: `no-key-of-${random.pick(ACCOUNTS)}`, taskId: 1 })
  const answer = await http.post(PATHS.bad, body)
  if (answer === null) return
  const now = performance.now()
  ledger.answered++
  ledger.recentOthers.push(now)
  ledger.wrongKeysAnswered.push(now)
  assert.match(answer.text, /"errorCode":"ERROR_KEY_DOES_NOT_EXIST"/)
}
