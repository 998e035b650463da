import { readdirSync, readFileSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { StoreRefused } from '../contract.ts'

/** One numbered step from an older schema to the next, read from a file `NNNN-name.sql`. */
export interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
}

/**
 * Reads the migrations in a folder, in order.
 * @throws Error when their numbers are not 1, 2, 3, ...: a mistake in the checkout
 */
export function readMigrations(folder: URL): readonly Migration[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name, i) => {
      const version = Number(name.slice(0, 4))
      if (version !== i + 1) throw new Error(`migration ${name} should have number ${i + 1}`)
      return { version, name, sql: readFileSync(new URL(name, folder), 'utf8') }
    })
}

/**
 * Brings a database to the newest schema: each missing migration in a transaction of its own, counted by
 * `user_version`.
 * @returns the version it is at now
 * @throws StoreRefused when the file was written by a newer Assay
 */
export function migrate(db: DatabaseSync, path: string, migrations: readonly Migration[]): number {
  const { user_version: found } = db.prepare('PRAGMA user_version').get() as { user_version: number }
  const newest = migrations.length
  if (found > newest) {
    throw new StoreRefused(
      `${path} has schema ${found}, this Assay knows schemas up to ${newest}: it was written by a newer version. Start that version, or restore a backup made before the upgrade`,
    )
  }
  for (const { version, sql } of migrations.slice(found)) {
    db.exec('BEGIN IMMEDIATE')
    try {
      db.exec(sql)
      db.exec(`PRAGMA user_version = ${version}`)
      db.exec('COMMIT')
    } catch (error) {
      db.exec('ROLLBACK')
      throw error
    }
  }
  return newest
}

/** The schema as the database itself tells it, for review and for comparing a migrated store with a fresh one. */
export function dumpSchema(db: DatabaseSync): string {
  const rows = db
    .prepare(
      "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY tbl_name, type DESC, name",
    )
    .all() as { sql: string }[]
  return rows.map(({ sql }) => `${sql};\n`).join('\n')
}
