import type { Instant } from '../domain/instant.ts'
import type { OutcomeTotals } from '../domain/outcome.ts'
import type { IncidentWire } from '../incidents/to-wire.ts'

/** What the hub needs of a connection; node's ServerResponse has it. */
export interface EventSink {
  write(chunk: Buffer): boolean
  end(): unknown
  destroy(): unknown
  readonly writableLength: number
}

export interface EventHubLimits {
  readonly clientsMax: number
  /** Events kept for those who come back, by number and by size. */
  readonly keptMax: number
  readonly keptBytesMax: number
  /** A client that has more than this waiting is dropped; larger than `keptBytesMax`, which a resumption may bring at once. */
  readonly waitingBytesMax: number
  readonly heartbeatMs: number
  readonly outcomesEveryMs: number
}

export const EVENT_HUB_LIMITS: EventHubLimits = {
  clientsMax: 100,
  keptMax: 1_000,
  keptBytesMax: 1024 * 1024,
  waitingBytesMax: 2 * 1024 * 1024,
  heartbeatMs: 15_000,
  outcomesEveryMs: 1_000,
}

/** Tells everybody who listens on `/api/v1/events` what happens. */
export interface EventHub {
  /** An incident is new or changed. */
  incident(incident: IncidentWire): void
  /**
   * Lets a client listen: what it missed since `lastEventId`, then the present outcomes, then what comes.
   * @returns a function that ends it, or null when there are too many already
   */
  listen(sink: EventSink, lastEventId: string | null): (() => void) | null
  /** Ends every connection, so that the server can stop. */
  close(): void
  readonly clients: number
}

interface Kept {
  readonly number: number
  readonly bytes: Buffer
}

export interface EventHubDeps {
  readonly outcomes: () => Promise<OutcomeTotals>
  /** Told when the outcomes could not be asked for; the next time they are tried again. */
  readonly onError: (error: unknown) => void
  /** When this process began: part of every id, since numbers start afresh with it. */
  readonly startedAt: Instant
  readonly limits?: EventHubLimits
}

export function createEventHub(deps: EventHubDeps): EventHub {
  return new RingEventHub(deps)
}

/**
 * Incident events are numbered and kept in a bounded ring, to resume from. An `outcomes` event is a state, of which only the
 * newest matters: it has the id of the incident event before it, and everyone who connects is sent one.
 */
class RingEventHub implements EventHub {
  readonly #deps: EventHubDeps
  readonly #limits: EventHubLimits
  readonly #epoch: string
  readonly #sinks = new Set<EventSink>()
  #kept: Kept[] = []
  #keptBytes = 0
  #number = 0
  #lastOutcomes = ''
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

  incident(incident: IncidentWire): void {
    const number = ++this.#number
    const bytes = frame('incident', this.#id(number), JSON.stringify(incident))
    this.#kept.push({ number, bytes })
    this.#keptBytes += bytes.length
    const { keptMax, keptBytesMax } = this.#limits
    let dropped = 0
    while (this.#kept.length - dropped > keptMax || this.#keptBytes > keptBytesMax)
      this.#keptBytes -= this.#kept[dropped++]!.bytes.length
    if (dropped > 0) this.#kept = this.#kept.slice(dropped)
    this.#broadcast(bytes)
  }

  listen(sink: EventSink, lastEventId: string | null): (() => void) | null {
    if (this.#closed || this.#sinks.size >= this.#limits.clientsMax) return null
    // Where to try again after a break, and a first byte, so that the client knows it is through.
    sink.write(Buffer.from('retry: 2000\n\n'))
    for (const bytes of this.#missedSince(lastEventId)) sink.write(bytes)
    this.#sinks.add(sink)
    if (this.#sinks.size === 1) this.#start()
    else if (this.#lastOutcomes !== '') sink.write(this.#outcomesFrame())
    return () => this.#drop(sink)
  }

  close(): void {
    this.#closed = true
    for (const sink of this.#sinks) sink.end()
    this.#sinks.clear()
    this.#stop()
  }

  #id(number: number): string {
    return `${this.#epoch}-${number}`
  }

  #missedSince(lastEventId: string | null): Buffer[] {
    if (lastEventId === null || lastEventId === '') return []
    const [epoch, text = ''] = lastEventId.split('-')
    const last = /^\d{1,15}$/.test(text) ? Number(text) : null
    const oldest = this.#kept[0]?.number ?? this.#number + 1
    const isKnown = epoch === this.#epoch && last !== null && last <= this.#number && last + 1 >= oldest
    if (isKnown) return this.#kept.filter(({ number }) => number > last).map(({ bytes }) => bytes)
    const because = 'what happened since that id is not kept any more: read the lists anew'
    return [frame('resync', this.#id(this.#number), JSON.stringify({ because }))]
  }

  #outcomesFrame(): Buffer {
    return frame('outcomes', this.#id(this.#number), this.#lastOutcomes)
  }

  #start(): void {
    const { heartbeatMs, outcomesEveryMs } = this.#limits
    this.#lastOutcomes = ''
    this.#timers = [
      setInterval(() => this.#broadcast(HEARTBEAT), heartbeatMs),
      setInterval(() => void this.#askOutcomes(), outcomesEveryMs),
    ]
    for (const timer of this.#timers) timer.unref()
    void this.#askOutcomes()
  }

  #stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#timers = []
  }

  async #askOutcomes(): Promise<void> {
    if (this.#asking) return
    this.#asking = true
    try {
      const { total, outcomes, adopted } = await this.#deps.outcomes()
      const text = JSON.stringify({ total, outcomes, adopted })
      if (text === this.#lastOutcomes || this.#sinks.size === 0) return
      this.#lastOutcomes = text
      this.#broadcast(this.#outcomesFrame())
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

const HEARTBEAT = Buffer.from(': still here\n\n')

function frame(event: string, id: string, data: string): Buffer {
  return Buffer.from(`id: ${id}\nevent: ${event}\ndata: ${data}\n\n`)
}
