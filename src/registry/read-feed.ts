import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { FeedChunk, FeedRejection, FeedTally, TaskFeed } from './task-feed.ts'
import { ItemSplitter, SPLIT_LIMITS } from './split-items.ts'
import type { FeedForm } from './split-items.ts'

/** What one request may bring. */
export interface FeedLimits {
  /** Bytes after unpacking. */
  readonly bytesMax: number
  /** Lines, blank ones included: `rejected` may name each of them. */
  readonly linesMax: number
  /** Chunks handed on and not yet committed; beyond it the sender waits. */
  readonly inFlightMax: number
}

export const FEED_LIMITS: FeedLimits = { bytesMax: 256 * 1024 * 1024, linesMax: 1_000_000, inFlightMax: 3 }

/** The request was larger than it may be. What was taken before stays: feeding is idempotent. */
export class FeedTooLarge extends Error {
  override name = 'FeedTooLarge'
  readonly tally: FeedTally
  constructor(message: string, tally: FeedTally) {
    super(message)
    this.tally = tally
  }
}

/** The bytes could not be unpacked, or the sender went away in the middle. What was taken before stays. */
export class FeedBroken extends Error {
  override name = 'FeedBroken'
  readonly tally: FeedTally
  constructor(message: string, tally: FeedTally) {
    super(message)
    this.tally = tally
  }
}

/**
 * Reads a feed to its end: unpacks, cuts, hands on, adds up. Memory stays flat whatever the size: the sender is read no faster
 * than chunks are committed, and unpacking stops at the limit, so that a small bomb stays small.
 * @throws FeedTooLarge, FeedBroken, each with what was taken; StoreUnavailable
 */
export async function readFeed(
  source: Readable,
  encoding: 'identity' | 'gzip',
  feed: TaskFeed,
  limits: FeedLimits = FEED_LIMITS,
  form: FeedForm = 'lines-or-array',
): Promise<FeedTally> {
  const sum = new TallySum()
  const pending: FeedChunk[] = []
  const inFlight = new Set<Promise<void>>()
  const splitter = new ItemSplitter((chunk) => pending.push(chunk), SPLIT_LIMITS, form)

  const handOn = async (): Promise<void> => {
    for (let chunk = pending.shift(); chunk !== undefined; chunk = pending.shift()) {
      if (inFlight.size >= limits.inFlightMax) await Promise.race(inFlight)
      const accepted: Promise<void> = feed.accept(chunk).then((tally) => {
        sum.add(tally)
        inFlight.delete(accepted)
      })
      // It is awaited below; until then a rejection must not count as unhandled.
      accepted.catch(() => undefined)
      inFlight.add(accepted)
    }
  }
  const finish = async (): Promise<FeedTally> => {
    splitter.flush()
    await handOn()
    await Promise.all(inFlight)
    return sum.tally()
  }

  const bytes = encoding === 'gzip' ? source.pipe(createGunzip()) : source
  let bytesRead = 0
  // A pipe does not pass on that its source was cut off.
  if (encoding === 'gzip') source.once('error', (error) => bytes.destroy(error))
  try {
    for await (const piece of bytes as AsyncIterable<Buffer>) {
      bytesRead += piece.length
      if (bytesRead > limits.bytesMax) {
        const tally = await finish()
        throw new FeedTooLarge(
          `more than ${limits.bytesMax} bytes; ${taken(tally)}, send the rest in further requests`,
          tally,
        )
      }
      splitter.push(piece)
      if (splitter.lines > limits.linesMax) {
        const tally = await finish()
        throw new FeedTooLarge(
          `more than ${limits.linesMax} lines; ${taken(tally)}, send the rest in further requests`,
          tally,
        )
      }
      await handOn()
    }
  } catch (error) {
    source.unpipe?.()
    if (!isStreamError(error)) throw error
    const tally = await finish()
    throw new FeedBroken(`the body ended early (${(error as Error).message}); ${taken(tally)}`, tally)
  }
  splitter.end()
  return finish()
}

function taken(tally: FeedTally): string {
  return `the first ${tally.received} were taken`
}

/** Errors of zlib and of connections have a code; ours, and the store's, have none. */
function isStreamError(error: unknown): boolean {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string'
}

class TallySum {
  #received = 0
  #recorded = 0
  #updated = 0
  #unchanged = 0
  readonly #rejected: FeedRejection[] = []

  add(tally: FeedTally): void {
    this.#received += tally.received
    this.#recorded += tally.recorded
    this.#updated += tally.updated
    this.#unchanged += tally.unchanged
    for (const one of tally.rejected) this.#rejected.push(one)
  }

  tally(): FeedTally {
    this.#rejected.sort((a, b) => a.line - b.line)
    return {
      received: this.#received,
      recorded: this.#recorded,
      updated: this.#updated,
      unchanged: this.#unchanged,
      rejected: this.#rejected,
    }
  }
}
