import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { DAY_MS, dayOf } from '../../domain/instant.ts'
import type { StoredReport } from '../../domain/report.ts'
import type { Page, ReportQuery } from '../contract.ts'
import { AttributeReader } from './attribute-book.ts'
import { REPORTS_BY_RECEIPT } from './day-ranges.ts'
import { CLAIM_CHANGED, claimOf, flagsOf } from './report-row.ts'
import { readId } from './task-row.ts'

const LIMIT_MAX = 1000

type Row = readonly [
  seq: number,
  claim: number,
  receivedAt: number,
  taskId: number | string | Uint8Array,
  account: string,
  group: string,
  attrs: number,
  solvedAt: number,
]

/** Lists the reports that stand, in the order of their commit. */
export class ReportList {
  readonly #select: StatementSync
  readonly #span: StatementSync
  readonly #attributes: AttributeReader

  constructor(db: DatabaseSync) {
    this.#attributes = new AttributeReader(db)
    this.#select = db.prepare(
      `SELECT report.seq, claim, (task.part >> 6) * ${DAY_MS} + at + delay AS received_at, task_id, account.id, payer,
              attrs, (task.part >> 6) * ${DAY_MS} + at
       FROM report
       CROSS JOIN task ON task.seq = report.task_seq
       CROSS JOIN account ON account.num = task.account
       WHERE report.seq BETWEEN :first AND :last
         AND received_at >= :from AND received_at < :to
         AND (:account IS NULL OR account.id = :account)
         AND (claim & ${CLAIM_CHANGED} OR NOT EXISTS (
           SELECT 1 FROM report AS later WHERE later.task_seq = report.task_seq AND later.claim & ${CLAIM_CHANGED}))
       ORDER BY report.seq LIMIT :limit`,
    )
    this.#select.setReturnArrays(true)
    this.#span = db.prepare(
      `SELECT min(seq_min), max(seq_max), (SELECT value FROM meta WHERE name = 'mark')
       FROM day_range WHERE kind = ${REPORTS_BY_RECEIPT} AND day BETWEEN ? AND ?`,
    )
    this.#span.setReturnArrays(true)
  }

  /** @throws RangeError when the limit is not 1..1000 or `after` is no cursor of this list */
  list(query: ReportQuery): Page<StoredReport> {
    const { limit } = query
    if (!Number.isSafeInteger(limit) || limit < 1 || limit > LIMIT_MAX)
      throw new RangeError(`limit is ${limit}, not 1 to ${LIMIT_MAX}`)
    if (query.after !== undefined && !/^\d{1,15}$/.test(query.after))
      throw new RangeError('after is not a cursor of this list')
    const after = Number(query.after ?? 0)
    const from = query.from ?? Number.MIN_SAFE_INTEGER
    const to = query.to ?? Number.MAX_SAFE_INTEGER

    const rows: Row[] = []
    for (const [first, last] of this.#spans(from, to)) {
      if (rows.length > limit || last <= after) continue
      const more = this.#select.all({
        first: Math.max(first, after + 1),
        last,
        from,
        to,
        account: query.account ?? null,
        limit: limit + 1 - rows.length,
      }) as unknown as Row[]
      rows.push(...more)
    }
    const items = rows.slice(0, limit)
    return {
      items: items.map(([seq, claim, receivedAt, taskId, account, group, attrs, solvedAt]) => ({
        seq,
        taskId: readId(taskId),
        account,
        group,
        attributes: this.#attributes.get(attrs).attributes,
        solvedAt,
        claim: claimOf(claim),
        receivedAt,
        flags: flagsOf(claim),
      })),
      next: rows.length > limit ? String((items.at(-1) as Row)[0]) : null,
    }
  }

  // Where reports received in these days were appended as far as that has been noted, then all that came later.
  #spans(from: number, to: number): readonly (readonly [number, number])[] {
    const [min, max, mark] = this.#span.get(dayOf(from), dayOf(to)) as unknown as [
      number | null,
      number | null,
      number,
    ]
    const tail: readonly [number, number] = [Math.max(max ?? 0, mark) + 1, Number.MAX_SAFE_INTEGER]
    return min === null || max === null ? [tail] : [[min, max], tail]
  }
}
