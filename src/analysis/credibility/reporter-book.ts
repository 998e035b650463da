import { credibilityOf } from './credibility.ts'
import type { Credibility } from './credibility.ts'
import { DEFAULT_PRIORS, priorsOf } from './priors.ts'
import type { ReporterPriors } from './priors.ts'
import { createReporterRecord, STRATA, stratumOf } from './record.ts'
import type { ReporterRecord } from './record.ts'

/** The records of all groups, as one column: twelve numbers a group, by its index. And what is usual among them. */
export interface ReporterBook {
  records: Float64Array
  priors: ReporterPriors
  /** By segment of the site: settled reports of those that may follow failures, and what is usual for them at an average place. */
  sites: Float32Array
}

const TASKS = 0
const BAD = STRATA
const REPORTS = 2 * STRATA
const STRIDE = 3 * STRATA
const FIRST_GROUPS = 16

export function createReporterBook(): ReporterBook {
  return {
    records: new Float64Array(FIRST_GROUPS * STRIDE),
    priors: DEFAULT_PRIORS,
    sites: new Float32Array(0),
  }
}

/** Counts tasks and reports of this P(bad); takes them back where they are negative. */
export function noteRecord(
  book: ReporterBook,
  group: number,
  pBad: number,
  tasks: number,
  reports: number,
): void {
  const at = rowOf(book, group) + stratumOf(pBad)
  const { records } = book
  records[at + TASKS] = Math.max(0, (records[at + TASKS] as number) + tasks)
  records[at + BAD] = Math.max(0, (records[at + BAD] as number) + tasks * pBad)
  records[at + REPORTS] = Math.max(0, (records[at + REPORTS] as number) + reports)
}

/** A group's record, as a copy. */
export function readRecord({ records }: ReporterBook, group: number): ReporterRecord {
  const record = createReporterRecord()
  const at = group * STRIDE
  if (at + STRIDE > records.length) return record
  for (let i = 0; i < STRATA; i++) {
    record.tasks[i] = records[at + TASKS + i] as number
    record.bad[i] = records[at + BAD + i] as number
    record.reports[i] = records[at + REPORTS + i] as number
  }
  return record
}

/** Twice a day: everything counts a little less. @param kept of it, in (0, 1) */
export function fadeRecords({ records }: ReporterBook, kept: number): void {
  for (let i = 0; i < records.length; i++) records[i] = (records[i] as number) * kept
}

/** What is usual, from all groups that report. */
export function refitPriors(book: ReporterBook): void {
  book.priors = priorsOf(reporting(book))
}

function* reporting(book: ReporterBook): Generator<ReporterRecord> {
  for (let at = 0; at < book.records.length; at += STRIDE) {
    let reports = 0
    for (let i = 0; i < STRATA; i++) reports += book.records[at + REPORTS + i] as number
    if (reports >= 1) yield readRecord(book, at / STRIDE)
  }
}

/** Over all strata: tasks, how many of them were bad, as far as is known, and how many the group reported. */
export function totals(
  { records }: ReporterBook,
  group: number,
): { tasks: number; bad: number; reports: number } {
  const at = group * STRIDE
  let [tasks, bad, reports] = [0, 0, 0]
  if (at + STRIDE > records.length) return { tasks, bad, reports }
  for (let i = 0; i < STRATA; i++) {
    tasks += records[at + TASKS + i] as number
    bad += records[at + BAD + i] as number
    reports += records[at + REPORTS + i] as number
  }
  return { tasks, bad, reports }
}

function rowOf(book: ReporterBook, group: number): number {
  const at = group * STRIDE
  if (at + STRIDE > book.records.length) {
    const grown = new Float64Array(Math.max(2 * book.records.length, at + STRIDE))
    grown.set(book.records)
    book.records = grown
  }
  return at
}

const KEPT_MAX = 50_000

/**
 * Credibilities, each computed once. A record is rounded first, by a twentieth at most: its answer then stands while the group goes on
 * issuing tasks, it is the same before and after a snapshot, and groups alike share one.
 */
export class Credibilities {
  #priors: ReporterPriors | null = null
  readonly #known = new Map<string, Credibility>()

  of(record: ReporterRecord, priors: ReporterPriors): Credibility {
    if (priors !== this.#priors) {
      this.#known.clear()
      this.#priors = priors
    }
    const rounded = roundedRecord(record)
    const key = [...rounded.tasks, ...rounded.bad, ...rounded.reports].join()
    const known = this.#known.get(key)
    if (known !== undefined) return known
    if (this.#known.size >= KEPT_MAX) this.#known.clear()
    const credibility = credibilityOf(rounded, priors)
    this.#known.set(key, credibility)
    return credibility
  }
}

/** Also holds reports to tasks: a report may have been entered under another P(bad) than its task. */
function roundedRecord({ tasks, bad, reports }: ReporterRecord): ReporterRecord {
  const rounded = createReporterRecord()
  for (let i = 0; i < STRATA; i++) {
    const exposed = tasks[i] as number
    if (exposed <= 0) continue
    const its = roundedCount(reports[i] as number)
    const all = Math.max(its, roundedCount(exposed))
    rounded.tasks[i] = all
    rounded.reports[i] = its
    rounded.bad[i] = all * roundedShare((bad[i] as number) / exposed)
  }
  return rounded
}

const STEP = Math.log(1.1)
const EXACT_TO = 10

/** To whole numbers up to ten, from there on to powers of 1.1. */
function roundedCount(value: number): number {
  return value <= EXACT_TO
    ? Math.round(value)
    : EXACT_TO * Math.exp(STEP * Math.round(Math.log(value / EXACT_TO) / STEP))
}

function roundedShare(share: number): number {
  return Math.min(1, Math.exp(STEP * Math.round(Math.log(Math.max(1e-6, share)) / STEP)))
}
