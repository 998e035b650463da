import assert from 'node:assert/strict'
import type { AssayServer } from '../../bench/assay-server.ts'
import type { Shift } from './customers.ts'
import { retry } from './customers.ts'
import type { KnownTask, Ledger } from './ledger.ts'
import { addBatch, feedStep } from './operator.ts'

interface ListedReport {
  readonly taskId: number | string
  readonly account: string
  readonly claim: 'bad' | 'good'
  readonly flags: readonly string[]
}

interface Outcomes {
  readonly total: number
  readonly outcomes: Readonly<Record<string, number>>
  readonly adopted: number
}

/** How many reports of the last life are looked up one by one, besides being listed. */
const LOOKED_UP_MAX = 100

/**
 * Right after a start, before any load: nothing acknowledged is missing, nothing is there that was never sent, nothing counts twice.
 * @throws AssertionError naming the tasks
 */
export async function auditReports(server: AssayServer, ledger: Ledger): Promise<void> {
  const listed = await listAll(server)
  const known = new Map(ledger.tasks.map((task) => [task.taskId, task]))
  for (const [taskId, report] of listed) {
    const task = known.get(taskId)
    assert.ok(task !== undefined && task.claims.length > 0, `a report of ${taskId} that nobody sent`)
    assert.ok(!task.early, `a report of ${taskId}, which was never fed`)
    assert.equal(report.account, task.account)
    assertClaim(task, report)
  }
  const lost = ledger.tasks
    .filter((task) => isDue(task) && !listed.has(task.taskId))
    .map(({ taskId }) => taskId)
  assert.deepEqual(lost, [], 'acknowledged reports are lost')

  const due = ledger.tasks.filter(isDue)
  for (const task of due.slice(-LOOKED_UP_MAX)) {
    const report = await server.api<ListedReport>('GET', `/reports/${encodeURIComponent(task.taskId)}`)
    assertClaim(task, report)
  }
  assertOutcomes(await server.api<Outcomes>('GET', '/outcomes'), [...listed.values()], ledger)
}

/** Its report must be there: acknowledged; an early one once its task has been fed. */
function isDue(task: KnownTask): boolean {
  return !task.early && task.claims[0]?.answered === true
}

/** The claim is the last one that was acknowledged, or one that went without an answer after it. */
function assertClaim(task: KnownTask, report: ListedReport): void {
  const lastAnswered = task.claims.findLastIndex(({ answered }) => answered)
  const possible = task.claims.slice(Math.max(0, lastAnswered)).map(({ claim }) => claim)
  assert.ok(
    possible.includes(report.claim),
    `${task.taskId} is ${report.claim}, not ${possible.join(' or ')}`,
  )
  const isChanged = report.claim !== task.claims[0]?.claim
  assert.equal(
    report.flags.includes('claim-changed'),
    isChanged,
    `${task.taskId}: flags ${report.flags.join()}`,
  )
}

function assertOutcomes(
  { total, outcomes, adopted }: Outcomes,
  listed: ListedReport[],
  ledger: Ledger,
): void {
  const facts = JSON.stringify({ total, outcomes, adopted, listed: listed.length, sent: ledger.sent })
  const changed = listed.filter(({ flags }) => flags.includes('claim-changed')).length
  assert.equal((outcomes.recorded ?? 0) + adopted, listed.length, `each report is counted once: ${facts}`)
  assert.equal(outcomes.changed, changed, `each change is counted once: ${facts}`)
  const acknowledged = ledger.tasks
    .filter(({ early }) => !early)
    .reduce((sum, { claims }) => sum + claims.filter(({ answered }) => answered).length, 0)
  assert.ok(
    (outcomes.recorded ?? 0) + changed + adopted >= acknowledged,
    `${acknowledged} acknowledged: ${facts}`,
  )

  const sum = Object.values(outcomes).reduce((all, count) => all + count, 0)
  assert.equal(total, sum, facts)
  assert.ok(total <= ledger.sent, `more outcomes than requests: ${facts}`)
  assert.ok(
    total >= ledger.answered - ledger.lossAllowed,
    `outcomes of ${ledger.answered} answers, at most ${ledger.lossAllowed} lost: ${facts}`,
  )
  const wrongKeys = outcomes['bad-key'] ?? 0
  assert.ok(wrongKeys <= ledger.wrongKeysSent, `${ledger.wrongKeysSent} wrong keys sent: ${facts}`)
  assert.ok(
    wrongKeys >= ledger.wrongKeysAnswered.length - ledger.wrongKeyLossAllowed,
    `${ledger.wrongKeysAnswered.length} wrong keys answered, at most ${ledger.wrongKeyLossAllowed} lost: ${facts}`,
  )
}

/** Every report, page by page. A task that comes twice is an error. */
async function listAll(server: AssayServer): Promise<Map<number | string, ListedReport>> {
  const listed = new Map<number | string, ListedReport>()
  let cursor: string | null = ''
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page: { items: ListedReport[]; next: string | null } = await server.api(
      'GET',
      `/reports?limit=1000${query}`,
    )
    for (const report of page.items) {
      assert.ok(!listed.has(report.taskId), `${report.taskId} is listed twice`)
      listed.set(report.taskId, report)
    }
    cursor = page.next
  }
  return listed
}

/** What went without an answer is sent again, and what was answered is fed again: the first succeeds, the second changes nothing. */
export async function sendAgain(shift: Shift, fromBatch: number, solvedAt: number): Promise<void> {
  const { ledger, http } = shift
  for (const batch of ledger.batches.slice(fromBatch)) {
    const last = batch.steps.length - 1
    const wasAnswered = batch.answered === batch.steps.length
    const answer = await feedStep(http, batch, last, solvedAt)
    assert.ok(answer !== null, 'nobody kills the server during an audit')
    const { recorded, updated, unchanged, rejected } = answer
    assert.deepEqual(rejected, [])
    assert.equal(recorded + updated + unchanged, batch.tasks.length)
    if (wasAnswered) assert.equal(unchanged, batch.tasks.length, 'acknowledged rows of a feed are lost')
    // Two steps, the first answered: the rows are there as `processing`.
    else if (batch.answered === 1) assert.equal(recorded, 0, 'acknowledged rows of a feed are lost')
    if (!wasAnswered) ledger.fresh.push(...batch.tasks)
    batch.answered = batch.steps.length
  }
  for (const task of ledger.tasks) await retry(shift, task)
  await feedEarly(shift, solvedAt)
}

/** Feeds the tasks that were reported too early: from now on their reports are due like all others. */
async function feedEarly(shift: Shift, solvedAt: number): Promise<void> {
  const { ledger, http } = shift
  const tasks = ledger.early.splice(0)
  if (tasks.length === 0) return
  const batch = addBatch(ledger, tasks, ['ready'])
  const answer = await feedStep(http, batch, 0, solvedAt)
  assert.equal(answer?.recorded, tasks.length)
  batch.answered = 1
  for (const task of tasks) task.early = false
}
