import type { DatabaseSync } from 'node:sqlite'
import type { Day } from '../../domain/instant.ts'

/** What a range speaks of; the numbers are stored. */
export const TASKS_BY_DAY = 0
export const REPORTS_BY_DAY = 1
export const REPORTS_BY_RECEIPT = 2
export type RangeKind = typeof TASKS_BY_DAY | typeof REPORTS_BY_DAY | typeof REPORTS_BY_RECEIPT

export interface SeqRange {
  readonly day: Day
  min: number
  max: number
}

/**
 * Between which seqs the rows of each day lie: what retention and lists by time scan. In memory; saved with the index
 * files, and noted again from the rows that came after. A range may be too wide, never too narrow.
 */
export class DayRanges {
  readonly #kinds: readonly Map<Day, SeqRange>[] = [new Map(), new Map(), new Map()]

  note(kind: RangeKind, day: Day, seq: number): void {
    const range = this.#kinds[kind]?.get(day)
    if (range === undefined) this.#kinds[kind]?.set(day, { day, min: seq, max: seq })
    else if (seq > range.max) range.max = seq
    else if (seq < range.min) range.min = seq
  }

  /** Ranges of the days before `day`, oldest first. */
  before(kind: RangeKind, day: Day): SeqRange[] {
    return [...(this.#kinds[kind] as Map<Day, SeqRange>).values()]
      .filter((range) => range.day < day)
      .sort((a, b) => a.day - b.day)
  }

  remove(kind: RangeKind, day: Day): void {
    this.#kinds[kind]?.delete(day)
  }

  load(db: DatabaseSync): void {
    const rows = db.prepare('SELECT kind, day, seq_min, seq_max FROM day_range').all() as {
      kind: RangeKind
      day: Day
      seq_min: number
      seq_max: number
    }[]
    for (const { kind, day, seq_min, seq_max } of rows) {
      this.#kinds[kind]?.set(day, { day, min: seq_min, max: seq_max })
    }
  }

  /** Writes all ranges, inside the caller's transaction. */
  save(db: DatabaseSync): void {
    db.exec('DELETE FROM day_range')
    const insert = db.prepare('INSERT INTO day_range VALUES (?, ?, ?, ?)')
    this.#kinds.forEach((ranges, kind) => {
      for (const { day, min, max } of ranges.values()) insert.run(kind, day, min, max)
    })
  }
}
