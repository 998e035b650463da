import type { DatabaseSync } from 'node:sqlite'
import { dayOf } from '../../domain/instant.ts'
import { REPORTS_BY_DAY, REPORTS_BY_RECEIPT, TASKS_BY_DAY } from './day-ranges.ts'
import type { DayRanges } from './day-ranges.ts'
import type { IndexFiles, LoadedIndex } from './index-files.ts'
import { reportKey, taskKey } from './index-key.ts'
import { standingAfter } from './report-row.ts'
import { scanRows } from './row-scan.ts'
import type { RowVisitor } from './row-scan.ts'
import type { SeqIndex } from './seq-index.ts'

/**
 * Fills the memory of a store that is being opened: from its index files up to the mark, from the rows beyond it, and
 * from the rows below it wherever a file is missing.
 * @param files null for a store that has none
 * @param mark how far the files and the saved day ranges reach
 * @param head the newest seq
 */
export function fillIndex(
  db: DatabaseSync,
  index: SeqIndex,
  ranges: DayRanges,
  files: IndexFiles | null,
  mark: number,
  head: number,
): void {
  const { tables, claims } = files?.load(index) ?? NOTHING_LOADED
  ranges.load(db)
  const span = 2 ** index.bits
  // In order, since the index grows at its end only.
  for (let number = 0; number * span <= head; number++) {
    const first = Math.max(1, number * span)
    const last = Math.min((number + 1) * span - 1, head)
    const table = tables.get(number)
    const itsClaims = claims?.get(number)
    if (table !== undefined || itsClaims !== undefined) {
      index.adopt({
        number,
        table: table ?? new Uint32Array(index.tableWords),
        claims: itsClaims ?? new Uint32Array(index.claimWords),
      })
    }
    const missing = { entries: table === undefined, claims: claims === null }
    if (missing.entries || missing.claims) scanRows(db, first, Math.min(last, mark), filling(index, missing))
    scanRows(db, Math.max(first, mark + 1), last, filling(index, { entries: true, claims: true, ranges }))
  }
  index.keep()
}

const NOTHING_LOADED: LoadedIndex = { tables: new Map(), claims: null }

// Notes for taking changes back are of no use while filling; they are dropped every so many rows.
const KEEP_EVERY = 0xffff

function filling(
  index: SeqIndex,
  { entries, claims, ranges }: { entries: boolean; claims: boolean; ranges?: DayRanges },
): RowVisitor {
  let rows = 0
  return {
    task(seq, day, taskId) {
      if (entries) index.insert(taskKey(taskId), seq)
      ranges?.note(TASKS_BY_DAY, day, seq)
      if ((++rows & KEEP_EVERY) === 0) index.keep()
    },
    report(seq, day, taskSeq, claim, receivedAt) {
      if (entries) index.insert(reportKey(taskSeq), seq)
      if (claims) index.setClaim(taskSeq, standingAfter(claim))
      ranges?.note(REPORTS_BY_DAY, day, seq)
      ranges?.note(REPORTS_BY_RECEIPT, dayOf(receivedAt), seq)
      if ((++rows & KEEP_EVERY) === 0) index.keep()
    },
  }
}
