import type { Change } from '../../../src/domain/change.ts'
import { OUTCOMES } from '../../../src/domain/outcome.ts'
import type { Outcome, OutcomeTotals } from '../../../src/domain/outcome.ts'
import { decideReport } from '../../../src/domain/report.ts'
import type { Claim, PathClass, ReportFlag, StandingClaim, StoredReport } from '../../../src/domain/report.ts'
import { taskClassOf } from '../../../src/domain/task-class.ts'
import { dayOfRecord, mergeTask } from '../../../src/domain/task.ts'
import type { StoredTask, TaskFate, TaskRecord } from '../../../src/domain/task.ts'
import type { TaskId } from '../../../src/domain/task-id.ts'
import type { ReportFate, ReportRequest, StoreSettings } from '../../../src/store/contract.ts'
import { DAY_MS, MINUTE_MS } from './fixtures.ts'

type Unplaced<T> = T extends unknown ? Omit<T, 'seq'> : never
/** A change without its place: an engine may leave what gaps it likes. */
export type ModelChange = Unplaced<Change>
/** A report without its place. */
export type ModelReport = Unplaced<StoredReport>

interface Parked {
  readonly account: string
  readonly taskId: TaskId
  readonly claim: Claim
  readonly pathClass: PathClass
  readonly receivedAt: number
}

interface Known {
  task: StoredTask
  standing: StandingClaim
  report: ModelReport | null
}

/**
 * The store's promises in the plainest form there is: lists, searched from end to end, one record or report at a time.
 * Only the rules of src/domain are shared with the engines.
 */
export class ModelStore {
  readonly #settings: StoreSettings
  readonly #groups: ReadonlyMap<string, string>
  #known: Known[] = []
  #parked: Parked[] = []
  #log: ModelChange[] = []
  #reports: ModelReport[] = []
  readonly #counts = new Map<Outcome | 'adopted', number>()

  constructor(settings: StoreSettings, groups: ReadonlyMap<string, string>) {
    this.#settings = settings
    this.#groups = groups
  }

