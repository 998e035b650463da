import type { Instant } from '../domain/instant.ts'
import { DAY_MS, HOUR_MS } from '../domain/instant.ts'
import type { Claim } from '../domain/report.ts'
import { taskClassOf } from '../domain/task-class.ts'
import type { Account } from './accounts.ts'
import { ActiveWindows } from './active-windows.ts'
import { drawDelay, nextFlush } from './delays.ts'
import type {
  Backlog,
  Burst,
  ChangedClaims,
  DelayChange,
  Disorder,
  Disturbance,
  Habits,
  ReportingChange,
  ReportingCycle,
} from './disturbances.ts'
import { ofKind } from './disturbances.ts'
import { exponential } from './draws.ts'
import type { ReportEvent, TaskEvent } from './events.ts'
import type { Random } from './random.ts'
import type { ReportQueue } from './report-queue.ts'
import type { World } from './world.ts'

/** Decides whether an account says something about a task, what, and when. */
export class ReportMaker {
  readonly #world: World
  readonly #random: Random
  readonly #disturbed: Random
  readonly #queue: ReportQueue
  readonly #praisable: ReadonlyMap<string, boolean>
  readonly #campaigns: ActiveWindows<ReportingChange>
  readonly #cycles: ActiveWindows<ReportingCycle>
  readonly #bursts: ActiveWindows<Burst>
  readonly #delays: ActiveWindows<DelayChange>
  readonly #changes: ActiveWindows<ChangedClaims>
  readonly #disorders: ActiveWindows<Disorder>
  readonly #backlogs: readonly Backlog[]
  /** Of the task under consideration: how readily it is called bad, and from when on at all. */
  #blames = 0
  #accuses = 0
  #notBefore = -Infinity

