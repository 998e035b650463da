import type { IncomingMessage, ServerResponse } from 'node:http'
import { SECOND_MS, toIso } from '../domain/instant.ts'
import type { Outcome } from '../domain/outcome.ts'
import { parseTaskId, type TaskId } from '../domain/task-id.ts'
import type { RefusalCause, RefusalFacts } from '../protocol/errors.ts'
import { REFUSAL } from '../protocol/errors.ts'
import { AddressList, clientAddress } from '../protocol/wire-address.ts'
import { refusal, STATUS_NONE, statusRecorded, SUCCESS, type WireAnswer } from '../protocol/wire-answer.ts'
import { BodyProblem, clientKeyOf, readBody, routeOf, softIdOf, type WireBody } from '../protocol/wire.ts'
import type { ReportFate, ReportRequest } from '../store/contract.ts'
import { StoreUnavailable } from '../store/contract.ts'
import { Batcher, BATCHER_LIMITS, type BatchListener } from './batcher.ts'
import type { Exchange } from './exchange.ts'
import { BODY_LIMITS, HttpExchange, type BodyLimits, type BodyListener } from './http-exchange.ts'
import type { Intake, IntakeDeps, IntakeStats, IntakeTimers } from './interfaces.ts'
import type { KeyHolder } from './keyring.ts'
import { LATENCY_BOUNDS_MS, LatencyHistogram } from './latency-histogram.ts'
import { OutcomeBook } from './outcome-book.ts'
import { PlainExchange } from './plain-exchange.ts'
import type { PlainConnection } from './plain-front.ts'
import type { PlainHead } from './plain-head.ts'
import { Throttle, THROTTLE_LIMITS } from './throttle.ts'

export type {
  AcceptedReport,
  Intake,
  IntakeDeps,
  IntakeLog,
  IntakeSettings,
  IntakeStats,
  IntakeTimers,
} from './interfaces.ts'

/**
 * Who counts an outcome: the store in the commit that decided it; intake, for what never got there; or the store did,
 * as `unknown-task`, and the sender was then told that it is throttled. Status requests are counted by nobody.
 */
type CountedBy = 'store' | 'intake' | 'store-as-unknown' | 'nobody'

/** `getReportStatus` requests that may wait for the store at once. */
const STATUS_OPEN_MAX = 1024

export function createIntake(deps: IntakeDeps): Intake {
  return new RawIntake(deps)
}

/** See README.md of this room for the path of a request. */
class RawIntake implements Intake, BodyListener, BatchListener<Exchange> {
  readonly #deps: IntakeDeps
  readonly #trusted: AddressList
  readonly #throttle: Throttle
  readonly #batcher: Batcher<Exchange>
  readonly #book: OutcomeBook
  readonly #latency = new LatencyHistogram()
  readonly #bodyLimits: BodyLimits
  readonly #timers: IntakeTimers
  readonly #timer: unknown
  #received = 0
  #openReports = 0
  #statusRequests = 0
  #openStatusRequests = 0
  #faults = 0
  #closing = false
  #whenIdle: (() => void) | null = null

  constructor(deps: IntakeDeps) {
    const { store, settings } = deps
    this.#deps = deps
    this.#trusted = new AddressList(settings.trustedProxies)
    this.#throttle = new Throttle(settings.throttle ?? THROTTLE_LIMITS)
    this.#batcher = new Batcher(store, this, settings.batcher ?? BATCHER_LIMITS)
    this.#book = new OutcomeBook(store)
    this.#bodyLimits = settings.body ?? BODY_LIMITS
    this.#timers = deps.timers ?? (globalThis as unknown as IntakeTimers)
    const timer = this.#timers.setInterval(this.#tick, SECOND_MS)
    timer.unref?.()
    this.#timer = timer
  }

  handles(req: IncomingMessage): boolean {
    return routeOf(req.url ?? '') !== null
  }

