import type { TaskRecord } from '../../domain/task.ts'
import type { TaskId } from '../../domain/task-id.ts'
import type { NameTable } from './names.ts'
import { SPELLING_BYTES_MAX, writeSpelling } from './spelling.ts'
import type { TaskSorter } from './task-sorter.ts'
import { CODES, codeOf } from './told-row.ts'
import type { Told, WordingTable } from './wordings.ts'
import { textOf } from './wordings.ts'

/**
 * Task records on their way between threads: columns of numbers, and whatever names and wordings are in no earlier batch of the same
 * writer, whose codes go on from those before.
 */
export interface TaskBatch {
  readonly count: number
  /** An integer id, or -(1 + where in `spellings` an opaque one is). */
  readonly ids: Float64Array
  readonly knownAt: Float64Array
  /** `issuedAt` beside a `solvedAt`, else NaN; null where there is none. */
  readonly issuedBeside: Float64Array | null
  readonly account: Uint32Array
  readonly wordingAndCode: Uint32Array
  readonly spellings: Uint8Array
  readonly newAccounts: readonly string[]
  readonly newWordings: readonly Told[]
}

const FIRST_ROWS = 4_096

/** Fills batches, in the thread that reads. */
export class TaskBatchWriter {
  readonly #accounts = new Map<string, number>()
  readonly #wordings = new Map<string, number>()
  #newAccounts: string[] = []
  #newWordings: Told[] = []
  #count = 0
  #ids: Float64Array = new Float64Array(FIRST_ROWS)
  #knownAt: Float64Array = new Float64Array(FIRST_ROWS)
  #issuedBeside: Float64Array | null = null
  #account: Uint32Array = new Uint32Array(FIRST_ROWS)
  #wordingAndCode: Uint32Array = new Uint32Array(FIRST_ROWS)
  #spellings = new Uint8Array(0)
  #spelled = 0

  accountCode(name: string): number {
    let code = this.#accounts.get(name)
    if (code === undefined) {
      code = this.#accounts.size
      this.#accounts.set(name, code)
      this.#newAccounts.push(name)
    }
    return code
  }

  wordingCode({ type, site, solver, region, labels }: Told): number {
    const told: Told = {
      type,
      site,
      solver,
      ...(region !== undefined && { region }),
      ...(labels !== undefined && { labels }),
    }
    const text = textOf(told)
    let code = this.#wordings.get(text)
    if (code === undefined) {
      code = this.#wordings.size
      this.#wordings.set(text, code)
      this.#newWordings.push(told)
    }
    return code
  }

  add(record: TaskRecord): void {
    const { taskId, solvedAt, issuedAt } = record
    const knownAt = solvedAt ?? issuedAt
    if (knownAt === null) throw new RangeError('a task record carries solvedAt or issuedAt')
    const wordingAndCode = this.wordingCode(record) * CODES + codeOf(record.status, solvedAt)
    const issuedBeside = solvedAt !== null && issuedAt !== null ? issuedAt : Number.NaN
    this.addCoded(taskId, knownAt, issuedBeside, this.accountCode(record.account), wordingAndCode)
  }

  /** A record whose names are this writer's codes already. */
  addCoded(id: TaskId, knownAt: number, issuedBeside: number, account: number, wordingAndCode: number): void {
    if (this.#count === this.#ids.length) this.#grow()
    const row = this.#count++
    this.#ids[row] = typeof id === 'number' ? id : this.#spell(id)
    this.#knownAt[row] = knownAt
    this.#account[row] = account
    this.#wordingAndCode[row] = wordingAndCode
    if (!Number.isNaN(issuedBeside))
      this.#issuedBeside ??= new Float64Array(this.#ids.length).fill(Number.NaN)
    if (this.#issuedBeside !== null) this.#issuedBeside[row] = issuedBeside
  }

  /** What was added since the last time. */
  take(): TaskBatch {
    const count = this.#count
    const batch: TaskBatch = {
      count,
      ids: this.#ids.slice(0, count),
      knownAt: this.#knownAt.slice(0, count),
      issuedBeside: this.#issuedBeside === null ? null : this.#issuedBeside.slice(0, count),
      account: this.#account.slice(0, count),
      wordingAndCode: this.#wordingAndCode.slice(0, count),
      spellings: this.#spellings.slice(0, this.#spelled),
      newAccounts: this.#newAccounts,
      newWordings: this.#newWordings,
    }
    this.#newAccounts = []
    this.#newWordings = []
    this.#count = 0
    this.#spelled = 0
    this.#issuedBeside = null
    return batch
  }

  #spell(id: string): number {
    if (this.#spelled + SPELLING_BYTES_MAX > this.#spellings.length) {
      const more = new Uint8Array(Math.max(2 ** 14, 2 * this.#spellings.length))
      more.set(this.#spellings)
      this.#spellings = more
    }
    const code = -(1 + this.#spelled)
    this.#spelled = writeSpelling(this.#spellings, this.#spelled, id)
    return code
  }

  #grow(): void {
    const rows = 2 * this.#ids.length
    const doubles = (old: Float64Array): Float64Array => {
      const grown = new Float64Array(rows)
      grown.set(old)
      return grown
    }
    const integers = (old: Uint32Array): Uint32Array => {
      const grown = new Uint32Array(rows)
      grown.set(old)
      return grown
    }
    this.#ids = doubles(this.#ids)
    this.#knownAt = doubles(this.#knownAt)
    if (this.#issuedBeside !== null) {
      const filled = this.#issuedBeside.length
      this.#issuedBeside = doubles(this.#issuedBeside).fill(Number.NaN, filled)
    }
    this.#account = integers(this.#account)
    this.#wordingAndCode = integers(this.#wordingAndCode)
  }
}

/** Takes in the batches of one writer, in the order in which it made them. */
export class TaskBatchReader {
  readonly #accounts: NameTable
  readonly #wordings: WordingTable
  readonly #sorter: TaskSorter
  /** By the writer's codes, ours. */
  readonly #accountOf: number[] = []
  readonly #wordingOf: number[] = []

  constructor(accounts: NameTable, wordings: WordingTable, sorter: TaskSorter) {
    this.#accounts = accounts
    this.#wordings = wordings
    this.#sorter = sorter
  }

  /** @throws TooManyNames */
  take(batch: TaskBatch): void {
    for (const name of batch.newAccounts) this.#accountOf.push(this.#accounts.encode(name))
    for (const told of batch.newWordings) this.#wordingOf.push(this.#wordings.encode(told))
    const { count, ids, knownAt, issuedBeside, spellings } = batch
    for (let row = 0; row < count; row++) {
      const id = ids[row] as number
      const known = knownAt[row] as number
      const issued = issuedBeside === null ? Number.NaN : (issuedBeside[row] as number)
      const account = this.#accountOf[batch.account[row] as number] as number
      const told = batch.wordingAndCode[row] as number
      const code = told % CODES
      const wordingAndCode = (this.#wordingOf[(told - code) / CODES] as number) * CODES + code
      if (id > 0) this.#sorter.addCoded(id, known, issued, account, wordingAndCode)
      else this.#sorter.addSpelled(spellings, -id - 1, known, issued, account, wordingAndCode)
    }
  }
}