  recordTask(record: TaskRecord, now: number): TaskFate | { fate: 'rejected'; reason: string } {
    const latest = now + 5 * MINUTE_MS
    if (!this.#groups.has(record.account)) return { fate: 'rejected', reason: 'unknown-account' }
    if ((record.solvedAt ?? 0) > latest || (record.issuedAt ?? 0) > latest)
      return { fate: 'rejected', reason: 'future' }
    if (dayOfRecord(record) < Math.floor(now / DAY_MS) - this.#settings.retentionDays)
      return { fate: 'rejected', reason: 'too-old' }

    const known = this.#find(record.taskId)
    if (known === undefined) {
      const {
        taskId,
        account,
        type,
        site,
        solver,
        region = null,
        labels = {},
        status,
        solvedAt,
        issuedAt,
      } = record
      const attributes = { type, site, solver, region, labels }
      const day = dayOfRecord(record)
      const task = { taskId, account, attributes, status, solvedAt, issuedAt, day }
      const added: Known = { task, standing: 'none', report: null }
      this.#known.push(added)
      this.#settle(added, now)
      return { fate: 'recorded' }
    }
    const merged = mergeTask(known.task, record)
    if (merged.kind === 'conflict') return { fate: 'rejected', reason: 'conflict' }
    if (merged.kind === 'unchanged') return { fate: 'unchanged' }
    known.task = { ...known.task, status: merged.status, solvedAt: merged.solvedAt }
    this.#settle(known, now)
    return { fate: 'updated' }
  }

  recordReport(request: ReportRequest): ReportFate {
    const fate = this.#decide(request)
    this.#count(fate.outcome)
    return fate
  }

  retire(oldestDay: number): void {
    const kept = new Set(
      this.#known.filter(({ task }) => task.day >= oldestDay).map(({ task }) => task.taskId),
    )
    this.#known = this.#known.filter(({ task }) => kept.has(task.taskId))
    this.#log = this.#log.filter((change) => change.kind === 'act' || kept.has(change.taskId))
    this.#reports = this.#reports.filter(({ taskId }) => kept.has(taskId))
    this.#parked = this.#parked.filter(({ receivedAt }) => receivedAt >= oldestDay * DAY_MS)
  }

  findTask(taskId: TaskId): StoredTask | null {
    return this.#find(taskId)?.task ?? null
  }

  findReport(taskId: TaskId): ModelReport | null {
    return this.#find(taskId)?.report ?? null
  }

  listReports(account: string | undefined, from: number, to: number): readonly ModelReport[] {
    return this.#reports.filter(
      (report) =>
        (account === undefined || report.account === account) &&
        report.receivedAt >= from &&
        report.receivedAt < to,
    )
  }

  log(): readonly ModelChange[] {
    return this.#log
  }

  outcomes(): OutcomeTotals {
    const outcomes = Object.fromEntries(OUTCOMES.map((name) => [name, this.#counts.get(name) ?? 0]))
    const total = Object.values(outcomes).reduce((sum, count) => sum + count, 0)
    return {
      total,
      outcomes: outcomes as OutcomeTotals['outcomes'],
      adopted: this.#counts.get('adopted') ?? 0,
    }
  }

  #find(taskId: TaskId): Known | undefined {
    return this.#known.find(({ task }) => task.taskId === taskId)
  }

  #count(name: Outcome | 'adopted'): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  #settle(known: Known, now: number): void {
    const { task } = known
    if (task.status === 'processing') return
    const isFor = (parked: Parked) => parked.account === task.account && parked.taskId === task.taskId
    const waiting = this.#parked.filter(isFor)
    this.#parked = this.#parked.filter((parked) => !isFor(parked))
    if (task.status !== 'ready' || task.solvedAt === null) return
    this.#log.push({
      kind: 'task',
      taskId: task.taskId,
      account: task.account,
      group: this.#groups.get(task.account) as string,
      attributes: task.attributes,
      solvedAt: task.solvedAt,
      exposed: now <= task.solvedAt + this.#settings.reportWindowMs,
    })
    for (const parked of waiting) {
      if (this.#isExpired(parked, now)) continue
      const outcome = this.#claim(known, parked, ['early'])
      if (outcome === 'recorded' || outcome === 'changed') this.#count('adopted')
    }
  }

  #decide(request: ReportRequest): ReportFate {
    const { taskId, account } = request
    const known = this.#find(taskId)
    if (known !== undefined && known.task.account === account) {
      const outcome = this.#claim(known, request, [])
      return { outcome, parked: false, classRefused: outcome === 'unknown-task' }
    }
    // What has expired is as if it were not there.
    this.#parked = this.#parked.filter(
      (parked) => parked.account !== account || !this.#isExpired(parked, request.receivedAt),
    )
    const own = this.#parked.filter((parked) => parked.account === account)
    const isWaiting = own.some((parked) => parked.taskId === taskId && parked.claim === request.claim)
    const parked = isWaiting || own.length < this.#settings.parkedPerAccountMax
    if (parked && !isWaiting) this.#parked.push(request)
    return { outcome: 'unknown-task', parked, classRefused: false }
  }

  #claim(
    known: Known,
    { claim, pathClass, receivedAt }: Pick<Parked, 'claim' | 'pathClass' | 'receivedAt'>,
    origin: readonly ReportFlag[],
  ): ReportFate['outcome'] {
    const { task } = known
    const taskClass = taskClassOf(task.attributes.type, this.#settings.taskTypes)
    const { reportWindowMs, strictClass } = this.#settings
    const decision = decideReport(
      { ...task, taskClass },
      known.standing,
      claim,
      pathClass,
      receivedAt,
      reportWindowMs,
      strictClass,
    )
    if (decision !== 'recorded' && decision !== 'changed') return decision
    const { taskId, account, attributes } = task
    const flags: ReportFlag[] = [
      ...(pathClass !== null && pathClass !== taskClass ? (['class-mismatch'] as const) : []),
      ...(decision === 'changed' ? (['claim-changed'] as const) : []),
      ...origin,
    ]
    this.#log.push({
      kind: 'report',
      taskId,
      account,
      group: this.#groups.get(account) as string,
      attributes,
      solvedAt: task.solvedAt as number,
      claim,
      replaces: known.report?.claim ?? null,
      receivedAt,
      flags,
    })
    known.standing = decision === 'changed' ? 'changed' : claim
    const group = this.#groups.get(account) as string
    const solvedAt = task.solvedAt as number
    known.report = { taskId, account, group, attributes, solvedAt, claim, receivedAt, flags }
    this.#reports = [...this.#reports.filter((report) => report.taskId !== taskId), known.report]
    return decision
  }

  #isExpired(parked: Parked, now: number): boolean {
    return parked.receivedAt + this.#settings.parkedForMs < now
  }
}
