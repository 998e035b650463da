import type { StoredReport, Verdict } from '../domain/report.ts'
import type { Judgement } from '../domain/verdict.ts'

/** Asks the analysis about reports: one judgement each, null for one that it has not read within the time it was given. */
export type JudgeReports = (
  reports: readonly StoredReport[],
  waitMs: number,
) => Promise<readonly (Judgement | null)[]>

/** How long somebody who asks may wait for the analysis to read as far as their report. */
const WAIT_MS = 1_000
/** Beyond that the analysis was given no turn at all: then it is not waited for. */
const GRACE_MS = 250
/** Single questions are gathered this long, so that a thousand customers who ask at once are one call. */
const GATHER_MS = 5
/** Reports in one call: some tens of milliseconds of the analysis' time. */
const BATCH_MAX = 500

/**
 * Single questions that may wait at once: fewer than intake keeps open, so that customers who ask while the analysis is behind are
 * told so instead of being turned away.
 */
const WAITING_MAX = 800

/** What is said as long as there is nothing to say: no verdict, and never an error. */
const NOT_READ: Judgement = {
  verdict: 'undetermined',
  because: 'The analysis has not read this report yet.',
  becauseForReporter: 'The analysis has not read this report yet.',
  incidentId: null,
}

interface Question {
  readonly report: StoredReport
  readonly answer: (judgement: Judgement) => void
}

/**
 * What is thought of reports. Verdicts are kept nowhere: each is worked out by the analysis when somebody asks, from all it has read
 * by then. Whoever asks gets an answer within about a second: if the analysis is behind, busy or gone, that the report is
 * undetermined because it has not been read.
 */
export class VerdictDesk {
  readonly #judge: JudgeReports
  /** Under which id an incident is listed; null if it is not known here. */
  readonly #listedAs: (incidentId: string) => string | null
  readonly #onFailure: (error: unknown) => void
  readonly #waitMs: number
  #gathered: Question[] = []
  #waiting = 0

  /** @param onFailure told when the analysis could not be asked */
  constructor(
    judge: JudgeReports,
    listedAs: (incidentId: string) => string | null,
    onFailure: (error: unknown) => void,
    waitMs: number = WAIT_MS,
  ) {
    this.#judge = judge
    this.#listedAs = listedAs
    this.#onFailure = onFailure
    this.#waitMs = waitMs
  }

  /** For whoever sent the report: in the words that are for customers, and without the incident, which is others' too. */
  async forReporter(report: StoredReport): Promise<{ verdict: Verdict; because: string }> {
    const { verdict, becauseForReporter } = await this.one(report)
    return { verdict, because: becauseForReporter }
  }

  /** Of one report, gathered with others that are asked about at the same time. */
  one(report: StoredReport): Promise<Judgement> {
    if (this.#waiting >= WAITING_MAX) return Promise.resolve(NOT_READ)
    this.#waiting++
    return new Promise((answer) => {
      this.#gathered.push({ report, answer })
      if (this.#gathered.length === 1) setTimeout(() => this.#askGathered(), GATHER_MS)
      else if (this.#gathered.length >= BATCH_MAX) this.#askGathered()
    })
  }

  /** Of several, in order. */
  async many(reports: readonly StoredReport[]): Promise<Judgement[]> {
    const batches: Promise<Judgement[]>[] = []
    for (let start = 0; start < reports.length; start += BATCH_MAX)
      batches.push(this.#ask(reports.slice(start, start + BATCH_MAX)))
    return (await Promise.all(batches)).flat()
  }

  #askGathered(): void {
    const questions = this.#gathered
    if (questions.length === 0) return
    this.#gathered = []
    void this.#ask(questions.map(({ report }) => report)).then((judgements) => {
      this.#waiting -= questions.length
      questions.forEach(({ answer }, i) => answer(judgements[i] as Judgement))
    })
  }

  async #ask(reports: readonly StoredReport[]): Promise<Judgement[]> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), this.#waitMs + GRACE_MS)
    })
    try {
      const judged = await Promise.race([this.#judge(reports, this.#waitMs), late])
      return reports.map((_, i) => this.#asListed(judged?.[i] ?? NOT_READ))
    } catch (error) {
      this.#onFailure(error)
      return reports.map(() => NOT_READ)
    } finally {
      clearTimeout(timer)
    }
  }

  #asListed(judgement: Judgement): Judgement {
    const { incidentId } = judgement
    if (incidentId === null) return judgement
    return { ...judgement, incidentId: this.#listedAs(incidentId) }
  }
}
