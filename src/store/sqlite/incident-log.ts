import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { IncidentEvent, IncidentEventName } from '../../domain/incident.ts'

/** What the `body` column holds, as far as an event has it. */
type Body = Omit<IncidentEvent, 'incidentId' | 'event' | 'at' | 'by' | 'key'>

interface Row {
  incident_id: string
  key: string
  event: IncidentEventName
  at: number
  by: string | null
  body: string
}

/** Incident events, appended with a seq of the change log. */
export class IncidentLog {
  readonly #insert: StatementSync
  readonly #select: StatementSync

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare(
      `INSERT INTO incident_event (seq, incident_id, key, event, at, by, body) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (incident_id, key) DO NOTHING`,
    )
    this.#select = db.prepare('SELECT * FROM incident_event ORDER BY seq')
  }

  /** @returns false when this incident has an event with this key already */
  append(seq: number, event: IncidentEvent): boolean {
    const { incidentId, key, event: name, at, by, ...body } = event
    return this.#insert.run(seq, incidentId, key, name, at, by, JSON.stringify(body)).changes === 1
  }

  all(): IncidentEvent[] {
    return (this.#select.all() as unknown as Row[]).map((row) => ({
      incidentId: row.incident_id,
      event: row.event,
      at: row.at,
      by: row.by,
      ...(JSON.parse(row.body) as Body),
      key: row.key,
    }))
  }
}
