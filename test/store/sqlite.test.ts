import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StoreSettings } from '../../src/store/contract.ts'
import { openSqliteStore } from '../../src/store/sqlite/open.ts'
import type { SqliteOptions } from '../../src/store/sqlite/open.ts'
import { storeContract } from './contract.ts'
import type { Subject } from './contract.ts'

// Segments of 16 seqs, so that a short life crosses many.
const SMALL: SqliteOptions = { segmentBits: 4 }

storeContract('SQLite in memory', async (settings) => {
  const store = openSqliteStore(':memory:', settings, SMALL)
  return { store, reopen: null, dispose: () => store.close() }
})

// Sync to disk is what these cases spend their time on, and nothing they see depends on it.
const ON_FILE: SqliteOptions = { ...SMALL, connection: { synchronous: 'NORMAL' } }

storeContract('SQLite on a file', async (settings) => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-store-'))
  return subjectIn(folder, settings)
})

function subjectIn(folder: string, settings: StoreSettings): Subject {
  const store = openSqliteStore(join(folder, 'ledger.sqlite'), settings, ON_FILE)
  return {
    store,
    async reopen() {
      await store.close()
      return subjectIn(folder, settings)
    },
    async dispose() {
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
