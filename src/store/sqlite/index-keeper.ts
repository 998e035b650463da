import { StoreUnavailable } from '../contract.ts'
import { asStoreError } from './database.ts'
import type { IndexFiles } from './index-files.ts'
import type { Ledger } from './ledger.ts'

/** Decides when the index goes to its files: whenever a segment has filled up, and when the store is closed. */
export class IndexKeeper {
  readonly #ledger: Ledger
  readonly #files: IndexFiles
  readonly #path: string
  // The segment that was being filled when the index was last saved, or last could not be.
  #filling: number

  /** @param mark how far the files reach; what a kill kept from being saved is saved now */
  constructor(ledger: Ledger, files: IndexFiles, path: string, mark: number) {
    this.#ledger = ledger
    this.#files = files
    this.#path = path
    this.#filling = ledger.index.segmentOf(mark + 1)
    this.afterCommit()
  }

  /** Costs some 10 ms once every 2^20 seqs, and nothing else. */
  afterCommit(): void {
    if (this.#now() === this.#filling) return
    this.#filling = this.#now()
    this.save(false)
  }

  /** Forgets segments of which retention has left no row. */
  dropEmpty(): void {
    const { db, index } = this.#ledger
    const span = 2 ** index.bits
    const anyRow = db.prepare(
      `SELECT EXISTS (SELECT 1 FROM task WHERE seq BETWEEN :first AND :last)
           OR EXISTS (SELECT 1 FROM report WHERE seq BETWEEN :first AND :last) AS found`,
    )
    const empty = index.segments.filter(({ number }) => {
      const first = number * span
      const { found } = anyRow.get({ first, last: first + span - 1 }) as { found: number }
      return found === 0 && number < this.#filling
    })
    for (const { number } of empty) index.drop(number)
    if (empty.length > 0) this.save(false)
  }

  /**
   * Saves what has no file yet. A failure is passed over: everything asked of the store is committed already, and an
   * index that cannot be saved costs time at the next opening, nothing else.
   */
  save(withTail: boolean): void {
    const { ledger, files } = { ledger: this.#ledger, files: this.#files }
    try {
      const names = files.write(ledger.index, ledger.seq.last, withTail)
      ledger.write(() => {
        files.name(names)
        ledger.saveMark()
      })
      files.sweep(names)
    } catch (error) {
      const isOfTheDisk = typeof (error as NodeJS.ErrnoException).syscall === 'string'
      if (!isOfTheDisk && !(asStoreError(error, this.#path) instanceof StoreUnavailable)) throw error
    }
  }

  #now(): number {
    return this.#ledger.index.segmentOf(this.#ledger.seq.last + 1)
  }
}
