import type { Instant } from '../../domain/instant.ts'
import type { Attributes, StoredTask, TaskRecord, TaskStatus } from '../../domain/task.ts'
import { dayOfRecord } from '../../domain/task.ts'
import { Column } from './columns.ts'
import type { IdTable } from './ids.ts'
import type { NameTable } from './names.ts'

const STATUSES: readonly TaskStatus[] = ['processing', 'ready', 'failed']
// Beside the status in a row's code byte: what its instant is.
const SOLVED = 4

/** What a record says of its task apart from its id, owner and times. */
type Told = Pick<TaskRecord, 'type' | 'site' | 'solver' | 'region' | 'labels'>

/** What a record says of its task, shared by all records that say the same. */
interface Wording {
  readonly attributes: Attributes
  /** As told: an omitted region or label never contradicts what is known, so it must not turn into "none". */
  readonly region: string | undefined
  readonly labels: Readonly<Record<string, string>> | undefined
  /** All of it as text: what tells wordings apart, and orders them. */
  readonly text: string
}

/** The task records of a history, one row each, in columns. */
export class TaskRows {
  readonly #ids: IdTable
  readonly #accounts: NameTable
  readonly id = Column.ofDoubles()
  /** When the record became true: when the task was solved, else when it was issued. */
  readonly knownAt = Column.ofDoubles()
  readonly #account = Column.ofIndices()
  readonly #wording = Column.ofIndices()
  readonly #code = Column.ofCodes()
  /** `issuedAt` beside a `solvedAt`, by row: most feeds tell only one of them. Null until the first. */
  #issuedAt: Column | null = null

  readonly #wordings: Wording[] = []
  readonly #wordingByText = new Map<string, number>()

  constructor(ids: IdTable, accounts: NameTable) {
    this.#ids = ids
    this.#accounts = accounts
  }

  get length(): number {
    return this.id.length
  }

  add(record: TaskRecord): void {
    const { solvedAt, issuedAt } = record
    const knownAt = solvedAt ?? issuedAt
    if (knownAt === null) throw new RangeError('a task record carries solvedAt or issuedAt')
    const row = this.length
    this.id.push(this.#ids.encode(record.taskId))
    this.knownAt.push(knownAt)
    this.#account.push(this.#accounts.encode(record.account))
    this.#wording.push(this.#wordingOf(record))
    this.#code.push(codeOf(record.status, solvedAt))
    if (this.#issuedAt !== null) this.#issuedAt.push(Number.NaN)
    if (solvedAt !== null && issuedAt !== null) this.#keepIssuedAt(row, issuedAt)
  }

  /** Any order that depends on nothing but what the records say. 0 only for the same record twice. */
  compare(a: number, b: number): number {
    return (
      this.#ids.compare(this.id.get(a), this.id.get(b)) ||
      this.#accounts.compare(this.#account.get(a), this.#account.get(b)) ||
      compareText(this.#wordingAt(a).text, this.#wordingAt(b).text) ||
      this.#code.get(a) - this.#code.get(b) ||
      (this.#issuedBeside(a) ?? -1) - (this.#issuedBeside(b) ?? -1)
    )
  }

  account(row: number): string {
    return this.#accounts.decode(this.#account.get(row))
  }

  attributes(row: number): Attributes {
    return this.#wordingAt(row).attributes
  }

  status(row: number): TaskStatus {
    return STATUSES[this.#code.get(row) & 3] as TaskStatus
  }

  solvedAt(row: number): Instant | null {
    return (this.#code.get(row) & SOLVED) === 0 ? null : this.knownAt.get(row)
  }

  /** What a later record of the same task has changed. Ends the row's life as a record: it is the task from now on. */
  update(row: number, status: TaskStatus, solvedAt: Instant | null): void {
    if (solvedAt !== null && this.solvedAt(row) === null) {
      this.#keepIssuedAt(row, this.knownAt.get(row))
      this.knownAt.set(row, solvedAt)
    }
    this.#code.set(row, codeOf(status, solvedAt))
  }

  /** The record as it was told. */
  record(row: number): TaskRecord {
    const { attributes, region, labels } = this.#wordingAt(row)
    const solvedAt = this.solvedAt(row)
    return {
      taskId: this.#ids.decode(this.id.get(row)),
      account: this.account(row),
      type: attributes.type,
      site: attributes.site,
      solver: attributes.solver,
      ...(region !== undefined && { region }),
      ...(labels !== undefined && { labels }),
      status: this.status(row),
      solvedAt,
      issuedAt: solvedAt === null ? this.knownAt.get(row) : this.#issuedBeside(row),
    }
  }

  /** The record as the store would have it, were it the first of its task. */
  stored(row: number): StoredTask {
    const record = this.record(row)
    const { taskId, account, status, solvedAt, issuedAt } = record
    return {
      taskId,
      account,
      attributes: this.attributes(row),
      status,
      solvedAt,
      issuedAt,
      day: dayOfRecord(record),
    }
  }

  #keepIssuedAt(row: number, issuedAt: Instant): void {
    if (this.#issuedAt === null) {
      this.#issuedAt = Column.ofDoubles()
      while (this.#issuedAt.length < this.length) this.#issuedAt.push(Number.NaN)
    }
    this.#issuedAt.set(row, issuedAt)
  }

  #issuedBeside(row: number): Instant | null {
    const issuedAt = this.#issuedAt?.get(row)
    return issuedAt === undefined || Number.isNaN(issuedAt) ? null : issuedAt
  }

  #wordingAt(row: number): Wording {
    return this.#wordings[this.#wording.get(row)] as Wording
  }

  #wordingOf({ type, site, solver, region, labels }: Told): number {
    // No name holds a control character, so these mark the ends of names; an omitted field has no mark.
    let text = `${type}\n${site}\n${solver}`
    if (region !== undefined) text += `\r${region}`
    if (labels !== undefined) {
      text += '\t'
      for (const key in labels) text += `${key}\n${labels[key]}\n`
    }
    const known = this.#wordingByText.get(text)
    if (known !== undefined) return known
    // "No labels" told and labels not told are two wordings of the same attributes; all else that is told differently is different.
    const attributes =
      labels !== undefined && Object.keys(labels).length === 0
        ? (this.#wordings[this.#wordingOf({ type, site, solver, region })] as Wording).attributes
        : { type, site, solver, region: region ?? null, labels: labels ?? {} }
    const code = this.#wordings.length
    this.#wordings.push({ attributes, region, labels, text })
    this.#wordingByText.set(text, code)
    return code
  }
}

function codeOf(status: TaskStatus, solvedAt: Instant | null): number {
  return STATUSES.indexOf(status) | (solvedAt === null ? 0 : SOLVED)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
