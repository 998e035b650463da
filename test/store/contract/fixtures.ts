import type { Account } from '../../../src/domain/account.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/domain/instant.ts'
import type { StoredReport } from '../../../src/domain/report.ts'
import type { TaskRecord } from '../../../src/domain/task.ts'
import type { TaskId } from '../../../src/domain/task-id.ts'
import type { ReportFate, ReportRequest, Store, StoreSettings } from '../../../src/store/contract.ts'

/** A store under test, and what an engine can do with it besides. */
export interface Subject {
  readonly store: Store
  /** Closes the store and opens what it left behind; null where nothing is left behind. */
  readonly reopen: (() => Promise<Subject>) | null
  /** Closes the store and removes what it left behind. */
  dispose(): Promise<void>
}

export type OpenSubject = (settings: StoreSettings) => Promise<Subject>

/** "Now" of most tests: a Monday, ten in the morning. */
export const NOW = Date.UTC(2026, 10, 23, 10)

export const SETTINGS: StoreSettings = {
  reportWindowMs: DAY_MS,
  retentionDays: 90,
  strictClass: false,
  taskTypes: new Map([['riddletask', 'image']]),
  parkedPerAccountMax: 5,
  parkedForMs: DAY_MS,
}

export function account(id: string, group = id): Account {
  return { id, name: null, group, addresses: [], createdAt: NOW - DAY_MS }
}

export function task(taskId: TaskId, fields: Partial<TaskRecord> = {}): TaskRecord {
  return {
    taskId,
    account: 'acme',
    type: 'TurnstileTask',
    site: 'shop.example',
    solver: '3.8.1',
    status: 'ready',
    solvedAt: NOW - HOUR_MS,
    issuedAt: null,
    ...fields,
  }
}

export function processing(taskId: TaskId, fields: Partial<TaskRecord> = {}): TaskRecord {
  return task(taskId, {
    status: 'processing',
    solvedAt: null,
    issuedAt: NOW - HOUR_MS - 20_000,
    ...fields,
  })
}

export function report(taskId: TaskId, fields: Partial<ReportRequest> = {}): ReportRequest {
  return { taskId, account: 'acme', claim: 'bad', pathClass: 'token', receivedAt: NOW, ...fields }
}

/** What a report says, without its place and what is known of its task. */
export function said(stored: StoredReport | null): object | null {
  if (stored === null) return null
  const { taskId, account: who, claim, receivedAt, flags } = stored
  return { taskId, account: who, claim, receivedAt, flags }
}

export const UNKNOWN_PARKED: ReportFate = { outcome: 'unknown-task', parked: true, classRefused: false }
export const UNKNOWN_REFUSED: ReportFate = { outcome: 'unknown-task', parked: false, classRefused: false }

export function decided(outcome: ReportFate['outcome']): ReportFate {
  return { outcome, parked: false, classRefused: false }
}

/** A subject with accounts `acme` and `bolt` (one payer) and `cove`. */
export async function openWithAccounts(
  open: OpenSubject,
  settings: Partial<StoreSettings> = {},
): Promise<Subject> {
  const subject = await open({ ...SETTINGS, ...settings })
  await subject.store.addAccount(account('acme', 'payer-1'))
  await subject.store.addAccount(account('bolt', 'payer-1'))
  await subject.store.addAccount(account('cove'))
  return subject
}

/** Runs a test on a store of its own, and removes the store whatever happens. */
export function onStore(
  open: OpenSubject,
  body: (store: Store, subject: Subject) => Promise<void>,
  settings: Partial<StoreSettings> = {},
): () => Promise<void> {
  return async () => {
    const subject = await openWithAccounts(open, settings)
    try {
      await body(subject.store, subject)
    } finally {
      await subject.dispose()
    }
  }
}

export { DAY_MS, HOUR_MS, MINUTE_MS }
