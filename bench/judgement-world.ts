import type { Change, ReportChange, TaskChange } from '../src/domain/change.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../src/domain/instant.ts'
import type { Attributes } from '../src/domain/task.ts'
import { mix } from './permutation.ts'

/**
 * A stream of changes for the judgement alone: 40 types with 500 sites each, so 20,000 segments of one type at one site, three solvers and
 * four regions a type, 2,000 accounts. Sites and accounts are as unequal as in life (Zipf), and one in three accounts makes most of
 * the reports. A fixed function of its size: the same stream each time.
 */
export const SITES = 20_000
const TYPES = 40
const SOLVERS = 3
const REGIONS = 4
const ACCOUNTS = 2_000
// As the reader of the log does it: equal names are one string, equal attributes one object.
const ACCOUNT_IDS = Array.from({ length: ACCOUNTS }, (_, account) => `a${account}`)
const START = Date.UTC(2026, 8, 7)
/** The fault that can be switched on: this type's sites reject ten times as often. */
const BROKEN_TYPE = 3
const BROKEN_RATIO = 10

/** One stretch of the stream: tasks in order of solving, and the reports that came meanwhile. */
export interface Stretch {
  readonly tasks: readonly TaskChange[]
  readonly reports: readonly ReportChange[]
}

export class JudgementWorld {
  readonly #msPerTask: number
  readonly #attributes: (Attributes | undefined)[] = []
  readonly #due = new Map<number, Omit<ReportChange, 'seq'>[]>()
  #index = 0
  #seq = 0
  #minute = Math.floor(START / MINUTE_MS)
  #at = START
  isBroken = false

  /** @param tasksPerDay rate of the stream */
  constructor(tasksPerDay: number) {
    this.#msPerTask = DAY_MS / tasksPerDay
  }

  next(count: number): Stretch {
    const tasks: TaskChange[] = []
    for (let i = 0; i < count; i++) {
      const index = this.#index++
      this.#at += this.#msPerTask
      const task = this.#taskAt(index, Math.floor(this.#at))
      tasks.push(task)
      this.#maybeReport(task, index)
    }
    return { tasks, reports: this.#reportsUntil(Math.floor(this.#at)) }
  }

  /** Nothing but one site's traffic for so long: all other views fall idle. */
  *idle(ms: number, everyMs: number): Generator<Change> {
    for (const until = this.#at + ms; this.#at < until; this.#at += everyMs)
      yield this.#task(0, 0, 0, 0, Math.floor(this.#at))
  }

  #taskAt(index: number, solvedAt: number): TaskChange {
    const account = zipf(ACCOUNTS, chanceOf(index, 0x5bd1e995))
    const chance = chanceOf(index, 0x1b873593)
    // Every site is seen once; then accounts have a handful of sites for most of what they do, and the rest anywhere.
    const site =
      index < SITES
        ? index
        : chance < 0.7
          ? zipf(SITES, mix((account << 3) + Math.floor((chance / 0.7) * 5)) / 2 ** 32)
          : zipf(SITES, (chance - 0.7) / 0.3)
    const solver = zipf(SOLVERS, chanceOf(index, 0x165667b1))
    const region = mix(mix(index) % 5 === 0 ? index ^ 0x7f4a7c15 : account) % REGIONS
    return this.#task(site, solver, region, account, solvedAt)
  }

  #task(site: number, solver: number, region: number, account: number, solvedAt: number): TaskChange {
    const key = (site * SOLVERS + solver) * REGIONS + region
    const seq = ++this.#seq
    const attributes = (this.#attributes[key] ??= {
      type: `Type${site % TYPES}Task`,
      site: `site-${site}.example`,
      solver: `3.8.${solver}`,
      region: `r${region}`,
      labels: {},
    })
    const id = ACCOUNT_IDS[account] as string
    return { kind: 'task', seq, taskId: seq, account: id, group: id, attributes, solvedAt, exposed: true }
  }

  #maybeReport({ taskId, account, group, attributes, solvedAt }: TaskChange, index: number): void {
    const isLoud = mix(Number(account.slice(1)) ^ 0x27d4eb2f) % 3 === 0
    const ratio = this.isBroken && attributes.type === `Type${BROKEN_TYPE}Task` ? BROKEN_RATIO : 1
    if (chanceOf(index, 0x2545f491) >= (isLoud ? 0.05 : 0.005) * ratio) return
    const receivedAt = solvedAt + Math.ceil(delayMs(chanceOf(index, 0x68e31da4), chanceOf(index, 0x3c6ef372)))
    const minute = Math.floor(receivedAt / MINUTE_MS)
    const report = { taskId, account, group, attributes, solvedAt, receivedAt }
    const its = this.#due.get(minute) ?? []
    its.push({ kind: 'report', ...report, claim: 'bad', replaces: null, flags: [] })
    this.#due.set(minute, its)
  }

  #reportsUntil(now: number): ReportChange[] {
    const reports: ReportChange[] = []
    for (; (this.#minute + 1) * MINUTE_MS <= now; this.#minute++) {
      for (const report of this.#due.get(this.#minute) ?? []) reports.push({ ...report, seq: ++this.#seq })
      this.#due.delete(this.#minute)
    }
    return reports
  }
}

function chanceOf(index: number, salt: number): number {
  return mix(index ^ salt) / 2 ** 32
}

/** A value in [0, count), the first ones far likelier. */
function zipf(count: number, chance: number): number {
  return Math.floor((count + 1) ** chance) - 1
}

/** Half of the reports come within minutes, a third within hours, the rest in a day. */
function delayMs(part: number, chance: number): number {
  const mean = part < 0.5 ? 10 * MINUTE_MS : part < 0.85 ? HOUR_MS : 6 * HOUR_MS
  return -mean * Math.log(1 - chance)
}
