import type { TaskBatch, TaskBatchWriter } from '../../analysis/backtest/task-batch.ts'
import { CODES, codeOf } from '../../analysis/backtest/told-row.ts'
import type { TaskRecord } from '../../domain/task.ts'
import { decodeTask, RecordProblem } from '../../registry/decode.ts'
import { LineTemplate, NOT_LEARNED, OTHER_FORM } from './line-template.ts'

/** A line that was no record. Lines count from 1 in what was read. */
export interface LineProblem {
  readonly line: number
  readonly detail: string
}

/** What became of some lines. */
export interface LinesRead {
  readonly lines: number
  /** The first of the lines that were no records. */
  readonly problems: readonly LineProblem[]
  readonly problemCount: number
}

/** No more problems than this are named of a block; beyond, they are counted. */
export const PROBLEMS_NAMED_MAX = 20

const TEMPLATES_MAX = 24
const NEWLINE = 0x0a

/**
 * Turns lines of task records into a batch. Every new form of line goes through `JSON.parse` and `decodeTask`; lines that differ from one
 * seen before only in id, account, times and known attributes are read off their bytes (line-template.ts), at a third of the cost. Both
 * ways come to the same (task-lines.test.ts).
 */
export class TaskLines {
  readonly #writer: TaskBatchWriter
  readonly #decoder = new TextDecoder()
  /** The one that fitted last comes first. */
  readonly #templates: LineTemplate[] = []
  /** Lines that have no form are not tried for ever. */
  #attemptsLeft = 1_000
  /** The template of the line that is being read, where only its names have to be learned. */
  #fitting: LineTemplate | null = null

  constructor(writer: TaskBatchWriter) {
    this.#writer = writer
  }

  /** @param bytes whole lines; the last may lack its newline */
  read(bytes: Uint8Array): LinesRead {
    const problems: LineProblem[] = []
    let problemCount = 0
    let lines = 0
    let start = 0
    while (start < bytes.length) {
      lines++
      const next = this.#readKnown(bytes, start)
      if (next >= 0) {
        start = next
        continue
      }
      const newline = bytes.indexOf(NEWLINE, start)
      const end = newline < 0 ? bytes.length : newline
      const detail = this.#readAny(bytes, start, end)
      if (detail !== null && ++problemCount <= PROBLEMS_NAMED_MAX) problems.push({ line: lines, detail })
      start = end + 1
    }
    return { lines, problems, problemCount }
  }

  take(): TaskBatch {
    return this.#writer.take()
  }

  /** @returns where the next line begins; -1 where the line has to be read the long way */
  #readKnown(bytes: Uint8Array, start: number): number {
    const templates = this.#templates
    this.#fitting = null
    for (let i = 0; i < templates.length; i++) {
      const template = templates[i] as LineTemplate
      const next = template.read(bytes, start)
      if (next === OTHER_FORM) continue
      if (i > 0) {
        templates[i] = templates[0] as LineTemplate
        templates[0] = template
      }
      if (next === NOT_LEARNED) {
        this.#fitting = template
        return -1
      }
      const { taskId, solvedAt, issuedAt, status } = template
      const isBoth = solvedAt !== null && issuedAt !== null
      this.#writer.addCoded(
        taskId,
        (solvedAt ?? issuedAt) as number,
        isBoth ? issuedAt : Number.NaN,
        template.account,
        template.wording * CODES + codeOf(status, solvedAt),
      )
      return next
    }
    return -1
  }

  /** @returns what is wrong with the line; null if nothing */
  #readAny(bytes: Uint8Array, start: number, end: number): string | null {
    // A copy, for shared memory is not decoded everywhere.
    const line = this.#decoder.decode(bytes.slice(start, end))
    if (line.trim() === '') return null
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch (error) {
      return `not JSON: ${(error as Error).message.slice(0, 120)}`
    }
    const record = decodeTask(value)
    if (record instanceof RecordProblem) return record.detail
    this.#writer.add(record)
    const template = this.#fitting ?? this.#newTemplate(bytes.subarray(start, end), record)
    template?.learn(
      this.#fitting === null ? bytes.subarray(start, end) : bytes,
      this.#writer.accountCode(record.account),
      this.#writer.wordingCode(record),
    )
    return null
  }

  #newTemplate(line: Uint8Array, record: TaskRecord): LineTemplate | null {
    if (this.#attemptsLeft === 0 || this.#templates.length >= TEMPLATES_MAX) return null
    const template = LineTemplate.of(line, record)
    if (template === null) this.#attemptsLeft--
    else this.#templates.push(template)
    return template
  }
}
