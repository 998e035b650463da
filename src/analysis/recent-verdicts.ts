import type { ReportChange } from '../domain/change.ts'
import type { Finding } from '../domain/finding.ts'
import { hasFacts } from '../domain/finding.ts'
import type { Where } from '../domain/incident.ts'
import { incidentIdOf } from '../domain/incident.ts'
import type { Verdict } from '../domain/report.ts'
import type { TaskId } from '../domain/task-id.ts'
import type { JudgedReport, Judgement } from '../domain/verdict.ts'

/** A verdict that is not what it was when last told. */
export interface VerdictChange {
  readonly taskId: TaskId
  readonly account: string
  readonly verdict: Verdict
  readonly because: string
  readonly incidentId: string | null
}

export interface RecentLimits {
  /** Reports whose verdict is watched: the last ones. */
  readonly reports: number
  /** Of these, reports judged anew at once: the newest. */
  readonly rejudged: number
  /** Alarms whose place is remembered. */
  readonly places: number
}

/** About 2 MB, and some tens of milliseconds whenever something is found. */
export const RECENT_LIMITS: RecentLimits = { reports: 10_000, rejudged: 2_000, places: 1_000 }

interface Watched {
  readonly report: JudgedReport
  verdict: Verdict
  incidentId: string | null
}

/**
 * The last reports, so that those who listen hear of it when what is thought of one changes. A verdict itself is kept nowhere: it is
 * worked out when asked for. This only knows what was told last; a report that has not been told of counts as
 * undetermined, which is what is thought of a report as long as nothing was found. After a restart it begins empty.
 */
export class RecentVerdicts {
  readonly #limits: RecentLimits
  // In the order of their last claim, oldest first.
  readonly #watched = new Map<TaskId, Watched>()
  readonly #places = new Map<string, Where>()

  constructor(limits: RecentLimits = RECENT_LIMITS) {
    this.#limits = limits
  }

  get size(): number {
    return this.#watched.size
  }

  note(change: ReportChange): void {
    const { taskId, account, group, attributes, solvedAt, claim, receivedAt } = change
    const report = { taskId, account, group, attributes, solvedAt, claim, receivedAt }
    this.#watched.delete(taskId)
    this.#watched.set(taskId, { report, verdict: 'undetermined', incidentId: null })
    if (this.#watched.size > this.#limits.reports) dropOldest(this.#watched)
  }

  /**
   * What is thought now of the reports that findings could concern.
   * @returns those of which it is not what was told last, the oldest first
   */
  changedBy(findings: readonly Finding[], judge: (report: JudgedReport) => Judgement): VerdictChange[] {
    if (findings.length === 0) return []
    for (const finding of findings)
      if (hasFacts(finding)) this.#remember(finding.alarmId, finding.facts.where)
    // Reports of an absorbed incident, or of one given back, are told of again: they are listed under another now.
    const moved = new Set(
      findings.flatMap((finding) =>
        finding.event === 'merged' || finding.event === 'unmerged'
          ? [incidentIdOf(finding.otherAlarmId)]
          : [],
      ),
    )
    const changes: VerdictChange[] = []
    for (const watched of this.#concernedBy(findings)) {
      const { verdict, because, incidentId } = judge(watched.report)
      const isMoved = incidentId !== null && (moved.has(incidentId) || moved.has(watched.incidentId ?? ''))
      if (verdict === watched.verdict && incidentId === watched.incidentId && !isMoved) continue
      watched.verdict = verdict
      watched.incidentId = incidentId
      const { taskId, account } = watched.report
      changes.push({ taskId, account, verdict, because, incidentId })
    }
    return changes.reverse()
  }

  /** The newest first, as many as may be judged at once. */
  #concernedBy(findings: readonly Finding[]): Watched[] {
    const places = findings.flatMap((finding) => this.#placesOf(finding))
    const concerned: Watched[] = []
    for (const watched of [...this.#watched.values()].reverse()) {
      if (!places.some((where) => where === null || lies(watched.report, where))) continue
      concerned.push(watched)
      if (concerned.length >= this.#limits.rejudged) break
    }
    return concerned
  }

  /** null: the place is not known (any more), so it could be anywhere. */
  #placesOf(finding: Finding): (Where | null)[] {
    const alarms = [finding.alarmId]
    if (finding.event === 'merged' || finding.event === 'unmerged') alarms.push(finding.otherAlarmId)
    // That something was done changes nothing that is thought.
    if (finding.event === 'action') return []
    return alarms.map((alarm) => this.#places.get(alarm) ?? null)
  }

  #remember(alarmId: string, where: Where): void {
    this.#places.delete(alarmId)
    this.#places.set(alarmId, where)
    if (this.#places.size > this.#limits.places) dropOldest(this.#places)
  }
}

function dropOldest<K, V>(map: Map<K, V>): void {
  map.delete(map.keys().next().value as K)
}

/** Whether a report is about a place. */
function lies({ account, group, attributes }: JudgedReport, where: Where): boolean {
  return Object.entries(where).every(([name, value]) => {
    switch (name) {
      case 'account':
        return account === value
      case 'group':
        return group === value
      case 'type':
      case 'site':
      case 'solver':
      case 'region':
        return attributes[name] === value
      default: {
        const key = name.slice('labels.'.length)
        return Object.hasOwn(attributes.labels, key) && attributes.labels[key] === value
      }
    }
  })
}
