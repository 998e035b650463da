import type { Instant } from '../domain/instant.ts'
import type { OutcomeTotals } from '../domain/outcome.ts'
import type { TaskId } from '../domain/task-id.ts'

/** What the hub needs of a connection; node's ServerResponse has it. */
export interface EventSink {
  write(chunk: Buffer): boolean
  end(): unknown
  destroy(): unknown
  readonly writableLength: number
}

export interface EventHubLimits {
  readonly clientsMax: number
  /** Incidents whose last change is remembered for those who come back. */
  readonly rememberedMax: number
  /** Verdicts remembered, each whole: about half a kilobyte. */
  readonly verdictsMax: number
  /** A client that has more than this waiting is dropped. */
  readonly waitingBytesMax: number
  /** Changes are gathered this long: an incident that changes with each report is sent once. */
  readonly gatherMs: number
  readonly heartbeatMs: number
  readonly outcomesEveryMs: number
}

export const EVENT_HUB_LIMITS: EventHubLimits = {
  clientsMax: 100,
  rememberedMax: 1_000,
  verdictsMax: 4_000,
  waitingBytesMax: 4 * 1024 * 1024,
  gatherMs: 200,
  heartbeatMs: 15_000,
  outcomesEveryMs: 1_000,
}

export interface EventHubDeps {
  /** An incident as it stands, ready to be printed; null if it is not listed any more. */
  readonly incident: (id: string) => object | null
  readonly outcomes: () => Promise<OutcomeTotals>
  /** Told when the outcomes could not be asked for; they are asked for again. */
  readonly onError: (error: unknown) => void
  /** When this process began: part of every id, since numbers start afresh with it. */
  readonly startedAt: Instant
  readonly limits?: EventHubLimits
}

/** Tells everybody who listens on `/api/v1/events` what happens. */
export interface EventHub {
  /** An incident is new or changed. */
  incidentChanged(id: string): void
  /** What is thought of a task's report is not what it was. */
  verdictChanged(taskId: TaskId, verdict: object): void
  /**
   * Lets a client listen: what it missed since `lastEventId`, then the present outcomes, then what comes.
   * @returns a function that ends it
   * @throws Error when the hub is full: ask first
   */
  listen(sink: EventSink, lastEventId: string | null): () => void
  /** Ends every connection, so that the server can stop. */
  close(): void
  readonly clients: number
  /** Nobody more may listen: there are too many, or the server is about to stop. */
  readonly isFull: boolean
}

export function createEventHub(deps: EventHubDeps): EventHub {
  return new NumberedEventHub(deps)
}

/**
 * Events are states, not steps: an `incident` event is the incident as it stands, a `verdict` what is thought of a report, and of
 * several changes only the last matters. So what is remembered is each one's last change and its number, and whoever
 * comes back is sent each incident and verdict that changed meanwhile, once. An `outcomes` event has the number of the change before it.
 */
class NumberedEventHub implements EventHub {
  readonly #deps: EventHubDeps
  readonly #limits: EventHubLimits
  readonly #epoch: string
  readonly #sinks = new Set<EventSink>()
  /** Last change by incident, and by the task whose verdict it is, oldest first. */
  readonly #incidents = new Map<string, Change>()
  readonly #verdicts = new Map<TaskId, Change>()
  #number = 0
  /** Changes up to this one may have been forgotten. */
  #forgotten = 0
  /** Changes up to this one were sent to everybody. */
  #sent = 0
  #gathering: NodeJS.Timeout | null = null
  #outcomes: string | null = null
  #asking = false
  #timers: NodeJS.Timeout[] = []
  #closed = false

  constructor(deps: EventHubDeps) {
    this.#deps = deps
    this.#limits = deps.limits ?? EVENT_HUB_LIMITS
    this.#epoch = deps.startedAt.toString(36)
  }

  get clients(): number {
    return this.#sinks.size
  }

  incidentChanged(id: string): void {
    // Printed when it is sent: of several changes only the last matters.
    this.#changed(this.#incidents, id, 'incident', () => this.#deps.incident(id), this.#limits.rememberedMax)
  }

  verdictChanged(taskId: TaskId, verdict: object): void {
    this.#changed(this.#verdicts, taskId, 'verdict', () => verdict, this.#limits.verdictsMax)
  }