  handle(req: IncomingMessage, res: ServerResponse): void {
    const route = routeOf(req.url ?? '')
    if (route === null) throw new Error('a request was handed to intake that is not on its paths')
    const exchange = new HttpExchange(req, res, route, performance.now())
    this.#begin(exchange)
    if (req.method === 'POST') exchange.readBody(this, this.#bodyLimits)
    else this.#refuse(exchange, 'method', { method: req.method ?? '' })
  }

  plainRequest(connection: PlainConnection, head: PlainHead, body: Buffer): void {
    const exchange = new PlainExchange(connection, head, performance.now())
    this.#begin(exchange)
    if (body.length > this.#bodyLimits.bodyBytesMax) this.oversize(exchange)
    else this.body(exchange, body)
  }

  #begin(exchange: Exchange): void {
    if (exchange.isReport) {
      this.#received++
      this.#openReports++
    } else {
      this.#statusRequests++
      this.#openStatusRequests++
    }
  }

  refuseUnknownPath(_req: IncomingMessage, res: ServerResponse): void {
    const { httpStatus, headers, body } = refusal('path', {}, this.#deps.settings.numericErrorIds)
    res.writeHead(httpStatus, headers as string[])
    res.end(body)
  }

  // The path of a report: body, key, address, id; then the store; then the answer.

  body(exchange: Exchange, bytes: Buffer): void {
    try {
      const body = readBody(bytes, exchange.contentEncoding)
      if (body instanceof BodyProblem) this.#refuse(exchange, body.cause, body.facts)
      else this.#checkKey(exchange, body)
    } catch (fault) {
      this.#fault(exchange, fault)
    }
  }

  oversize(exchange: Exchange): void {
    this.#refuse(exchange, 'body-too-large', { bodyBytesMax: this.#bodyLimits.bodyBytesMax })
  }

  aborted(exchange: Exchange): void {
    this.#settle(exchange, 'malformed', 'intake')
  }

  #checkKey(exchange: Exchange, body: WireBody): void {
    const key = clientKeyOf(body.clientKey)
    if (key === null) return this.#refuseWrong(exchange, 'key-missing', {})
    exchange.key = key
    const holder = this.#deps.keyring.find(key)
    if (holder === null) return this.#refuseWrong(exchange, 'key-unknown', { key })
    if (holder.addresses !== null) {
      const address = this.#addressOf(exchange)
      if (!holder.addresses.has(address)) return this.#refuse(exchange, 'address-refused', { key, address })
    }
    this.#checkId(exchange, body, holder)
  }

  #checkId(exchange: Exchange, body: WireBody, holder: KeyHolder): void {
    const taskId = parseTaskId(body.taskId)
    if (taskId === null) {
      const isMissing = body.taskId === undefined || body.taskId === null
      return this.#refuseWrong(exchange, isMissing ? 'id-missing' : 'id-bad', { sentId: body.taskId })
    }
    exchange.taskId = taskId
    const { route } = exchange
    if (route.kind === 'status') {
      void this.#answerStatus(exchange, holder.account, taskId)
      return
    }
    const request: ReportRequest = {
      taskId,
      account: holder.account,
      claim: route.claim,
      pathClass: route.pathClass,
      receivedAt: this.#deps.clock.now(),
      softId: softIdOf(body),
    }
    if (!this.#batcher.submit(request, exchange)) this.#refuse(exchange, 'unavailable', {})
  }

  decided(
    requests: readonly ReportRequest[],
    exchanges: readonly Exchange[],
    fates: readonly ReportFate[],
  ): void {
    for (let i = 0; i < requests.length; i++) {
      const exchange = exchanges[i]!
      try {
        this.#answerFate(requests[i]!, exchange, fates[i]!)
      } catch (fault) {
        this.#fault(exchange, fault)
      }
    }
  }

  failed(exchanges: readonly Exchange[], cause: unknown): void {
    if (cause === null || cause instanceof StoreUnavailable)
      this.#deps.log.error({ err: cause, reports: exchanges.length }, 'reports could not be stored')
    else {
      // Whether they were stored is not known, so their senders are asked to try again: a repeat never counts twice.
      this.#faults++
      this.#deps.log.error({ err: cause, reports: exchanges.length }, 'the store failed in an unexpected way')
    }
    for (const exchange of exchanges) this.#refuse(exchange, 'unavailable', {})
  }

  #answerFate(request: ReportRequest, exchange: Exchange, fate: ReportFate): void {
    switch (fate.outcome) {
      case 'recorded':
      case 'changed':
      case 'repeated':
        this.#end(exchange, fate.outcome, 'store', SUCCESS)
        if (fate.outcome !== 'repeated') this.#tellAccepted(request, fate.outcome)
        return
      case 'unknown-task':
        return this.#answerUnknown(request, exchange, fate)
      case 'not-ready':
      case 'failed':
      case 'late': {
        const facts = { taskId: request.taskId, windowMs: this.#deps.settings.reportWindowMs }
        this.#end(exchange, fate.outcome, 'store', this.#refusal(exchange, fate.outcome, facts))
      }
    }
  }

  /** Its answer is given: whatever goes wrong in a listener is not the sender's affair. */
  #tellAccepted(request: ReportRequest, outcome: 'recorded' | 'changed'): void {
    const { onAccepted } = this.#deps
    if (onAccepted === undefined) return
    const { taskId, account, claim, pathClass, receivedAt } = request
    try {
      onAccepted({ taskId, account, claim, pathClass, receivedAt, outcome })
    } catch (fault) {
      this.#faults++
      this.#deps.log.error({ err: fault }, 'what listens to accepted reports failed')
    }
  }

