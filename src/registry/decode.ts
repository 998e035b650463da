import { domainToASCII } from 'node:url'
import type { Instant } from '../domain/instant.ts'
import { parseInstant } from '../domain/instant.ts'
import type { TaskRecord, TaskStatus } from '../domain/task.ts'
import { parseTaskId } from '../domain/task-id.ts'

/** Longest account, type, solver, region, label key and label value, in UTF-16 code units. */
export const NAME_LENGTH_MAX = 128
/** Longest host name there can be. */
export const SITE_LENGTH_MAX = 253
export const LABELS_MAX = 8

/** Why a value is no task record: which field, what is wrong with it, what is allowed. */
export class RecordProblem {
  readonly detail: string
  constructor(detail: string) {
    this.detail = detail
  }
}

/**
 * One JSON value of the feed as a task record in canonical form. Unknown fields are ignored, so that an operator may feed
 * records that carry more than Assay wants; nothing of them is kept.
 *
 * By hand rather than by a validator: it runs once a task, beside the commits, and takes about a microsecond.
 */
export function decodeTask(value: unknown): TaskRecord | RecordProblem {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return new RecordProblem(`a task record is a JSON object, not ${show(value)}`)
  const raw = value as Readonly<Record<string, unknown>>

  const taskId = parseTaskId(raw.taskId)
  if (taskId === null)
    return problem(
      'taskId',
      raw.taskId,
      'an integer from 1 to 9007199254740991, or an opaque string of at most 64 characters',
    )
  const { account, type, solver, region, status } = raw
  if (!isName(account)) return problem('account', account, NAME_ALLOWED)
  if (!isName(type)) return problem('type', type, NAME_ALLOWED)
  if (!isName(solver)) return problem('solver', solver, NAME_ALLOWED)
  if (region !== undefined && region !== null && !isName(region))
    return problem('region', region, NAME_ALLOWED)
  if (!isStatus(status)) return problem('status', status, 'processing, ready or failed')
  const site = hostOf(raw.site)
  if (site === null)
    return problem('site', raw.site, `a host name of at most ${SITE_LENGTH_MAX} characters, or a URL`)

  const solvedAt = instantOf(raw.solvedAt)
  if (solvedAt === undefined) return problem('solvedAt', raw.solvedAt, TIME_ALLOWED)
  const issuedAt = instantOf(raw.issuedAt)
  if (issuedAt === undefined) return problem('issuedAt', raw.issuedAt, TIME_ALLOWED)
  if (status === 'ready' && solvedAt === null)
    return new RecordProblem('solvedAt is missing: a ready task says when it was solved')
  if (solvedAt === null && issuedAt === null)
    return new RecordProblem('issuedAt is missing: a task without solvedAt says when it was issued')

  const record: Mutable<TaskRecord> = { taskId, account, type, site, solver, status, solvedAt, issuedAt }
  if (typeof region === 'string') record.region = region
  if (raw.labels !== undefined && raw.labels !== null) {
    const labels = labelsOf(raw.labels)
    if (labels instanceof RecordProblem) return labels
    record.labels = labels
  }
  return record
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export const NAME_ALLOWED = `1 to ${NAME_LENGTH_MAX} characters without control characters`
export const TIME_ALLOWED =
  'ISO 8601 with an offset, such as 2026-11-23T10:00:00.000Z, or integer milliseconds since 1970'

// Anything below a space, DEL and the C1 controls.
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/

export function isName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= NAME_LENGTH_MAX &&
    !CONTROL.test(value) &&
    value.isWellFormed()
  )
}

function isStatus(value: unknown): value is TaskStatus {
  return value === 'ready' || value === 'processing' || value === 'failed'
}

/** @returns null where the field is absent; undefined where it is no instant. */
function instantOf(value: unknown): Instant | null | undefined {
  if (value === undefined || value === null) return null
  return parseInstant(value) ?? undefined
}

// Lower-case letters, digits, hyphens (and underscores, which real hosts have), or a bracketed IPv6 address. Most feeds send just this.
const PLAIN_HOST =
  /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/
const BRACKETED = /^\[[0-9a-f:.]+\]$/

/**
 * A host in canonical form: lower case, punycode, no port, no final dot; of a URL only its host.
 * @returns null if there is none
 */
export function hostOf(value: unknown): string | null {
  if (typeof value !== 'string' || value.length === 0) return null
  if (value.length <= SITE_LENGTH_MAX && PLAIN_HOST.test(value)) return value
  // Far longer than any URL a browser sends; parsing more would be work for nothing.
  if (value.length > 4_096 || CONTROL.test(value)) return null
  const scheme = value.indexOf('://')
  const authority = scheme < 0 ? value : value.slice(scheme + 3)
  const end = authority.search(/[/?#\\]/)
  const withoutPath = end < 0 ? authority : authority.slice(0, end)
  const hostAndPort = withoutPath.slice(withoutPath.lastIndexOf('@') + 1).trim()
  const host = hostAndPort.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase()
  if (BRACKETED.test(host)) return host
  const ascii = domainToASCII(host)
  return ascii.length > 0 && ascii.length <= SITE_LENGTH_MAX && PLAIN_HOST.test(ascii) ? ascii : null
}

function labelsOf(value: unknown): Readonly<Record<string, string>> | RecordProblem {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return problem('labels', value, 'an object of at most 8 names and values')
  const entries = Object.entries(value)
  if (entries.length > LABELS_MAX)
    return new RecordProblem(`labels has ${entries.length} entries; at most ${LABELS_MAX} are allowed`)
  for (const [key, label] of entries) {
    if (!isName(key)) return problem('labels: a key', key, NAME_ALLOWED)
    if (!isName(label)) return problem(`labels.${key.slice(0, 40)}`, label, NAME_ALLOWED)
  }
  // In code-unit order, so that equal labels are equal text wherever they are kept. fromEntries makes `__proto__` an own key.
  if (entries.every(([key], i) => i === 0 || (entries[i - 1] as [string, unknown])[0] < key))
    return value as Readonly<Record<string, string>>
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) as Record<string, string>
}

export function problem(field: string, value: unknown, allowed: string): RecordProblem {
  return new RecordProblem(
    value === undefined ? `${field} is missing: ${allowed}` : `${field} is ${show(value)}: ${allowed}`,
  )
}

/** A value as an error may quote it: short, and never more than the start of what was sent. */
function show(value: unknown): string {
  const text = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? String(value))
  return text.length > 60 ? `${text.slice(0, 60)}… (${text.length} characters)` : text
}
