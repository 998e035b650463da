import type { Change } from '../../domain/change.ts'
import type { StandingClaim } from '../../domain/report.ts'
import { decideReport } from '../../domain/report.ts'
import type { Attributes, StoredTask, TaskRecord } from '../../domain/task.ts'
import { dayOfRecord, mergeTask } from '../../domain/task.ts'
import type { TaskId } from '../../domain/task-id.ts'
import type { History } from './fixtures.ts'
import type { ReplaySettings } from './replay.ts'
import type { HistoryReport } from './reports.ts'
import { compareTaskIds } from './spelling.ts'

type Rules = Pick<ReplaySettings, 'reportWindowMs' | 'parkedPerAccountMax' | 'parkedForMs'>

/**
 * For tests: the change log of a history as the rules put it, event by event, with all of it in memory and nothing made quick. The
 * replay must come to the same.
 */
export function naiveChanges({ tasks, reports }: History, rules: Rules): Change[] {
  const changes: Change[] = []
  const known = new Map<TaskId, StoredTask>()
  const standing = new Map<TaskId, StandingClaim>()
  const lots = new Map<string, HistoryReport[]>()

  function settle(task: StoredTask, now: number): void {
    if (task.status === 'processing') return
    const { taskId, account, attributes, solvedAt } = task
    const lot = lots.get(account) ?? []
    const waiting = lot.filter((one) => one.taskId === taskId)
    lots.set(
      account,
      lot.filter((one) => one.taskId !== taskId),
    )
    if (task.status !== 'ready' || solvedAt === null) return
    changes.push({
      kind: 'task',
      seq: changes.length + 1,
      taskId,
      account,
      group: account,
      attributes,
      solvedAt,
      exposed: true,
    })
    for (const one of waiting) if (one.reportedAt + rules.parkedForMs >= now) decide(task, one, true)
  }

  function decide(task: StoredTask, { taskId, account, claim, reportedAt }: HistoryReport, early: boolean) {
    const { attributes, status, solvedAt } = task
    const before = standing.get(taskId) ?? 'none'
    const asked = { status, solvedAt, taskClass: 'token' as const }
    const decision = decideReport(asked, before, claim, null, reportedAt, rules.reportWindowMs, false)
    if ((decision !== 'recorded' && decision !== 'changed') || solvedAt === null) return
    const changed = decision === 'changed'
    standing.set(taskId, changed ? 'changed' : claim)
    changes.push({
      kind: 'report',
      seq: changes.length + 1,
      taskId,
      account,
      group: account,
      attributes,
      solvedAt,
      claim,
      replaces: changed ? (before as 'bad' | 'good') : null,
      receivedAt: reportedAt,
      flags: [...(changed ? (['claim-changed'] as const) : []), ...(early ? (['early'] as const) : [])],
    })
  }

  function learn(record: TaskRecord): void {
    const task = known.get(record.taskId)
    const now = knownAt(record)
    if (task === undefined) {
      const { taskId, account, status, solvedAt, issuedAt } = record
      const attributes = attributesOf(record)
      const first = { taskId, account, attributes, status, solvedAt, issuedAt, day: dayOfRecord(record) }
      known.set(taskId, first)
      return settle(first, now)
    }
    const merged = mergeTask(task, record)
    if (merged.kind !== 'updated') return
    const updated = { ...task, status: merged.status, solvedAt: merged.solvedAt }
    known.set(record.taskId, updated)
    settle(updated, now)
  }

  function hear(report: HistoryReport): void {
    const task = known.get(report.taskId)
    if (task !== undefined && task.account === report.account && task.status !== 'processing')
      return decide(task, report, false)
    const lot = (lots.get(report.account) ?? []).filter(
      (one) => one.reportedAt + rules.parkedForMs >= report.reportedAt,
    )
    const isThere = lot.some((one) => one.taskId === report.taskId && one.claim === report.claim)
    if (lot.length < rules.parkedPerAccountMax && !isThere) lot.push(report)
    lots.set(report.account, lot)
  }

  const events = [
    ...tasks.map((record) => ({ at: knownAt(record), record })),
    ...reports.map((report) => ({ at: report.reportedAt, report })),
  ].sort(
    (a, b) =>
      a.at - b.at ||
      Number('report' in a) - Number('report' in b) ||
      ('record' in a && 'record' in b ? compareRecords(a.record, b.record) : 0) ||
      ('report' in a && 'report' in b ? compareReports(a.report, b.report) : 0),
  )
  for (const event of events) {
    if ('record' in event) learn(event.record)
    else hear(event.report)
  }
  return changes
}

function knownAt({ solvedAt, issuedAt }: TaskRecord): number {
  return (solvedAt ?? issuedAt) as number
}

function attributesOf({ type, site, solver, region, labels }: TaskRecord): Attributes {
  return { type, site, solver, region: region ?? null, labels: labels ?? {} }
}

function compareRecords(a: TaskRecord, b: TaskRecord): number {
  return (
    compareTaskIds(a.taskId, b.taskId) ||
    byText(a.account, b.account) ||
    byText(textOf(a), textOf(b)) ||
    rankOf(a) - rankOf(b) ||
    issuedBeside(a) - issuedBeside(b)
  )
}

function compareReports(a: HistoryReport, b: HistoryReport): number {
  return compareTaskIds(a.taskId, b.taskId) || byText(a.account, b.account) || byText(a.claim, b.claim)
}

/** The order in which wordings of one task and instant are taken is any that depends on nothing else: this is the replay's. */
function textOf({ type, site, solver, region, labels }: TaskRecord): string {
  let text = `${type}\n${site}\n${solver}`
  if (region !== undefined) text += `\r${region}`
  if (labels !== undefined)
    text += `\t${Object.entries(labels)
      .map(([key, value]) => `${key}\n${value}\n`)
      .join('')}`
  return text
}

function rankOf({ status, solvedAt }: TaskRecord): number {
  return ['processing', 'ready', 'failed'].indexOf(status) + (solvedAt === null ? 0 : 4)
}

function issuedBeside({ solvedAt, issuedAt }: TaskRecord): number {
  return solvedAt !== null && issuedAt !== null ? issuedAt : 0
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
