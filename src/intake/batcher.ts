import type { ReportFate, ReportRequest, ReportStore } from '../store/contract.ts'

export interface BatcherLimits {
  /** Most reports in one commit. */
  readonly batchMax: number
  /** Most reports waiting for a commit; beyond it the service says `unavailable`. */
  readonly queueMax: number
  /** Ticks that one commit may take before those behind it are told `unavailable`. */
  readonly stallTicks: number
}

/** With a tick a second: a client hears within 5 s, while most of them still listen. */
export const BATCHER_LIMITS: BatcherLimits = { batchMax: 1024, queueMax: 16_384, stallTicks: 5 }

/** Told what became of reports. Neither method may throw. */
export interface BatchListener<Waiter> {
  decided(requests: readonly ReportRequest[], waiters: readonly Waiter[], fates: readonly ReportFate[]): void
  /** The store rejected the batch, or the batch never got there (`cause` null). */
  failed(waiters: readonly Waiter[], cause: unknown): void
}

/** Reports that share a commit, and who waits for each. */
class Batch<Waiter> {
  readonly requests: ReportRequest[] = []
  readonly waiters: Waiter[] = []
}

/**
 * Group commit: while the store works on one batch the next gathers, and it is sent the moment the former returns,
 * before a single answer is written, so that disk and event loop work side by side. A batch is whatever arrived
 * meanwhile; nobody waits for it to fill.
 *
 * A store at rest is not sent the first report alone: the batch leaves when the event loop has read all sockets that
 * were ready (`setImmediate`), which costs microseconds and makes one commit of what would have been two.
 */
export class Batcher<Waiter> {
  readonly #store: Pick<ReportStore, 'recordReports'>
  readonly #listener: BatchListener<Waiter>
  readonly #limits: BatcherLimits
  /** The last one gathers. */
  #queue: Batch<Waiter>[] = []
  #queued = 0
  #inFlight = 0
  #sending = false
  #ticksInFlight = 0
  #batches = 0

  constructor(
    store: Pick<ReportStore, 'recordReports'>,
    listener: BatchListener<Waiter>,
    limits: BatcherLimits = BATCHER_LIMITS,
  ) {
    this.#store = store
    this.#listener = listener
    this.#limits = limits
  }

  /** Reports that wait for a commit to begin. */
  get queued(): number {
    return this.#queued
  }

  /** Reports in the commit that runs. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Commits begun so far. */
  get batches(): number {
    return this.#batches
  }

  /** @returns false if the queue is full or the store has stalled: nothing was taken, answer `unavailable` */
  submit(request: ReportRequest, waiter: Waiter): boolean {
    if (this.#queued >= this.#limits.queueMax || this.#ticksInFlight >= this.#limits.stallTicks) return false
    let batch = this.#queue.at(-1)
    if (batch === undefined || batch.requests.length >= this.#limits.batchMax) {
      batch = new Batch()
      this.#queue.push(batch)
    }
    batch.requests.push(request)
    batch.waiters.push(waiter)
    this.#queued++
    if (!this.#sending) {
      this.#sending = true
      setImmediate(this.#sendNext)
    }
    return true
  }

  /** Called each second. A commit that lasts too long fails those queued behind it; its own reports wait on. */
  tick(): void {
    if (this.#inFlight === 0) return
    this.#ticksInFlight++
    if (this.#ticksInFlight < this.#limits.stallTicks) return
    const stalled = this.#queue
    this.#queue = []
    this.#queued = 0
    for (const batch of stalled) this.#listener.failed(batch.waiters, null)
  }

  readonly #sendNext = (): void => {
    this.#ticksInFlight = 0
    const batch = this.#queue.shift()
    if (batch === undefined) {
      this.#sending = false
      this.#inFlight = 0
      return
    }
    this.#inFlight = batch.requests.length
    this.#queued -= batch.requests.length
    this.#batches++
    let fates: Promise<ReportFate[]>
    try {
      fates = this.#store.recordReports(batch.requests)
    } catch (cause) {
      fates = Promise.reject(cause)
    }
    fates.then(
      (fates) => {
        this.#sendNext()
        if (fates.length === batch.requests.length)
          this.#listener.decided(batch.requests, batch.waiters, fates)
        else this.#listener.failed(batch.waiters, miscounted(batch.requests.length, fates.length))
      },
      (cause: unknown) => {
        this.#sendNext()
        this.#listener.failed(batch.waiters, cause)
      },
    )
  }
}

function miscounted(reports: number, fates: number): Error {
  return new Error(`the store answered ${fates} fates for ${reports} reports`)
}