  #answerUnknown(request: ReportRequest, exchange: Exchange, fate: ReportFate): void {
    const facts = { taskId: request.taskId, key: exchange.key }
    // Of its own task, or waiting for its task: neither is a guess.
    const isGuess = !fate.parked && !fate.classRefused
    const throttled = isGuess ? this.#throttle.wrong(this.#addressOf(exchange), request.receivedAt) : null
    if (throttled !== null) {
      const answer = this.#refusal(exchange, throttled, { address: this.#addressOf(exchange) })
      return this.#end(exchange, 'throttled', 'store-as-unknown', answer)
    }
    const answer = fate.classRefused
      ? this.#refusal(exchange, 'class', { ...facts, pathClass: request.pathClass ?? '' })
      : this.#refusal(exchange, 'task-unknown', facts)
    this.#end(exchange, 'unknown-task', 'store', answer)
  }

  /**
   * `getReportStatus`. An unknown id feeds no throttle here: it may be one that is parked, and unknown and foreign ids
   * look the same anyway.
   */
  async #answerStatus(exchange: Exchange, account: string, taskId: TaskId): Promise<void> {
    try {
      if (this.#openStatusRequests > STATUS_OPEN_MAX) return this.#refuse(exchange, 'unavailable', {})
      const [task, report] = await Promise.all([
        this.#deps.store.findTask(taskId),
        this.#deps.store.findReport(taskId),
      ])
      if (task === null || task.account !== account)
        return this.#refuse(exchange, 'task-unknown', { taskId, key: exchange.key })
      if (report === null) return this.#end(exchange, null, 'nobody', STATUS_NONE)
      const { claim, receivedAt } = report
      const { verdict, because } = await this.#deps.judgeReport(report)
      const answer = statusRecorded({ claim, receivedAt: toIso(receivedAt), verdict, because })
      this.#end(exchange, null, 'nobody', answer)
    } catch (cause) {
      if (!(cause instanceof StoreUnavailable)) return this.#fault(exchange, cause)
      this.#deps.log.error({ err: cause }, 'a report could not be looked up')
      this.#refuse(exchange, 'unavailable', {})
    }
  }

  // The ends of a request. Every one goes through #settle.

  /** Refuses for a wrong key or id, or, where this address has sent too many, for that. */
  #refuseWrong(exchange: Exchange, cause: RefusalCause, facts: RefusalFacts): void {
    const address = this.#addressOf(exchange)
    const throttled = this.#throttle.wrong(address, this.#deps.clock.now())
    if (throttled === null) this.#refuse(exchange, cause, facts)
    else this.#refuse(exchange, throttled, { address })
  }

  /** Refuses before, or instead of, the store: the outcome is counted here. */
  #refuse(exchange: Exchange, cause: RefusalCause, facts: RefusalFacts): void {
    const { outcome } = REFUSAL[cause]
    if (outcome === null) throw new Error(`'${cause}' cannot end a request on a path of ours`)
    this.#end(exchange, outcome, 'intake', this.#refusal(exchange, cause, facts))
  }

  #refusal(exchange: Exchange, cause: RefusalCause, facts: RefusalFacts): WireAnswer {
    const { logLevel } = REFUSAL[cause]
    // A store that is away is logged once a batch, not once a report.
    if (cause !== 'unavailable')
      this.#deps.log[logLevel]({ cause, path: exchange.route.path }, 'report refused')
    return refusal(cause, facts, this.#deps.settings.numericErrorIds)
  }

  #end(exchange: Exchange, outcome: Outcome | null, countedBy: CountedBy, answer: WireAnswer): void {
    this.#settle(exchange, outcome, countedBy)
    exchange.send(answer, this.#closing)
  }

  /** The one place where a request gets its outcome, and where it is counted. */
  #settle(exchange: Exchange, outcome: Outcome | null, countedBy: CountedBy): void {
    exchange.settle()
    if (!exchange.isReport) {
      this.#openStatusRequests--
    } else {
      if (outcome === null) throw new Error(`a report on ${exchange.route.path} ended without an outcome`)
      this.#openReports--
      if (countedBy === 'store') this.#book.storeCounted(outcome)
      else if (countedBy === 'intake') this.#book.count(outcome)
      else this.#book.recount('unknown-task', outcome)
      this.#latency.add(performance.now() - exchange.startedMs)
    }
    if (this.#openReports + this.#openStatusRequests === 0) this.#whenIdle?.()
  }

  /** A bug of ours: told to the log with its facts, to the client as one opaque answer. */
  #fault(exchange: Exchange, fault: unknown): void {
    this.#faults++
    this.#deps.log.error({ err: fault, path: exchange.route.path }, 'intake failed in an unexpected way')
    if (!exchange.isSettled) this.#refuse(exchange, 'unavailable', {})
    else exchange.abandon()
  }

  #addressOf({ remoteAddress, forwardedFor }: Exchange): string {
    return clientAddress(remoteAddress, forwardedFor, this.#trusted)
  }

  // Housekeeping.

  readonly #tick = (): void => {
    this.#batcher.tick()
    this.#book.flush().catch((cause: unknown) => {
      if (!(cause instanceof StoreUnavailable)) this.#faults++
      this.#deps.log.error({ err: cause }, 'outcomes could not be counted; they are kept for the next time')
    })
  }

  flush(): Promise<void> {
    return this.#book.flush()
  }

  async close(): Promise<void> {
    this.#closing = true
    if (this.#openReports + this.#openStatusRequests > 0)
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve
      })
    this.#timers.clearInterval(this.#timer)
    await this.#book.flush()
  }

  stats(): IntakeStats {
    return {
      received: this.#received,
      outcomes: { ...this.#book.totals },
      openReports: this.#openReports,
      statusRequests: this.#statusRequests,
      openStatusRequests: this.#openStatusRequests,
      queued: this.#batcher.queued,
      inFlight: this.#batcher.inFlight,
      batches: this.#batcher.batches,
      faults: this.#faults,
      throttledAddresses: this.#throttle.size,
      latency: {
        boundsMs: LATENCY_BOUNDS_MS,
        counts: [...this.#latency.counts],
        sumMs: this.#latency.sumMs,
      },
    }
  }
}
