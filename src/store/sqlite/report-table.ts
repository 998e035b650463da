import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { reportKey } from './index-key.ts'
import { standingAfter } from './report-row.ts'
import type { SeqIndex } from './seq-index.ts'

export type ReportRow = readonly [seq: number, taskSeq: number, delay: number, claim: number]

/** Report rows by seq, found by their task through the index. */
export class ReportTable {
  readonly #index: SeqIndex
  readonly #select: StatementSync
  readonly #insert: StatementSync
  readonly #insertExtra: StatementSync
  #wanted = 0
  #newest: ReportRow | null = null

  constructor(db: DatabaseSync, index: SeqIndex) {
    this.#index = index
    this.#select = db.prepare('SELECT seq, task_seq, delay, claim FROM report WHERE seq = ?')
    this.#select.setReturnArrays(true)
    this.#insert = db.prepare('INSERT INTO report (seq, part, task_seq, delay, claim) VALUES (?, ?, ?, ?, ?)')
    this.#insertExtra = db.prepare('INSERT INTO report_extra (seq, soft_id) VALUES (?, ?)')
  }

  insert(
    seq: number,
    part: number,
    taskSeq: number,
    delay: number,
    claim: number,
    softId: number | null,
  ): void {
    this.#insert.run(seq, part, taskSeq, delay, claim)
    if (softId !== null) this.#insertExtra.run(seq, softId)
    this.#index.insert(reportKey(taskSeq), seq)
    this.#index.setClaim(taskSeq, standingAfter(claim))
  }

  /** The row that stands for a task: its newest, of two at most. */
  findStanding(taskSeq: number): ReportRow | null {
    if (this.#index.claimAt(taskSeq) === 0) return null
    this.#wanted = taskSeq
    this.#newest = null
    this.#index.find(reportKey(taskSeq), this.#collect)
    return this.#newest
  }

  readonly #collect = (seq: number): boolean => {
    const row = this.#select.get(seq) as unknown as ReportRow | undefined
    if (row !== undefined && row[1] === this.#wanted && (this.#newest === null || seq > this.#newest[0])) {
      this.#newest = row
    }
    return false
  }
}
