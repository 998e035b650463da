import type { Instant } from '../../domain/instant.ts'
import type { Claim } from '../../domain/report.ts'
import type { TaskId } from '../../domain/task-id.ts'
import { Column } from './columns.ts'
import type { IdTable } from './ids.ts'
import type { NameTable } from './names.ts'
import { allRows, orderByInstant } from './order.ts'

/** One report of a history: who said what of which task, and when it was received. */
export interface HistoryReport {
  readonly taskId: TaskId
  readonly account: string
  readonly claim: Claim
  readonly reportedAt: Instant
}

/** The reports of a history, one row each, in columns: about 25 bytes a report, and its id's spelling where that is no integer. */
export class ReportRows {
  readonly #ids: IdTable
  readonly #accounts: NameTable
  readonly id = Column.ofDoubles()
  readonly reportedAt = Column.ofDoubles()
  readonly #account = Column.ofIndices()
  readonly #good = Column.ofCodes()

  constructor(ids: IdTable, accounts: NameTable) {
    this.#ids = ids
    this.#accounts = accounts
  }

  get length(): number {
    return this.id.length
  }

  add({ taskId, account, claim, reportedAt }: HistoryReport): void {
    this.id.push(this.#ids.encode(taskId))
    this.reportedAt.push(reportedAt)
    this.#account.push(this.#accounts.encode(account))
    this.#good.push(claim === 'good' ? 1 : 0)
  }

  /** All rows by the instant of the report, at one instant by task, account and claim, bad before good. */
  inOrder(): Uint32Array {
    const instants = new Float64Array(this.length)
    for (let row = 0; row < this.length; row++) instants[row] = this.reportedAt.get(row)
    return orderByInstant(allRows(this.length), instants, (a, b) => this.#compare(a, b))
  }

  account(row: number): number {
    return this.#account.get(row)
  }

  claim(row: number): Claim {
    return this.#good.get(row) === 1 ? 'good' : 'bad'
  }

  /** 0 only for the same report twice. */
  #compare(a: number, b: number): number {
    return (
      this.#ids.compare(this.id.get(a), this.id.get(b)) ||
      this.#accounts.compare(this.#account.get(a), this.#account.get(b)) ||
      this.#good.get(a) - this.#good.get(b)
    )
  }
}
