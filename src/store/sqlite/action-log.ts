import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Action, ActionKind } from '../../domain/action.ts'
import type { Where } from '../../domain/incident.ts'
import type { Instant } from '../../domain/instant.ts'
import type { ActionQuery, Page, RecordedAction } from '../contract.ts'

const LIMIT_MAX = 1_000

type Row = readonly [
  seq: number,
  id: string,
  kind: ActionKind,
  at: number,
  place: string,
  note: string | null,
  recordedAt: number,
]

/** The columns of an action, in the order in which `recordedAction` reads them. */
export const ACTION_COLUMNS = 'seq, id, kind, at, place, note, recorded_at'
export type ActionRow = Row

export function recordedAction([, id, kind, at, place, note, recordedAt]: ActionRow): RecordedAction {
  return { id, kind, at, where: JSON.parse(place) as Where, note, recordedAt }
}

/** What the team did, appended with a seq of the change log. */
export class ActionLog {
  readonly #insert: StatementSync
  readonly #find: StatementSync
  readonly #list: StatementSync
  readonly #count: StatementSync

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare(
      `INSERT INTO action (${ACTION_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    )
    this.#find = db.prepare(`SELECT ${ACTION_COLUMNS} FROM action WHERE id = ?`)
    this.#find.setReturnArrays(true)
    this.#count = db.prepare('SELECT count(*) AS actions FROM action')
    // Actions are few (people and releases make them), so a filter may read them all.
    this.#list = db.prepare(
      `SELECT ${ACTION_COLUMNS} FROM action
       WHERE seq < :before AND (:kind IS NULL OR kind = :kind) AND at >= :from AND at < :to
       ORDER BY seq DESC LIMIT :limit`,
    )
    this.#list.setReturnArrays(true)
  }

  /** @returns false when there is an action with this id already */
  append(seq: number, { id, kind, at, where, note }: Action, recordedAt: Instant): boolean {
    return this.#insert.run(seq, id, kind, at, JSON.stringify(where), note, recordedAt).changes === 1
  }

  find(id: string): RecordedAction | null {
    const row = this.#find.get(id) as unknown as Row | undefined
    return row === undefined ? null : recordedAction(row)
  }

  count(): number {
    return (this.#count.get() as { actions: number }).actions
  }

  /** @throws RangeError when the limit is not 1..1000 or `after` is no cursor of this list */
  list({ kind, from, to, after, limit }: ActionQuery): Page<RecordedAction> {
    if (!Number.isSafeInteger(limit) || limit < 1 || limit > LIMIT_MAX)
      throw new RangeError(`limit is ${limit}, not 1 to ${LIMIT_MAX}`)
    if (after !== undefined && !/^\d{1,15}$/.test(after))
      throw new RangeError('after is not a cursor of this list')
    const rows = this.#list.all({
      before: after === undefined ? Number.MAX_SAFE_INTEGER : Number(after),
      kind: kind ?? null,
      from: from ?? Number.MIN_SAFE_INTEGER,
      to: to ?? Number.MAX_SAFE_INTEGER,
      limit: limit + 1,
    }) as unknown as Row[]
    const items = rows.slice(0, limit)
    return {
      items: items.map(recordedAction),
      next: rows.length > limit ? String((items.at(-1) as Row)[0]) : null,
    }
  }
}