  constructor(world: World, disturbances: readonly Disturbance[], queue: ReportQueue) {
    this.#world = world
    this.#queue = queue
    this.#random = world.random.split('reports')
    this.#disturbed = world.random.split('disturbed reports')
    // No service takes a positive report on an image.
    this.#praisable = new Map(world.types.map((type) => [type, taskClassOf(type, new Map()) === 'token']))
    this.#campaigns = new ActiveWindows(
      ofKind(disturbances, 'reporting').map((one) => ({ ...one, from: one.from - one.lookBackMs })),
    )
    this.#cycles = new ActiveWindows(ofKind(disturbances, 'reporting-cycle'))
    this.#bursts = new ActiveWindows(ofKind(disturbances, 'burst'))
    this.#delays = new ActiveWindows(ofKind(disturbances, 'delays'))
    this.#changes = new ActiveWindows(ofKind(disturbances, 'changed-claims'))
    this.#disorders = new ActiveWindows(ofKind(disturbances, 'disorder'))
    this.#backlogs = ofKind(disturbances, 'backlog')
  }

  /**
   * @param habits of the account at this moment
   * @param share of such solutions that is rejected while nothing is broken
   * @param coin uniform on [0, 1), the same whatever is broken
   */
  consider(event: TaskEvent, account: Account, habits: Habits, share: number, coin: number): void {
    const { record, truth } = event
    const solvedAt = record.solvedAt
    if (solvedAt === null) return
    const { rejected } = truth
    const usual = this.#claim(habits, habits.blames, habits.accuses, rejected, record.type, coin)
    this.#readiness(solvedAt, account, habits, record.site, share, coin, rejected)
    const claim = this.#claim(habits, this.#blames, this.#accuses, rejected, record.type, coin)
    // What only a disturbance brings draws from a stream of its own: with it or without, all else is reported alike.
    const { delays } = this.#world.settings
    const random = usual !== null && habits === account ? this.#random : this.#disturbed
    let delay = usual === null && claim === null ? 0 : drawDelay(random, delays.family) * habits.delayFactor
    if (claim === null) return
    for (const { factor } of this.#delays.at(solvedAt)) delay *= factor
    let at = Math.max(solvedAt, this.#notBefore) + Math.max(1, Math.round(delay))
    if (account.flushing !== null) at = nextFlush(account.flushing, at)
    if (at > solvedAt + delays.giveUpMs) return
    at = this.#held(at, account.id)
    this.#add(event, claim, null, at)
    if (claim === 'bad') this.#takeBack(event, at, solvedAt)
  }

  /** The account's habits, as the world is at this moment. */
  #readiness(
    solvedAt: Instant,
    account: Account,
    habits: Habits,
    site: string,
    share: number,
    coin: number,
    rejected: boolean,
  ): void {
    let { blames, accuses } = habits
    for (const burst of this.#bursts.at(solvedAt)) {
      if (burst.account !== account.id || burst.site !== site) continue
      const wished = Math.min(1, burst.factor * (share * blames + (1 - share) * accuses))
      blames = Math.min(1, burst.factor * blames)
      accuses = Math.max(accuses, (wished - share * blames) / (1 - share))
    }
    for (const cycle of this.#cycles.at(solvedAt)) {
      const factor = cycleAt(cycle, solvedAt)
      blames = Math.min(1, blames * factor)
      accuses = Math.min(1, accuses * factor)
    }
    this.#notBefore = -Infinity
    for (const campaign of this.#campaigns.at(solvedAt)) {
      if (campaign.account !== null && campaign.account !== account.id) continue
      // What would have been reported anyway comes as it would have; the rest only once people look.
      const from = campaign.from + campaign.lookBackMs
      if (rejected && coin >= blames) this.#notBefore = from
      blames = Math.min(1, blames * campaign.factor)
    }
    this.#blames = blames
    this.#accuses = accuses
  }

  #claim(
    habits: Habits,
    blames: number,
    accuses: number,
    rejected: boolean,
    type: string,
    coin: number,
  ): Claim | null {
    const calledBad = rejected ? blames : accuses
    if (coin < calledBad) return 'bad'
    if (habits.praises === 0 || (rejected && habits.praisesAll !== true)) return null
    if (this.#praisable.get(type) !== true) return null
    return (coin - calledBad) / (1 - calledBad) < habits.praises ? 'good' : null
  }

  /** A report that falls into a backlog comes with all the others after it. */
  #held(at: Instant, account: string): Instant {
    for (const backlog of this.#backlogs)
      if (at >= backlog.from && at < backlog.until && (backlog.account ?? account) === account)
        return backlog.until + this.#disturbed.below(backlog.withinMs)
    return at
  }

  #takeBack(event: TaskEvent, reportedAt: Instant, solvedAt: Instant): void {
    for (const { share } of this.#changes.at(solvedAt)) {
      if (this.#disturbed.coin() >= share) continue
      const at = reportedAt + 1 + Math.round(exponential(this.#disturbed) * HOUR_MS)
      if (at <= solvedAt + DAY_MS) this.#add(event, 'good', 'bad', at)
      return
    }
  }

  #add(event: TaskEvent, claim: Claim, replaces: Claim | null, at: Instant): void {
    const { record, truth } = event
    let ahead = 0
    for (const { reportsAhead, withinMs } of this.#disorders.at(record.solvedAt as Instant))
      if (this.#disturbed.coin() < reportsAhead) ahead = Math.max(ahead, this.#disturbed.below(withinMs))
    const report: ReportEvent = {
      kind: 'report',
      at: Math.max(at, event.at),
      record: { taskId: record.taskId, account: record.account, claim, reportedAt: at + ahead },
      task: record,
      replaces,
      truth,
    }
    this.#queue.add(report)
  }
}

/** Hour of the day (UTC) at which most is reported. */
const READIEST_HOUR = 16

/** 1 in the mean over a day. */
function cycleAt({ peakToTrough }: ReportingCycle, at: Instant): number {
  const swing = (peakToTrough - 1) / (peakToTrough + 1)
  return 1 + swing * Math.cos(2 * Math.PI * ((at % DAY_MS) / DAY_MS - READIEST_HOUR / 24))
}