  #changed<K>(
    changes: Map<K, Change>,
    key: K,
    event: Change['event'],
    data: Change['data'],
    max: number,
  ): void {
    changes.delete(key)
    changes.set(key, { number: ++this.#number, event, data })
    if (changes.size > max) {
      const [oldest, { number }] = changes.entries().next().value as [K, Change]
      changes.delete(oldest)
      this.#forgotten = Math.max(this.#forgotten, number)
    }
    if (this.#sinks.size > 0 && this.#gathering === null) {
      this.#gathering = setTimeout(() => this.#sendChanges(), this.#limits.gatherMs)
      this.#gathering.unref()
    }
  }

  get isFull(): boolean {
    return this.#closed || this.#sinks.size >= this.#limits.clientsMax
  }

  listen(sink: EventSink, lastEventId: string | null): () => void {
    if (this.isFull) throw new Error(`nobody more may listen; ${this.#sinks.size} do`)
    if (this.#sinks.size === 0) this.#start()
    // Those who listen already must not miss what the newcomer is about to be told.
    else this.#sendChanges()
    // How soon to come back after a break; also a first byte, so that the client knows it is through.
    sink.write(Buffer.from('retry: 2000\n\n'))
    for (const bytes of this.#missedSince(lastEventId)) sink.write(bytes)
    if (this.#outcomes !== null) sink.write(this.#outcomesFrame(this.#outcomes))
    this.#sinks.add(sink)
    return () => this.#drop(sink)
  }

  close(): void {
    this.#closed = true
    for (const sink of this.#sinks) sink.end()
    this.#sinks.clear()
    this.#stop()
  }

  #sendChanges(): void {
    if (this.#gathering !== null) clearTimeout(this.#gathering)
    this.#gathering = null
    for (const bytes of this.#changesAfter(this.#sent)) this.#broadcast(bytes)
    this.#sent = this.#number
  }

  #missedSince(lastEventId: string | null): Buffer[] {
    if (lastEventId === null || lastEventId === '') return []
    const [epoch, text = ''] = lastEventId.split('-')
    const last = /^\d{1,15}$/.test(text) ? Number(text) : null
    if (epoch === this.#epoch && last !== null && last >= this.#forgotten && last <= this.#number)
      return this.#changesAfter(last)
    const because = 'what changed since that id is not known any more: read the lists anew'
    return [this.#frame('resync', this.#number, JSON.stringify({ because }))]
  }

  #changesAfter(last: number): Buffer[] {
    return [...changesSince(this.#incidents, last), ...changesSince(this.#verdicts, last)]
      .sort((a, b) => a.number - b.number)
      .flatMap(({ number, event, data }) => {
        const told = data()
        return told === null ? [] : [this.#frame(event, number, JSON.stringify(told))]
      })
  }

  #outcomesFrame(outcomes: string): Buffer {
    return this.#frame('outcomes', this.#sent, outcomes)
  }

  #frame(event: string, number: number, data: string): Buffer {
    return Buffer.from(`id: ${this.#epoch}-${number}\nevent: ${event}\ndata: ${data}\n\n`)
  }

  #start(): void {
    const { heartbeatMs, outcomesEveryMs } = this.#limits
    this.#outcomes = null
    this.#sent = this.#number
    this.#timers = [
      setInterval(() => this.#broadcast(HEARTBEAT), heartbeatMs),
      setInterval(() => void this.#askOutcomes(), outcomesEveryMs),
    ]
    for (const timer of this.#timers) timer.unref()
    void this.#askOutcomes()
  }

  #stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
    if (this.#gathering !== null) clearTimeout(this.#gathering)
    this.#timers = []
    this.#gathering = null
  }

  async #askOutcomes(): Promise<void> {
    // Slow answers must not pile up.
    if (this.#asking) return
    this.#asking = true
    try {
      const { total, outcomes, adopted } = await this.#deps.outcomes()
      const text = JSON.stringify({ total, outcomes, adopted })
      if (text === this.#outcomes || this.#sinks.size === 0) return
      this.#outcomes = text
      this.#broadcast(this.#outcomesFrame(text))
    } catch (error) {
      this.#deps.onError(error)
    } finally {
      this.#asking = false
    }
  }

  #broadcast(bytes: Buffer): void {
    for (const sink of this.#sinks) {
      if (sink.writableLength + bytes.length > this.#limits.waitingBytesMax) {
        this.#drop(sink)
        sink.destroy()
      } else sink.write(bytes)
    }
  }

  #drop(sink: EventSink): void {
    if (this.#sinks.delete(sink) && this.#sinks.size === 0) this.#stop()
  }
}

/** The last change of one thing: a state, which replaces what was said of it before. */
interface Change {
  readonly number: number
  readonly event: 'incident' | 'verdict'
  /** null: there is nothing to tell any more. */
  readonly data: () => object | null
}

function changesSince(changes: ReadonlyMap<unknown, Change>, last: number): Change[] {
  return [...changes.values()].filter(({ number }) => number > last)
}

const HEARTBEAT = Buffer.from(': still here\n\n')
